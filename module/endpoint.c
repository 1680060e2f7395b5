/* SPDX-License-Identifier: MPL-2.0 */
/*
 * endpoint.c -- the endpoint janus/: handlers of the states of a leg, and I/O routines
 *
 * Those for frames are in frames.c and writeframe.c.
 */
#include "shim.h"

/* The number that the switch's bridge puts into the messages UNBRIDGE and BRIDGE when it leaves the
 * bridge to do what is queued for the leg, and comes back. */
#define UNBRIDGED_FOR_AN_EVENT 42

/* --- state handlers --- */

static switch_status_t channel_on_init(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	private_t *tech_pvt = switch_core_session_get_private(session);

	switch_channel_set_flag(channel, CF_AUDIO);
	janus_call_run(tech_pvt->call, switch_core_session_get_uuid(session));
	switch_channel_set_state(channel, CS_ROUTING);

	return SWITCH_STATUS_SUCCESS;
}

/* Whoever is given something else to do is on hold no more, as legs of mod_sofia are not. */
static switch_status_t channel_on_new_state(switch_core_session_t *session)
{
	janus_hold_here(session, 0);

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_on_hangup(switch_core_session_t *session)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	janus_call_hangup(tech_pvt->call, (int) switch_channel_get_cause(switch_core_session_get_channel(session)));

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_on_destroy(switch_core_session_t *session)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	if (!tech_pvt) {
		return SWITCH_STATUS_SUCCESS;
	}

	janus_prompt_end(&tech_pvt->prompts);

	if (tech_pvt->lookahead) {
		switch_jb_destroy(&tech_pvt->lookahead);
	}

	if (is_ready(tech_pvt)) {
		switch_core_codec_destroy(&tech_pvt->read_codec);
		switch_core_codec_destroy(&tech_pvt->write_codec);
	}

	tech_pvt->media = NULL;
	janus_call_free(tech_pvt->call);

	return SWITCH_STATUS_SUCCESS;
}

switch_state_handler_table_t janus_state_handlers = {
	.on_init = channel_on_init,
	.on_routing = channel_on_new_state,
	.on_execute = channel_on_new_state,
	.on_hibernate = channel_on_new_state,
	.on_reset = channel_on_new_state,
	.on_hangup = channel_on_hangup,
	.on_destroy = channel_on_destroy,
};

/* --- I/O routines --- */

static switch_call_cause_t channel_outgoing_channel(switch_core_session_t *session, switch_event_t *var_event,
													switch_caller_profile_t *outbound_profile,
													switch_core_session_t **new_session, switch_memory_pool_t **pool,
													switch_originate_flag_t flags, switch_call_cause_t *cancel_cause)
{
	janus_dial_t dial = { 0 };
	janus_call_t call;
	janus_media_t *media;
	private_t *tech_pvt;
	switch_channel_t *channel;
	switch_caller_profile_t *caller_profile;
	const char *ignore_video;
	char name[256];
	int cause;

	(void) cancel_cause;

	if (!outbound_profile) {
		return SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	}

	dial.destination = outbound_profile->destination_number ? outbound_profile->destination_number : "";
	describe_caller(&dial, outbound_profile);

	if (session) {
		switch_channel_t *a_channel = switch_core_session_get_channel(session);
		switch_codec_t *a_codec = switch_core_session_get_read_codec(session);

		dial.a_uuid = switch_core_session_get_uuid(session);
		dial.a_codec = a_codec && a_codec->implementation ? a_codec->implementation->iananame : NULL;
		dial.video = switch_channel_test_flag(a_channel, CF_VIDEO) ? 1 : 0;
		dial.ignore_video = switch_channel_get_variable(a_channel, "janus-ignore-video");
	}

	if (var_event && (ignore_video = switch_event_get_header(var_event, "janus-ignore-video"))) {
		dial.ignore_video = ignore_video;
	}

	if ((cause = janus_call_dial(&dial, &call, &media))) {
		return (switch_call_cause_t) cause;
	}

	if (session) {
		janus_keep_media(session);
	}

	if (!(*new_session = switch_core_session_request(janus_endpoint_interface, SWITCH_CALL_DIRECTION_OUTBOUND, flags,
													 pool))) {
		janus_call_free(call);
		return SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	}

	if (!(tech_pvt = switch_core_session_alloc(*new_session, sizeof(*tech_pvt)))) {
		janus_call_free(call);
		switch_core_session_destroy(new_session);
		return SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	}

	tech_pvt->call = call;
	tech_pvt->media = media;
	switch_core_session_set_private(*new_session, tech_pvt);
	switch_core_session_add_stream(*new_session, NULL);

	channel = switch_core_session_get_channel(*new_session);
	caller_profile = switch_caller_profile_clone(*new_session, outbound_profile);
	switch_channel_set_caller_profile(channel, caller_profile);
	switch_snprintf(name, sizeof(name), "janus/%s", dial.destination);
	switch_channel_set_name(channel, name);
	switch_channel_set_state(channel, CS_INIT);

	return SWITCH_CAUSE_SUCCESS;
}

static switch_status_t channel_send_dtmf(switch_core_session_t *session, const switch_dtmf_t *dtmf)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	janus_call_dtmf(tech_pvt->call, dtmf->digit, key_duration(session, dtmf));

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_receive_message(switch_core_session_t *session, switch_core_session_message_t *msg)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	int message = 0;

	switch (msg->message_id) {
	case SWITCH_MESSAGE_INDICATE_SIGNAL_DATA:
		janus_mark(session, msg->pointer_arg);
		return SWITCH_STATUS_SUCCESS;
	case SWITCH_MESSAGE_INDICATE_BRIDGE:
		janus_hold_there(tech_pvt, msg->string_arg);
		janus_keep_media_of_bridge(session, msg->string_arg);
		message = JANUS_MESSAGE_BRIDGE;
		break;
	case SWITCH_MESSAGE_INDICATE_UNBRIDGE:
		/* out of the bridge for a moment, to play something: the other leg is the same as before */
		janus_hold_there(tech_pvt, msg->numeric_arg == UNBRIDGED_FOR_AN_EVENT ? msg->string_arg : NULL);
		message = JANUS_MESSAGE_UNBRIDGE;
		break;
	case SWITCH_MESSAGE_INDICATE_HOLD:
	case SWITCH_MESSAGE_INDICATE_UNHOLD:
		janus_hold_here(session, msg->message_id == SWITCH_MESSAGE_INDICATE_HOLD);
		break;
	case SWITCH_MESSAGE_INDICATE_AUDIO_SYNC:
		break;
	case SWITCH_MESSAGE_INDICATE_DISPLAY:
		tell_display(session, msg);
		return SWITCH_STATUS_SUCCESS;
	default:
		return SWITCH_STATUS_SUCCESS;
	}

	__atomic_store_n(&tech_pvt->stale, 1, __ATOMIC_RELEASE);

	if (message) {
		janus_call_message(tech_pvt->call, message);
	}

	return SWITCH_STATUS_SUCCESS;
}

/* A read_frame that sleeps looks whether the leg still is. */
static switch_status_t channel_kill_channel(switch_core_session_t *session, int sig)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	(void) sig;

	if (tech_pvt && tech_pvt->media) {
		janus_ring_wake(&tech_pvt->media->to_switch);
	}

	return SWITCH_STATUS_SUCCESS;
}

switch_io_routines_t janus_io_routines = {
	.outgoing_channel = channel_outgoing_channel,
	.read_frame = channel_read_frame,
	.write_frame = channel_write_frame,
	.kill_channel = channel_kill_channel,
	.send_dtmf = channel_send_dtmf,
	.receive_message = channel_receive_message,
	.get_jb = channel_get_jb,
};
