/* SPDX-License-Identifier: MPL-2.0 */
/* media.c -- frames from and to a leg */
#include "minihost.h"

static switch_codec_t *write_codec(switch_core_session_t *session)
{
	return __atomic_load_n(&session->write_codec, __ATOMIC_ACQUIRE);
}

uint32_t mh_read_rate(switch_core_session_t *session)
{
	switch_codec_t *codec = __atomic_load_n(&session->read_codec, __ATOMIC_ACQUIRE);

	return codec ? codec->implementation->actual_samples_per_second : 0;
}

uint32_t mh_write_rate(switch_core_session_t *session)
{
	switch_codec_t *codec = write_codec(session);

	return codec ? codec->implementation->actual_samples_per_second : 0;
}

uint32_t mh_write_samples(switch_core_session_t *session)
{
	switch_codec_t *codec = write_codec(session);

	return codec ? codec->implementation->samples_per_packet : 0;
}

switch_status_t mh_read_frame(switch_core_session_t *session, switch_frame_t **frame)
{
	switch_status_t status;

	*frame = NULL;

	if (!mh_channel_up(session->channel)) {
		return SWITCH_STATUS_FALSE;
	}

	/* nothing to read before there is media: the loop goes on at its own pace */
	if (!mh_channel_media_ready(session->channel) || !session->endpoint->io_routines->read_frame) {
		mh_sleep_ms(20);
		return SWITCH_STATUS_SUCCESS;
	}

	status = session->endpoint->io_routines->read_frame(session, frame, SWITCH_IO_FLAG_NONE, 0);

	if (status == SWITCH_STATUS_BREAK) {
		status = SWITCH_STATUS_SUCCESS;
	}
	if (status != SWITCH_STATUS_SUCCESS || !*frame) {
		*frame = NULL;
		return status;
	}

	mh_recorder_read(session, *frame);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t mh_write_frame(switch_core_session_t *session, switch_frame_t *frame)
{
	switch_status_t status = SWITCH_STATUS_SUCCESS;

	if (!mh_channel_media_ready(session->channel) || !session->endpoint->io_routines->write_frame) {
		return SWITCH_STATUS_SUCCESS;
	}

	/* a leg has one writer at a time: its bridge, or an application of its own */
	pthread_mutex_lock(&session->write_mutex);
	mh_recorder_write(session, frame);
	status = session->endpoint->io_routines->write_frame(session, frame, SWITCH_IO_FLAG_NONE, 0);
	pthread_mutex_unlock(&session->write_mutex);

	return status;
}

switch_status_t mh_write_pcm(switch_core_session_t *session, const int16_t *pcm, int samples)
{
	switch_codec_t *codec = write_codec(session);
	uint8_t data[MH_MAX_ENCODED];
	switch_frame_t frame = { 0 };
	switch_status_t status = SWITCH_STATUS_SUCCESS;
	int len;

	if (!codec) {
		return SWITCH_STATUS_SUCCESS;
	}

	pthread_mutex_lock(&session->write_mutex);
	len = codec->codec_interface->ops->encode(codec, pcm, samples, data, sizeof(data));
	if (len > 0) {
		frame.codec = codec;
		frame.data = data;
		frame.datalen = (uint32_t) len;
		frame.buflen = sizeof(data);
		frame.samples = (uint32_t) samples;
		frame.rate = codec->implementation->actual_samples_per_second;
		frame.channels = 1;
		status = mh_write_frame(session, &frame);
	}
	pthread_mutex_unlock(&session->write_mutex);

	return status;
}
