/* SPDX-License-Identifier: MPL-2.0 */
/*
 * recorder.c -- uuid_record: what a leg hears and says, in one file, mixed or in stereo
 *
 * The reads of the leg are the clock: each writes its own samples plus what has been written to the
 * leg since, which waits in a ring until then. The recorder decodes with codecs of its own and
 * touches nobody else's. On the leg RECORD_STEREO puts the two left and right, RECORD_READ_ONLY and
 * RECORD_WRITE_ONLY leave one side out, as in FreeSWITCH.
 */
#include "minihost.h"

#define RING 48000 /* a second, at the highest rate */

struct mh_recorder {
	char *path;
	mh_wav_t *wav;
	switch_memory_pool_t *pool;
	switch_codec_t read_codec, write_codec;
	mh_resampler_t *resampler; /* written frames to the file's rate */
	int16_t ring[RING];
	unsigned int head, tail;
	int64_t left; /* samples to the limit; -1: no limit */
	bool no_read, no_write, stereo;
	mh_recorder_t *next;
};

static void free_recorder(mh_recorder_t *recorder)
{
	if (recorder->wav) {
		mh_wav_close(recorder->wav);
	}
	switch_core_codec_destroy(&recorder->read_codec);
	switch_core_codec_destroy(&recorder->write_codec);
	mh_resampler_free(recorder->resampler);
	mh_pool_free(recorder->pool);
	free(recorder->path);
	free(recorder);
}

/* As the recording's own variables say, else as the channel's. */
static bool variable_true(switch_core_session_t *session, switch_event_t *vars, const char *name)
{
	const char *own = vars ? switch_event_get_header(vars, name) : NULL;
	char *value = own ? mh_strdup(own) : mh_channel_get_variable_dup(session->channel, name);
	bool result = switch_true(value);

	free(value);

	return result;
}

static void fire(switch_core_session_t *session, switch_event_types_t id, const char *path)
{
	const char *headers[] = { "Record-File-Path", path, NULL };

	mh_channel_fire(session->channel, id, headers);
}

switch_status_t switch_ivr_record_session_event(switch_core_session_t *session, const char *file, uint32_t limit,
												switch_file_handle_t *fh, switch_event_t *vars)
{
	switch_codec_t *read_codec = __atomic_load_n(&session->read_codec, __ATOMIC_ACQUIRE);
	switch_codec_t *write_codec = __atomic_load_n(&session->write_codec, __ATOMIC_ACQUIRE);
	uint32_t rate = mh_read_rate(session);
	mh_recorder_t *recorder;

	(void) fh;
	if (!mh_channel_media_ready(session->channel) || !read_codec || !write_codec) {
		return SWITCH_STATUS_FALSE;
	}

	recorder = mh_alloc(sizeof(*recorder));
	recorder->pool = mh_pool_new();
	recorder->path = mh_strdup(file);
	recorder->left = limit ? (int64_t) limit * rate : -1;
	recorder->no_write = variable_true(session, vars, "RECORD_READ_ONLY");
	recorder->no_read = variable_true(session, vars, "RECORD_WRITE_ONLY");
	recorder->stereo = variable_true(session, vars, "RECORD_STEREO");
	recorder->resampler = mh_resampler_new(mh_write_rate(session), rate);

	if (mh_codec_clone(&recorder->read_codec, read_codec, recorder->pool) ||
		mh_codec_clone(&recorder->write_codec, write_codec, recorder->pool) ||
		!(recorder->wav = mh_wav_create(file, rate, recorder->stereo ? 2 : 1))) {
		free_recorder(recorder);
		return SWITCH_STATUS_FALSE;
	}

	pthread_mutex_lock(&session->recorder_mutex);
	recorder->next = session->recorders;
	__atomic_store_n(&session->recorders, recorder, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&session->recorder_mutex);
	fire(session, SWITCH_EVENT_RECORD_START, file);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t mh_recorder_stop(switch_core_session_t *session, const char *path)
{
	mh_recorder_t **link, *recorder, *stopped = NULL;
	switch_status_t status;

	pthread_mutex_lock(&session->recorder_mutex);
	for (link = &session->recorders; (recorder = *link);) {
		if (!path || !strcasecmp(path, "all") || !strcmp(path, recorder->path)) {
			__atomic_store_n(link, recorder->next, __ATOMIC_RELEASE);
			recorder->next = stopped;
			stopped = recorder;
		} else {
			link = &recorder->next;
		}
	}
	pthread_mutex_unlock(&session->recorder_mutex);

	status = stopped ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
	while ((recorder = stopped)) {
		stopped = recorder->next;
		fire(session, SWITCH_EVENT_RECORD_STOP, recorder->path);
		free_recorder(recorder);
	}

	return status;
}

switch_status_t switch_ivr_stop_record_session(switch_core_session_t *session, const char *file)
{
	return mh_recorder_stop(session, file);
}

/* n samples that were read, and as many of those written meanwhile, as the file has them;
 * how many samples to write. */
static int combine(mh_recorder_t *recorder, const int16_t *pcm, int n, int16_t *out)
{
	int i, sum, written;

	if (recorder->left >= 0) {
		n = n < recorder->left ? n : (int) recorder->left;
		recorder->left -= n;
	}

	for (i = 0; i < n; i++) {
		written = recorder->tail != recorder->head ? recorder->ring[recorder->tail++ % RING] : 0;
		if (recorder->stereo) {
			out[2 * i] = pcm[i];
			out[2 * i + 1] = (int16_t) written;
		} else {
			sum = pcm[i] + written;
			out[i] = (int16_t) (sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
		}
	}

	return n;
}

void mh_recorder_read(switch_core_session_t *session, const switch_frame_t *frame)
{
	int16_t pcm[MH_MAX_SAMPLES], out[MH_MAX_SAMPLES * 2];
	mh_recorder_t *recorder;
	int n;

	if (!__atomic_load_n(&session->recorders, __ATOMIC_ACQUIRE)) {
		return;
	}

	pthread_mutex_lock(&session->recorder_mutex);
	for (recorder = session->recorders; recorder; recorder = recorder->next) {
		n = mh_codec_decode_frame(&recorder->read_codec, frame, pcm, MH_MAX_SAMPLES);
		if (recorder->no_read) {
			memset(pcm, 0, sizeof(pcm));
		}
		mh_wav_write(recorder->wav, out, combine(recorder, pcm, n, out));
	}
	pthread_mutex_unlock(&session->recorder_mutex);
}

void mh_recorder_write(switch_core_session_t *session, const switch_frame_t *frame)
{
	int16_t pcm[MH_MAX_SAMPLES], out[MH_MAX_SAMPLES * 6];
	mh_recorder_t *recorder;
	int i, n;

	if (!__atomic_load_n(&session->recorders, __ATOMIC_ACQUIRE)) {
		return;
	}

	pthread_mutex_lock(&session->recorder_mutex);
	for (recorder = session->recorders; recorder; recorder = recorder->next) {
		if (recorder->no_write) {
			continue;
		}
		n = mh_codec_decode_frame(&recorder->write_codec, frame, pcm, MH_MAX_SAMPLES);
		n = mh_resample(recorder->resampler, pcm, n, out, MH_MAX_SAMPLES * 6);
		for (i = 0; i < n && recorder->head - recorder->tail < RING; i++) {
			recorder->ring[recorder->head++ % RING] = out[i];
		}
	}
	pthread_mutex_unlock(&session->recorder_mutex);
}
