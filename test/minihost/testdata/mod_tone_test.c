/* SPDX-License-Identifier: MPL-2.0 */
/*
 * mod_tone_test.c -- the module of minihost's own test: the endpoint tone/ sends back what it hears
 *
 * tone/<codec>[/fail-<CAUSE>]: a leg of that codec ("opus", "PCMU", "PCMA", "L16"). Variables:
 * tone_answer (default true), tone_early (early media before that), tone_hz (L16 only: says a sine
 * of that frequency, at -10 dB, instead). What the handlers saw is in the variables tone_saw (the
 * variable tone_word, as on_init found it), and the command `tonetest` counts the handlers' calls.
 */
#include <math.h>
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_tone_test_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_tone_test_shutdown);
SWITCH_MODULE_DEFINITION(mod_tone_test, mod_tone_test_load, mod_tone_test_shutdown, NULL);

#define SLOTS 8

typedef struct slot {
	uint8_t data[1500];
	uint32_t len;
	switch_frame_flag_t flags;
} slot_t;

/* One thread writes, another reads: the indexes are atomic. */
typedef struct private_object {
	switch_codec_t read_codec, write_codec;
	switch_timer_t timer;
	switch_frame_t frame;
	slot_t slots[SLOTS];
	unsigned int head, tail;
	int hz; /* 0: sends back what it hears */
	unsigned int position;
	int16_t sine[160];
} private_t;

static switch_endpoint_interface_t *tone_endpoint_interface;
static int inits, hangups, destroys, bridges, unbridges, digits;

static void count(int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static switch_status_t channel_on_init(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	const char *answer = switch_channel_get_variable(channel, "tone_answer");
	const char *hz = switch_channel_get_variable(channel, "tone_hz");
	private_t *tech_pvt = switch_core_session_get_private(session);

	count(&inits);
	tech_pvt->hz = hz ? atoi(hz) : 0;
	switch_channel_set_flag(channel, CF_AUDIO);
	switch_channel_set_variable(channel, "tone_saw", switch_channel_get_variable(channel, "tone_word"));
	switch_channel_set_state(channel, CS_ROUTING);
	switch_channel_mark_ring_ready(channel);
	if (switch_channel_var_true(channel, "tone_early")) {
		switch_channel_mark_pre_answered(channel);
	}
	if (!answer || switch_true(answer)) {
		switch_channel_mark_answered(channel);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_on_hangup(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	count(&hangups);
	switch_channel_set_variable(channel, "tone_cause", switch_channel_cause2str(switch_channel_get_cause(channel)));

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_on_destroy(switch_core_session_t *session)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	count(&destroys);
	if (tech_pvt) {
		switch_core_timer_destroy(&tech_pvt->timer);
		switch_core_codec_destroy(&tech_pvt->read_codec);
		switch_core_codec_destroy(&tech_pvt->write_codec);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_state_handler_table_t tone_state_handlers = {
	.on_init = channel_on_init,
	.on_hangup = channel_on_hangup,
	.on_destroy = channel_on_destroy,
};

static switch_status_t install_codec(switch_core_session_t *session, private_t *tech_pvt, const char *name)
{
	switch_memory_pool_t *pool = switch_core_session_get_pool(session);
	uint32_t flags = SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE;

	if (switch_core_codec_init(&tech_pvt->read_codec, name, NULL, NULL, 0, 20, 1, flags, NULL, pool) !=
			SWITCH_STATUS_SUCCESS ||
		switch_core_codec_init(&tech_pvt->write_codec, name, NULL, NULL, 0, 20, 1, flags, NULL, pool) !=
			SWITCH_STATUS_SUCCESS ||
		switch_core_timer_init(&tech_pvt->timer, "soft", 20,
							   (int) tech_pvt->read_codec.implementation->samples_per_packet,
							   pool) != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_FALSE;
	}

	switch_core_session_set_read_codec(session, &tech_pvt->read_codec);
	switch_core_session_set_write_codec(session, &tech_pvt->write_codec);

	return SWITCH_STATUS_SUCCESS;
}

static switch_call_cause_t channel_outgoing_channel(switch_core_session_t *session, switch_event_t *var_event,
													switch_caller_profile_t *outbound_profile,
													switch_core_session_t **new_session, switch_memory_pool_t **pool,
													switch_originate_flag_t flags, switch_call_cause_t *cancel_cause)
{
	const char *fail = strstr(outbound_profile->destination_number, "/fail-");
	char codec[32], name[128];
	switch_channel_t *channel;
	private_t *tech_pvt;

	(void) session;
	(void) var_event;
	(void) cancel_cause;

	if (fail) {
		return switch_channel_str2cause(fail + 6);
	}

	*new_session = switch_core_session_request(tone_endpoint_interface, SWITCH_CALL_DIRECTION_OUTBOUND, flags, pool);
	tech_pvt = switch_core_session_alloc(*new_session, sizeof(*tech_pvt));
	switch_core_session_set_private(*new_session, tech_pvt);
	switch_snprintf(codec, sizeof(codec), "%.*s", (int) strcspn(outbound_profile->destination_number, "/"),
					outbound_profile->destination_number);
	if (install_codec(*new_session, tech_pvt, codec) != SWITCH_STATUS_SUCCESS) {
		switch_core_session_destroy(new_session);
		return SWITCH_CAUSE_INCOMPATIBLE_DESTINATION;
	}

	channel = switch_core_session_get_channel(*new_session);
	switch_snprintf(name, sizeof(name), "tone/%s", outbound_profile->destination_number);
	switch_channel_set_name(channel, name);
	switch_channel_set_caller_profile(channel, switch_caller_profile_clone(*new_session, outbound_profile));
	switch_channel_set_state(channel, CS_INIT);

	return SWITCH_CAUSE_SUCCESS;
}

/* 20 ms of a sine, at 8 kHz. */
static void say(private_t *tech_pvt)
{
	int i;

	for (i = 0; i < 160; i++) {
		tech_pvt->sine[i] = (int16_t) (10362 * sin(2 * M_PI * tech_pvt->hz * (tech_pvt->position++ % 8000) / 8000));
	}

	tech_pvt->frame.data = tech_pvt->sine;
	tech_pvt->frame.datalen = sizeof(tech_pvt->sine);
	tech_pvt->frame.flags = SFF_NONE;
}

static switch_status_t channel_read_frame(switch_core_session_t *session, switch_frame_t **frame,
										  switch_io_flag_t flags, int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	unsigned int tail = tech_pvt->tail;
	slot_t *slot;

	(void) flags;
	(void) stream_id;
	switch_core_timer_next(&tech_pvt->timer);
	tech_pvt->frame.codec = &tech_pvt->read_codec;
	tech_pvt->frame.flags = SFF_CNG;
	tech_pvt->frame.datalen = 0;

	if (tech_pvt->hz) {
		say(tech_pvt);
	} else if (tail != __atomic_load_n(&tech_pvt->head, __ATOMIC_ACQUIRE)) {
		slot = &tech_pvt->slots[tail % SLOTS];
		/* the writer leaves one slot free, so this one stays until the next read */
		tech_pvt->frame.data = slot->data;
		tech_pvt->frame.datalen = slot->len;
		tech_pvt->frame.flags = slot->flags;
		__atomic_store_n(&tech_pvt->tail, tail + 1, __ATOMIC_RELEASE);
	}
	*frame = &tech_pvt->frame;

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_write_frame(switch_core_session_t *session, switch_frame_t *frame,
										   switch_io_flag_t flags, int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	unsigned int head = tech_pvt->head;
	slot_t *slot = &tech_pvt->slots[head % SLOTS];

	(void) flags;
	(void) stream_id;
	if (head - __atomic_load_n(&tech_pvt->tail, __ATOMIC_ACQUIRE) < SLOTS - 1 && frame->datalen <= sizeof(slot->data)) {
		if (frame->datalen) {
			memcpy(slot->data, frame->data, frame->datalen);
		}
		slot->len = frame->datalen;
		slot->flags = frame->flags;
		__atomic_store_n(&tech_pvt->head, head + 1, __ATOMIC_RELEASE);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_send_dtmf(switch_core_session_t *session, const switch_dtmf_t *dtmf)
{
	(void) session;
	(void) dtmf;
	count(&digits);

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_receive_message(switch_core_session_t *session, switch_core_session_message_t *msg)
{
	(void) session;
	if (msg->message_id == SWITCH_MESSAGE_INDICATE_BRIDGE) {
		count(&bridges);
	} else if (msg->message_id == SWITCH_MESSAGE_INDICATE_UNBRIDGE) {
		count(&unbridges);
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_io_routines_t tone_io_routines = {
	.outgoing_channel = channel_outgoing_channel,
	.read_frame = channel_read_frame,
	.write_frame = channel_write_frame,
	.send_dtmf = channel_send_dtmf,
	.receive_message = channel_receive_message,
};

static void show_config(switch_stream_handle_t *stream)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg("tone_test.conf", &cfg, NULL);
	char *text;

	if (!xml) {
		stream->write_function(stream, "-ERR no tone_test.conf\n");
		return;
	}

	text = switch_xml_toxml(cfg, SWITCH_FALSE);
	switch_xml_free(xml);
	stream->write_function(stream, "%s", text);
	free(text);
}

SWITCH_STANDARD_API(tonetest_function)
{
	(void) session;
	if (cmd && !strcmp(cmd, "config")) {
		show_config(stream);
	} else if (cmd && !strncmp(cmd, "acl ", 4)) {
		/* acl <list> <address> */
		const char *address = strrchr(cmd, ' ') + 1;
		char list[64];

		switch_snprintf(list, sizeof(list), "%.*s", (int) (address - cmd - 5), cmd + 4);
		stream->write_function(stream, "%s", switch_check_network_list_ip(address, list) ? "allow" : "deny");
	} else {
		stream->write_function(stream, "init=%d hangup=%d destroy=%d bridge=%d unbridge=%d dtmf=%d\n",
							   __atomic_load_n(&inits, __ATOMIC_SEQ_CST), __atomic_load_n(&hangups, __ATOMIC_SEQ_CST),
							   __atomic_load_n(&destroys, __ATOMIC_SEQ_CST),
							   __atomic_load_n(&bridges, __ATOMIC_SEQ_CST),
							   __atomic_load_n(&unbridges, __ATOMIC_SEQ_CST),
							   __atomic_load_n(&digits, __ATOMIC_SEQ_CST));
	}

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t complete_word(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;
	*matches = NULL; /* uninitialised, as in FreeSWITCH */
	switch_console_push_match(matches, "apple");
	switch_console_push_match(matches, "pear");

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_tone_test_load)
{
	switch_api_interface_t *api_interface;

	if (switch_event_reserve_subclass("tone::test") != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_GENERR;
	}

	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	tone_endpoint_interface = switch_loadable_module_create_interface(*module_interface, SWITCH_ENDPOINT_INTERFACE);
	tone_endpoint_interface->interface_name = "tone";
	tone_endpoint_interface->io_routines = &tone_io_routines;
	tone_endpoint_interface->state_handler = &tone_state_handlers;
	SWITCH_ADD_API(api_interface, "tonetest", "Tone test", tonetest_function, "[config|acl <list> <address>]");
	switch_console_add_complete_func("::tone::words", complete_word);
	switch_console_set_complete("add tonetest word ::tone::words ::[one:two");
	switch_console_set_complete("add tonetest config");

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_tone_test_shutdown)
{
	switch_console_set_complete("del tonetest");
	switch_console_del_complete_func("::tone::words");
	switch_event_free_subclass("tone::test");

	return SWITCH_STATUS_SUCCESS;
}
