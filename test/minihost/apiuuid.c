/* SPDX-License-Identifier: MPL-2.0 */
/* apiuuid.c -- commands about one call: uuid_... */
#include "minihost.h"

#define NO_CHANNEL "-ERR No such channel!\n"

/* What a command that begins with a UUID works on. */
typedef struct call {
	char *copy;
	char *argv[5];
	int argc;
	switch_core_session_t *session; /* with its read lock; NULL: an error has been written */
} call_t;

static bool begin(call_t *call, const char *cmd, int wanted, const char *usage, switch_stream_handle_t *stream)
{
	memset(call, 0, sizeof(*call));
	call->copy = mh_strdup(cmd);
	call->argc = mh_split(call->copy, ' ', call->argv, wanted > 4 ? 4 : wanted > 0 ? wanted : -wanted);

	if (call->argc < (wanted > 0 ? wanted : 1)) {
		stream->write_function(stream, "-USAGE: %s\n", usage);
	} else if (!(call->session = switch_core_session_locate(call->argv[0]))) {
		stream->write_function(stream, NO_CHANNEL);
	}

	if (!call->session) {
		free(call->copy);
	}

	return call->session != NULL;
}

static void end(call_t *call)
{
	switch_core_session_rwunlock(call->session);
	free(call->copy);
}

SWITCH_STANDARD_API(uuid_kill_function)
{
	call_t call;

	(void) session;
	if (begin(&call, cmd, -2, "<uuid> [cause]", stream)) {
		switch_channel_hangup(call.session->channel, switch_channel_str2cause(call.argv[1]));
		stream->write_function(stream, "+OK\n");
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_dump_function)
{
	switch_event_t *event;
	call_t call;
	char *text;

	(void) session;
	if (begin(&call, cmd, -2, "<uuid> [format]", stream)) {
		switch_event_create(&event, SWITCH_EVENT_CHANNEL_DATA);
		switch_channel_event_set_data(call.session->channel, event);
		if (call.argv[1] && !strcasecmp(call.argv[1], "json")) {
			text = mh_event_serialize_json(event);
		} else {
			/* FreeSWITCH's way round: "plain" is what is not URL-encoded */
			text = mh_event_serialize(event, !call.argv[1] || strcasecmp(call.argv[1], "plain"));
		}
		stream->write_function(stream, "%s", text);
		free(text);
		switch_event_destroy(&event);
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_getvar_function)
{
	call_t call;
	char *value;

	(void) session;
	if (begin(&call, cmd, 2, "<uuid> <var>", stream)) {
		value = mh_channel_get_variable_dup(call.session->channel, call.argv[1]);
		stream->write_function(stream, "%s", value ? value : "_undef_");
		free(value);
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_setvar_function)
{
	call_t call;

	(void) session;
	if (begin(&call, cmd, -3, "<uuid> <var> [value]", stream)) {
		if (call.argc < 2) {
			stream->write_function(stream, "-USAGE: <uuid> <var> [value]\n");
		} else {
			switch_channel_set_variable(call.session->channel, call.argv[1], call.argv[2]);
			stream->write_function(stream, "+OK\n");
		}
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_exists_function)
{
	switch_core_session_t *found = switch_core_session_locate(cmd);

	(void) session;
	stream->write_function(stream, "%s", found ? "true" : "false");
	if (found) {
		switch_core_session_rwunlock(found);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_broadcast_function)
{
	switch_core_session_t *other = NULL;
	const char *legs;
	call_t call;
	char *uuid;

	(void) session;
	if (begin(&call, cmd, -3, "<uuid> <path> [aleg|bleg|both]", stream)) {
		legs = call.argv[2] ? call.argv[2] : "aleg";
		uuid = mh_channel_get_variable_dup(call.session->channel, "signal_bond");
		if (call.argc > 1 && strcasecmp(legs, "bleg")) {
			mh_broadcast(call.session, call.argv[1]);
		}
		if (call.argc > 1 && strcasecmp(legs, "aleg") && (other = switch_core_session_locate(uuid))) {
			mh_broadcast(other, call.argv[1]);
			switch_core_session_rwunlock(other);
		}
		stream->write_function(stream,
							   call.argc > 1 ? "+OK Message sent\n" : "-USAGE: <uuid> <path> [aleg|bleg|both]\n");
		free(uuid);
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_send_dtmf_function)
{
	call_t call;

	(void) session;
	if (begin(&call, cmd, 2, "<uuid> <dtmf_data>", stream)) {
		/* on the leg's own thread: frames and keys do not cross */
		mh_app_queue(call.session, "send_dtmf", call.argv[1]);
		stream->write_function(stream, "+OK %s sent DTMF %s.\n", call.argv[0], call.argv[1]);
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_recv_dtmf_function)
{
	call_t call;

	(void) session;
	if (begin(&call, cmd, 2, "<uuid> <dtmf_data>", stream)) {
		if (mh_keys_queue(call.session, call.argv[1]) == SWITCH_STATUS_SUCCESS) {
			stream->write_function(stream, "+OK %s received DTMF %s.\n", call.argv[0], call.argv[1]);
		} else {
			stream->write_function(stream, "-USAGE: <uuid> <dtmf_data>\n");
		}
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_record_function)
{
	static const char usage[] = "<uuid> [start|stop] <path> [<limit>]";
	call_t call;
	bool ok;

	(void) session;
	if (!begin(&call, cmd, -4, usage, stream)) {
		return SWITCH_STATUS_SUCCESS;
	}

	if (call.argc >= 3 && !strcasecmp(call.argv[1], "start")) {
		int limit = call.argv[3] ? atoi(call.argv[3]) : 0;

		limit = limit > 0 ? limit : 0;
		ok = switch_ivr_record_session_event(call.session, call.argv[2], (uint32_t) limit, NULL, NULL) ==
			SWITCH_STATUS_SUCCESS;
		stream->write_function(stream, ok ? "+OK Success\n" : "-ERR Cannot record session!\n");
	} else if (call.argc >= 3 && !strcasecmp(call.argv[1], "stop")) {
		ok = mh_recorder_stop(call.session, call.argv[2]) == SWITCH_STATUS_SUCCESS;
		stream->write_function(stream, ok ? "+OK Success\n" : "-ERR Cannot stop record session!\n");
	} else {
		stream->write_function(stream, "-USAGE: %s\n", usage);
	}
	end(&call);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_display_function)
{
	call_t call;
	char *number;

	(void) session;
	if (begin(&call, cmd, 2, "<uuid> <display>", stream)) {
		if ((number = strchr(call.argv[1], '|'))) {
			*number++ = '\0';
		}
		mh_display(call.session, call.argv[1], number);
		stream->write_function(stream, "+OK Success\n");
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_bridge_function)
{
	char *copy = mh_strdup(cmd), *argv[3] = { 0 };

	(void) session;
	if (mh_split(copy, ' ', argv, 3) < 2) {
		stream->write_function(stream, "-USAGE: <uuid> <other_uuid>\n");
	} else if (mh_bridge_uuids(argv[0], argv[1]) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK %s\n", argv[1]);
	} else {
		stream->write_function(stream, "-ERR Invalid uuid\n");
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uuid_break_function)
{
	call_t call;

	(void) session;
	if (begin(&call, cmd, -2, "<uuid>", stream)) {
		switch_channel_set_flag(call.session->channel, CF_BREAK);
		stream->write_function(stream, "+OK\n");
		end(&call);
	}

	return SWITCH_STATUS_SUCCESS;
}

void mh_api_uuid_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "uuid_kill", "Kill channel", uuid_kill_function, "<uuid> [cause]");
	mh_api_add(core, "uuid_dump", "Dump session vars", uuid_dump_function, "<uuid> [format]");
	mh_api_add(core, "uuid_getvar", "Get a variable from a channel", uuid_getvar_function, "<uuid> <var>");
	mh_api_add(core, "uuid_setvar", "Set a variable on a channel", uuid_setvar_function, "<uuid> <var> [value]");
	mh_api_add(core, "uuid_exists", "Check if a uuid exists", uuid_exists_function, "<uuid>");
	mh_api_add(core, "uuid_broadcast", "Execute dialplan application", uuid_broadcast_function,
			   "<uuid> <path> [aleg|bleg|both]");
	mh_api_add(core, "uuid_recv_dtmf", "Receive dtmf digits", uuid_recv_dtmf_function, "<uuid> <dtmf_data>");
	mh_api_add(core, "uuid_send_dtmf", "Send dtmf digits", uuid_send_dtmf_function, "<uuid> <dtmf_data>");
	mh_api_add(core, "uuid_record", "Record session audio", uuid_record_function,
			   "<uuid> [start|stop] <path> [<limit>]");
	mh_api_add(core, "uuid_display", "Update phone display", uuid_display_function, "<uuid> <display>");
	mh_api_add(core, "uuid_bridge", "Bridge call legs", uuid_bridge_function, "<uuid> <other_uuid>");
	mh_api_add(core, "uuid_break", "Break out of media being sent to channel", uuid_break_function, "<uuid>");
}
