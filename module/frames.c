/* SPDX-License-Identifier: MPL-2.0 */
/*
 * frames.c -- a leg's frames to the switch: from the ring to its read_frame; writeframe.c: from it
 */
#include "shim.h"

/* An Opus frame that is no longer says that the sender pauses (RFC 7587 3.1.3). No frame of G.711
 * is so short. */
#define JANUS_DTX_LEN 2
/* Frames in a row that are concealed while the ring is empty. */
#define JANUS_MOST_MISSES 5
/* Frames by which the room's timestamps may jump and still tell a loss; more is another stream, or
 * a switch that did not read. */
#define JANUS_MOST_LOST 50

/* Nanoseconds. */
#define MS 1000000LL
/* Time of a frame. */
#define FRAME_TIME (20 * MS)
/* How long after its time a frame of a stream that runs is waited for: it is the media loop that is
 * late then, or the machine. */
#define FRAME_PATIENCE (80 * MS)
/* A switch that has not read for this long hears nothing of what waits since. */
#define FRAME_STALE (200 * MS)

/* Where a frame that is read comes from. */
typedef enum { FRAME_ROOM, FRAME_LOST, FRAME_OWN } frame_source_t;

/* Samples of our own in the leg's codec, at most size bytes, to out; returns how many,
 * 0 where it cannot be had. */
uint32_t janus_encode(switch_codec_t *codec, int16_t *pcm, uint32_t samples, void *out, uint32_t size)
{
	uint32_t len = size, rate = 0;
	unsigned int flag = 0;
	switch_status_t status;

	status = switch_core_codec_encode(codec, NULL, pcm, samples * sizeof(pcm[0]),
									  codec->implementation->actual_samples_per_second, out, &len, &rate, &flag);

	return status == SWITCH_STATUS_SUCCESS ? len : 0;
}

/* Silence as the frame: encoded, as a bridge drops frames of comfort noise without data, and a
 * phone that hears no RTP hangs up. */
static void read_silence(private_t *tech_pvt, switch_frame_t *out)
{
	/* 20 ms of digital silence, as libopus encodes it: mono, fullband */
	static const uint8_t opus[] = { 0xf8, 0xff, 0xfe };
	const char *name = tech_pvt->read_codec.implementation->iananame;

	if (!strcasecmp(name, "opus")) {
		memcpy(tech_pvt->databuf, opus, sizeof(opus));
		out->datalen = sizeof(opus);
	} else {
		out->datalen = tech_pvt->samples < sizeof(tech_pvt->databuf) ? tech_pvt->samples : sizeof(tech_pvt->databuf);
		memset(tech_pvt->databuf, !strcasecmp(name, "PCMA") ? 0xd5 : 0xff, out->datalen);
	}

	tech_pvt->last_len = out->datalen;
}

/* Samples of our own as the frame; silence where they cannot be encoded. */
static void read_pcm(private_t *tech_pvt, switch_frame_t *out, int16_t *pcm)
{
	uint32_t len = janus_encode(&tech_pvt->read_codec, pcm, tech_pvt->samples, tech_pvt->databuf,
								sizeof(tech_pvt->databuf));

	if (len) {
		out->datalen = tech_pvt->last_len = len;
	} else {
		read_silence(tech_pvt, out);
	}
}

/* What takes the place of the room's audio: a prompt, or while the ring is empty soft noise.
 * 0: neither. */
static int read_own(switch_core_session_t *session, private_t *tech_pvt, switch_frame_t *out, int empty)
{
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];

	if (tech_pvt->samples > sizeof(pcm) / sizeof(pcm[0])) {
		return 0;
	}

	if (!janus_prompt_fill(&tech_pvt->prompts, session, out->rate, pcm, tech_pvt->samples)) {
		if (!empty || !__atomic_load_n(&tech_pvt->comfort_noise, __ATOMIC_ACQUIRE)) {
			return 0;
		}
		janus_noise_fill(&tech_pvt->noise, pcm, tech_pvt->samples);
	}

	out->flags = SFF_NONE;
	read_pcm(tech_pvt, out, pcm);

	return 1;
}

/* A frame that is missing: a codec that decodes conceals it. The core wants a length, as its own
 * jitter buffer gives. What databuf holds is the last frame,
 * which a codec without concealment repeats. */
static void conceal(private_t *tech_pvt, switch_frame_t *out)
{
	out->flags = SFF_PLC;
	out->datalen = tech_pvt->last_len;
}

/*
 * The timestamps of what is read. They are the room's, as long as these go on, so that a phone
 * whose codec is the leg's sees when each frame is to be played.
 *
 * A frame that is missing has the timestamp of the one before it. FreeSWITCH's RTP does not send
 * such a frame (rtp_common_write), so that the phone sees a gap in time, and conceals it or finds
 * it in the next frame's FEC; where the frame is decoded, timestamps do not matter, and the codec
 * conceals. A frame that was only late is then sent, late.
 */
static void stamp(private_t *tech_pvt, switch_frame_t *out, frame_source_t source)
{
	uint32_t step = tech_pvt->samples, timestamp;
	int32_t ahead;

	switch (source) {
	case FRAME_LOST:
		tech_pvt->gap += step;
		break;
	case FRAME_OWN:
		tech_pvt->timestamp += tech_pvt->gap + step;
		tech_pvt->gap = 0;
		break;
	case FRAME_ROOM:
		timestamp = out->timestamp + tech_pvt->shift;
		ahead = (int32_t) (timestamp - tech_pvt->timestamp);
		if (ahead <= 0 || ahead > (int32_t) (step * JANUS_MOST_LOST)) {
			tech_pvt->shift += tech_pvt->timestamp + step - timestamp;
			timestamp = tech_pvt->timestamp + step;
		}
		tech_pvt->timestamp = timestamp;
		tech_pvt->gap = 0;
		break;
	}

	out->timestamp = tech_pvt->timestamp;
}

/* The slot's frame is lost, and data is the one after it: the decoder asks get_jb for that one,
 * by its sequence number. */
static void look_ahead(switch_core_session_t *session, private_t *tech_pvt, const janus_slot_t *slot)
{
	switch_rtp_packet_t packet;

	if (!tech_pvt->lookahead &&
		switch_jb_create(&tech_pvt->lookahead, SJB_AUDIO, 1, 4, switch_core_session_get_pool(session)) !=
			SWITCH_STATUS_SUCCESS) {
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
static frame_source_t read_slot(switch_core_session_t *session, private_t *tech_pvt, switch_frame_t *out,
								const janus_slot_t *slot)
{
	frame_source_t source = FRAME_OWN;

	out->timestamp = slot->timestamp;
	out->seq = slot->seq;
	out->m = (slot->flags & JANUS_SLOT_MARK) ? SWITCH_TRUE : SWITCH_FALSE;

	if ((slot->flags & JANUS_SLOT_LOST) && tech_pvt->last_len) {
		conceal(tech_pvt, out);
		source = FRAME_LOST;
		if ((slot->flags & JANUS_SLOT_FEC) && slot->len <= sizeof(tech_pvt->databuf)) {
			look_ahead(session, tech_pvt, slot);
		}
	} else if (!(slot->flags & (JANUS_SLOT_LOST | JANUS_SLOT_SILENCE)) && slot->len &&
			   slot->len <= sizeof(tech_pvt->databuf)) {
		memcpy(tech_pvt->databuf, slot->data, slot->len);
		out->datalen = tech_pvt->last_len = slot->len;
		source = FRAME_ROOM;
	} else {
		read_silence(tech_pvt, out);
	}

	tech_pvt->misses = source == FRAME_ROOM && slot->len > JANUS_DTX_LEN ? 0 : JANUS_MOST_MISSES;

	return source;
}

/* What takes the place of a frame while the ring is empty. */
static frame_source_t read_nothing(private_t *tech_pvt, switch_frame_t *out)
{
	if (tech_pvt->last_len && tech_pvt->misses < JANUS_MOST_MISSES) {
		/* in the middle of speech, and the media loop is late */
		tech_pvt->misses++;
		conceal(tech_pvt, out);
		return FRAME_LOST;
	}

	tech_pvt->misses = JANUS_MOST_MISSES;
	read_silence(tech_pvt, out);

	return FRAME_OWN;
}

/* The frame to come, without its data. */
static void begin_frame(private_t *tech_pvt, switch_frame_t *out)
{
	const switch_codec_implementation_t *impl = tech_pvt->read_codec.implementation;

	out->codec = &tech_pvt->read_codec;
	out->data = tech_pvt->databuf;
	out->buflen = sizeof(tech_pvt->databuf);
	out->samples = tech_pvt->samples;
	out->rate = impl->actual_samples_per_second;
	out->channels = impl->number_of_channels;
	out->m = SWITCH_FALSE;
	out->flags = SFF_NONE;
	out->datalen = 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return (int64_t) now.tv_sec * 1000 * MS + now.tv_nsec;
}

/*
 * Waits for the next slot; NULL: nothing has come in time.
 *
 * While the room's stream runs the media loop pushes a frame each 20 ms, when it is to be played,
 * so that there is no timer here. Where the stream pauses, or there is none yet, reading takes 20
 * ms a frame by the clock.
 */
static janus_slot_t *next_slot(switch_core_session_t *session, private_t *tech_pvt)
{
	janus_ring_t *ring = &tech_pvt->media->to_switch;
	switch_channel_t *channel = switch_core_session_get_channel(session);
	int64_t now = now_ns(), limit;
	janus_slot_t *slot;

	if (__atomic_exchange_n(&tech_pvt->stale, 0, __ATOMIC_ACQUIRE) || now > tech_pvt->due + FRAME_STALE) {
		janus_ring_discard(ring);
		tech_pvt->due = now + FRAME_TIME;
	}

	limit = tech_pvt->due + (janus_ring_running(ring) ? FRAME_PATIENCE : 0);

	while (!janus_ring_waiting(ring) && now < limit && switch_channel_get_state(channel) < CS_HANGUP) {
		struct timespec until = { .tv_sec = limit / (1000 * MS), .tv_nsec = limit % (1000 * MS) };

		janus_ring_sleep(ring, &until);
		now = now_ns();
	}

	slot = janus_ring_peek(ring);
	tech_pvt->due = (slot ? now : tech_pvt->due) + FRAME_TIME;

	return slot;
}

switch_status_t channel_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags,
								   int stream_id)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	switch_frame_t *out = &tech_pvt->read_frame;
	frame_source_t source;
	janus_slot_t *slot;

	(void) flags;
	(void) stream_id;
	*frame = NULL;

	/* A leg that is being transferred is not ready, and goes on reading: a bridge whose read fails
	 * takes it for a hangup, and when the caller is on hold it hangs the leg up. */
	if (!is_ready(tech_pvt) || switch_channel_get_state(switch_core_session_get_channel(session)) >= CS_HANGUP) {
		return SWITCH_STATUS_FALSE;
	}

	slot = next_slot(session, tech_pvt);
	begin_frame(tech_pvt, out);

	if (slot) {
		source = read_slot(session, tech_pvt, out, slot);
		janus_ring_pop(&tech_pvt->media->to_switch);
	} else {
		source = read_nothing(tech_pvt, out);
	}

	if (__atomic_load_n(&tech_pvt->deaf, __ATOMIC_ACQUIRE)) {
		out->flags = SFF_NONE;
		read_silence(tech_pvt, out);
		source = FRAME_OWN;
	}

	if (read_own(session, tech_pvt, out, slot == NULL)) {
		source = FRAME_OWN;
	}

	stamp(tech_pvt, out, source);
	*frame = out;

	return SWITCH_STATUS_SUCCESS;
}
