/* SPDX-License-Identifier: MPL-2.0 */
/* codec.c -- the codecs minihost knows, and using one */
#include "minihost.h"

static int l16_init(switch_codec_t *codec)
{
	uint32_t rate = codec->implementation->actual_samples_per_second;

	return rate >= 8000 && rate <= 48000 && !(rate % 8000) ? 0 : -1;
}

/* In the switch L16 is in the machine's own byte order, as in FreeSWITCH. */
static int l16_encode(switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size)
{
	int len = samples * (int) sizeof(*pcm);

	(void) codec;
	if (len > size) {
		return -1;
	}
	memcpy(out, pcm, (size_t) len);

	return len;
}

static int l16_decode(switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max)
{
	int samples = in ? len / (int) sizeof(*pcm) : (int) codec->implementation->samples_per_packet;

	samples = samples > max ? max : samples;
	if (in) {
		memcpy(pcm, in, (size_t) samples * sizeof(*pcm));
	} else {
		memset(pcm, 0, (size_t) samples * sizeof(*pcm));
	}

	return samples;
}

static const struct mh_codec_ops l16 = {
	.default_rate = 8000,
	.payload = 70,
	.init = l16_init,
	.encode = l16_encode,
	.decode = l16_decode,
};

static void add(switch_loadable_module_interface_t *core, const char *name, const struct mh_codec_ops *ops)
{
	switch_codec_interface_t *interface = switch_loadable_module_create_interface(core, SWITCH_CODEC_INTERFACE);

	interface->interface_name = name;
	interface->iananame = name;
	interface->ops = ops;
}

void mh_codec_register(switch_loadable_module_interface_t *core)
{
	add(core, "PCMU", &mh_codec_pcmu);
	add(core, "PCMA", &mh_codec_pcma);
	add(core, "L16", &l16);
}

void mh_opus_register(switch_loadable_module_interface_t *mod)
{
	add(mod, "opus", &mh_codec_opus);
}

/* 0 stands for what the codec usually has. NULL: it cannot be had so. */
static switch_codec_implementation_t *implementation(switch_codec_interface_t *interface, uint32_t rate, int ms,
													 int channels, switch_memory_pool_t *pool)
{
	switch_codec_implementation_t *impl;

	rate = rate ? rate : interface->ops->default_rate;
	ms = ms ? ms : 20;

	if (channels > 1 || ms % 10 || ms < 10 || ms > 60 || rate > 48000 || rate % 8000) {
		return NULL;
	}

	impl = switch_core_alloc(pool, sizeof(*impl));
	impl->iananame = interface->iananame;
	impl->ianacode = interface->ops->payload;
	impl->actual_samples_per_second = rate;
	impl->samples_per_second = interface->ops == &mh_codec_opus ? 48000 : rate; /* RFC 7587 4.1: always 48000 */
	impl->microseconds_per_packet = ms * 1000;
	impl->samples_per_packet = rate / 1000 * (uint32_t) ms;
	impl->decoded_bytes_per_packet = impl->samples_per_packet * 2;
	impl->encoded_bytes_per_packet = interface->ops == &mh_codec_opus ? 0 :
		interface->ops == &l16                                        ? impl->decoded_bytes_per_packet :
																		impl->samples_per_packet;
	impl->bits_per_second = (int) impl->encoded_bytes_per_packet * 8 * 1000 / ms;
	impl->number_of_channels = 1;

	return impl;
}

switch_status_t switch_core_codec_init(switch_codec_t *codec, const char *codec_name, const char *modname,
									   const char *fmtp, uint32_t rate, int ms, int channels, uint32_t flags,
									   const switch_codec_settings_t *codec_settings, switch_memory_pool_t *pool)
{
	switch_codec_interface_t *interface = switch_loadable_module_get_codec_interface(codec_name, modname);

	(void) codec_settings;
	memset(codec, 0, sizeof(*codec));

	if (!interface) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Invalid codec %s!\n", codec_name);
		return SWITCH_STATUS_GENERR;
	}

	codec->flags = flags;
	codec->memory_pool = pool;
	codec->fmtp_in = switch_core_strdup(pool, fmtp);

	if (!(codec->implementation = implementation(interface, rate, ms, channels, pool)) || interface->ops->init(codec)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Codec %s %uhz %dms %dch could not be initialized\n",
						  codec_name, rate, ms, channels);
		UNPROTECT_INTERFACE(interface);
		memset(codec, 0, sizeof(*codec));
		return SWITCH_STATUS_NOTIMPL;
	}

	codec->codec_interface = interface;

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_codec_destroy(switch_codec_t *codec)
{
	if (!switch_core_codec_ready(codec)) {
		return SWITCH_STATUS_GENERR;
	}

	if (codec->codec_interface->ops->destroy) {
		codec->codec_interface->ops->destroy(codec);
	}
	UNPROTECT_INTERFACE(codec->codec_interface);
	memset(codec, 0, sizeof(*codec));

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_codec_decode(switch_codec_t *codec, switch_codec_t *other_codec, void *encoded_data,
										 uint32_t encoded_data_len, uint32_t encoded_rate, void *decoded_data,
										 uint32_t *decoded_data_len, uint32_t *decoded_rate, unsigned int *flag)
{
	int n;

	(void) other_codec;
	(void) encoded_rate;
	(void) decoded_rate;

	if (!switch_core_codec_ready(codec) || !switch_test_flag(codec, SWITCH_CODEC_FLAG_DECODE)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Codec decoder is not initialized!\n");
		return SWITCH_STATUS_NOT_INITALIZED;
	}

	n = codec->codec_interface->ops->decode(codec, *flag & SFF_PLC ? NULL : encoded_data, (int) encoded_data_len,
											decoded_data, (int) (*decoded_data_len / sizeof(int16_t)));
	if (n <= 0) {
		return SWITCH_STATUS_GENERR;
	}
	*decoded_data_len = (uint32_t) n * sizeof(int16_t);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_codec_encode(switch_codec_t *codec, switch_codec_t *other_codec, void *decoded_data,
										 uint32_t decoded_data_len, uint32_t decoded_rate, void *encoded_data,
										 uint32_t *encoded_data_len, uint32_t *encoded_rate, unsigned int *flag)
{
	int n;

	(void) other_codec;
	(void) decoded_rate;
	(void) encoded_rate; /* no codec of FreeSWITCH's that is here sets it */
	(void) flag;

	if (!switch_core_codec_ready(codec)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Codec is not initialized!\n");
		return SWITCH_STATUS_NOT_INITALIZED;
	}
	if (!switch_test_flag(codec, SWITCH_CODEC_FLAG_ENCODE)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Codec encoder is not initialized!\n");
		return SWITCH_STATUS_NOT_INITALIZED;
	}

	n = codec->codec_interface->ops->encode(codec, decoded_data, (int) (decoded_data_len / sizeof(int16_t)),
											encoded_data, (int) *encoded_data_len);
	if (n <= 0) {
		return SWITCH_STATUS_GENERR;
	}
	*encoded_data_len = (uint32_t) n;

	return SWITCH_STATUS_SUCCESS;
}

/* The sum of a few random numbers is about normally distributed. */
void switch_generate_sln_silence(int16_t *data, uint32_t samples, uint32_t channels, uint32_t divisor)
{
	uint32_t seed = (uint32_t) mh_now_us() | 1, i, j;
	int sum;

	channels = channels ? channels : 1;

	if (!divisor || divisor == (uint32_t) -1) {
		if (!divisor) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
							  "Silence with a divisor of 0: FreeSWITCH ends there\n");
		}
		memset(data, 0, (size_t) samples * channels * sizeof(*data));
		return;
	}

	for (i = 0; i < samples; i++) {
		for (j = sum = 0; j < 4; j++) {
			seed = seed * 1664525u + 1013904223u;
			sum += (int) (seed >> 16) - 32768;
		}
		for (j = 0; j < channels; j++) {
			*data++ = (int16_t) ((int64_t) (sum / 4) / divisor);
		}
	}
}

switch_bool_t switch_core_codec_ready(switch_codec_t *codec)
{
	return codec && codec->codec_interface && codec->implementation ? SWITCH_TRUE : SWITCH_FALSE;
}

int mh_codec_clone(switch_codec_t *codec, const switch_codec_t *from, switch_memory_pool_t *pool)
{
	const switch_codec_implementation_t *impl = from->implementation;
	uint32_t flags = SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE;
	int ms = impl->microseconds_per_packet / 1000;
	switch_status_t status;

	status = switch_core_codec_init(codec, impl->iananame, NULL, from->fmtp_in, impl->actual_samples_per_second, ms, 1,
									flags, NULL, pool);

	return status == SWITCH_STATUS_SUCCESS ? 0 : -1;
}

switch_status_t switch_core_codec_control(switch_codec_t *codec, switch_codec_control_command_t cmd,
										  switch_codec_control_type_t ctype, void *cmd_data,
										  switch_codec_control_type_t atype, void *cmd_arg,
										  switch_codec_control_type_t *rtype, void **ret_data)
{
	(void) atype;
	(void) cmd_arg;
	(void) rtype;
	(void) ret_data;

	if (!switch_core_codec_ready(codec)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Control of a codec that is not initialized: FreeSWITCH ends there\n");
		return SWITCH_STATUS_FALSE;
	}
	if (cmd != SCC_AUDIO_PACKET_LOSS || ctype != SCCT_INT || !codec->codec_interface->ops->expect_loss) {
		return SWITCH_STATUS_FALSE;
	}

	codec->codec_interface->ops->expect_loss(codec, *(uint32_t *) cmd_data);

	return SWITCH_STATUS_SUCCESS;
}

/* A lost frame: from the frame after it, where the leg's endpoint has that and the codec can,
 * as mod_opus does it. */
static int decode_lost(switch_codec_t *codec, const switch_frame_t *frame, int16_t *pcm, int max)
{
	switch_core_session_t *session = codec->session;
	switch_jb_t *jb = NULL;
	uint8_t data[1500];
	switch_frame_t next = { .data = data, .buflen = sizeof(data) };

	if (session && session->endpoint->io_routines->get_jb) {
		jb = session->endpoint->io_routines->get_jb(session, SWITCH_MEDIA_TYPE_AUDIO);
	}

	if (jb && codec->codec_interface->ops->recover &&
		switch_jb_peek_frame(jb, 0, frame->seq, 1, &next) == SWITCH_STATUS_SUCCESS) {
		return codec->codec_interface->ops->recover(codec, data, (int) next.datalen, pcm, max);
	}

	return codec->codec_interface->ops->decode(codec, NULL, 0, pcm, max);
}

int mh_codec_decode_frame(switch_codec_t *codec, const switch_frame_t *frame, int16_t *pcm, int max)
{
	int samples = (int) codec->implementation->samples_per_packet, n;

	samples = samples > max ? max : samples;

	if (switch_test_flag(frame, SFF_PLC)) {
		n = decode_lost(codec, frame, pcm, max);
	} else if (switch_test_flag(frame, SFF_CNG) || !frame->datalen) {
		n = 0;
	} else {
		n = codec->codec_interface->ops->decode(codec, frame->data, (int) frame->datalen, pcm, max);
	}

	if (n > 0) {
		return n;
	}
	memset(pcm, 0, (size_t) samples * sizeof(*pcm));

	return samples;
}
