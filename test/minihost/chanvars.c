/* SPDX-License-Identifier: MPL-2.0 */
/* chanvars.c -- what is known of a channel: variables, profile, name;
 * and all of that as headers of an event */
#include "minihost.h"

/* A field of the profile, by the name a dialplan would use. NULL: no such field,
 * or it is not set. */
static const char *profile_field(const switch_caller_profile_t *profile, const char *name)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{ "username", offsetof(switch_caller_profile_t, username) },
		{ "dialplan", offsetof(switch_caller_profile_t, dialplan) },
		{ "caller_id_name", offsetof(switch_caller_profile_t, caller_id_name) },
		{ "caller_id_number", offsetof(switch_caller_profile_t, caller_id_number) },
		{ "callee_id_name", offsetof(switch_caller_profile_t, callee_id_name) },
		{ "callee_id_number", offsetof(switch_caller_profile_t, callee_id_number) },
		{ "network_addr", offsetof(switch_caller_profile_t, network_addr) },
		{ "ani", offsetof(switch_caller_profile_t, ani) },
		{ "rdnis", offsetof(switch_caller_profile_t, rdnis) },
		{ "source", offsetof(switch_caller_profile_t, source) },
		{ "context", offsetof(switch_caller_profile_t, context) },
		{ "destination_number", offsetof(switch_caller_profile_t, destination_number) },
		{ "chan_name", offsetof(switch_caller_profile_t, chan_name) },
		{ "uuid", offsetof(switch_caller_profile_t, uuid) },
	};
	size_t i;

	for (i = 0; profile && i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcasecmp(fields[i].name, name)) {
			return *(const char *const *) ((const char *) profile + fields[i].offset);
		}
	}

	return NULL;
}

char *mh_channel_get_variable_dup(switch_channel_t *channel, const char *name)
{
	const char *value;
	char *copy = NULL;

	if (zstr(name)) {
		return NULL;
	}

	pthread_mutex_lock(&channel->mutex);
	if ((value = switch_event_get_header(channel->variables, name)) ||
		(value = profile_field(channel->profile, name))) {
		copy = mh_strdup(value);
	}
	pthread_mutex_unlock(&channel->mutex);

	return copy ? copy : switch_core_get_variable_dup(name);
}

const char *switch_channel_get_variable(switch_channel_t *channel, const char *name)
{
	char *value = mh_channel_get_variable_dup(channel, name);
	const char *result = switch_core_strdup(channel->session->pool, value);

	free(value);

	return result;
}

switch_status_t switch_channel_set_variable(switch_channel_t *channel, const char *name, const char *value)
{
	if (zstr(name)) {
		return SWITCH_STATUS_FALSE;
	}

	pthread_mutex_lock(&channel->mutex);
	if (zstr(value)) {
		switch_event_del_header(channel->variables, name);
	} else {
		switch_event_add_header_string(channel->variables, SWITCH_STACK_BOTTOM, name, value);
	}
	pthread_mutex_unlock(&channel->mutex);

	return SWITCH_STATUS_SUCCESS;
}

static const char *lookup(void *channel, const char *name)
{
	return switch_channel_get_variable(channel, name);
}

char *mh_channel_expand(switch_channel_t *channel, const char *text)
{
	return mh_expand(text, "${", lookup, channel);
}

switch_status_t switch_channel_set_name(switch_channel_t *channel, const char *name)
{
	char *copy = mh_strdup(name);
	char *old;

	/* the name is read without a lock, in the log above all:
	 * it changes before the thread is launched */
	pthread_mutex_lock(&channel->mutex);
	old = channel->name;
	channel->name = copy;
	pthread_mutex_unlock(&channel->mutex);
	free(old);
	switch_channel_set_variable(channel, "channel_name", name);
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(channel->session), SWITCH_LOG_NOTICE, "New Channel %s [%s]\n", name,
					  channel->session->uuid);

	return SWITCH_STATUS_SUCCESS;
}

char *switch_channel_get_name(switch_channel_t *channel)
{
	return channel->name;
}

switch_caller_profile_t *mh_caller_profile_new(switch_memory_pool_t *pool, const switch_caller_profile_t *from)
{
	switch_caller_profile_t *profile = switch_core_alloc(pool, sizeof(*profile));

	profile->pool = pool;
	if (!from) {
		return profile;
	}

	profile->direction = from->direction;
	profile->flags = from->flags;
	profile->username = switch_core_strdup(pool, from->username);
	profile->dialplan = switch_core_strdup(pool, from->dialplan);
	profile->caller_id_name = switch_core_strdup(pool, from->caller_id_name);
	profile->caller_id_number = switch_core_strdup(pool, from->caller_id_number);
	profile->callee_id_name = switch_core_strdup(pool, from->callee_id_name);
	profile->callee_id_number = switch_core_strdup(pool, from->callee_id_number);
	profile->network_addr = switch_core_strdup(pool, from->network_addr);
	profile->ani = switch_core_strdup(pool, from->ani);
	profile->rdnis = switch_core_strdup(pool, from->rdnis);
	profile->source = switch_core_strdup(pool, from->source);
	profile->context = switch_core_strdup(pool, from->context);
	profile->destination_number = switch_core_strdup(pool, from->destination_number);

	return profile;
}

switch_caller_profile_t *switch_caller_profile_clone(switch_core_session_t *session, switch_caller_profile_t *profile)
{
	return mh_caller_profile_new(session->pool, profile);
}

switch_caller_profile_t *switch_channel_get_caller_profile(switch_channel_t *channel)
{
	return channel->profile;
}

const char *switch_channel_get_partner_uuid(switch_channel_t *channel)
{
	return switch_channel_get_variable(channel, "signal_bond");
}

void switch_channel_set_caller_profile(switch_channel_t *channel, switch_caller_profile_t *profile)
{
	pthread_mutex_lock(&channel->mutex);
	profile->direction = channel->direction;
	profile->uuid = channel->session->uuid;
	if (!profile->chan_name) {
		profile->chan_name = switch_core_strdup(channel->session->pool, channel->name);
	}
	channel->profile = profile;
	pthread_mutex_unlock(&channel->mutex);
}

static void add(switch_event_t *event, const char *name, const char *value)
{
	if (!zstr(value)) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value);
	}
}

static void add_profile(switch_event_t *event, switch_channel_t *channel)
{
	const switch_caller_profile_t *profile = channel->profile;
	const mh_times_t *times = &channel->times;
	const char *direction = channel->direction == SWITCH_CALL_DIRECTION_OUTBOUND ? "outbound" : "inbound";

	if (!profile) {
		return;
	}

	add(event, "Caller-Direction", direction);
	add(event, "Caller-Logical-Direction", direction);
	add(event, "Caller-Username", profile->username);
	add(event, "Caller-Dialplan", profile->dialplan);
	add(event, "Caller-Caller-ID-Name", profile->caller_id_name);
	add(event, "Caller-Caller-ID-Number", profile->caller_id_number);
	add(event, "Caller-Callee-ID-Name", profile->callee_id_name);
	add(event, "Caller-Callee-ID-Number", profile->callee_id_number);
	add(event, "Caller-ANI", profile->ani);
	add(event, "Caller-Destination-Number", profile->destination_number);
	add(event, "Caller-Unique-ID", profile->uuid);
	add(event, "Caller-Source", profile->source);
	add(event, "Caller-Context", profile->context);
	add(event, "Caller-Channel-Name", channel->name);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Created-Time", "%lld",
							(long long) times->created);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Answered-Time", "%lld",
							(long long) times->answered);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Progress-Time", "%lld",
							(long long) times->progress);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Progress-Media-Time", "%lld",
							(long long) times->progress_media);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Hangup-Time", "%lld",
							(long long) times->hungup);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Caller-Channel-Bridged-Time", "%lld",
							(long long) times->bridged);
}

static void add_codec(switch_event_t *event, const char *which, switch_codec_t *codec)
{
	char name[64];

	if (!codec || !codec->implementation) {
		return;
	}

	snprintf(name, sizeof(name), "Channel-%s-Codec-Name", which);
	add(event, name, codec->implementation->iananame);
	snprintf(name, sizeof(name), "Channel-%s-Codec-Rate", which);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, name, "%u", codec->implementation->actual_samples_per_second);
}

static const char *answer_state(switch_channel_t *channel)
{
	if (!mh_channel_up(channel)) {
		return "hangup";
	}
	if (switch_channel_test_flag(channel, CF_ANSWERED)) {
		return "answered";
	}

	return switch_channel_test_flag(channel, CF_EARLY_MEDIA) ? "early" : "ringing";
}

void switch_channel_event_set_data(switch_channel_t *channel, switch_event_t *event)
{
	switch_core_session_t *session = channel->session;
	const char *direction = channel->direction == SWITCH_CALL_DIRECTION_OUTBOUND ? "outbound" : "inbound";
	const char *call_uuid;
	switch_event_header_t *variable;
	char name[256];
	int cause = (int) switch_channel_get_cause(channel);

	pthread_mutex_lock(&channel->mutex);
	add(event, "Channel-State", mh_state_name(__atomic_load_n(&channel->running_state, __ATOMIC_SEQ_CST)));
	add(event, "Channel-Call-State", mh_callstate_name(channel));
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Channel-State-Number", "%d",
							(int) switch_channel_get_state(channel));
	add(event, "Channel-Name", channel->name);
	add(event, "Unique-ID", session->uuid);
	add(event, "Call-Direction", direction);
	call_uuid = switch_event_get_header(channel->variables, "call_uuid");
	add(event, "Channel-Call-UUID", call_uuid ? call_uuid : session->uuid);
	add(event, "Answer-State", answer_state(channel));
	if (cause) {
		add(event, "Hangup-Cause", switch_channel_cause2str((switch_call_cause_t) cause));
	}
	add_codec(event, "Read", __atomic_load_n(&session->read_codec, __ATOMIC_ACQUIRE));
	add_codec(event, "Write", __atomic_load_n(&session->write_codec, __ATOMIC_ACQUIRE));
	add_profile(event, channel);

	/* CHANNEL_STATE comes often and is short, as in FreeSWITCH */
	if (event->event_id != SWITCH_EVENT_CHANNEL_STATE) {
		for (variable = channel->variables->headers; variable; variable = variable->next) {
			snprintf(name, sizeof(name), "variable_%s", variable->name);
			switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, variable->value);
		}
	}
	pthread_mutex_unlock(&channel->mutex);
}
