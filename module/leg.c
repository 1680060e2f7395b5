/* SPDX-License-Identifier: MPL-2.0 */
/*
 * leg.c -- the functions of janus_host_t that act on a leg: marks, codec, sound, recording, hangup
 */
#include "shim.h"
#include "leg.h"

/* The leg of ours with this UUID, read-locked; NULL if it has gone. Another channel may bear the
 * UUID by then (one that was given by origination_uuid, say): it is not touched. */
static switch_core_session_t *locate_leg(const char *uuid)
{
	switch_core_session_t *session = switch_core_session_locate(uuid);

	if (session && !switch_core_session_check_interface(session, janus_endpoint_interface)) {
		switch_core_session_rwunlock(session);
		session = NULL;
	}

	return session;
}

/* What the leg of ours with this UUID keeps, its session read-locked in *session;
 * NULL if it has gone. */
static private_t *lock_leg(const char *uuid, switch_core_session_t **session)
{
	return (*session = locate_leg(uuid)) ? switch_core_session_get_private(*session) : NULL;
}

/* What a session's own thread is asked to mark. The core runs applications inside of that, which
 * may wait, read the leg's frames, and call the engine: so no other thread does it. mod_sofia hands
 * its SIP events to the session in the same way. */
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
	switch_status_t status = switch_core_session_queue_signal_data(session, &marks[mark]);

	return status == SWITCH_STATUS_SUCCESS ? JANUS_OK : JANUS_FAILED;
}

int janus_leg_ring_ready(const char *uuid)
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

/* Both codecs, from the session's pool; on failure nothing stays. */
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

	tech_pvt->read_codec.session = session;
	tech_pvt->write_codec.session = session;
	switch_core_session_set_read_codec(session, &tech_pvt->read_codec);
	switch_core_session_set_write_codec(session, &tech_pvt->write_codec);
	__atomic_store_n(&tech_pvt->media_ready, 1, __ATOMIC_RELEASE);

	return SWITCH_STATUS_SUCCESS;
}

int janus_leg_media_ready(const char *uuid, const janus_codec_t *codec)
{
	switch_core_session_t *session;
	private_t *tech_pvt = lock_leg(uuid, &session);
	int result = JANUS_OK;

	if (!tech_pvt) {
		return JANUS_GONE;
	}

	if (!is_ready(tech_pvt) && install_codec(session, tech_pvt, codec) != SWITCH_STATUS_SUCCESS) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
						  "Cannot install codec %s at %u Hz, %u ms\n", codec->name, codec->rate, codec->ptime);
		result = JANUS_FAILED;
	} else {
		result = ask_for_mark(session, MARK_MEDIA);
	}

	switch_core_session_rwunlock(session);

	return result;
}

int janus_leg_play_key(const char *uuid, char digit, uint32_t duration_ms)
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

int janus_leg_comfort_noise(const char *uuid, int on)
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

int janus_leg_deafen(const char *uuid, int on)
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

int janus_leg_hold_music(const char *uuid, int on)
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

int janus_leg_play(const char *uuid, const char *path)
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

int janus_leg_record(const char *uuid, const char *path)
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

int janus_leg_record_stop(const char *uuid, const char *path)
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

int janus_leg_execute(const char *uuid, const char *application, const char *data)
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

int janus_leg_answer(const char *uuid)
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

int janus_leg_hangup(const char *uuid, int cause)
{
	switch_core_session_t *session;

	if (!(session = locate_leg(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_hangup(switch_core_session_get_channel(session), (switch_call_cause_t) cause);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}
