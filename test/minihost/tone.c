/* SPDX-License-Identifier: MPL-2.0 */
/*
 * tone.c -- tone_stream: "v=-7;%(1000,500,440,480);loops=-1"
 *
 * %(on ms, off ms, frequency, ...) is one step; v= is the level in dBm0 of the steps behind it,
 * loops= (or l=) how often the whole is played: -1 for ever.
 * A sine at full scale is 3.14 dBm0 (ITU-T G.711, table 5).
 */
#include <math.h>
#include "minihost.h"

#define MAX_STEPS 16
#define MAX_FREQUENCIES 4

typedef struct step {
	int on, off; /* samples */
	int count;
	double frequency[MAX_FREQUENCIES];
	double amplitude;
} step_t;

struct mh_tone {
	uint32_t rate;
	step_t steps[MAX_STEPS];
	int count;
	int loops;          /* left; -1: no end */
	int step, position; /* where we are */
};

static void parse_step(mh_tone_t *tone, const char *text, double level)
{
	step_t *step = &tone->steps[tone->count];
	double number[2 + MAX_FREQUENCIES] = { 0 };
	char *end;
	int n = 0;

	while (n < 2 + MAX_FREQUENCIES) {
		number[n] = strtod(text, &end);
		if (end == text) {
			break;
		}
		n++;
		text = end + strspn(end, " ,");
	}

	if (n < 3) {
		return;
	}

	step->on = (int) (number[0] * tone->rate / 1000);
	step->off = (int) (number[1] * tone->rate / 1000);
	step->count = n - 2;
	memcpy(step->frequency, number + 2, sizeof(step->frequency));
	step->amplitude = 32767.0 * pow(10.0, (level - 3.14) / 20.0);
	if (step->on + step->off > 0) {
		tone->count++;
	}
}

mh_tone_t *mh_tone_new(const char *spec, uint32_t rate)
{
	mh_tone_t *tone = mh_alloc(sizeof(*tone));
	double level = -7.0;

	tone->rate = rate;
	tone->loops = 1;

	while (*spec && tone->count < MAX_STEPS) {
		if (!strncmp(spec, "loops=", 6)) {
			tone->loops = atoi(spec + 6);
		} else if (!strncasecmp(spec, "l=", 2)) {
			tone->loops = atoi(spec + 2);
		} else if (!strncmp(spec, "v=", 2)) {
			level = atof(spec + 2);
		} else if (!strncmp(spec, "%(", 2)) {
			parse_step(tone, spec + 2, level);
			spec += strcspn(spec, ")");
			spec += *spec == ')';
			continue;
		}
		spec += strcspn(spec, ";%");
		spec += *spec == ';';
	}

	if (!tone->count) {
		free(tone);
		return NULL;
	}

	return tone;
}

static int16_t sample(const mh_tone_t *tone, const step_t *step)
{
	double sum = 0;
	int i;

	if (tone->position >= step->on) {
		return 0;
	}

	for (i = 0; i < step->count; i++) {
		sum += step->amplitude * sin(2 * M_PI * step->frequency[i] * tone->position / tone->rate);
	}

	return (int16_t) (sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

int mh_tone_read(mh_tone_t *tone, int16_t *pcm, int samples)
{
	int i;

	for (i = 0; i < samples && tone->loops; i++) {
		const step_t *step = &tone->steps[tone->step];

		pcm[i] = sample(tone, step);
		if (++tone->position >= step->on + step->off) {
			tone->position = 0;
			if (++tone->step == tone->count) {
				tone->step = 0;
				tone->loops -= tone->loops > 0;
			}
		}
	}

	return i;
}

void mh_tone_free(mh_tone_t *tone)
{
	free(tone);
}
