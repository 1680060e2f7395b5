/* SPDX-License-Identifier: MPL-2.0 */
/*
 * mod_janus.c -- the shim: FreeSWITCH's endpoint interface on one side, janus_host.h on the other
 *
 * Nothing here decides anything. What a call does is decided in bridge/ (Go); handlers here carry it over, and host_...
 * functions carry back what the engine wants of the switch. Frames never enter Go: they cross in janus_ring.h.
 */
#include <switch.h>
#include "janus_host.h"
#include "tone.h"
#include "prompt.h"

SWITCH_MODULE_LOAD_FUNCTION(mod_janus_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_janus_shutdown);
SWITCH_MODULE_DEFINITION(mod_janus, mod_janus_load, mod_janus_shutdown, NULL);

#define JANUS_API_SYNTAX "debug true|false | status | list | calls | server <name> [enable|disable] | reload | " \
	"mute|unmute|toggle-mute|deaf|undeaf|volume|display|move|kick|suspend|resume|record <uuid> ... | " \
	"send <server> <json> [async] [force] | rooms <server> | participants <server> <room> | " \
	"room <server> <room> list|create|edit|destroy|mute-all|unmute-all|kick-all|record|play|allow|forward ... | " \
	"admin <server> sessions|handles|info|pcap|log-level|tokens|accept ... | drain <server> [stop]"
#define JANUS_APP_SYNTAX "mute|unmute|toggle-mute|deaf|undeaf|volume|display|move|kick|suspend|resume|record ..."
/* How long an unload waits for its legs; FreeSWITCH itself has waited 10 s for them by then. */
#define JANUS_STOP_LIMIT_MS 5000

typedef struct private_object {
	janus_call_t call;
	janus_media_t *media;
	switch_codec_t read_codec;
	switch_codec_t write_codec;
	switch_timer_t timer;
	switch_frame_t read_frame;
	int media_ready;				/* codecs and timer are there; written by the engine's thread, see is_ready() */
	switch_bool_t reading;			/* read_frame has been called: the timer runs */
	uint32_t samples;				/* of a frame, in the codec's RTP clock */
	uint32_t last_len;				/* bytes of the last frame read */
	uint8_t databuf[JANUS_SLOT_DATA];
	janus_tone_t tone;				/* of keys that the room is to hear */
	int comfort_noise;				/* written by the engine's thread */
	uint32_t noise;					/* state of the generator */
	int deaf;						/* written by the engine's thread */
	janus_prompts_t prompts;		/* for whoever listens */
} private_t;

static switch_endpoint_interface_t *janus_endpoint_interface;

/* Codecs and timer are installed on a thread of the engine and used on the session's: ready publishes them. */
static int is_ready(private_t *tech_pvt)
{
	return __atomic_load_n(&tech_pvt->media_ready, __ATOMIC_ACQUIRE);
}

static const char *janus_subclasses[] = {
	"janus::server", "janus::call", "janus::participant", "janus::media", "janus::slowlink", "janus::dtmf", "janus::event"
};

/* --- what the switch does for the engine (janus_host_t) --- */

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

static void host_event(const char *uuid, const char *subclass, const char *const *headers, const char *body)
{
	switch_event_t *event;
	switch_core_session_t *session;

	if (switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, subclass) != SWITCH_STATUS_SUCCESS) {
		return;
	}

	if (uuid && (session = switch_core_session_force_locate(uuid))) {
		switch_channel_event_set_data(switch_core_session_get_channel(session), event);
		switch_core_session_rwunlock(session);
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

static int host_ring_ready(const char *uuid)
{
	switch_core_session_t *session;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_mark_ring_ready(switch_core_session_get_channel(session));
	switch_core_session_rwunlock(session);

	return JANUS_OK;
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
	private_t *tech_pvt;
	int result = JANUS_OK;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	tech_pvt = switch_core_session_get_private(session);

	if (!is_ready(tech_pvt) && install_codec(session, tech_pvt, codec) != SWITCH_STATUS_SUCCESS) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR, "Cannot install codec %s at %u Hz, %u ms\n",
						  codec->name, codec->rate, codec->ptime);
		result = JANUS_FAILED;
	} else {
		switch_channel_mark_pre_answered(switch_core_session_get_channel(session));
	}

	switch_core_session_rwunlock(session);

	return result;
}

static int host_play_key(const char *uuid, char digit, uint32_t duration_ms)
{
	switch_core_session_t *session;
	private_t *tech_pvt;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	/* only the call's own goroutine pushes: one producer, and write_frame the one consumer */
	tech_pvt = switch_core_session_get_private(session);
	janus_tone_push(&tech_pvt->tone, digit, duration_ms);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_comfort_noise(const char *uuid, int on)
{
	switch_core_session_t *session;
	private_t *tech_pvt;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	tech_pvt = switch_core_session_get_private(session);
	__atomic_store_n(&tech_pvt->comfort_noise, on, __ATOMIC_RELEASE);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_deafen(const char *uuid, int on)
{
	switch_core_session_t *session;
	private_t *tech_pvt;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	tech_pvt = switch_core_session_get_private(session);
	__atomic_store_n(&tech_pvt->deaf, on, __ATOMIC_RELEASE);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

static int host_play(const char *uuid, const char *path)
{
	switch_core_session_t *session;
	private_t *tech_pvt;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	/* only the call's own goroutine pushes: one producer, and read_frame the one consumer */
	tech_pvt = switch_core_session_get_private(session);
	janus_prompt_push(&tech_pvt->prompts, path);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
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

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_mark_answered(switch_core_session_get_channel(session));
	switch_core_session_rwunlock(session);

	return JANUS_OK;
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

static const janus_host_t janus_host = {
	.version = JANUS_HOST_VERSION,
	.size = sizeof(janus_host_t),
	.config = host_config,
	.log = host_log,
	.event = host_event,
	.global = host_global,
	.acl = host_acl,
	.codec_known = host_codec_known,
	.rtp_ports = host_rtp_ports,
	.get_variable = host_get_variable,
	.set_variable = host_set_variable,
	.ring_ready = host_ring_ready,
	.media_ready = host_media_ready,
	.play_key = host_play_key,
	.comfort_noise = host_comfort_noise,
	.deafen = host_deafen,
	.play = host_play,
	.execute = host_execute,
	.answer = host_answer,
	.hangup = host_hangup
};

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

	if (is_ready(tech_pvt)) {
		switch_core_timer_destroy(&tech_pvt->timer);
		switch_core_codec_destroy(&tech_pvt->read_codec);
		switch_core_codec_destroy(&tech_pvt->write_codec);
	}

	tech_pvt->media = NULL;
	janus_call_free(tech_pvt->call);

	return SWITCH_STATUS_SUCCESS;
}

static switch_state_handler_table_t janus_state_handlers = {
	.on_init = channel_on_init,
	.on_hangup = channel_on_hangup,
	.on_destroy = channel_on_destroy
};

/* --- I/O routines --- */

static switch_call_cause_t channel_outgoing_channel(switch_core_session_t *session, switch_event_t *var_event,
													switch_caller_profile_t *outbound_profile, switch_core_session_t **new_session,
													switch_memory_pool_t **pool, switch_originate_flag_t flags,
													switch_call_cause_t *cancel_cause)
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
	dial.caller_name = outbound_profile->caller_id_name;

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

	if (!(*new_session = switch_core_session_request(janus_endpoint_interface, SWITCH_CALL_DIRECTION_OUTBOUND, flags, pool))) {
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

/* Samples of our own as the frame, in the leg's codec; nothing where it cannot be had. */
static void read_pcm(private_t *tech_pvt, switch_frame_t *out, int16_t *pcm)
{
	const switch_codec_implementation_t *impl = tech_pvt->read_codec.implementation;
	uint32_t len = sizeof(tech_pvt->databuf), rate = 0;
	unsigned int flag = 0;

	if (switch_core_codec_encode(&tech_pvt->read_codec, NULL, pcm, tech_pvt->samples * sizeof(pcm[0]), impl->actual_samples_per_second,
								 tech_pvt->databuf, &len, &rate, &flag) == SWITCH_STATUS_SUCCESS) {
		out->flags = SFF_NONE;
		out->datalen = tech_pvt->last_len = len;
	}
}

/* What takes the place of the room's audio: a prompt, or while the ring is empty soft noise. */
static void read_own(switch_core_session_t *session, private_t *tech_pvt, switch_frame_t *out, int empty)
{
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];

	if (tech_pvt->samples > sizeof(pcm) / sizeof(pcm[0])) {
		return;
	}

	if (janus_prompt_fill(&tech_pvt->prompts, session, out->rate, pcm, tech_pvt->samples)) {
		read_pcm(tech_pvt, out, pcm);
	} else if (empty && __atomic_load_n(&tech_pvt->comfort_noise, __ATOMIC_ACQUIRE)) {
		janus_noise_fill(&tech_pvt->noise, pcm, tech_pvt->samples);
		read_pcm(tech_pvt, out, pcm);
	}
}

static switch_status_t channel_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags, int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	switch_frame_t *out = &tech_pvt->read_frame;
	janus_slot_t *slot;

	(void) flags;
	(void) stream_id;
	*frame = NULL;

	if (!is_ready(tech_pvt) || !switch_channel_ready(switch_core_session_get_channel(session))) {
		return SWITCH_STATUS_FALSE;
	}

	if (!tech_pvt->reading) {
		tech_pvt->reading = SWITCH_TRUE;
		switch_core_timer_sync(&tech_pvt->timer);
	}

	switch_core_timer_next(&tech_pvt->timer);

	out->codec = &tech_pvt->read_codec;
	out->data = tech_pvt->databuf;
	out->buflen = sizeof(tech_pvt->databuf);
	out->samples = tech_pvt->samples;
	out->rate = tech_pvt->read_codec.implementation->actual_samples_per_second;
	out->channels = tech_pvt->read_codec.implementation->number_of_channels;
	out->flags = SFF_CNG;
	out->datalen = 0;

	if ((slot = janus_ring_peek(&tech_pvt->media->to_switch))) {
		out->timestamp = slot->timestamp;
		out->seq = slot->seq;
		out->m = (slot->flags & JANUS_SLOT_MARK) ? SWITCH_TRUE : SWITCH_FALSE;

		if ((slot->flags & JANUS_SLOT_LOST) && tech_pvt->last_len) {
			/* the codec conceals; the core wants a length, as its own jitter buffer gives. What databuf holds is the
			 * last frame: a peer that passes frames on and ignores the flag repeats it, which is a concealment too */
			out->flags = SFF_PLC;
			out->datalen = tech_pvt->last_len;
		} else if (!(slot->flags & (JANUS_SLOT_LOST | JANUS_SLOT_SILENCE)) && slot->len && slot->len <= sizeof(tech_pvt->databuf)) {
			memcpy(tech_pvt->databuf, slot->data, slot->len);
			out->flags = SFF_NONE;
			out->datalen = tech_pvt->last_len = slot->len;
		}

		janus_ring_pop(&tech_pvt->media->to_switch);

		if (__atomic_load_n(&tech_pvt->deaf, __ATOMIC_ACQUIRE)) {
			out->flags = SFF_CNG;
			out->datalen = 0;
		}
	}

	read_own(session, tech_pvt, out, slot == NULL);
	*frame = out;

	return SWITCH_STATUS_SUCCESS;
}

/* A key that sounds takes the place of the frame, in the leg's codec. */
static int write_tone(private_t *tech_pvt, janus_slot_t *slot)
{
	const switch_codec_implementation_t *impl = tech_pvt->write_codec.implementation;
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];
	uint32_t len = JANUS_SLOT_DATA, rate = 0;
	unsigned int flag = 0;

	if (tech_pvt->samples > sizeof(pcm) / sizeof(pcm[0]) ||
		!janus_tone_fill(&tech_pvt->tone, impl->actual_samples_per_second, pcm, tech_pvt->samples)) {
		return 0;
	}

	if (switch_core_codec_encode(&tech_pvt->write_codec, NULL, pcm, tech_pvt->samples * sizeof(pcm[0]), impl->actual_samples_per_second,
								 slot->data, &len, &rate, &flag) != SWITCH_STATUS_SUCCESS) {
		return 0;
	}

	slot->flags = 0;
	slot->len = (uint16_t) len;

	return 1;
}

static switch_status_t channel_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags, int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	janus_slot_t *slot;

	(void) flags;
	(void) stream_id;

	if (!is_ready(tech_pvt) || frame->datalen > JANUS_SLOT_DATA) {
		return SWITCH_STATUS_SUCCESS;
	}

	if (!(slot = janus_ring_reserve(&tech_pvt->media->from_switch))) {
		return SWITCH_STATUS_SUCCESS;
	}

	slot->timestamp = frame->timestamp;
	slot->seq = 0;
	slot->samples = (uint16_t) tech_pvt->samples;
	slot->flags = 0;
	slot->len = 0;

	if (write_tone(tech_pvt, slot)) {
		;
	} else if (switch_test_flag(frame, SFF_PLC)) {
		slot->flags = JANUS_SLOT_LOST;
	} else if (switch_test_flag(frame, SFF_CNG) || !frame->datalen) {
		slot->flags = JANUS_SLOT_SILENCE;
	} else {
		slot->len = (uint16_t) frame->datalen;
		memcpy(slot->data, frame->data, frame->datalen);
	}

	janus_ring_push(&tech_pvt->media->from_switch);

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_send_dtmf(switch_core_session_t *session, const switch_dtmf_t *dtmf)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	/* the switch counts a digit's duration in samples of 8 kHz */
	janus_call_dtmf(tech_pvt->call, dtmf->digit, dtmf->duration / 8);

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t channel_receive_message(switch_core_session_t *session, switch_core_session_message_t *msg)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	int message = 0;

	switch (msg->message_id) {
	case SWITCH_MESSAGE_INDICATE_BRIDGE:
		message = JANUS_MESSAGE_BRIDGE;
		break;
	case SWITCH_MESSAGE_INDICATE_UNBRIDGE:
		message = JANUS_MESSAGE_UNBRIDGE;
		break;
	case SWITCH_MESSAGE_INDICATE_HOLD:
		message = JANUS_MESSAGE_HOLD;
		break;
	case SWITCH_MESSAGE_INDICATE_UNHOLD:
		message = JANUS_MESSAGE_UNHOLD;
		break;
	case SWITCH_MESSAGE_INDICATE_AUDIO_SYNC:
		break;
	default:
		return SWITCH_STATUS_SUCCESS;
	}

	if (is_ready(tech_pvt)) {
		switch_core_timer_sync(&tech_pvt->timer);
	}

	if (message) {
		janus_call_message(tech_pvt->call, message);
	}

	return SWITCH_STATUS_SUCCESS;
}

/* A hangup needs no waking: read_frame never waits longer than one tick of its timer. */
static switch_status_t channel_kill_channel(switch_core_session_t *session, int sig)
{
	(void) session;
	(void) sig;

	return SWITCH_STATUS_SUCCESS;
}

static switch_io_routines_t janus_io_routines = {
	.outgoing_channel = channel_outgoing_channel,
	.read_frame = channel_read_frame,
	.write_frame = channel_write_frame,
	.kill_channel = channel_kill_channel,
	.send_dtmf = channel_send_dtmf,
	.receive_message = channel_receive_message
};

/* --- console --- */

SWITCH_STANDARD_API(janus_api_function)
{
	char *output = janus_command(cmd ? cmd : "");

	(void) session;
	stream->write_function(stream, "%s", output);
	free(output);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(janus_app_function)
{
	janus_application("janus", switch_core_session_get_uuid(session), data ? data : "");
}

SWITCH_STANDARD_APP(janus_send_app_function)
{
	janus_application("janus_send", switch_core_session_get_uuid(session), data ? data : "");
}

/* Offers each line of names, which is freed. *matches is set only with a result: FreeSWITCH hands it over uninitialised. */
static switch_status_t complete(char *names, switch_console_callback_match_t **matches)
{
	switch_console_callback_match_t *found = NULL;
	char *name, *next;

	for (name = names; *name; name = next) {
		next = name + strcspn(name, "\n");
		if (*next) {
			*next++ = '\0';
		}
		switch_console_push_match(&found, name);
	}

	free(names);

	if (!found) {
		return SWITCH_STATUS_FALSE;
	}

	*matches = found;

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t complete_server(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_servers(), matches);
}

static switch_status_t complete_leg(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_legs(), matches);
}

static switch_status_t complete_room(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_rooms(), matches);
}

/* The controls of a leg, as bridge/controlleg.go has them. */
static const char *janus_leg_controls[] = {
	"mute", "unmute", "toggle-mute", "deaf", "undeaf", "volume", "display", "move", "kick", "suspend", "resume"
};

static void add_completion(void)
{
	char line[128];
	size_t i;

	switch_console_add_complete_func("::janus::list_servers", complete_server);
	switch_console_add_complete_func("::janus::list_legs", complete_leg);
	switch_console_add_complete_func("::janus::list_rooms", complete_room);

	for (i = 0; i < sizeof(janus_leg_controls) / sizeof(janus_leg_controls[0]); i++) {
		switch_snprintf(line, sizeof(line), "add janus %s ::janus::list_legs", janus_leg_controls[i]);
		switch_console_set_complete(line);
	}

	switch_console_set_complete("add janus record ::janus::list_legs ::[start:stop");
	switch_console_set_complete("add janus send ::janus::list_servers");
	switch_console_set_complete("add janus rooms ::janus::list_servers");
	switch_console_set_complete("add janus rooms ::janus::list_servers as json");
	switch_console_set_complete("add janus participants ::janus::list_servers ::janus::list_rooms");
	switch_console_set_complete("add janus participants ::janus::list_servers ::janus::list_rooms as json");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms "
								"::[list:create:edit:destroy:mute-all:unmute-all:kick-all:record:play:allow:forward");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms record ::[start:stop");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms allow ::[enable:disable:add:remove");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms forward ::[list:stop");
	switch_console_set_complete("add janus admin ::janus::list_servers ::[sessions:handles:info:pcap:log-level:tokens:accept");
	switch_console_set_complete("add janus admin ::janus::list_servers handles all");
	switch_console_set_complete("add janus admin ::janus::list_servers info ::janus::list_legs");
	switch_console_set_complete("add janus admin ::janus::list_servers info ::janus::list_legs raw");
	switch_console_set_complete("add janus admin ::janus::list_servers pcap ::janus::list_legs ::[start:stop");
	switch_console_set_complete("add janus admin ::janus::list_servers log-level ::[none:fatal:error:warning:info:verbose:huge:debug");
	switch_console_set_complete("add janus admin ::janus::list_servers tokens ::[add:allow:disallow:remove");
	switch_console_set_complete("add janus admin ::janus::list_servers accept ::[on:off");
	switch_console_set_complete("add janus drain ::janus::list_servers");
	switch_console_set_complete("add janus drain ::janus::list_servers stop");
	switch_console_set_complete("add janus calls ::janus::list_legs");
	switch_console_set_complete("add janus debug ::[true:false");
	switch_console_set_complete("add janus status");
	switch_console_set_complete("add janus status as json");
	switch_console_set_complete("add janus list");
	switch_console_set_complete("add janus list as json");
	switch_console_set_complete("add janus calls");
	switch_console_set_complete("add janus calls as json");
	switch_console_set_complete("add janus server ::janus::list_servers");
	switch_console_set_complete("add janus server ::janus::list_servers ::[enable:disable");
	switch_console_set_complete("add janus server ::janus::list_servers as json");
	switch_console_set_complete("add janus reload");
	switch_console_set_complete("add janus reload as json");
}

/* --- module --- */

SWITCH_MODULE_LOAD_FUNCTION(mod_janus_load)
{
	switch_api_interface_t *api_interface;
	switch_application_interface_t *app_interface;
	size_t i;

	for (i = 0; i < sizeof(janus_subclasses) / sizeof(janus_subclasses[0]); i++) {
		switch_event_reserve_subclass(janus_subclasses[i]);
	}

	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	janus_endpoint_interface = switch_loadable_module_create_interface(*module_interface, SWITCH_ENDPOINT_INTERFACE);
	janus_endpoint_interface->interface_name = "janus";
	janus_endpoint_interface->io_routines = &janus_io_routines;
	janus_endpoint_interface->state_handler = &janus_state_handlers;

	SWITCH_ADD_API(api_interface, "janus", "Janus WebRTC server", janus_api_function, JANUS_API_SYNTAX);
	SWITCH_ADD_APP(app_interface, "janus", "Control a Janus leg", "What the console command janus does to a leg, to this one or the one it is bridged to",
				   janus_app_function, JANUS_APP_SYNTAX, SAF_SUPPORT_NOMEDIA);
	SWITCH_ADD_APP(app_interface, "janus_send", "Send a request to Janus", "Sends a request to a Janus server; the answer is in janus_response",
				   janus_send_app_function, "<server> <json> [async] [force]", SAF_SUPPORT_NOMEDIA);

	if (janus_start(&janus_host) != JANUS_OK) {
		return SWITCH_STATUS_GENERR;
	}

	add_completion();

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_janus_shutdown)
{
	int left = janus_stop(JANUS_STOP_LIMIT_MS);
	size_t i;

	if (left) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Unloading with %d janus legs still held by the switch\n", left);
	}

	switch_console_set_complete("del janus");
	switch_console_del_complete_func("::janus::list_servers");
	switch_console_del_complete_func("::janus::list_legs");
	switch_console_del_complete_func("::janus::list_rooms");

	for (i = 0; i < sizeof(janus_subclasses) / sizeof(janus_subclasses[0]); i++) {
		switch_event_free_subclass(janus_subclasses[i]);
	}

	return SWITCH_STATUS_SUCCESS;
}
