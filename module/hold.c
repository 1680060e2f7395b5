/* SPDX-License-Identifier: MPL-2.0 */
/*
 * hold.c -- whether the caller holds the call, and what the room does not hear meanwhile
 *
 * A call is held from either side. A SIP phone that presses hold makes the switch mark the phone's
 * leg and play music to the leg it is bridged to, ours: what ours is written then is that music.
 * uuid_hold of our own leg makes the switch play music to the other one.
 * The engine hears of both as one.
 */
#include "shim.h"

static switch_event_node_t *hold_node, *unhold_node;

/* One of both sides has changed: the engine hears of what that makes of the two. Several threads
 * may be here at once: whoever finds that a side has changed meanwhile looks again. */
static void hold_changed(private_t *tech_pvt)
{
	int held;

	do {
		held = __atomic_load_n(&tech_pvt->held_here, __ATOMIC_SEQ_CST) ||
			__atomic_load_n(&tech_pvt->held_there, __ATOMIC_SEQ_CST);
		if (__atomic_exchange_n(&tech_pvt->held, held, __ATOMIC_SEQ_CST) != held) {
			janus_call_message(tech_pvt->call, held ? JANUS_MESSAGE_HOLD : JANUS_MESSAGE_UNHOLD);
		}
	} while (held !=
			 (__atomic_load_n(&tech_pvt->held_here, __ATOMIC_SEQ_CST) ||
			  __atomic_load_n(&tech_pvt->held_there, __ATOMIC_SEQ_CST)));
}

static int holds(switch_core_session_t *session)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);

	return switch_channel_test_flag(channel, CF_LEG_HOLDING) || switch_channel_test_flag(channel, CF_HOLD);
}

void janus_hold_here(switch_core_session_t *session, int on)
{
	private_t *tech_pvt = switch_core_session_get_private(session);
	switch_channel_t *channel = switch_core_session_get_channel(session);

	/* as mod_sofia does: without the flag the switch says that the leg is not on hold when it is to
	 * come back */
	if (on) {
		switch_channel_set_flag(channel, CF_LEG_HOLDING);
	} else {
		switch_channel_clear_flag(channel, CF_LEG_HOLDING);
	}

	__atomic_store_n(&tech_pvt->held_here, on, __ATOMIC_SEQ_CST);
	hold_changed(tech_pvt);
}

void janus_hold_there(private_t *tech_pvt, const char *partner_uuid)
{
	switch_core_session_t *partner;
	int on = 0;

	if (partner_uuid && (partner = switch_core_session_locate(partner_uuid))) {
		on = holds(partner);
		switch_core_session_rwunlock(partner);
	}

	__atomic_store_n(&tech_pvt->held_there, on, __ATOMIC_SEQ_CST);
	hold_changed(tech_pvt);
}

/* A leg has been put on hold, or taken back: if it is bridged to one of ours, that one hears of it.
 * Music that is `silence` comes with no message, and what ends hold marks the leg last. */
static void on_hold_event(switch_event_t *event)
{
	const char *uuid = switch_event_get_header(event, "Unique-ID");
	switch_core_session_t *session, *partner;

	if (!uuid || !(session = switch_core_session_locate(uuid))) {
		return;
	}

	if (switch_core_session_get_partner(session, &partner) == SWITCH_STATUS_SUCCESS) {
		if (switch_core_session_check_interface(partner, janus_endpoint_interface)) {
			private_t *tech_pvt = switch_core_session_get_private(partner);

			__atomic_store_n(&tech_pvt->held_there, holds(session), __ATOMIC_SEQ_CST);
			hold_changed(tech_pvt);
		}
		switch_core_session_rwunlock(partner);
	}

	switch_core_session_rwunlock(session);
}

void janus_hold_watch(const char *modname)
{
	switch_event_bind_removable(modname, SWITCH_EVENT_CHANNEL_HOLD, NULL, on_hold_event, NULL, &hold_node);
	switch_event_bind_removable(modname, SWITCH_EVENT_CHANNEL_UNHOLD, NULL, on_hold_event, NULL, &unhold_node);
}

void janus_hold_unwatch(void)
{
	switch_event_unbind(&hold_node);
	switch_event_unbind(&unhold_node);
}
