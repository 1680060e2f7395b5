/* SPDX-License-Identifier: MPL-2.0 */
/* opuscodec.c -- Opus, by libopus; a lost frame is concealed by the decoder (RFC 6716 4.4) */
#include <opus/opus.h>
#include "minihost.h"

typedef struct opus_state {
	OpusEncoder *encoder;
	OpusDecoder *decoder;
} opus_state_t;

static void destroy(switch_codec_t *codec)
{
	opus_state_t *state = codec->private_info;

	if (state) {
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

static int decode(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max)
{
	opus_state_t *state = codec->private_info;

	if (!in && max > (int) codec->implementation->samples_per_packet) {
		max = (int) codec->implementation->samples_per_packet;
	}

	return state->decoder ? opus_decode(state->decoder, in, len, pcm, max, 0) : -1;
}

const struct mh_codec_ops mh_codec_opus = {
	.default_rate = 48000,
	.payload = 116,
	.init = init,
	.destroy = destroy,
	.encode = encode,
	.decode = decode
};
