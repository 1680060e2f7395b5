/* SPDX-License-Identifier: MPL-2.0 */
/*
 * bridge.c -- two legs that hear each other
 *
 * The A-leg's thread carries A to B, the B-leg's thread B to A. The A-leg's stays until the other
 * is done, so neither ever looks at a leg that is gone. Legs with the same codec exchange frames as
 * they are, flags and all; others are decoded, resampled, cut into packets and encoded.
 */
#include "minihost.h"

enum { IDLE, RUNNING, DONE };

/* The number in messages about a bridge that is left for a moment. */
#define FOR_AN_EVENT 42

struct mh_bridge {
	switch_core_session_t *a;
	int peer;      /* IDLE, RUNNING, DONE: the B-leg's thread */
	int stop;      /* somebody has ended it */
	int suspended; /* legs that run an application just now */
};

/* Carries one direction. */
typedef struct pump {
	switch_core_session_t *from, *to;
	mh_resampler_t *resampler;
	uint32_t from_rate, to_rate;
	int16_t fifo[MH_MAX_SAMPLES * 8];
	int count;
} pump_t;

void mh_bridge_free(mh_bridge_t *bridge)
{
	free(bridge);
}

static bool same_codec(const pump_t *pump, const switch_frame_t *frame)
{
	const switch_codec_t *to = __atomic_load_n(&pump->to->write_codec, __ATOMIC_ACQUIRE);
	const switch_codec_implementation_t *a, *b;

	if (!to || !frame->codec || !frame->codec->implementation) {
		return false;
	}

	a = frame->codec->implementation;
	b = to->implementation;

	return !strcasecmp(a->iananame, b->iananame) && a->actual_samples_per_second == b->actual_samples_per_second &&
		a->microseconds_per_packet == b->microseconds_per_packet;
}

/* Decodes, resamples, and writes as many whole packets as there are by now. */
static void transcode(pump_t *pump, switch_frame_t *frame)
{
	int packet = (int) mh_write_samples(pump->to), n;
	uint32_t from_rate = mh_read_rate(pump->from), to_rate = mh_write_rate(pump->to);
	int16_t pcm[MH_MAX_SAMPLES];

	if (!packet || !from_rate || !switch_core_codec_ready(frame->codec)) {
		return;
	}

	if (from_rate != pump->from_rate || to_rate != pump->to_rate) {
		mh_resampler_free(pump->resampler);
		pump->resampler = mh_resampler_new(from_rate, to_rate);
		pump->from_rate = from_rate;
		pump->to_rate = to_rate;
		pump->count = 0;
	}

	n = mh_codec_decode_frame(frame->codec, frame, pcm, MH_MAX_SAMPLES);
	pump->count += mh_resample(pump->resampler, pcm, n, pump->fifo + pump->count, MH_MAX_SAMPLES * 8 - pump->count);

	for (n = 0; pump->count - n >= packet; n += packet) {
		mh_write_pcm(pump->to, pump->fifo + n, packet);
	}
	pump->count -= n;
	memmove(pump->fifo, pump->fifo + n, (size_t) pump->count * sizeof(*pump->fifo));
}

/* Out of the bridge while something is executed, as its endpoint is told. */
static void run_queue(mh_bridge_t *bridge, switch_core_session_t *session, switch_core_session_t *other)
{
	__atomic_add_fetch(&bridge->suspended, 1, __ATOMIC_SEQ_CST);
	mh_message(session, SWITCH_MESSAGE_INDICATE_UNBRIDGE, other->uuid, FOR_AN_EVENT);
	mh_app_run_queue(session);
	mh_message(session, SWITCH_MESSAGE_INDICATE_BRIDGE, other->uuid, FOR_AN_EVENT);
	__atomic_sub_fetch(&bridge->suspended, 1, __ATOMIC_SEQ_CST);
}

static bool work_queued(switch_core_session_t *session)
{
	bool queued;

	pthread_mutex_lock(&session->channel->state_mutex);
	queued = mh_work_queued(session);
	pthread_mutex_unlock(&session->channel->state_mutex);

	return queued;
}

/* What a leg on hold says, and what it would be told, is dropped. */
static bool held(switch_channel_t *from, switch_channel_t *to)
{
	return switch_channel_test_flag(from, CF_SUSPEND) || switch_channel_test_flag(to, CF_SUSPEND) ||
		switch_channel_test_flag(from, CF_HOLD) || switch_channel_test_flag(to, CF_LEG_HOLDING);
}

/* Until one of both is down, is told to do something else, or the other direction has ended. */
static void carry(mh_bridge_t *bridge, switch_core_session_t *from, switch_core_session_t *to)
{
	switch_channel_state_t state = switch_channel_get_state(from->channel);
	pump_t *pump = mh_alloc(sizeof(*pump));
	switch_frame_t *frame;

	pump->from = from;
	pump->to = to;

	while (!__atomic_load_n(&bridge->stop, __ATOMIC_SEQ_CST) && switch_channel_ready(from->channel) &&
		   mh_channel_up(to->channel) && switch_channel_get_state(from->channel) == state) {
		if (work_queued(from)) {
			run_queue(bridge, from, to);
		}
		mh_keys_pass(from, to);
		if (switch_channel_test_flag(to->channel, CF_ANSWERED) &&
			!switch_channel_test_flag(from->channel, CF_ANSWERED) && from == bridge->a) {
			switch_channel_mark_answered(from->channel);
		}
		if (mh_read_frame(from, &frame) != SWITCH_STATUS_SUCCESS) {
			break;
		}
		if (!frame || __atomic_load_n(&bridge->suspended, __ATOMIC_SEQ_CST) || held(from->channel, to->channel)) {
			continue;
		}
		/* comfort noise stays on its side, as in FreeSWITCH, unless the other asked for it */
		if (switch_test_flag(frame, SFF_CNG) && !switch_channel_test_flag(to->channel, CF_ACCEPT_CNG)) {
			continue;
		}
		if (same_codec(pump, frame)) {
			if (mh_write_frame(to, frame) != SWITCH_STATUS_SUCCESS) {
				break;
			}
		} else {
			transcode(pump, frame);
		}
	}

	__atomic_store_n(&bridge->stop, 1, __ATOMIC_SEQ_CST);
	mh_resampler_free(pump->resampler);
	free(pump);
}

static void introduce(switch_core_session_t *session, switch_core_session_t *other)
{
	switch_channel_t *channel = session->channel;

	channel->times.bridged = switch_micro_time_now();
	switch_channel_set_variable(channel, "bridge_to", other->uuid);
	switch_channel_set_variable(channel, "last_bridge_to", other->uuid);
	switch_channel_set_variable(channel, "bridge_channel", other->channel->name);
	switch_channel_set_variable(channel, "bridge_uuid", other->uuid);
	switch_channel_set_variable(channel, "signal_bond", other->uuid);
	switch_channel_set_flag(channel, CF_BRIDGED);
}

static void part(switch_core_session_t *session, switch_core_session_t *other)
{
	switch_call_cause_t cause = switch_channel_get_cause(other->channel);

	switch_channel_clear_flag(session->channel, CF_BRIDGED);
	switch_channel_set_variable(session->channel, "bridge_to", NULL);
	if (cause) {
		switch_channel_set_variable(session->channel, "bridge_hangup_cause", switch_channel_cause2str(cause));
		switch_channel_set_variable(session->channel, "last_bridge_hangup_cause", switch_channel_cause2str(cause));
	}
}

/* The B-leg's thread, in CS_EXCHANGE_MEDIA. */
void mh_bridge_peer(switch_core_session_t *b)
{
	mh_bridge_t *bridge = b->bridge;
	int idle = IDLE;

	if (bridge &&
		__atomic_compare_exchange_n(&bridge->peer, &idle, RUNNING, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		carry(bridge, b, bridge->a);
		__atomic_store_n(&bridge->peer, DONE, __ATOMIC_SEQ_CST);
	}

	if (switch_channel_get_state(b->channel) == CS_EXCHANGE_MEDIA) {
		bool answered = switch_channel_test_flag(b->channel, CF_ANSWERED);

		switch_channel_hangup(b->channel, answered ? SWITCH_CAUSE_NORMAL_CLEARING : SWITCH_CAUSE_ORIGINATOR_CANCEL);
	}
}

/* The B-leg's thread is through with the A-leg, or has not begun and never will. */
static void wait_for_peer(mh_bridge_t *bridge)
{
	int idle = IDLE;

	if (__atomic_compare_exchange_n(&bridge->peer, &idle, DONE, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		return;
	}

	while (__atomic_load_n(&bridge->peer, __ATOMIC_SEQ_CST) != DONE) {
		mh_sleep_ms(2);
	}
}

/* What becomes of the A-leg. */
static void after(switch_core_session_t *a, switch_core_session_t *b)
{
	switch_call_cause_t cause = switch_channel_get_cause(b->channel);
	bool answered = switch_channel_test_flag(b->channel, CF_ANSWERED);
	char *hangup;

	if (!mh_channel_up(a->channel)) {
		return;
	}

	cause = cause ? cause : SWITCH_CAUSE_NORMAL_CLEARING;
	if (!answered) {
		mh_channel_handle_cause(a->channel, cause);
	} else if ((hangup = mh_channel_get_variable_dup(a->channel, "hangup_after_bridge"))) {
		if (switch_true(hangup) || !strcasecmp(hangup, "explicit")) {
			switch_channel_hangup(a->channel, cause);
		}
		free(hangup);
	}
}

void mh_bridge_run(switch_core_session_t *a, switch_core_session_t *b)
{
	const char *headers[] = { "Bridge-A-Unique-ID", a->uuid, "Bridge-B-Unique-ID", b->uuid, NULL };
	mh_bridge_t *bridge = mh_alloc(sizeof(*bridge));

	bridge->a = a;
	if (switch_channel_test_flag(b->channel, CF_ANSWERED)) {
		switch_channel_mark_answered(a->channel);
	}

	switch_channel_set_flag(a->channel, CF_BRIDGE_ORIGINATOR);
	switch_channel_set_variable(b->channel, "call_uuid", a->uuid);
	introduce(a, b);
	introduce(b, a);
	mh_channel_fire(a->channel, SWITCH_EVENT_CHANNEL_BRIDGE, headers);
	mh_message(b, SWITCH_MESSAGE_INDICATE_BRIDGE, a->uuid, 0);
	mh_message(a, SWITCH_MESSAGE_INDICATE_BRIDGE, b->uuid, 0);
	mh_display_other(b, a, true);
	mh_display_other(a, b, false);

	/* the B-leg's thread is in no bridge: it sees this one when it sees the state */
	mh_bridge_free(b->bridge);
	b->bridge = bridge;
	switch_channel_set_state(b->channel, CS_EXCHANGE_MEDIA);
	carry(bridge, a, b);
	wait_for_peer(bridge);

	part(a, b);
	part(b, a);
	switch_channel_clear_flag(a->channel, CF_BRIDGE_ORIGINATOR);
	mh_channel_fire(a->channel, SWITCH_EVENT_CHANNEL_UNBRIDGE, headers);
	mh_message(b, SWITCH_MESSAGE_INDICATE_UNBRIDGE, a->uuid, 0);
	mh_message(a, SWITCH_MESSAGE_INDICATE_UNBRIDGE, b->uuid, 0);

	/* should the B-leg never have come to it */
	if (mh_channel_up(b->channel)) {
		bool answered = switch_channel_test_flag(b->channel, CF_ANSWERED);

		switch_channel_hangup(b->channel, answered ? SWITCH_CAUSE_NORMAL_CLEARING : SWITCH_CAUSE_ORIGINATOR_CANCEL);
	}
	after(a, b);
}

switch_status_t mh_bridge_uuids(const char *a_uuid, const char *b_uuid)
{
	switch_core_session_t *a = switch_core_session_locate(a_uuid), *b = switch_core_session_locate(b_uuid);
	bool ok = a && b && a != b && mh_channel_media_ready(a->channel) && mh_channel_media_ready(b->channel) &&
		!switch_channel_test_flag(a->channel, CF_BRIDGED) && !switch_channel_test_flag(b->channel, CF_BRIDGED);

	if (ok) {
		mh_app_queue(a, "mh_uuid_bridge", b_uuid);
	}
	if (a) {
		switch_core_session_rwunlock(a);
	}
	if (b) {
		switch_core_session_rwunlock(b);
	}

	return ok ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
