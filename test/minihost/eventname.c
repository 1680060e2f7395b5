/* SPDX-License-Identifier: MPL-2.0 */
/* eventname.c -- the kinds of events and their names */
#include "minihost.h"

/* clang-format off */
static const char *const names[] = {
	"CUSTOM", "CLONE", "CHANNEL_CREATE", "CHANNEL_DESTROY", "CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_ANSWER",
	"CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HOLD",
	"CHANNEL_UNHOLD", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA",
	"CHANNEL_OUTGOING", "CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_APPLICATION", "CHANNEL_ORIGINATE", "CHANNEL_UUID",
	"API", "STARTUP", "SHUTDOWN", "MODULE_LOAD", "MODULE_UNLOAD", "DTMF", "BACKGROUND_JOB", "HEARTBEAT", "RELOADXML",
	"CHANNEL_DATA", "RECORD_START", "RECORD_STOP", "PLAYBACK_START", "PLAYBACK_STOP", "ALL"
};
/* clang-format on */

_Static_assert(sizeof(names) / sizeof(names[0]) == SWITCH_EVENT_ALL + 1, "a name for every event");

/* Events that FreeSWITCH has and minihost never fires: a client may ask for them all the same. */
/* clang-format off */
static const char *const never[] = {
	"LOG", "INBOUND_CHAN", "OUTBOUND_CHAN", "TALK", "NOTALK", "MESSAGE", "PRESENCE_IN", "CODEC", "DETECTED_TONE",
	"PRIVATE_COMMAND", "NOTIFY", "GENERAL", "COMMAND", "SESSION_HEARTBEAT", "CALL_UPDATE", "CALL_SECURE", "NAT",
	"MEDIA_BUG_START", "MEDIA_BUG_STOP", "DEVICE_STATE", "TEXT", "CALL_DETAIL", "FAILURE", NULL
};
/* clang-format on */

const char *mh_event_name(switch_event_types_t id)
{
	return id <= SWITCH_EVENT_ALL ? names[id] : "INVALID";
}

bool mh_event_type(const char *name, switch_event_types_t *id)
{
	int i;

	for (i = 0; i <= SWITCH_EVENT_ALL; i++) {
		if (!strcasecmp(name, names[i])) {
			*id = (switch_event_types_t) i;
			return true;
		}
	}

	for (i = 0; never[i]; i++) {
		if (!strcasecmp(name, never[i])) {
			*id = SWITCH_EVENT_CLONE; /* never fired */
			return true;
		}
	}

	return false;
}
