/* SPDX-License-Identifier: MPL-2.0 */
/*
 * g711.c -- PCMU and PCMA, as ITU-T G.711 (1988) defines them
 *
 * Both laws cut the magnitude into eight segments, each twice as wide as the one before, of sixteen
 * steps: a byte is sign, segment, step. mu-law (section 3) adds a bias of 33 (of 14 bits) first, so
 * that segments begin at powers of two, and sends the byte inverted; A-law (section 2) has two
 * equal first segments and inverts every other bit.
 */
#include "minihost.h"

#define MU_BIAS 132 /* 33 of 14 bits, in 16 */
#define MU_CLIP 32635

/* The highest bit that is set, counted from 0; value is not 0. */
static int top_bit(unsigned int value)
{
	return 31 - __builtin_clz(value);
}

static uint8_t mu_encode(int16_t sample)
{
	int value = sample, sign = 0, segment;

	if (value < 0) {
		value = -value;
		sign = 0x80;
	}

	value = (value > MU_CLIP ? MU_CLIP : value) + MU_BIAS;
	segment = top_bit((unsigned int) value) - 7;

	return (uint8_t) ~(sign | (segment << 4) | ((value >> (segment + 3)) & 0x0f));
}

static int16_t mu_decode(uint8_t byte)
{
	int code = (uint8_t) ~byte, segment = (code >> 4) & 7;
	int value = ((((code & 0x0f) << 3) + MU_BIAS) << segment) - MU_BIAS;

	return (int16_t) ((code & 0x80) ? -value : value);
}

static uint8_t a_encode(int16_t sample)
{
	int value = sample >> 3, sign = 0x80, segment; /* 13 bits with the sign */

	if (value < 0) {
		value = -value - 1;
		sign = 0;
	}

	segment = value >= 32 ? top_bit((unsigned int) value) - 4 : 0;

	return (uint8_t) ((sign | (segment << 4) | ((value >> (segment > 1 ? segment : 1)) & 0x0f)) ^ 0x55);
}

static int16_t a_decode(uint8_t byte)
{
	int code = byte ^ 0x55, segment = (code >> 4) & 7, value = ((code & 0x0f) << 4) + 8;

	if (segment) {
		value = (value + 0x100) << (segment - 1);
	}

	return (int16_t) ((code & 0x80) ? value : -value);
}

static int init(switch_codec_t *codec)
{
	return codec->implementation->actual_samples_per_second == 8000 ? 0 : -1;
}

static int encode_mu(switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size)
{
	int i;

	(void) codec;
	for (i = 0; i < samples && i < size; i++) {
		out[i] = mu_encode(pcm[i]);
	}

	return i;
}

static int encode_a(switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size)
{
	int i;

	(void) codec;
	for (i = 0; i < samples && i < size; i++) {
		out[i] = a_encode(pcm[i]);
	}

	return i;
}

/* A lost frame is silence: neither law has a concealment of its own. */
static int lost(switch_codec_t *codec, int16_t *pcm, int max)
{
	int samples = (int) codec->implementation->samples_per_packet;

	samples = samples > max ? max : samples;
	memset(pcm, 0, (size_t) samples * sizeof(*pcm));

	return samples;
}

static int decode_mu(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max)
{
	int i;

	for (i = 0; in && i < len && i < max; i++) {
		pcm[i] = mu_decode(in[i]);
	}

	return in ? i : lost(codec, pcm, max);
}

static int decode_a(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max)
{
	int i;

	for (i = 0; in && i < len && i < max; i++) {
		pcm[i] = a_decode(in[i]);
	}

	return in ? i : lost(codec, pcm, max);
}

const struct mh_codec_ops mh_codec_pcmu = {
	.default_rate = 8000,
	.payload = 0,
	.init = init,
	.encode = encode_mu,
	.decode = decode_mu,
};

const struct mh_codec_ops mh_codec_pcma = {
	.default_rate = 8000,
	.payload = 8,
	.init = init,
	.encode = encode_a,
	.decode = decode_a,
};
