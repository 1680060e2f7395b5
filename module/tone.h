/* SPDX-License-Identifier: MPL-2.0 */
/*
 * tone.h -- the tones of a telephone's keys (ITU-T Q.23), made sample by sample
 *
 * One thread pushes keys, one fills frames: no lock, as in janus_ring.h.
 */
#ifndef JANUS_TONE_H
#define JANUS_TONE_H

#include <stdint.h>

/* Keys that wait; those above are lost. */
#define JANUS_TONE_KEYS 32

typedef struct janus_tone {
	uint32_t head; /* keys taken; the filling thread's */
	uint32_t tail; /* keys pushed; the pushing thread's */
	struct {
		char digit;
		uint32_t duration_ms;
	} keys[JANUS_TONE_KEYS];
	/* the filling thread's: the key that sounds */
	double step[2], phase[2]; /* radians */
	uint32_t sound, pause;    /* samples left */
} janus_tone_t;

/* A key is to be heard, after those that wait: 0-9 * # A-D; another is ignored. */
void janus_tone_push(janus_tone_t *tone, char digit, uint32_t duration_ms);

/* 1: a key sounds, or one waits. The filling thread's. */
int janus_tone_sounds(const janus_tone_t *tone);

/* Fills a frame of PCM at `rate` Hz. 0: no key sounds, and pcm is as it was. */
int janus_tone_fill(janus_tone_t *tone, uint32_t rate, int16_t *pcm, uint32_t samples);

/* Fills PCM with white noise at -66 dBov,
 * as comfort noise is (RFC 3389 3.1); *state is the generator's. */
void janus_noise_fill(uint32_t *state, int16_t *pcm, uint32_t samples);

#endif
