/* SPDX-License-Identifier: MPL-2.0 */
/*
 * writeframe.c -- a leg's frames from the switch: from its write_frame to the ring
 *
 * What the switch hands over is what a phone has sent, or what the switch has encoded: packets of
 * any length, in the leg's codec. They go to the media loop as they are, and it cuts and joins
 * them. Only frames that cannot be cut are encoded anew.
 */
#include <math.h>
#include "shim.h"

/* Longest Opus packet (RFC 6716 3.2.5) and what the room mixes of each, in samples of 48 kHz. */
#define OPUS_MOST_SAMPLES 5760
/* Packets between two measurements of how loud Opus is, and the most that one takes. */
#define LEVEL_EVERY 25
#define LEVEL_MOST 6
/* dB by which two packets in a row may differ for the measurement to be over: before that the
 * decoder has yet to settle. */
#define LEVEL_STEADY 3
/* An Opus frame that is no longer says that the sender pauses (RFC 7587 3.1.3). */
#define OPUS_DTX_LEN 2
#define LEVEL_SILENCE 127

static int is_opus(const private_t *tech_pvt)
{
	return !strcasecmp(tech_pvt->write_codec.implementation->iananame, "opus");
}

/* Samples of one frame of an Opus packet, at 48 kHz (RFC 6716 3.1). */
static uint32_t opus_frame_samples(uint8_t toc)
{
	static const uint16_t silk[] = { 480, 960, 1920, 2880 };
	uint8_t config = toc >> 3;

	return config < 12 ? silk[config & 3] : config < 16 ? 480u << (config & 1) : 120u << (config & 3);
}

/* How long what a frame holds is, in the codec's RTP clock:
 * phones send other lengths than they have said. */
static uint32_t duration(const private_t *tech_pvt, const switch_frame_t *frame)
{
	const uint8_t *data = frame->data;
	uint32_t frames;

	if (switch_test_flag(frame, SFF_PLC) || switch_test_flag(frame, SFF_CNG) || !frame->datalen) {
		return tech_pvt->samples;
	}

	if (!is_opus(tech_pvt)) {
		return frame->datalen;
	}

	switch (data[0] & 3) {
	case 0:
		frames = 1;
		break;
	case 3:
		frames = frame->datalen > 1 ? data[1] & 0x3f : 0;
		break;
	default:
		frames = 2;
	}

	frames *= opus_frame_samples(data[0]);

	return frames && frames <= OPUS_MOST_SAMPLES ? frames : tech_pvt->samples;
}

/* How loud samples are, as a slot has it: -dBov and 1. */
static uint8_t level_of(const int16_t *pcm, uint32_t samples)
{
	double sum = 0, level;
	uint32_t i;

	for (i = 0; i < samples; i++) {
		sum += (double) pcm[i] * pcm[i];
	}

	if (sum < 1) {
		return LEVEL_SILENCE + 1;
	}

	level = -10 * log10(sum / samples / (32768.0 * 32768.0));

	return (uint8_t) ((level < 0 ? 0 : level > LEVEL_SILENCE ? LEVEL_SILENCE : lround(level)) + 1);
}

/* What is in an encoded frame, by the decoder that comes with the leg's encoder;
 * returns how many samples, 0 for none. */
static uint32_t decode(private_t *tech_pvt, void *data, uint32_t len, int16_t *pcm, uint32_t most)
{
	uint32_t size = most * sizeof(*pcm), rate = 0;
	unsigned int flag = 0;

	if (switch_core_codec_decode(&tech_pvt->write_codec, NULL, data, len,
								 tech_pvt->write_codec.implementation->actual_samples_per_second, pcm, &size, &rate,
								 &flag) != SWITCH_STATUS_SUCCESS) {
		return 0;
	}

	return size / sizeof(*pcm);
}

/*
 * How loud an Opus packet is. Decoding each would cost as much again as the rest of the leg, so
 * that it is done for two of ten, or for as many as it takes until the decoder, which has missed
 * the others, has settled; and when packets become longer or shorter,
 * as they do where speech begins or ends.
 */
static uint8_t measure(private_t *tech_pvt, void *data, uint32_t len)
{
	int16_t pcm[OPUS_MOST_SAMPLES];
	uint32_t samples;
	uint8_t before = tech_pvt->level;

	if (!janus_ring_wants_levels(&tech_pvt->media->from_switch)) {
		return 0;
	}

	if (len <= OPUS_DTX_LEN) {
		tech_pvt->level_wait = 0;
		return tech_pvt->level = LEVEL_SILENCE + 1;
	}

	if (tech_pvt->level_wait && len < tech_pvt->level_len * 2 && len * 2 > tech_pvt->level_len) {
		tech_pvt->level_wait--;
		return before;
	}

	if (tech_pvt->level_wait) {
		tech_pvt->level_wait = tech_pvt->level_run = 0;
	}

	tech_pvt->level_len = len;

	if (!(samples = decode(tech_pvt, data, len, pcm, OPUS_MOST_SAMPLES))) {
		return before;
	}

	tech_pvt->level = level_of(pcm, samples);

	if (++tech_pvt->level_run >= LEVEL_MOST ||
		(tech_pvt->level_run > 1 && abs(tech_pvt->level - before) <= LEVEL_STEADY)) {
		tech_pvt->level_wait = LEVEL_EVERY - tech_pvt->level_run;
		tech_pvt->level_run = 0;
	}

	return tech_pvt->level;
}

/* The next slot, empty; NULL when the ring is full. */
static janus_slot_t *new_slot(private_t *tech_pvt, uint32_t timestamp, uint32_t samples, uint16_t flags)
{
	janus_slot_t *slot = janus_ring_reserve(&tech_pvt->media->from_switch);

	if (slot) {
		slot->timestamp = timestamp;
		slot->seq = 0;
		slot->flags = flags;
		slot->len = 0;
		slot->samples = (uint16_t) samples;
		slot->level = 0;
	}

	return slot;
}

/* Samples of our own, a packet of them, to the ring. */
static void write_pcm(private_t *tech_pvt, uint32_t timestamp, int16_t *pcm)
{
	janus_slot_t *slot = new_slot(tech_pvt, timestamp, tech_pvt->samples, 0);
	switch_codec_t *codec = &tech_pvt->write_codec;

	if (slot && (slot->len = (uint16_t) janus_encode(codec, pcm, tech_pvt->samples, slot->data, JANUS_SLOT_DATA))) {
		slot->level = level_of(pcm, tech_pvt->samples);
		janus_ring_push(&tech_pvt->media->from_switch);
	}
}

/* A key that sounds takes the place of what the switch writes, for as long as that is.
 * 0: none sounds. */
static int write_tone(private_t *tech_pvt, uint32_t timestamp, uint32_t samples)
{
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];

	if (!janus_tone_sounds(&tech_pvt->tone) || tech_pvt->samples > sizeof(pcm) / sizeof(pcm[0])) {
		tech_pvt->tone_owed = 0;
		return 0;
	}

	for (tech_pvt->tone_owed += samples; tech_pvt->tone_owed >= tech_pvt->samples;
		 tech_pvt->tone_owed -= tech_pvt->samples) {
		if (!janus_tone_fill(&tech_pvt->tone, tech_pvt->write_codec.implementation->actual_samples_per_second, pcm,
							 tech_pvt->samples)) {
			memset(pcm, 0, tech_pvt->samples * sizeof(pcm[0]));
		}
		write_pcm(tech_pvt, timestamp, pcm);
		timestamp += tech_pvt->samples;
	}

	return 1;
}

/* A packet that cannot be cut, or that no slot holds, in packets of 20 ms:
 * SILK has frames of 40 and 60 ms. */
static void write_anew(private_t *tech_pvt, const switch_frame_t *frame)
{
	int16_t pcm[OPUS_MOST_SAMPLES];
	uint32_t samples = decode(tech_pvt, frame->data, frame->datalen, pcm, OPUS_MOST_SAMPLES), i;

	for (i = 0; i + tech_pvt->samples <= samples; i += tech_pvt->samples) {
		write_pcm(tech_pvt, frame->timestamp + i, pcm + i);
	}
}

/* What a frame holds, as it is. A slot has room for any packet that fits a network's; more of G.711
 * takes several. */
static void write_data(private_t *tech_pvt, const switch_frame_t *frame, uint32_t samples)
{
	uint8_t *data = frame->data;
	uint32_t at, len;
	janus_slot_t *slot;
	int opus = is_opus(tech_pvt);

	if (opus && (frame->datalen > JANUS_SLOT_DATA || opus_frame_samples(data[0]) > tech_pvt->samples)) {
		write_anew(tech_pvt, frame);
		return;
	}

	for (at = 0; at < frame->datalen; at += len) {
		len = frame->datalen - at > JANUS_SLOT_DATA ? JANUS_SLOT_DATA : frame->datalen - at;
		if (!(slot = new_slot(tech_pvt, frame->timestamp + at, opus ? samples : len, 0))) {
			return;
		}
		slot->len = (uint16_t) len;
		memcpy(slot->data, data + at, len);
		slot->level = opus ? measure(tech_pvt, data, len) : 0;
		janus_ring_push(&tech_pvt->media->from_switch);
	}
}

/* The encoder learns what the far end reports as lost: it sends as much FEC as that asks for. */
static void report_loss(private_t *tech_pvt)
{
	uint32_t loss = janus_ring_loss(&tech_pvt->media->from_switch), percent;

	if (loss == tech_pvt->loss) {
		return;
	}

	tech_pvt->loss = loss;
	percent = loss - 1;
	switch_core_codec_control(&tech_pvt->write_codec, SCC_AUDIO_PACKET_LOSS, SCCT_INT, &percent, SCCT_NONE, NULL, NULL,
							  NULL);
}

switch_status_t channel_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags,
									int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	uint32_t samples;
	uint16_t nothing = 0;

	(void) flags;
	(void) stream_id;

	if (!is_ready(tech_pvt) || is_hold_music(tech_pvt)) {
		return SWITCH_STATUS_SUCCESS;
	}

	report_loss(tech_pvt);
	samples = duration(tech_pvt, frame);

	if (write_tone(tech_pvt, frame->timestamp, samples)) {
		return SWITCH_STATUS_SUCCESS;
	}

	if (switch_test_flag(frame, SFF_PLC)) {
		nothing = JANUS_SLOT_LOST;
	} else if (switch_test_flag(frame, SFF_CNG) || !frame->datalen) {
		nothing = JANUS_SLOT_SILENCE;
	}

	if (!nothing) {
		write_data(tech_pvt, frame, samples);
	} else if (new_slot(tech_pvt, frame->timestamp, samples, nothing)) {
		janus_ring_push(&tech_pvt->media->from_switch);
	}

	return SWITCH_STATUS_SUCCESS;
}
