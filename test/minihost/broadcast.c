/* SPDX-License-Identifier: MPL-2.0 */
/* broadcast.c -- applications that another thread gives a leg to run */
#include "minihost.h"

void mh_broadcast(switch_core_session_t *session, const char *what)
{
	char *name = mh_strdup(what), *data = strstr(name, "::");

	if (data) {
		*data = '\0';
		mh_app_queue(session, name, data + 2);
	} else {
		mh_app_queue(session, "playback", what);
	}
	free(name);
}

switch_status_t switch_ivr_broadcast(const char *uuid, const char *path, switch_media_flag_t flags)
{
	switch_core_session_t *session = switch_core_session_locate(uuid);

	if (!session) {
		return SWITCH_STATUS_FALSE;
	}

	if (flags & SMF_ECHO_ALEG) {
		mh_broadcast(session, path);
	}
	switch_core_session_rwunlock(session);

	return SWITCH_STATUS_SUCCESS;
}
