/* SPDX-License-Identifier: MPL-2.0 */
/* channel.c -- a channel's state, flags and marks; its variables are in chanvars.c */
#include "minihost.h"

/* clang-format off */
static const char *const state_names[] = {
	"CS_NEW", "CS_INIT", "CS_ROUTING", "CS_SOFT_EXECUTE", "CS_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_PARK",
	"CS_CONSUME_MEDIA", "CS_HIBERNATE", "CS_RESET", "CS_HANGUP", "CS_REPORTING", "CS_DESTROY", "CS_NONE"
};
/* clang-format on */

const char *mh_state_name(int state)
{
	return state_names[state];
}

switch_channel_t *mh_channel_new(switch_core_session_t *session, switch_call_direction_t direction)
{
	switch_channel_t *channel = mh_alloc(sizeof(*channel));
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&channel->mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_mutex_init(&channel->state_mutex, NULL);
	pthread_cond_init(&channel->state_cond, NULL);

	channel->session = session;
	channel->direction = direction;
	channel->state = CS_NEW;
	channel->running_state = CS_NEW;
	channel->variables = mh_event_plain();
	channel->times.created = switch_micro_time_now();
	channel->name = mh_strdup("");

	return channel;
}

void mh_channel_free(switch_channel_t *channel)
{
	switch_event_destroy(&channel->variables);
	pthread_mutex_destroy(&channel->mutex);
	pthread_mutex_destroy(&channel->state_mutex);
	pthread_cond_destroy(&channel->state_cond);
	free(channel->name);
	free(channel);
}

void switch_channel_set_flag(switch_channel_t *channel, switch_channel_flag_t flag)
{
	__atomic_store_n(&channel->flags[flag], 1, __ATOMIC_SEQ_CST);
}

void switch_channel_clear_flag(switch_channel_t *channel, switch_channel_flag_t flag)
{
	__atomic_store_n(&channel->flags[flag], 0, __ATOMIC_SEQ_CST);
}

uint32_t switch_channel_test_flag(switch_channel_t *channel, switch_channel_flag_t flag)
{
	return __atomic_load_n(&channel->flags[flag], __ATOMIC_SEQ_CST);
}

switch_channel_state_t switch_channel_get_state(switch_channel_t *channel)
{
	return (switch_channel_state_t) __atomic_load_n(&channel->state, __ATOMIC_SEQ_CST);
}

void mh_channel_running_state(switch_channel_t *channel, switch_channel_state_t state)
{
	__atomic_store_n(&channel->running_state, (int) state, __ATOMIC_SEQ_CST);
	mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_STATE, NULL);
}

switch_channel_state_t switch_channel_set_state(switch_channel_t *channel, switch_channel_state_t state)
{
	pthread_mutex_lock(&channel->state_mutex);
	/* nothing comes back from the dead */
	if (channel->state < CS_HANGUP || (int) state > channel->state) {
		__atomic_store_n(&channel->state, (int) state, __ATOMIC_SEQ_CST);
		pthread_cond_broadcast(&channel->state_cond);
	}
	pthread_mutex_unlock(&channel->state_mutex);

	return switch_channel_get_state(channel);
}

switch_call_cause_t switch_channel_get_cause(switch_channel_t *channel)
{
	return (switch_call_cause_t) __atomic_load_n(&channel->hangup_cause, __ATOMIC_SEQ_CST);
}

bool mh_channel_up(switch_channel_t *channel)
{
	return switch_channel_get_state(channel) < CS_HANGUP && !__atomic_load_n(&channel->hung_up, __ATOMIC_SEQ_CST);
}

int switch_channel_ready(switch_channel_t *channel)
{
	switch_channel_state_t state = switch_channel_get_state(channel);

	return mh_channel_up(channel) && state > CS_ROUTING && state != CS_RESET;
}

bool mh_channel_media_ready(switch_channel_t *channel)
{
	return switch_channel_ready(channel) &&
		(switch_channel_test_flag(channel, CF_ANSWERED) || switch_channel_test_flag(channel, CF_EARLY_MEDIA)) &&
		__atomic_load_n(&channel->session->read_codec, __ATOMIC_ACQUIRE);
}

bool mh_channel_held(switch_channel_t *channel)
{
	return switch_channel_test_flag(channel, CF_LEG_HOLDING) && switch_channel_test_flag(channel, CF_ANSWERED);
}

const char *mh_callstate_name(switch_channel_t *channel)
{
	if (!mh_channel_up(channel)) {
		return "HANGUP";
	}
	if (mh_channel_held(channel)) {
		return "HELD";
	}
	if (switch_channel_test_flag(channel, CF_ANSWERED)) {
		return "ACTIVE";
	}
	if (switch_channel_test_flag(channel, CF_EARLY_MEDIA)) {
		return "EARLY";
	}

	return switch_channel_test_flag(channel, CF_RING_READY) ? "RINGING" : "DOWN";
}

/* Fires an event of the channel; `headers` is name, value, ..., NULL, or NULL. */
void mh_channel_fire(switch_channel_t *channel, switch_event_types_t id, const char *const *headers)
{
	switch_event_t *event;

	if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) {
		return;
	}

	for (; headers && headers[0]; headers += 2) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, headers[0], headers[1]);
	}

	switch_channel_event_set_data(channel, event);
	switch_event_fire(&event);
}

switch_channel_state_t switch_channel_hangup(switch_channel_t *channel, switch_call_cause_t cause)
{
	switch_core_session_t *session = channel->session;
	int last;

	pthread_mutex_lock(&channel->state_mutex);
	if (channel->hung_up || channel->state >= CS_HANGUP) {
		pthread_mutex_unlock(&channel->state_mutex);
		return switch_channel_get_state(channel);
	}

	last = channel->state;
	__atomic_store_n(&channel->hangup_cause, (int) cause, __ATOMIC_SEQ_CST);
	__atomic_store_n(&channel->hung_up, 1, __ATOMIC_SEQ_CST);
	channel->times.hungup = switch_micro_time_now();
	pthread_mutex_unlock(&channel->state_mutex);

	/*
	 * The state changes last: until then the session's thread cannot run on to the end and free the
	 * session below us, should the caller be that thread's own handler or hold no lock.
	 */
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE, "Hangup %s [%s] [%s]\n", channel->name,
					  state_names[last], switch_channel_cause2str(cause));
	mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_HANGUP, NULL);

	if (session->endpoint->io_routines->kill_channel) {
		session->endpoint->io_routines->kill_channel(session, SWITCH_SIG_KILL);
	}

	mh_session_launch(session);
	switch_channel_set_state(channel, CS_HANGUP);

	return CS_HANGUP;
}

switch_status_t switch_channel_mark_ring_ready(switch_channel_t *channel)
{
	if (!mh_channel_up(channel) || switch_channel_test_flag(channel, CF_RING_READY) ||
		switch_channel_test_flag(channel, CF_ANSWERED)) {
		return SWITCH_STATUS_FALSE;
	}

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(channel->session), SWITCH_LOG_NOTICE, "Ring-Ready %s!\n",
					  channel->name);
	channel->times.progress = switch_micro_time_now();
	switch_channel_set_flag(channel, CF_RING_READY);
	mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_PROGRESS, NULL);
	mh_execute_on(channel, "execute_on_ring");
	mh_api_on(channel, "api_on_ring");

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_mark_pre_answered(switch_channel_t *channel)
{
	if (!mh_channel_up(channel) || switch_channel_test_flag(channel, CF_EARLY_MEDIA) ||
		switch_channel_test_flag(channel, CF_ANSWERED)) {
		return SWITCH_STATUS_FALSE;
	}

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(channel->session), SWITCH_LOG_NOTICE, "Pre-Answer %s!\n",
					  channel->name);
	channel->times.progress_media = switch_micro_time_now();
	switch_channel_set_variable(channel, "endpoint_disposition", "EARLY MEDIA");
	switch_channel_set_flag(channel, CF_EARLY_MEDIA);
	mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA, NULL);
	mh_execute_on(channel, "execute_on_pre_answer");
	mh_execute_on(channel, "execute_on_media");
	mh_api_on(channel, "api_on_pre_answer");
	mh_api_on(channel, "api_on_media");

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_mark_answered(switch_channel_t *channel)
{
	if (!mh_channel_up(channel)) {
		return SWITCH_STATUS_FALSE;
	}

	if (__atomic_exchange_n(&channel->flags[CF_ANSWERED], 1, __ATOMIC_SEQ_CST)) {
		return SWITCH_STATUS_SUCCESS;
	}

	channel->times.answered = switch_micro_time_now();
	switch_channel_set_variable(channel, "endpoint_disposition", "ANSWER");
	mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_ANSWER, NULL);
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(channel->session), SWITCH_LOG_NOTICE,
					  "Channel [%s] has been answered\n", channel->name);
	mh_execute_on(channel, "execute_on_answer");
	if (!switch_channel_test_flag(channel, CF_EARLY_MEDIA)) {
		mh_execute_on(channel, "execute_on_media");
		mh_api_on(channel, "api_on_media");
	}
	mh_api_on(channel, "api_on_answer");

	return SWITCH_STATUS_SUCCESS;
}

/* Is the cause in a list such as "user_busy,NO_ANSWER,41"? */
static bool cause_in(const char *list, switch_call_cause_t cause)
{
	char *copy = mh_strdup(list), *argv[64], number[16];
	int argc = mh_split(copy, ',', argv, 64), i;
	bool found = false;

	snprintf(number, sizeof(number), "%d", (int) cause);
	for (i = 0; i < argc; i++) {
		found |= !strcasecmp(argv[i], switch_channel_cause2str(cause)) || !strcmp(argv[i], number);
	}
	free(copy);

	return found;
}

void mh_channel_handle_cause(switch_channel_t *channel, switch_call_cause_t cause)
{
	char *go_on = mh_channel_get_variable_dup(channel, "continue_on_fail");
	char *failures = mh_channel_get_variable_dup(channel, "failure_causes");
	bool stay;

	if (go_on || failures) {
		stay = (failures && !cause_in(failures, cause)) || (go_on && (switch_true(go_on) || cause_in(go_on, cause)));
	} else {
		/* no answer is always a reason to go on */
		stay = cause == SWITCH_CAUSE_NO_ANSWER || cause == SWITCH_CAUSE_NO_USER_RESPONSE ||
			cause == SWITCH_CAUSE_ORIGINATOR_CANCEL;
	}

	free(go_on);
	free(failures);

	if (!stay) {
		switch_channel_hangup(channel, cause);
	}
}
