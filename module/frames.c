/* SPDX-License-Identifier: MPL-2.0 */
/*
 * frames.c -- a leg's frames: between the switch's read_frame and write_frame, and the rings
 */
#include "shim.h"

/* An Opus frame that is no longer says that the sender pauses (RFC 7587 3.1.3). No frame of G.711 is so short. */
#define JANUS_DTX_LEN 2
/* Frames in a row that are concealed while the ring is empty. */
#define JANUS_MOST_MISSES 5

/* Samples of our own in the leg's codec, at most size bytes, to out; returns how many, 0 where it cannot be had. */
static uint32_t encode(switch_codec_t *codec, int16_t *pcm, uint32_t samples, void *out, uint32_t size)
{
	uint32_t len = size, rate = 0;
	unsigned int flag = 0;

	return switch_core_codec_encode(codec, NULL, pcm, samples * sizeof(pcm[0]), codec->implementation->actual_samples_per_second,
									out, &len, &rate, &flag) == SWITCH_STATUS_SUCCESS ? len : 0;
}

/* Samples of our own as the frame; it stays as it is where they cannot be encoded. */
static void read_pcm(private_t *tech_pvt, switch_frame_t *out, int16_t *pcm)
{
	uint32_t len = encode(&tech_pvt->read_codec, pcm, tech_pvt->samples, tech_pvt->databuf, sizeof(tech_pvt->databuf));

	if (len) {
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

/* A frame that is missing: the codec conceals it. The core wants a length, as its own jitter buffer gives. What databuf holds
 * is the last frame: a peer that passes frames on and ignores the flag repeats it, which is a concealment too. */
static void conceal(private_t *tech_pvt, switch_frame_t *out)
{
	out->flags = SFF_PLC;
	out->datalen = tech_pvt->last_len;
}

/* The slot's frame is lost, and data is the one after it: the decoder asks get_jb for that one, by its sequence number. */
static void look_ahead(switch_core_session_t *session, private_t *tech_pvt, const janus_slot_t *slot)
{
	switch_rtp_packet_t packet;

	if (!tech_pvt->lookahead && switch_jb_create(&tech_pvt->lookahead, SJB_AUDIO, 1, 4, switch_core_session_get_pool(session)) != SWITCH_STATUS_SUCCESS) {
		tech_pvt->lookahead = NULL;
		return;
	}

	memset(&packet.header, 0, sizeof(packet.header));
	packet.header.version = 2;
	packet.header.seq = htons((uint16_t) (slot->seq + 1));
	packet.header.ts = htonl(slot->timestamp + slot->samples);
	memcpy(packet.body, slot->data, slot->len);
	switch_jb_reset(tech_pvt->lookahead);
	switch_jb_put_packet(tech_pvt->lookahead, &packet, sizeof(packet.header) + slot->len);
}

switch_jb_t *channel_get_jb(switch_core_session_t *session, switch_media_type_t type)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	return type == SWITCH_MEDIA_TYPE_AUDIO ? tech_pvt->lookahead : NULL;
}

/* What the media loop has put into the slot, as the frame. */
static void read_slot(switch_core_session_t *session, private_t *tech_pvt, switch_frame_t *out, const janus_slot_t *slot)
{
	out->timestamp = slot->timestamp;
	out->seq = slot->seq;
	out->m = (slot->flags & JANUS_SLOT_MARK) ? SWITCH_TRUE : SWITCH_FALSE;

	if ((slot->flags & JANUS_SLOT_LOST) && tech_pvt->last_len) {
		conceal(tech_pvt, out);
		if ((slot->flags & JANUS_SLOT_FEC) && slot->len <= sizeof(tech_pvt->databuf)) {
			look_ahead(session, tech_pvt, slot);
		}
	} else if (!(slot->flags & (JANUS_SLOT_LOST | JANUS_SLOT_SILENCE)) && slot->len && slot->len <= sizeof(tech_pvt->databuf)) {
		memcpy(tech_pvt->databuf, slot->data, slot->len);
		out->flags = SFF_NONE;
		out->datalen = tech_pvt->last_len = slot->len;
	}

	tech_pvt->misses = out->flags == SFF_NONE && slot->len > JANUS_DTX_LEN ? 0 : JANUS_MOST_MISSES;
}

/* The frame to come: silence, until it is known better. */
static void begin_frame(private_t *tech_pvt, switch_frame_t *out)
{
	const switch_codec_implementation_t *impl = tech_pvt->read_codec.implementation;

	out->codec = &tech_pvt->read_codec;
	out->data = tech_pvt->databuf;
	out->buflen = sizeof(tech_pvt->databuf);
	out->samples = tech_pvt->samples;
	out->rate = impl->actual_samples_per_second;
	out->channels = impl->number_of_channels;
	out->flags = SFF_CNG;
	out->datalen = 0;
}

switch_status_t channel_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags, int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	switch_frame_t *out = &tech_pvt->read_frame;
	janus_slot_t *slot;
	int deaf;

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

	begin_frame(tech_pvt, out);
	deaf = __atomic_load_n(&tech_pvt->deaf, __ATOMIC_ACQUIRE);

	if ((slot = janus_ring_peek(&tech_pvt->media->to_switch))) {
		read_slot(session, tech_pvt, out, slot);
		janus_ring_pop(&tech_pvt->media->to_switch);

		if (deaf) {
			out->flags = SFF_CNG;
			out->datalen = 0;
		}
	} else if (tech_pvt->misses < JANUS_MOST_MISSES && !deaf) {
		/* in the middle of speech, and the media loop is late */
		tech_pvt->misses++;
		out->seq++;
		out->timestamp += tech_pvt->samples;
		conceal(tech_pvt, out);
	}

	read_own(session, tech_pvt, out, slot == NULL);
	*frame = out;

	return SWITCH_STATUS_SUCCESS;
}

/* A key that sounds takes the place of the frame, in the leg's codec. */
static int write_tone(private_t *tech_pvt, janus_slot_t *slot)
{
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];

	if (tech_pvt->samples > sizeof(pcm) / sizeof(pcm[0]) ||
		!janus_tone_fill(&tech_pvt->tone, tech_pvt->write_codec.implementation->actual_samples_per_second, pcm, tech_pvt->samples)) {
		return 0;
	}

	slot->flags = 0;
	slot->len = (uint16_t) encode(&tech_pvt->write_codec, pcm, tech_pvt->samples, slot->data, JANUS_SLOT_DATA);

	return slot->len > 0;
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
	switch_core_codec_control(&tech_pvt->write_codec, SCC_AUDIO_PACKET_LOSS, SCCT_INT, &percent, SCCT_NONE, NULL, NULL, NULL);
}

switch_status_t channel_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags, int stream_id)
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

	report_loss(tech_pvt);

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
