/* SPDX-License-Identifier: MPL-2.0 */
/* originate.c -- making a leg: dial string, endpoint, variables, and the wait for its answer */
#include "minihost.h"

#define DEFAULT_TIMEOUT 60

/* Copies what the A-leg exports; what the dial string says goes before it. */
static void import_exports(switch_channel_t *a, switch_event_t *vars)
{
	static const char *const lists[] = { "export_vars", "bridge_export_vars" };
	char *argv[64], *list, *value;
	int argc, i, j;

	for (i = 0; i < 2; i++) {
		if (!(list = mh_channel_get_variable_dup(a, lists[i]))) {
			continue;
		}
		argc = mh_split(list, ',', argv, 64);
		for (j = 0; j < argc; j++) {
			const char *name = strncmp(argv[j], "nolocal:", 8) ? argv[j] : argv[j] + 8;

			if (!switch_event_get_header(vars, name) && (value = mh_channel_get_variable_dup(a, argv[j]))) {
				switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, name, value);
				free(value);
			}
		}
		free(list);
	}
}

/* First of: the dial string's variable, the A-leg's effective_..., what was asked for,
 * the A-leg's own. */
static const char *caller_id(const mh_originate_t *args, switch_event_t *vars, const char *which,
							 switch_memory_pool_t *pool)
{
	const char *value, *asked = strcmp(which, "name") ? args->cid_number : args->cid_name;
	char name[64], *own = NULL;

	snprintf(name, sizeof(name), "origination_caller_id_%s", which);
	if ((value = switch_event_get_header(vars, name))) {
		return switch_core_strdup(pool, value);
	}
	if (asked) {
		return switch_core_strdup(pool, asked);
	}

	if (args->a) {
		snprintf(name, sizeof(name), "effective_caller_id_%s", which);
		own = mh_channel_get_variable_dup(args->a->channel, name);
		if (!own) {
			snprintf(name, sizeof(name), "caller_id_%s", which);
			own = mh_channel_get_variable_dup(args->a->channel, name);
		}
	}

	value = switch_core_strdup(pool, own ? own : strcmp(which, "name") ? "0000000000" : "");
	free(own);

	return value;
}

/* What the caller's privacy hides; the dial string may say otherwise. */
static uint32_t privacy(const mh_originate_t *args, switch_event_t *vars)
{
	const char *asked = switch_event_get_header(vars, "origination_privacy");

	if (asked) {
		return (uint32_t) ((strstr(asked, "hide_name") ? SWITCH_CPF_HIDE_NAME : 0) |
						   (strstr(asked, "hide_number") ? SWITCH_CPF_HIDE_NUMBER : 0));
	}

	return args->a && args->a->channel->profile ? args->a->channel->profile->flags : 0;
}

static void set_variables(switch_core_session_t *session, const mh_originate_t *args, switch_event_t *vars)
{
	switch_event_header_t *variable;

	for (variable = vars->headers; variable; variable = variable->next) {
		switch_channel_set_variable(session->channel, variable->name, variable->value);
	}

	if (args->a) {
		switch_channel_set_variable(session->channel, "originator", args->a->uuid);
		switch_channel_set_variable(session->channel, "signal_bond", args->a->uuid);
		switch_channel_set_variable(session->channel, "originating_leg_uuid", args->a->uuid);
		switch_channel_set_variable(args->a->channel, "originated_legs", session->uuid);
	}
	switch_channel_set_flag(session->channel, CF_ORIGINATOR);
}

/* Asks the endpoint for a leg; on success it has a read lock and runs. */
static switch_call_cause_t make_leg(const mh_originate_t *args, const char *target, switch_event_t *vars,
									switch_core_session_t **peer)
{
	char *type = mh_strdup(target), *rest = strchr(type, '/');
	switch_endpoint_interface_t *endpoint = NULL;
	switch_memory_pool_t *pool = mh_pool_new(), *none = NULL;
	switch_caller_profile_t *profile = mh_caller_profile_new(pool, NULL);
	switch_core_session_t *session = NULL;
	switch_call_cause_t cause = SWITCH_CAUSE_CHAN_NOT_IMPLEMENTED, cancel = SWITCH_CAUSE_NONE;
	const char *uuid = switch_event_get_header(vars, "origination_uuid");

	if (rest) {
		*rest++ = '\0';
		endpoint = mh_find_endpoint(type);
	}

	if (!endpoint) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Could not locate channel type %s\n", type);
	} else {
		profile->destination_number = rest;
		profile->caller_id_name = caller_id(args, vars, "name", pool);
		profile->caller_id_number = caller_id(args, vars, "number", pool);
		profile->flags = privacy(args, vars);
		profile->ani = profile->caller_id_number;
		profile->context = "default";
		profile->source = "minihost";
		cause = endpoint->io_routines->outgoing_channel(args->a, vars, profile, &session, &none, SOF_NONE, &cancel);
		if (cause == SWITCH_CAUSE_SUCCESS && !session) {
			cause = SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
		}
	}

	if (cause == SWITCH_CAUSE_SUCCESS) {
		if (!zstr(uuid)) {
			mh_session_rename(session, uuid);
		}
		set_variables(session, args, vars);
		if (mh_session_read_lock(session) != SWITCH_STATUS_SUCCESS) {
			cause = switch_channel_get_cause(session->channel);
			mh_session_launch(session);
		} else {
			*peer = session;
			mh_session_launch(session);
		}
	}

	UNPROTECT_INTERFACE(endpoint);
	mh_pool_free(pool);
	free(type);

	return cause;
}

/* How far the leg has come. */
static bool arrived(switch_channel_t *peer, switch_event_t *vars)
{
	if (switch_channel_test_flag(peer, CF_ANSWERED)) {
		return true;
	}
	if (switch_channel_test_flag(peer, CF_EARLY_MEDIA) &&
		!switch_true(switch_event_get_header(vars, "ignore_early_media"))) {
		return true;
	}

	return switch_channel_test_flag(peer, CF_RING_READY) &&
		switch_true(switch_event_get_header(vars, "return_ring_ready"));
}

/* Is the leg out of its first states, where it may not be told to do anything else yet? */
static bool settled(switch_channel_t *peer)
{
	return __atomic_load_n(&peer->running_state, __ATOMIC_SEQ_CST) >= CS_CONSUME_MEDIA;
}

static switch_call_cause_t wait_for_answer(const mh_originate_t *args, switch_event_t *vars,
										   switch_core_session_t *peer, int timeout)
{
	int64_t end = mh_now_us() + timeout * 1000000LL;
	switch_channel_t *channel = peer->channel;
	switch_frame_t *frame;

	for (;;) {
		if (!mh_channel_up(channel)) {
			return switch_channel_get_cause(channel);
		}
		if (arrived(channel, vars) && settled(channel)) {
			return SWITCH_CAUSE_SUCCESS;
		}
		if (args->a && !mh_channel_up(args->a->channel)) {
			switch_channel_hangup(channel, SWITCH_CAUSE_ORIGINATOR_CANCEL);
			return SWITCH_CAUSE_ORIGINATOR_CANCEL;
		}
		if (mh_now_us() > end) {
			switch_channel_hangup(channel, SWITCH_CAUSE_NO_ANSWER);
			return SWITCH_CAUSE_NO_ANSWER;
		}

		/* what the A-leg hears meanwhile must not pile up */
		if (args->a && mh_channel_media_ready(args->a->channel)) {
			mh_read_frame(args->a, &frame);
		} else {
			mh_sleep_ms(5);
		}
	}
}

static int timeout_of(const mh_originate_t *args, switch_event_t *vars)
{
	const char *value = switch_event_get_header(vars, "leg_timeout");
	char *a_value;
	int timeout = args->timeout;

	if (!value) {
		value = switch_event_get_header(vars, "originate_timeout");
	}
	if (value && atoi(value) > 0) {
		return atoi(value);
	}

	if (args->a && (a_value = mh_channel_get_variable_dup(args->a->channel, "call_timeout"))) {
		timeout = atoi(a_value);
		free(a_value);
	}

	return timeout > 0 ? timeout : DEFAULT_TIMEOUT;
}

/* One of the alternatives of a dial string: [variables]endpoint/destination. */
static switch_call_cause_t try_one(const mh_originate_t *args, char *target, switch_event_t *globals,
								   switch_core_session_t **peer)
{
	switch_event_t *vars = mh_event_plain();
	switch_event_header_t *variable;
	switch_call_cause_t cause = SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	switch_core_session_t *session = NULL;

	for (variable = globals->headers; variable; variable = variable->next) {
		switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, variable->name, variable->value);
	}

	if ((target = mh_dial_variables(target, '[', ']', vars))) {
		if (args->a) {
			import_exports(args->a->channel, vars);
		}
		cause = make_leg(args, target, vars, &session);
	}

	if (session) {
		cause = wait_for_answer(args, vars, session, timeout_of(args, vars));
		if (cause == SWITCH_CAUSE_SUCCESS) {
			*peer = session;
		} else {
			switch_core_session_rwunlock(session);
		}
	}

	switch_event_destroy(&vars);

	return cause;
}

switch_call_cause_t mh_originate(const mh_originate_t *args, switch_core_session_t **peer)
{
	char *copy = mh_strdup(args->dial_string), *text, *alternatives[16];
	switch_event_t *globals = mh_event_plain();
	switch_call_cause_t cause = SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	int count, i;

	*peer = NULL;

	if (!(text = mh_dial_variables(copy, '{', '}', globals)) || !*text) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Parse Error!\n");
	} else if (strchr(text, ',') && !strchr(text, '[')) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
						  "minihost rings one leg at a time: no ',' in a dial string\n");
	} else {
		count = mh_split(text, '|', alternatives, 16);
		for (i = 0; i < count && !*peer; i++) {
			if (args->a && !mh_channel_up(args->a->channel)) {
				cause = SWITCH_CAUSE_ORIGINATOR_CANCEL;
				break;
			}
			cause = try_one(args, alternatives[i], globals, peer);
		}
	}

	if (args->a) {
		switch_channel_set_variable(args->a->channel, "originate_disposition",
									*peer ? "SUCCESS" : switch_channel_cause2str(cause));
	}

	switch_event_destroy(&globals);
	free(copy);

	return cause;
}
