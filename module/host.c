/* SPDX-License-Identifier: MPL-2.0 */
/*
 * host.c -- what the switch does for the engine: the functions of janus_host_t
 */
#include "shim.h"

static char *host_config(int reload, char **error)
{
	switch_xml_t xml, cfg = NULL;
	const char *reason = NULL;
	char *text;

	*error = NULL;

	if (reload && switch_xml_reload(&reason) != SWITCH_STATUS_SUCCESS) {
		*error = strdup(reason ? reason : "no reason given");
		return NULL;
	}

	if (!(xml = switch_xml_open_cfg("janus.conf", &cfg, NULL))) {
		*error = strdup("janus.conf: cannot be opened; it belongs at conf/autoload_configs/janus.conf.xml");
		return NULL;
	}

	text = switch_xml_toxml(cfg, SWITCH_FALSE);
	switch_xml_free(xml);

	return text;
}

static void host_log(const char *uuid, int level, const char *text)
{
	if (uuid) {
		switch_log_printf(SWITCH_CHANNEL_UUID_LOG(uuid), (switch_log_level_t) level, "%s\n", text);
	} else {
		switch_log_printf(SWITCH_CHANNEL_LOG, (switch_log_level_t) level, "%s\n", text);
	}
}

/* An event carries all variables of its session. Those that are for Janus alone, and what an application of ours was told, are
 * taken out of it. The names come from Go, once, and stay: a leg may outlive an unload. */
static char *secret_headers[16] = { "variable_current_application_data" };

static void keep_secret(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(secret_headers) / sizeof(secret_headers[0]); i++) {
		if (!secret_headers[i] && (secret_headers[i] = malloc(sizeof("variable_") + strlen(name)))) {
			sprintf(secret_headers[i], "variable_%s", name);
			return;
		}
		if (secret_headers[i] && !strcmp(secret_headers[i] + strlen("variable_"), name)) {
			return; /* from an earlier load */
		}
	}
}

void janus_secret_headers_load(void)
{
	janus_each_line(janus_secret_variables(), keep_secret);
}

static void host_event(const char *uuid, const char *subclass, const char *const *headers, const char *body)
{
	switch_event_t *event;
	switch_core_session_t *session;
	size_t i;

	if (switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, subclass) != SWITCH_STATUS_SUCCESS) {
		return;
	}

	if (uuid && (session = switch_core_session_force_locate(uuid))) {
		switch_channel_event_set_data(switch_core_session_get_channel(session), event);
		switch_core_session_rwunlock(session);
		for (i = 0; i < sizeof(secret_headers) / sizeof(secret_headers[0]) && secret_headers[i]; i++) {
			switch_event_del_header(event, secret_headers[i]);
		}
	} else if (uuid) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Unique-ID", uuid);
	}

	for (; headers && headers[0]; headers += 2) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, headers[0], headers[1]);
	}

	if (body) {
		switch_event_add_body(event, "%s", body);
	}

	switch_event_fire(&event);
}

static char *host_global(const char *name)
{
	return switch_core_get_variable_dup(name);
}

static int host_acl(const char *list, const char *address)
{
	return switch_check_network_list_ip(address, list) ? 1 : 0;
}

static int host_codec_known(const char *name)
{
	switch_codec_interface_t *codec_interface = switch_loadable_module_get_codec_interface(name, NULL);

	if (!codec_interface) {
		return 0;
	}

	UNPROTECT_INTERFACE(codec_interface);

	return 1;
}

static void host_rtp_ports(uint16_t *first, uint16_t *last)
{
	*first = switch_rtp_set_start_port(0);
	*last = switch_rtp_set_end_port(0);
}

static uint16_t host_request_port(const char *address)
{
	return switch_rtp_request_port(address);
}

static void host_release_port(const char *address, uint16_t port)
{
	switch_rtp_release_port(address, port);
}

static char *host_get_variable(const char *uuid, const char *name)
{
	switch_core_session_t *session;
	const char *value;
	char *copy = NULL;

	if ((session = switch_core_session_force_locate(uuid))) {
		if ((value = switch_channel_get_variable(switch_core_session_get_channel(session), name))) {
			copy = strdup(value);
		}
		switch_core_session_rwunlock(session);
	}

	return copy;
}

static int host_set_variable(const char *uuid, const char *name, const char *value)
{
	switch_core_session_t *session;

	if (!(session = switch_core_session_force_locate(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_set_variable(switch_core_session_get_channel(session), name, value);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

/* The leg of ours with this UUID, read-locked; NULL if it has gone. Another channel may bear the UUID by then (one that was
 * given by origination_uuid, say): it is not touched. */
static switch_core_session_t *locate_leg(const char *uuid)
{
	switch_core_session_t *session = switch_core_session_locate(uuid);

	if (session && !switch_core_session_check_interface(session, janus_endpoint_interface)) {
		switch_core_session_rwunlock(session);
		session = NULL;
	}

	return session;
}

/* What the leg of ours with this UUID keeps, its session read-locked in *session; NULL if it has gone. */
static private_t *lock_leg(const char *uuid, switch_core_session_t **session)
{
	return (*session = locate_leg(uuid)) ? switch_core_session_get_private(*session) : NULL;
}

/* What a session's own thread is asked to mark. The core runs applications inside of that, which may wait, read the leg's
 * frames, and call the engine: so no other thread does it. mod_sofia hands its SIP events to the session in the same way. */
typedef enum { MARK_RING, MARK_MEDIA, MARK_ANSWER } mark_t;

static mark_t marks[] = { MARK_RING, MARK_MEDIA, MARK_ANSWER };

void janus_mark(switch_core_session_t *session, void *data)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	private_t *tech_pvt = switch_core_session_get_private(session);

	switch (*(mark_t *) data) {
	case MARK_RING:
		switch_channel_mark_ring_ready(channel);
		break;
	case MARK_MEDIA:
		switch_channel_mark_pre_answered(channel);
		janus_call_message(tech_pvt->call, JANUS_MESSAGE_MEDIA);
		break;
	case MARK_ANSWER:
		switch_channel_mark_answered(channel);
		break;
	}
}

static int ask_for_mark(switch_core_session_t *session, mark_t mark)
{
	return switch_core_session_queue_signal_data(session, &marks[mark]) == SWITCH_STATUS_SUCCESS ? JANUS_OK : JANUS_FAILED;
}

static int host_ring_ready(const char *uuid)
{
	switch_core_session_t *session;
	int result;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	result = ask_for_mark(session, MARK_RING);
	switch_core_session_rwunlock(session);

	return result;
}

/* Both codecs and the timer, from the session's pool; on failure nothing stays. */
static switch_status_t install_codec(switch_core_session_t *session, private_t *tech_pvt, const janus_codec_t *codec)
{
	switch_memory_pool_t *pool = switch_core_session_get_pool(session);
	uint32_t flags = SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE;

	if (switch_core_codec_init(&tech_pvt->read_codec, codec->name, NULL, codec->fmtp, codec->rate, (int) codec->ptime,
							   (int) codec->channels, flags, NULL, pool) != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_FALSE;
	}

	if (switch_core_codec_init(&tech_pvt->write_codec, codec->name, NULL, codec->fmtp, codec->rate, (int) codec->ptime,
							   (int) codec->channels, flags, NULL, pool) != SWITCH_STATUS_SUCCESS) {
		switch_core_codec_destroy(&tech_pvt->read_codec);
		return SWITCH_STATUS_FALSE;
	}

	tech_pvt->samples = tech_pvt->read_codec.implementation->samples_per_packet;

	if (switch_core_timer_init(&tech_pvt->timer, "soft", (int) codec->ptime, (int) tech_pvt->samples, pool) != SWITCH_STATUS_SUCCESS) {
		switch_core_codec_destroy(&tech_pvt->read_codec);
		switch_core_codec_destroy(&tech_pvt->write_codec);
		return SWITCH_STATUS_FALSE;
	}

	tech_pvt->read_codec.session = session;
	tech_pvt->write_codec.session = session;
	switch_core_session_set_read_codec(session, &tech_pvt->read_codec);
	switch_core_session_set_write_codec(session, &tech_pvt->write_codec);
	__atomic_store_n(&tech_pvt->media_ready, 1, __ATOMIC_RELEASE);

	return SWITCH_STATUS_SUCCESS;
}

static int host_media_ready(const char *uuid, const janus_codec_t *codec)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);
	int result = JANUS_OK;

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	if (!is_ready(tech_pvt) && install_codec(session, tech_pvt, codec) != SWITCH_STATUS_SUCCESS) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR, "Cannot install codec %s at %u Hz, %u ms\n",
						  codec->name, codec->rate, codec->ptime);
		result = JANUS_FAILED;
	} else {
		result = ask_for_mark(session, MARK_MEDIA);
	}

	switch_core_session_rwunlock(session);

	return result;
}

static int host_play_key(const char *uuid, char digit, uint32_t duration_ms)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	/* only the call's own goroutine pushes: one producer, and write_frame the one consumer */
	janus_tone_push(&tech_pvt->tone, digit, duration_ms);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_comfort_noise(const char *uuid, int on)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	__atomic_store_n(&tech_pvt->comfort_noise, on, __ATOMIC_RELEASE);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_deafen(const char *uuid, int on)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	__atomic_store_n(&tech_pvt->deaf, on, __ATOMIC_RELEASE);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_hold_music(const char *uuid, int on)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	__atomic_store_n(&tech_pvt->hold_music, on, __ATOMIC_RELEASE);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_play(const char *uuid, const char *path)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	/* only the call's own goroutine pushes: one producer, and read_frame the one consumer */
	janus_prompt_push(&tech_pvt->prompts, path);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_record(const char *uuid, const char *path)
{
	switch_core_session_t *session;
	switch_event_t *vars;
	switch_status_t status;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	if (switch_event_create(&vars, SWITCH_EVENT_CHANNEL_DATA) != SWITCH_STATUS_SUCCESS) {
		switch_core_session_rwunlock(session);
		return JANUS_FAILED;
	}

	/* of this recording alone: variables of the channel are for those that the dialplan makes */
	switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, "RECORD_STEREO", "true");
	switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, "RECORD_MIN_SEC", "0");
	switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, "RECORD_READ_ONLY", "false");
	switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, "RECORD_WRITE_ONLY", "false");
	status = switch_ivr_record_session_event(session, path, 0, NULL, vars);
	switch_event_destroy(&vars);
	switch_core_session_rwunlock(session);

	return status == SWITCH_STATUS_SUCCESS ? JANUS_OK : JANUS_FAILED;
}

static int host_record_stop(const char *uuid, const char *path)
{
	switch_core_session_t *session;
	switch_status_t status;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	status = switch_ivr_stop_record_session(session, path);
	switch_core_session_rwunlock(session);

	return status == SWITCH_STATUS_SUCCESS ? JANUS_OK : JANUS_GONE;
}

static int host_execute(const char *uuid, const char *application, const char *data)
{
	size_t size = strlen(application) + strlen(data) + sizeof("::");
	char *what = malloc(size);
	switch_status_t status;

	if (!what) {
		return JANUS_FAILED;
	}

	snprintf(what, size, "%s::%s", application, data);
	status = switch_ivr_broadcast(uuid, what, SMF_ECHO_ALEG);
	free(what);

	return status == SWITCH_STATUS_SUCCESS ? JANUS_OK : JANUS_GONE;
}

static int host_answer(const char *uuid)
{
	switch_core_session_t *session;
	int result;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	result = ask_for_mark(session, MARK_ANSWER);
	switch_core_session_rwunlock(session);

	return result;
}

static int host_hangup(const char *uuid, int cause)
{
	switch_core_session_t *session;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_hangup(switch_core_session_get_channel(session), (switch_call_cause_t) cause);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

const janus_host_t janus_host = {
	.version = JANUS_HOST_VERSION,
	.size = sizeof(janus_host_t),
	.config = host_config,
	.log = host_log,
	.event = host_event,
	.global = host_global,
	.query = host_query,
	.acl = host_acl,
	.codec_known = host_codec_known,
	.rtp_ports = host_rtp_ports,
	.request_port = host_request_port,
	.release_port = host_release_port,
	.get_variable = host_get_variable,
	.set_variable = host_set_variable,
	.ring_ready = host_ring_ready,
	.media_ready = host_media_ready,
	.play_key = host_play_key,
	.comfort_noise = host_comfort_noise,
	.deafen = host_deafen,
	.hold_music = host_hold_music,
	.play = host_play,
	.record = host_record,
	.record_stop = host_record_stop,
	.execute = host_execute,
	.answer = host_answer,
	.hangup = host_hangup
};
