/* SPDX-License-Identifier: MPL-2.0 */
/* resample.c -- from one sampling rate to another, by speexdsp */
#include <speex/speex_resampler.h>
#include "minihost.h"

struct mh_resampler {
	SpeexResamplerState *state;
};

mh_resampler_t *mh_resampler_new(uint32_t from, uint32_t to)
{
	mh_resampler_t *resampler;
	int error = 0;

	if (from == to || !from || !to) {
		return NULL;
	}

	resampler = mh_alloc(sizeof(*resampler));
	resampler->state = speex_resampler_init(1, from, to, 3, &error);
	if (!resampler->state) {
		abort();
	}

	return resampler;
}

void mh_resampler_free(mh_resampler_t *resampler)
{
	if (resampler) {
		speex_resampler_destroy(resampler->state);
		free(resampler);
	}
}

int mh_resample(mh_resampler_t *resampler, const int16_t *in, int n, int16_t *out, int max)
{
	spx_uint32_t in_len = (spx_uint32_t) n, out_len = (spx_uint32_t) max;

	if (!resampler) {
		n = n > max ? max : n;
		memcpy(out, in, (size_t) n * sizeof(*in));
		return n;
	}

	speex_resampler_process_int(resampler->state, 0, in, &in_len, out, &out_len);

	return (int) out_len;
}
