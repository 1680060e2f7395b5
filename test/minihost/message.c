/* SPDX-License-Identifier: MPL-2.0 */
/* message.c -- what the endpoint of a leg is told: of a bridge, and whom to show */
#include "minihost.h"

void mh_message(switch_core_session_t *session, switch_core_session_message_types_t what, const char *other, int number)
{
	switch_core_session_message_t message = {
		.from = __FILE__,
		.message_id = what,
		.string_arg = other,
		.numeric_arg = number,
	};

	if (mh_channel_up(session->channel) && session->endpoint->io_routines->receive_message) {
		session->endpoint->io_routines->receive_message(session, &message);
	}
}

void mh_display_other(switch_core_session_t *session, switch_core_session_t *other, bool other_calls)
{
	switch_caller_profile_t *profile = other->channel->profile;
	const char *name = other_calls ? profile->caller_id_name : "Outbound Call";
	const char *number = other_calls ? profile->caller_id_number : profile->destination_number;

	mh_display(session, zstr(name) ? number : name, number);
}

void mh_display(switch_core_session_t *session, const char *name, const char *number)
{
	switch_core_session_message_t message = {
		.from = __FILE__,
		.message_id = SWITCH_MESSAGE_INDICATE_DISPLAY,
		.string_array_arg = { name, number },
	};

	if (mh_channel_up(session->channel) && session->endpoint->io_routines->receive_message) {
		session->endpoint->io_routines->receive_message(session, &message);
	}
}
