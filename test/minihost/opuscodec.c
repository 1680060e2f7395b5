/* SPDX-License-Identifier: MPL-2.0 */
/* opuscodec.c -- Opus, by libopus; a lost frame is concealed by the decoder (RFC 6716 4.4) */
#include <opus/opus.h>
#include "minihost.h"

typedef struct opus_state {
	OpusEncoder *encoder;
	OpusDecoder *decoder;
	int frames, plc, fec; /* decoded, and of those concealed and recovered */
	int loss;             /* per cent that the encoder expects */
	int stereo;           /* two channels are counted, as mod_opus does where fmtp says sprop-stereo=1 */
} opus_state_t;

static void destroy(switch_codec_t *codec)
{
	opus_state_t *state = codec->private_info;

	if (state) {
		if (state->frames && codec->session) {
			switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(codec->session), SWITCH_LOG_DEBUG,
							  "Opus decoder stats: Frames[%d] PLC[%d] FEC[%d]\n", state->frames, state->plc,
							  state->fec);
		}
		opus_encoder_destroy(state->encoder);
		opus_decoder_destroy(state->decoder);
		free(state);
		codec->private_info = NULL;
	}
}

static int init(switch_codec_t *codec)
{
	int rate = (int) codec->implementation->actual_samples_per_second, error = 0;
	opus_state_t *state = mh_alloc(sizeof(*state));

	codec->private_info = state;

	if (codec->flags & SWITCH_CODEC_FLAG_ENCODE) {
		state->encoder = opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, &error);
	}
	if (!error && (codec->flags & SWITCH_CODEC_FLAG_DECODE)) {
		state->decoder = opus_decoder_create(rate, 1, &error);
	}
	if (error) {
		destroy(codec);
		return -1;
	}

	state->stereo = codec->fmtp_in && strstr(codec->fmtp_in, "sprop-stereo=1");

	if (state->encoder && codec->fmtp_in && strstr(codec->fmtp_in, "useinbandfec=1")) {
		opus_encoder_ctl(state->encoder, OPUS_SET_INBAND_FEC(1));
		opus_encoder_ctl(state->encoder, OPUS_SET_PACKET_LOSS_PERC(10));
	}
	if (state->encoder && codec->fmtp_in && strstr(codec->fmtp_in, "usedtx=1")) {
		opus_encoder_ctl(state->encoder, OPUS_SET_DTX(1));
	}

	return 0;
}

static int encode(switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size)
{
	opus_state_t *state = codec->private_info;

	return state->encoder ? opus_encode(state->encoder, pcm, samples, out, size) : -1;
}

/* What is decoded before any packet was has no length of its own: as much as there is room for, as
 * mod_opus has it. And where two channels are counted,
 * mod_opus's decoder of one has filled but the half of what it says. */
static int decode(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max)
{
	opus_state_t *state = codec->private_info;
	int n;

	if (!state->decoder) {
		return -1;
	}

	state->plc += !in;
	if (!in && state->frames && max > (int) codec->implementation->samples_per_packet) {
		max = (int) codec->implementation->samples_per_packet;
	}
	if (!in) {
		max -= max % (int) (codec->implementation->actual_samples_per_second / 400);
	}
	state->frames++;

	n = opus_decode(state->decoder, in, len, pcm, state->stereo ? max / 2 : max, 0);
	if (n > 0 && state->stereo) {
		memcpy(pcm + n, pcm, (size_t) n * sizeof(*pcm));
		n *= 2;
	}

	return n;
}

/* From in-band FEC (RFC 6716 2.1.7); the decoder conceals where there is none. */
static int recover(switch_codec_t *codec, const uint8_t *next, int len, int16_t *pcm, int max)
{
	opus_state_t *state = codec->private_info;

	state->frames++;
	state->fec++;
	if (max > (int) codec->implementation->samples_per_packet) {
		max = (int) codec->implementation->samples_per_packet;
	}

	return state->decoder ? opus_decode(state->decoder, next, len, pcm, max, 1) : -1;
}

static void expect_loss(switch_codec_t *codec, uint32_t percent)
{
	opus_state_t *state = codec->private_info;

	if (state->encoder && percent <= 100) {
		opus_encoder_ctl(state->encoder, OPUS_SET_PACKET_LOSS_PERC((int) percent));
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_DEBUG,
						  "Opus encoder: Adjusting packet loss percent from %d%% to %d%%!\n", state->loss,
						  (int) percent);
		state->loss = (int) percent;
	}
}

const struct mh_codec_ops mh_codec_opus = {
	.default_rate = 48000,
	.payload = 116,
	.init = init,
	.destroy = destroy,
	.encode = encode,
	.decode = decode,
	.recover = recover,
	.expect_loss = expect_loss,
};
