/* SPDX-License-Identifier: MPL-2.0 */
/* sessiondata.c -- what a session has: its channel, its memory, its codecs, its partner */
#include "minihost.h"

switch_channel_t *switch_core_session_get_channel(switch_core_session_t *session)
{
	return session->channel;
}

char *switch_core_session_get_uuid(switch_core_session_t *session)
{
	return session->uuid;
}

switch_memory_pool_t *switch_core_session_get_pool(switch_core_session_t *session)
{
	return session->pool;
}

void *switch_core_session_get_private(switch_core_session_t *session)
{
	return session->private_info;
}

switch_status_t switch_core_session_set_private(switch_core_session_t *session, void *private_info)
{
	session->private_info = private_info;

	return SWITCH_STATUS_SUCCESS;
}

int switch_core_session_add_stream(switch_core_session_t *session, void *private_info)
{
	(void) session;
	(void) private_info;

	return 0;
}

void *switch_core_session_alloc(switch_core_session_t *session, switch_size_t size)
{
	return switch_core_alloc(session->pool, size);
}

char *switch_core_session_strdup(switch_core_session_t *session, const char *text)
{
	return switch_core_strdup(session->pool, text);
}

switch_codec_t *switch_core_session_get_read_codec(switch_core_session_t *session)
{
	return __atomic_load_n(&session->read_codec, __ATOMIC_ACQUIRE);
}

switch_status_t switch_core_session_set_read_codec(switch_core_session_t *session, switch_codec_t *codec)
{
	__atomic_store_n(&session->read_codec, codec, __ATOMIC_RELEASE);
	if (codec && codec->implementation) {
		switch_channel_set_variable(session->channel, "read_codec", codec->implementation->iananame);
	}

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_session_set_write_codec(switch_core_session_t *session, switch_codec_t *codec)
{
	__atomic_store_n(&session->write_codec, codec, __ATOMIC_RELEASE);
	if (codec && codec->implementation) {
		switch_channel_set_variable(session->channel, "write_codec", codec->implementation->iananame);
	}

	return SWITCH_STATUS_SUCCESS;
}

uint8_t switch_core_session_check_interface(switch_core_session_t *session,
											const switch_endpoint_interface_t *endpoint_interface)
{
	return session->endpoint == endpoint_interface;
}

switch_status_t switch_core_session_perform_get_partner(switch_core_session_t *session, switch_core_session_t **partner,
														const char *file, const char *func, int line)
{
	char *uuid = mh_channel_get_variable_dup(session->channel, "signal_bond");

	(void) file;
	(void) func;
	(void) line;
	*partner = uuid ? switch_core_session_locate(uuid) : NULL;
	free(uuid);

	return *partner ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
