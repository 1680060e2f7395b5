/* SPDX-License-Identifier: MPL-2.0 */
/*
 * hold.c -- uuid_hold: the endpoint marks the leg; the bridged one hears the variable hold_music
 *
 * Whether a leg is on hold is what its endpoint says (CF_LEG_HOLDING): an endpoint that says
 * nothing is put on hold, and never taken back, as in FreeSWITCH.
 */
#include "minihost.h"

switch_status_t mh_hold(switch_core_session_t *session)
{
	switch_core_session_t *other;
	char *music;

	if (mh_channel_held(session->channel)) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_WARNING,
						  "Call is already on hold. No need to hold again.\n");
		return SWITCH_STATUS_FALSE;
	}

	switch_channel_set_flag(session->channel, CF_HOLD);
	switch_channel_set_flag(session->channel, CF_SUSPEND);
	mh_message(session, SWITCH_MESSAGE_INDICATE_HOLD, NULL, 0);

	music = mh_channel_get_variable_dup(session->channel, "hold_music");
	if (music && switch_core_session_get_partner(session, &other) == SWITCH_STATUS_SUCCESS) {
		switch_channel_clear_flag(other->channel, CF_STOP_BROADCAST);
		switch_channel_set_flag(other->channel, CF_BROADCAST);
		mh_app_queue(other, "mh_hold_music", music);
		switch_core_session_rwunlock(other);
	}
	free(music);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_HOLD, NULL);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t mh_unhold(switch_core_session_t *session)
{
	switch_core_session_t *other;
	int64_t limit = mh_now_us() + 5000000;

	if (!mh_channel_held(session->channel)) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_WARNING,
						  "Call is not on hold. No need to unhold.\n");
		return SWITCH_STATUS_FALSE;
	}

	switch_channel_clear_flag(session->channel, CF_HOLD);
	switch_channel_clear_flag(session->channel, CF_SUSPEND);
	mh_message(session, SWITCH_MESSAGE_INDICATE_UNHOLD, NULL, 0);

	if (switch_core_session_get_partner(session, &other) == SWITCH_STATUS_SUCCESS) {
		if (switch_channel_test_flag(other->channel, CF_BROADCAST)) {
			switch_channel_set_flag(other->channel, CF_STOP_BROADCAST);
		}
		while (switch_channel_test_flag(other->channel, CF_BROADCAST) && mh_channel_up(other->channel) &&
			   mh_now_us() < limit) {
			mh_sleep_ms(1);
		}
		switch_core_session_rwunlock(other);
	}
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_UNHOLD, NULL);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_hold_function)
{
	char *copy = mh_strdup(cmd), *argv[3] = { 0 };
	int argc = mh_split(copy, ' ', argv, 3);
	bool off = argc > 1 && !strcasecmp(argv[0], "off"), toggle = argc > 1 && !strcasecmp(argv[0], "toggle");
	switch_core_session_t *leg;
	switch_status_t status = SWITCH_STATUS_FALSE;

	(void) session;
	if (!argc) {
		stream->write_function(stream, "-USAGE: [off|toggle] <uuid> [<display>]\n");
	} else {
		if ((leg = switch_core_session_locate(argv[off || toggle]))) {
			off = off || (toggle && mh_channel_held(leg->channel));
			status = off ? mh_unhold(leg) : mh_hold(leg);
			switch_core_session_rwunlock(leg);
		}
		stream->write_function(stream, status == SWITCH_STATUS_SUCCESS ? "+OK Success\n" : "-ERR Operation failed\n");
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

void mh_hold_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "uuid_hold", "Place call on hold", uuid_hold_function, "[off|toggle] <uuid> [<display>]");
}
