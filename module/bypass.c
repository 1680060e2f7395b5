/* SPDX-License-Identifier: MPL-2.0 */
/* bypass.c -- media that was to bypass the switch stays in it when a leg of ours takes part */
#include "shim.h"

void janus_keep_media(switch_core_session_t *session)
{
	static const switch_channel_flag_t bypassing[] = { CF_PROXY_MODE, CF_PROXY_MEDIA, CF_BYPASS_MEDIA_AFTER_BRIDGE };
	switch_channel_t *channel = switch_core_session_get_channel(session);
	int found = 0;
	size_t i;

	for (i = 0; i < sizeof(bypassing) / sizeof(bypassing[0]); i++) {
		if (switch_channel_test_flag(channel, bypassing[i])) {
			switch_channel_clear_flag(channel, bypassing[i]);
			found = 1;
		}
	}

	if (found) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_WARNING,
						  "Media cannot bypass the switch on the way to Janus: it stays in the switch\n");
	}
}

void janus_keep_media_of_bridge(switch_core_session_t *session, const char *partner_uuid)
{
	switch_core_session_t *partner;

	/* uuid_media off: the media of both has ended already, and uuid_media goes by CF_PROXY_MODE to
	 * bring it back */
	if (switch_channel_get_state(switch_core_session_get_channel(session)) == CS_HIBERNATE) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_WARNING,
						  "Media cannot bypass the switch on the way to Janus, so that neither side hears the other: "
						  "\"uuid_media %s\" brings it back\n",
						  partner_uuid ? partner_uuid : switch_core_session_get_uuid(session));
		return;
	}

	janus_keep_media(session);

	if (partner_uuid && (partner = switch_core_session_locate(partner_uuid))) {
		janus_keep_media(partner);
		switch_core_session_rwunlock(partner);
	}
}
