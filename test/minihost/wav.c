/* SPDX-License-Identifier: MPL-2.0 */
/* wav.c -- sound files by libsndfile, and all that playback can play */
#include <sndfile.h>
#include "minihost.h"

#define CHUNK 960

struct mh_sound {
	mh_tone_t *tone;
	int silence; /* samples left; -1: no end */
	SNDFILE *file;
	int channels;
	mh_resampler_t *resampler;
	int16_t pending[CHUNK * 8]; /* resampled, not yet read: 8 is 6 kHz to 48 kHz */
	int start, count;
};

struct mh_wav {
	SNDFILE *file;
};

static bool open_file(mh_sound_t *sound, const char *path, uint32_t rate)
{
	SF_INFO info = { 0 };

	if (!(sound->file = sf_open(path, SFM_READ, &info))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Error Opening File [%s] [%s]\n", path,
						  sf_strerror(NULL));
		return false;
	}
	if (info.channels < 1 || info.channels > 2 || info.samplerate < 6000) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Cannot play %s: %d channels, %d Hz\n", path,
						  info.channels, info.samplerate);
		return false;
	}

	sound->channels = info.channels;
	sound->resampler = mh_resampler_new((uint32_t) info.samplerate, rate);

	return true;
}

mh_sound_t *mh_sound_open(const char *path, uint32_t rate)
{
	mh_sound_t *sound = mh_alloc(sizeof(*sound));
	bool ok;

	if (!strncmp(path, "tone_stream://", 14)) {
		ok = (sound->tone = mh_tone_new(path + 14, rate)) != NULL;
	} else if (!strncmp(path, "silence_stream://", 17)) {
		int ms = atoi(path + 17);

		sound->silence = ms < 0 ? -1 : (int) ((int64_t) ms * rate / 1000);
		ok = true;
	} else {
		ok = open_file(sound, path, rate);
	}

	if (!ok) {
		mh_sound_close(sound);
		return NULL;
	}

	return sound;
}

/* Fills pending from the file; false at its end. */
static bool fill(mh_sound_t *sound)
{
	int16_t raw[CHUNK * 2];
	int i, n = (int) sf_readf_short(sound->file, raw, CHUNK);

	if (n <= 0) {
		return false;
	}

	if (sound->channels == 2) {
		for (i = 0; i < n; i++) {
			raw[i] = (int16_t) ((raw[2 * i] + raw[2 * i + 1]) / 2);
		}
	}

	sound->start = 0;
	sound->count = mh_resample(sound->resampler, raw, n, sound->pending, CHUNK * 8);

	return true;
}

int mh_sound_read(mh_sound_t *sound, int16_t *pcm, int samples)
{
	int done = 0, n;

	if (sound->tone) {
		return mh_tone_read(sound->tone, pcm, samples);
	}

	if (!sound->file) {
		n = sound->silence < 0 || sound->silence > samples ? samples : sound->silence;
		memset(pcm, 0, (size_t) n * sizeof(*pcm));
		sound->silence -= sound->silence < 0 ? 0 : n;
		return n;
	}

	while (done < samples) {
		if (!sound->count && !fill(sound)) {
			break;
		}
		n = sound->count < samples - done ? sound->count : samples - done;
		memcpy(pcm + done, sound->pending + sound->start, (size_t) n * sizeof(*pcm));
		sound->start += n;
		sound->count -= n;
		done += n;
	}

	return done;
}

void mh_sound_close(mh_sound_t *sound)
{
	mh_tone_free(sound->tone);
	mh_resampler_free(sound->resampler);
	if (sound->file) {
		sf_close(sound->file);
	}
	free(sound);
}

mh_wav_t *mh_wav_create(const char *path, uint32_t rate, int channels)
{
	SF_INFO info = { .samplerate = (int) rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	mh_wav_t *wav;

	if (!file) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Error opening %s [%s]\n", path, sf_strerror(NULL));
		return NULL;
	}

	wav = mh_alloc(sizeof(*wav));
	wav->file = file;

	return wav;
}

void mh_wav_write(mh_wav_t *wav, const int16_t *pcm, int samples)
{
	sf_writef_short(wav->file, pcm, samples);
}

void mh_wav_close(mh_wav_t *wav)
{
	sf_close(wav->file);
	free(wav);
}
