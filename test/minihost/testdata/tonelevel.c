/* SPDX-License-Identifier: MPL-2.0 */
/*
 * tonelevel.c -- is a tone in a sound file?
 *
 *   tonelevel FILE HZ [SKIP_MS]   prints "seconds level rest": how long the file is; the level of
 *                                 a sine at HZ behind SKIP_MS, and of all that is not that sine,
 *                                 both in dB below full scale
 *
 * Goertzel's algorithm gives the power at one frequency; the whole power less that is the rest.
 */
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double decibel(double power)
{
	return power > 1e-12 ? 10 * log10(power) : -120;
}

int main(int argc, char **argv)
{
	SF_INFO info = { 0 };
	SNDFILE *file = argc > 2 ? sf_open(argv[1], SFM_READ, &info) : NULL;
	double s1 = 0, s2 = 0, s, power = 0, tone, k;
	sf_count_t n, i, skip;
	int16_t *pcm;

	if (!file) {
		fprintf(stderr, "usage: tonelevel FILE HZ [SKIP_MS]\n");
		return 2;
	}

	pcm = calloc((size_t) info.frames + 1, sizeof(*pcm));
	n = sf_readf_short(file, pcm, info.frames);
	sf_close(file);
	skip = argc > 3 ? (sf_count_t) atoi(argv[3]) * info.samplerate / 1000 : 0;
	skip = skip > n ? n : skip;

	k = 2 * cos(2 * M_PI * atof(argv[2]) / info.samplerate);
	for (i = skip; i < n; i++) {
		s = pcm[i] / 32768.0 + k * s1 - s2;
		s2 = s1;
		s1 = s;
		power += pcm[i] / 32768.0 * (pcm[i] / 32768.0);
	}
	free(pcm);

	n -= skip;
	n = n ? n : 1;
	/* a sine of amplitude A: power A^2/2, Goertzel (A n/2)^2; 0 dB is a sine at full scale */
	tone = 4 * (s1 * s1 + s2 * s2 - k * s1 * s2) / ((double) n * (double) n);
	power = 2 * power / (double) n;
	printf("%.2f %.1f %.1f\n", (double) info.frames / info.samplerate, decibel(tone), decibel(power - tone));

	return 0;
}
