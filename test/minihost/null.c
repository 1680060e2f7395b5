/* SPDX-License-Identifier: MPL-2.0 */
/*
 * null.c -- the endpoint null/: hears silence, drops what is said to it, answers at once
 *
 * As FreeSWITCH's it takes the variables rate, null_enable_auto_answer, null_auto_answer_delay
 * (ms), null_pre_answer, null_video_codec and null_hangup_cause,
 * and null/cause-USER_BUSY fails with that cause.
 */
#include "minihost.h"

typedef struct null_private {
	switch_codec_t read_codec, write_codec;
	switch_timer_t timer;
	switch_frame_t frame;
	bool pre_answer, auto_answer;
	int delay;
	int16_t silence[MH_MAX_SAMPLES];
} null_private_t;

static switch_endpoint_interface_t *null_endpoint_interface;

static switch_status_t null_on_init(switch_core_session_t *session)
{
	switch_channel_set_flag(session->channel, CF_AUDIO);
	switch_channel_set_state(session->channel, CS_ROUTING);

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t null_on_consume_media(switch_core_session_t *session)
{
	null_private_t *tech_pvt = session->private_info;
	int64_t end = mh_now_us() + tech_pvt->delay * 1000LL;

	if (tech_pvt->pre_answer) {
		switch_channel_mark_pre_answered(session->channel);
	}

	if (tech_pvt->auto_answer) {
		while (switch_channel_ready(session->channel) && mh_now_us() < end) {
			mh_sleep_ms(10);
		}
		switch_channel_mark_answered(session->channel);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t null_on_destroy(switch_core_session_t *session)
{
	null_private_t *tech_pvt = session->private_info;

	if (tech_pvt) {
		switch_core_timer_destroy(&tech_pvt->timer);
		switch_core_codec_destroy(&tech_pvt->read_codec);
		switch_core_codec_destroy(&tech_pvt->write_codec);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t null_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags,
									   int stream_id)
{
	null_private_t *tech_pvt = session->private_info;
	const switch_codec_implementation_t *impl = tech_pvt->read_codec.implementation;

	(void) flags;
	(void) stream_id;
	switch_core_timer_next(&tech_pvt->timer);

	tech_pvt->frame.codec = &tech_pvt->read_codec;
	tech_pvt->frame.data = tech_pvt->silence;
	tech_pvt->frame.buflen = sizeof(tech_pvt->silence);
	tech_pvt->frame.datalen = impl->decoded_bytes_per_packet;
	tech_pvt->frame.samples = impl->samples_per_packet;
	tech_pvt->frame.rate = impl->actual_samples_per_second;
	tech_pvt->frame.channels = 1;
	*frame = &tech_pvt->frame;

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t null_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags,
										int stream_id)
{
	(void) session;
	(void) frame;
	(void) flags;
	(void) stream_id;

	return SWITCH_STATUS_SUCCESS;
}

/* As legs of mod_sofia do, whose phone it tells;
 * FreeSWITCH's own null endpoint knows nothing of hold. */
static switch_status_t null_receive_message(switch_core_session_t *session, switch_core_session_message_t *msg)
{
	if (msg->message_id == SWITCH_MESSAGE_INDICATE_HOLD) {
		switch_channel_set_flag(session->channel, CF_LEG_HOLDING);
	} else if (msg->message_id == SWITCH_MESSAGE_INDICATE_UNHOLD) {
		switch_channel_clear_flag(session->channel, CF_LEG_HOLDING);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t install_codec(switch_core_session_t *session, null_private_t *tech_pvt, int rate)
{
	uint32_t flags = SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE;

	if (switch_core_codec_init(&tech_pvt->read_codec, "L16", NULL, NULL, (uint32_t) rate, 20, 1, flags, NULL,
							   session->pool) != SWITCH_STATUS_SUCCESS ||
		switch_core_codec_init(&tech_pvt->write_codec, "L16", NULL, NULL, (uint32_t) rate, 20, 1, flags, NULL,
							   session->pool) != SWITCH_STATUS_SUCCESS ||
		switch_core_timer_init(&tech_pvt->timer, "soft", 20, rate / 50, session->pool) != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_FALSE;
	}

	switch_core_session_set_read_codec(session, &tech_pvt->read_codec);
	switch_core_session_set_write_codec(session, &tech_pvt->write_codec);

	return SWITCH_STATUS_SUCCESS;
}

static switch_call_cause_t null_outgoing_channel(switch_core_session_t *session, switch_event_t *var_event,
												 switch_caller_profile_t *outbound_profile,
												 switch_core_session_t **new_session, switch_memory_pool_t **pool,
												 switch_originate_flag_t flags, switch_call_cause_t *cancel_cause)
{
	const char *destination = outbound_profile->destination_number, *value;
	const char *cause = switch_event_get_header(var_event, "null_hangup_cause");
	null_private_t *tech_pvt;
	char name[256];
	int rate = 8000;

	(void) session;
	(void) cancel_cause;

	if (cause || !strncmp(destination, "cause-", 6)) {
		return switch_channel_str2cause(cause ? cause : destination + 6);
	}

	if ((value = switch_event_get_header(var_event, "rate")) && atoi(value) >= 8000 && atoi(value) <= 48000 &&
		atoi(value) % 8000 == 0) {
		rate = atoi(value);
	}

	*new_session = switch_core_session_request(null_endpoint_interface, SWITCH_CALL_DIRECTION_OUTBOUND, flags, pool);
	tech_pvt = switch_core_session_alloc(*new_session, sizeof(*tech_pvt));
	value = switch_event_get_header(var_event, "null_enable_auto_answer");
	tech_pvt->auto_answer = !value || switch_true(value);
	tech_pvt->pre_answer = switch_true(switch_event_get_header(var_event, "null_pre_answer"));
	value = switch_event_get_header(var_event, "null_auto_answer_delay");
	tech_pvt->delay = value ? atoi(value) : 0;
	switch_core_session_set_private(*new_session, tech_pvt);

	if (install_codec(*new_session, tech_pvt, rate) != SWITCH_STATUS_SUCCESS) {
		switch_core_session_destroy(new_session);
		return SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
	}

	/* a leg with video, as far as anybody asks */
	if (switch_event_get_header(var_event, "null_video_codec")) {
		switch_channel_set_flag((*new_session)->channel, CF_VIDEO);
	}

	snprintf(name, sizeof(name), "null/%s", destination);
	switch_channel_set_name((*new_session)->channel, name);
	switch_channel_set_caller_profile((*new_session)->channel,
									  switch_caller_profile_clone(*new_session, outbound_profile));
	switch_channel_set_state((*new_session)->channel, CS_INIT);

	return SWITCH_CAUSE_SUCCESS;
}

static switch_state_handler_table_t null_state_handlers = {
	.on_init = null_on_init,
	.on_consume_media = null_on_consume_media,
	.on_destroy = null_on_destroy,
};

static switch_io_routines_t null_io_routines = {
	.outgoing_channel = null_outgoing_channel,
	.read_frame = null_read_frame,
	.write_frame = null_write_frame,
	.receive_message = null_receive_message,
};

void mh_null_register(switch_loadable_module_interface_t *core)
{
	null_endpoint_interface = switch_loadable_module_create_interface(core, SWITCH_ENDPOINT_INTERFACE);
	null_endpoint_interface->interface_name = "null";
	null_endpoint_interface->io_routines = &null_io_routines;
	null_endpoint_interface->state_handler = &null_state_handlers;
}
