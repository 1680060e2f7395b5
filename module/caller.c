/* SPDX-License-Identifier: MPL-2.0 */
/*
 * caller.c -- what the switch says of the caller: name, number, privacy; how long keys are held
 */
#include "shim.h"

static int hidden(const switch_caller_profile_t *profile)
{
	return (switch_test_flag(profile, SWITCH_CPF_HIDE_NAME) ? JANUS_HIDE_NAME : 0) |
		(switch_test_flag(profile, SWITCH_CPF_HIDE_NUMBER) ? JANUS_HIDE_NUMBER : 0);
}

void describe_caller(janus_dial_t *dial, const switch_caller_profile_t *profile)
{
	dial->caller_name = profile->caller_id_name;
	dial->caller_number = profile->caller_id_number;
	dial->hide = hidden(profile);
}

/* The message carries the name of a caller whose privacy hides it, too: the profiles tell. */
void tell_display(switch_core_session_t *session, const switch_core_session_message_t *msg)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_profile_t *profile = switch_channel_get_caller_profile(channel);
	const char *partner_uuid = switch_channel_get_partner_uuid(channel);
	switch_core_session_t *partner;
	int hide = profile ? hidden(profile) : 0;

	if (partner_uuid && (partner = switch_core_session_locate(partner_uuid))) {
		if ((profile = switch_channel_get_caller_profile(switch_core_session_get_channel(partner)))) {
			hide |= hidden(profile);
		}
		switch_core_session_rwunlock(partner);
	}

	janus_call_display(tech_pvt->call, msg->string_array_arg[0], msg->string_array_arg[1], hide);
}

/* A key comes with its duration in samples: at 8 kHz where it was pressed by the other side of a
 * bridge, but at the rate of our own codec where uuid_send_dtmf or the application send_dtmf was
 * told how long; those keys are of no source. The switch's default, which nobody has asked for,
 * is meant at 8 kHz. */
uint32_t key_duration(switch_core_session_t *session, const switch_dtmf_t *dtmf)
{
	private_t *tech_pvt = switch_core_session_get_private(session);

	if (dtmf->source == SWITCH_DTMF_UNKNOWN && dtmf->duration != switch_core_default_dtmf_duration(0) &&
		is_ready(tech_pvt)) {
		return dtmf->duration / (tech_pvt->write_codec.implementation->actual_samples_per_second / 1000);
	}

	return dtmf->duration / 8;
}
