/* SPDX-License-Identifier: MPL-2.0 */
#include <math.h>
#include <string.h>
#include "tone.h"

/* Each of the two frequencies is at -10 dBm0, as ITU-T Q.24 has it common: 0.22 of full scale. */
#define AMPLITUDE (0.22 * 32767)
/* The pause after a key; Q.24: 30 to 90 ms. */
#define PAUSE_MS 60
#define TWO_PI 6.283185307179586

static const char keypad[] = "123A456B789C*0#D";
static const double rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };

static const char *find(char digit)
{
	return digit ? strchr(keypad, digit >= 'a' && digit <= 'd' ? digit - 'a' + 'A' : digit) : NULL;
}

void janus_tone_push(janus_tone_t *tone, char digit, uint32_t duration_ms)
{
	uint32_t tail = tone->tail;

	if (!find(digit) || tail - __atomic_load_n(&tone->head, __ATOMIC_ACQUIRE) >= JANUS_TONE_KEYS) {
		return;
	}

	tone->keys[tail % JANUS_TONE_KEYS].digit = digit;
	tone->keys[tail % JANUS_TONE_KEYS].duration_ms = duration_ms;
	__atomic_store_n(&tone->tail, tail + 1, __ATOMIC_RELEASE);
}

/* The next key that waits begins to sound. */
static int next(janus_tone_t *tone, uint32_t rate)
{
	uint32_t head = tone->head;
	long key;

	if (head == __atomic_load_n(&tone->tail, __ATOMIC_ACQUIRE)) {
		return 0;
	}

	key = find(tone->keys[head % JANUS_TONE_KEYS].digit) - keypad;
	tone->step[0] = TWO_PI * rows[key / 4] / rate;
	tone->step[1] = TWO_PI * columns[key % 4] / rate;
	tone->phase[0] = tone->phase[1] = 0;
	tone->sound = (uint32_t) ((uint64_t) tone->keys[head % JANUS_TONE_KEYS].duration_ms * rate / 1000);
	tone->pause = PAUSE_MS * rate / 1000;
	__atomic_store_n(&tone->head, head + 1, __ATOMIC_RELEASE);

	return 1;
}

int janus_tone_sounds(const janus_tone_t *tone)
{
	return tone->sound || tone->pause || tone->head != __atomic_load_n(&tone->tail, __ATOMIC_ACQUIRE);
}

int janus_tone_fill(janus_tone_t *tone, uint32_t rate, int16_t *pcm, uint32_t samples)
{
	uint32_t i;

	if (!tone->sound && !tone->pause && !next(tone, rate)) {
		return 0;
	}

	for (i = 0; i < samples; i++) {
		pcm[i] = 0;
		if (tone->sound) {
			pcm[i] = (int16_t) (AMPLITUDE * (sin(tone->phase[0]) + sin(tone->phase[1])));
			tone->phase[0] = fmod(tone->phase[0] + tone->step[0], TWO_PI);
			tone->phase[1] = fmod(tone->phase[1] + tone->step[1], TWO_PI);
			tone->sound--;
		} else if (tone->pause) {
			tone->pause--;
		} else {
			next(tone, rate);
		}
	}

	return 1;
}

void janus_noise_fill(uint32_t *state, int16_t *pcm, uint32_t samples)
{
	uint32_t i;

	/* a linear congruential generator; uniform in +-28, which is 16 RMS */
	for (i = 0; i < samples; i++) {
		*state = *state * 1664525u + 1013904223u;
		pcm[i] = (int16_t) ((int32_t) (*state >> 16) % 57 - 28);
	}
}
