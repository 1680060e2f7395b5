/* SPDX-License-Identifier: MPL-2.0 */
/*
 * mod_part_test.c -- a module of minihost's own test: what a module may call besides mod_tone_test
 *
 * The command `parttest`: "encode <codec> [decoder]" encodes noise with a codec of its own (or of
 * one that only decodes), "silence <divisor>" says how loud that is, "video <uuid>" whether the leg
 * has video. The application parttest puts the name of the codec that the leg reads into the
 * variable part_codec, and what encoding with it gave into part_bytes.
 */
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_part_test_load);
SWITCH_MODULE_DEFINITION(mod_part_test, mod_part_test_load, NULL, NULL);

/* Encodes one packet of noise; "<status> <bytes>". */
static void encode(switch_codec_t *codec, char *result, switch_size_t size)
{
	uint8_t encoded[SWITCH_RECOMMENDED_BUFFER_SIZE];
	int16_t pcm[SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(int16_t)];
	uint32_t len = sizeof(encoded), rate = 1;
	unsigned int flag = 0;
	switch_status_t status;

	switch_generate_sln_silence(pcm, codec->implementation->samples_per_packet, 1, 400);
	status = switch_core_codec_encode(codec, NULL, pcm, codec->implementation->decoded_bytes_per_packet,
									  codec->implementation->actual_samples_per_second, encoded, &len, &rate, &flag);
	switch_snprintf(result, size, "%d %u %u", (int) status, status == SWITCH_STATUS_SUCCESS ? len : 0, rate);
}

static void encode_own(const char *name, switch_bool_t encoder, switch_stream_handle_t *stream,
					   switch_memory_pool_t *pool)
{
	uint32_t flags = SWITCH_CODEC_FLAG_DECODE | (encoder ? SWITCH_CODEC_FLAG_ENCODE : 0);
	switch_codec_t codec;
	char result[64];

	if (switch_core_codec_init(&codec, name, NULL, NULL, 0, 20, 1, flags, NULL, pool) != SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "-ERR no %s", name);
		return;
	}
	encode(&codec, result, sizeof(result));
	switch_core_codec_destroy(&codec);
	stream->write_function(stream, "%s", result);
}

static switch_memory_pool_t *module_pool;

/* The loudest of two channels of noise, and whether both are the same. */
static void silence(uint32_t divisor, switch_stream_handle_t *stream)
{
	int16_t pcm[2 * 960 + 1];
	int i, peak = 0, same = 1;

	memset(pcm, 0x55, sizeof(pcm));
	switch_generate_sln_silence(pcm, 960, 2, divisor);
	for (i = 0; i < 2 * 960; i += 2) {
		peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
		same &= pcm[i] == pcm[i + 1];
	}
	stream->write_function(stream, "%s %s",
						   peak == 0      ? "silent" :
							   peak < 500 ? "low" :
											"loud",
						   same && pcm[2 * 960] == 0x5555 ? "ok" : "broken");
}

SWITCH_STANDARD_API(parttest_function)
{
	switch_core_session_t *leg;
	char name[32];

	(void) session;
	if (cmd && sscanf(cmd, "encode %31s", name) == 1) {
		encode_own(name, strstr(cmd, " decoder") ? SWITCH_FALSE : SWITCH_TRUE, stream, module_pool);
	} else if (cmd && !strncmp(cmd, "silence ", 8)) {
		silence((uint32_t) atoi(cmd + 8), stream);
	} else if (cmd && !strncmp(cmd, "video ", 6) && (leg = switch_core_session_locate(cmd + 6))) {
		stream->write_function(stream,
							   switch_channel_test_flag(switch_core_session_get_channel(leg), CF_VIDEO) ? "video" :
																										  "audio");
		switch_core_session_rwunlock(leg);
	} else {
		stream->write_function(stream, "-ERR");
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(parttest_app)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_codec_t *codec = switch_core_session_get_read_codec(session);
	char result[64];

	(void) data;
	encode(codec, result, sizeof(result));
	switch_channel_set_variable(channel, "part_codec", codec->implementation->iananame);
	switch_channel_set_variable(channel, "part_bytes", result);
}

SWITCH_MODULE_LOAD_FUNCTION(mod_part_test_load)
{
	switch_api_interface_t *api_interface;
	switch_application_interface_t *app_interface;

	module_pool = pool;
	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	SWITCH_ADD_API(api_interface, "parttest", "Part test", parttest_function,
				   "encode <codec> [decoder]|silence <divisor>|video <uuid>");
	SWITCH_ADD_APP(app_interface, "parttest", "Part test", "Encodes with the leg's codec", parttest_app, "", SAF_NONE);

	return SWITCH_STATUS_SUCCESS;
}
