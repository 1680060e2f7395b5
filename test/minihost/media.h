/* SPDX-License-Identifier: MPL-2.0 */
/* media.h -- codecs, frames, what is played and what is recorded */
#ifndef MINIHOST_MEDIA_H
#define MINIHOST_MEDIA_H

#include <switch.h>

/* 60 ms at 48 kHz: the longest frame there is. */
#define MH_MAX_SAMPLES 2880
#define MH_MAX_ENCODED 8192

/* --- codec.c, g711.c, opuscodec.c, resample.c --- */

struct mh_codec_ops {
	uint32_t default_rate;
	uint8_t payload;
	/* 0, or -1 when it cannot be had at implementation's rate and ptime. */
	int (*init)(switch_codec_t *codec);
	void (*destroy)(switch_codec_t *codec);
	/* Samples to bytes; the result is bytes, or -1. */
	int (*encode)(switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size);
	/* Bytes to samples; in is NULL for a frame that was lost. */
	int (*decode)(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max);
	/* The samples of a lost frame, from the frame after it; NULL: this codec cannot. */
	int (*recover)(switch_codec_t *codec, const uint8_t *next, int len, int16_t *pcm, int max);
	/* How much the far end misses of what is encoded, in per cent; NULL: of no use to this
	 * codec. */
	void (*expect_loss)(switch_codec_t *codec, uint32_t percent);
};

extern const struct mh_codec_ops mh_codec_pcmu, mh_codec_pcma, mh_codec_opus;
void mh_codec_register(switch_loadable_module_interface_t *core);
void mh_opus_register(switch_loadable_module_interface_t *mod);
/* A codec of its own with the settings of another. */
int mh_codec_clone(switch_codec_t *codec, const switch_codec_t *from, switch_memory_pool_t *pool);
/* A frame's samples, silence for comfort noise; the result is their number. */
int mh_codec_decode_frame(switch_codec_t *codec, const switch_frame_t *frame, int16_t *pcm, int max);

typedef struct mh_resampler mh_resampler_t;
/* NULL when the rates are the same; that is what the other functions take as "copy". */
mh_resampler_t *mh_resampler_new(uint32_t from, uint32_t to);
void mh_resampler_free(mh_resampler_t *resampler);
int mh_resample(mh_resampler_t *resampler, const int16_t *in, int n, int16_t *out, int max);

/* --- media.c --- */

/* A frame from the leg, NULL for none this time; also runs recorders. Paced by the endpoint. */
switch_status_t mh_read_frame(switch_core_session_t *session, switch_frame_t **frame);
switch_status_t mh_write_frame(switch_core_session_t *session, switch_frame_t *frame);
/* One packet's worth of samples at the leg's rate. */
switch_status_t mh_write_pcm(switch_core_session_t *session, const int16_t *pcm, int samples);
uint32_t mh_read_rate(switch_core_session_t *session);
uint32_t mh_write_rate(switch_core_session_t *session);
uint32_t mh_write_samples(switch_core_session_t *session);

/* --- tone.c, wav.c --- */

/* What playback plays. */
typedef struct mh_sound mh_sound_t;
/* "tone_stream://...", "silence_stream://ms" or a file; NULL when it cannot be opened. */
mh_sound_t *mh_sound_open(const char *path, uint32_t rate);
/* Samples; 0 at its end. */
int mh_sound_read(mh_sound_t *sound, int16_t *pcm, int samples);
void mh_sound_close(mh_sound_t *sound);

typedef struct mh_tone mh_tone_t;
mh_tone_t *mh_tone_new(const char *spec, uint32_t rate);
int mh_tone_read(mh_tone_t *tone, int16_t *pcm, int samples);
void mh_tone_free(mh_tone_t *tone);

typedef struct mh_wav mh_wav_t;
/* 16 bit, of this many channels; samples are counted per channel. */
mh_wav_t *mh_wav_create(const char *path, uint32_t rate, int channels);
void mh_wav_write(mh_wav_t *wav, const int16_t *pcm, int samples);
void mh_wav_close(mh_wav_t *wav);

/* --- recorder.c: switch_ivr_record_session_event() and uuid_record --- */

/* A path of NULL or "all": all of them. */
switch_status_t mh_recorder_stop(switch_core_session_t *session, const char *path);
void mh_recorder_read(switch_core_session_t *session, const switch_frame_t *frame);
void mh_recorder_write(switch_core_session_t *session, const switch_frame_t *frame);

#endif
