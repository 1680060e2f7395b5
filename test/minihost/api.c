/* SPDX-License-Identifier: MPL-2.0 */
/*
 * api.c -- running commands, and those about the switch itself
 *
 * Others are in apimodule.c, apicall.c, apiuuid.c and apishow.c.
 */
#include "minihost.h"

void mh_api_add(switch_loadable_module_interface_t *core, const char *name, const char *desc,
				switch_api_function_t function, const char *syntax)
{
	switch_loadable_module_interface_t **module_interface = &core;
	switch_api_interface_t *api;

	SWITCH_ADD_API(api, name, desc, function, syntax);
}

switch_status_t mh_api_execute(const char *command, const char *arg, switch_stream_handle_t *stream)
{
	switch_api_interface_t *api = mh_find_api(command);
	char *copy = NULL;
	size_t len;

	if (!api) {
		return SWITCH_STATUS_FALSE;
	}

	if (arg) {
		copy = mh_strdup(arg + strspn(arg, " "));
		for (len = strlen(copy); len && strchr("\r\n", copy[len - 1]); copy[--len] = '\0') {}
	}

	switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_DEBUG, "API CALL [%s(%s)]\n", command, copy ? copy : "");
	api->function(zstr(copy) ? NULL : copy, NULL, stream);
	free(copy);
	UNPROTECT_INTERFACE(api);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(global_getvar_function)
{
	char *value;

	(void) session;
	if (!cmd) {
		mh_global_dump(stream);
	} else {
		value = switch_core_get_variable_dup(cmd);
		stream->write_function(stream, "%s", value ? value : "");
		free(value);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(global_setvar_function)
{
	char *copy = mh_strdup(cmd), *argv[2] = { 0 };

	(void) session;
	if (mh_split(copy, '=', argv, 2) > 0 && *argv[0]) {
		switch_core_set_variable(argv[0], zstr(argv[1]) ? NULL : argv[1]);
		stream->write_function(stream, "+OK");
	} else {
		stream->write_function(stream, "-USAGE: <var>=<value>\n");
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(echo_function)
{
	(void) session;
	stream->write_function(stream, "%s", cmd ? cmd : "");

	return SWITCH_STATUS_SUCCESS;
}

static const char *lookup(void *channel, const char *name)
{
	return channel ? switch_channel_get_variable(channel, name) : NULL;
}

/* "[uuid:<uuid> ]text", with ${...} replaced: a channel's variables, then the globals.
 * free() it. */
static char *expanded(const char *cmd)
{
	switch_core_session_t *session = NULL;
	char uuid[64] = "", *text;
	const char *rest = cmd ? cmd : "";

	if (!strncasecmp(rest, "uuid:", 5) && strchr(rest, ' ')) {
		snprintf(uuid, sizeof(uuid), "%.*s", (int) strcspn(rest + 5, " "), rest + 5);
		rest = strchr(rest, ' ') + 1;
		session = switch_core_session_locate(uuid);
	}

	text = mh_expand(rest, "${", lookup, session ? session->channel : NULL);
	if (session) {
		switch_core_session_rwunlock(session);
	}

	return text;
}

SWITCH_STANDARD_API(eval_function)
{
	char *text = expanded(cmd);

	(void) session;
	stream->write_function(stream, "%s", text);
	free(text);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(expand_function)
{
	char *text = expanded(cmd), *arg = strchr(text, ' ');

	(void) session;
	if (arg) {
		*arg++ = '\0';
	}
	if (!*text) {
		stream->write_function(stream, "-ERR No input\n");
	} else if (mh_api_execute(text, arg, stream) != SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "-ERR Cannot execute command\n");
	}
	free(text);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(log_function)
{
	char *copy = mh_strdup(cmd), *text = strchr(copy, ' ');
	switch_log_level_t level = SWITCH_LOG_DEBUG;

	(void) session;
	if (text) {
		*text++ = '\0';
		level = mh_log_str2level(copy);
	}
	if (!text || level == SWITCH_LOG_INVALID) {
		stream->write_function(stream, "-USAGE: <level> <message>\n");
	} else {
		switch_log_printf(SWITCH_CHANNEL_LOG, level, "%s\n", text);
		stream->write_function(stream, "+OK\n");
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(shutdown_function)
{
	(void) cmd;
	(void) session;
	stream->write_function(stream, "+OK\n");
	mh_shutdown_request();

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(fsctl_function)
{
	char *copy = mh_strdup(cmd), *argv[2] = { 0 };
	int argc = mh_split(copy, ' ', argv, 2);
	switch_log_level_t level;

	if (argc == 2 && !strcasecmp(argv[0], "loglevel") && (level = mh_log_str2level(argv[1])) != SWITCH_LOG_INVALID) {
		mh_log_level(level);
		stream->write_function(stream, "+OK log level: %s [%d]\n", mh_log_level2str(level), (int) level);
	} else if (argc && !strcasecmp(argv[0], "shutdown")) {
		shutdown_function(NULL, session, stream);
	} else if (argc && !strcasecmp(argv[0], "hupall")) {
		mh_session_hupall(NULL, argc > 1 ? switch_channel_str2cause(argv[1]) : SWITCH_CAUSE_MANAGER_REQUEST);
		stream->write_function(stream, "+OK\n");
	} else {
		stream->write_function(stream, "-USAGE: [loglevel <level>|hupall [<cause>]|shutdown]\n");
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(console_complete_function)
{
	const char *rest;

	(void) session;
	/* fs_cli says where the cursor is: "c=<column>;<line>" */
	if (cmd && !strncmp(cmd, "c=", 2) && (rest = strchr(cmd, ';'))) {
		cmd = rest + 1;
	}
	mh_console_complete(cmd ? cmd : "", stream);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(ports_function)
{
	(void) cmd;
	(void) session;
	mh_ports_dump(stream);

	return SWITCH_STATUS_SUCCESS;
}

void mh_api_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "global_getvar", "Get global var", global_getvar_function, "<var>");
	mh_api_add(core, "global_setvar", "Set global var", global_setvar_function, "<var>=<value>");
	mh_api_add(core, "echo", "Echo", echo_function, "<data>");
	mh_api_add(core, "eval", "eval (noop)", eval_function, "[uuid:<uuid> ]<expression>");
	mh_api_add(core, "expand", "Execute an api with variable expansion", expand_function, "[uuid:<uuid> ]<cmd> <args>");
	mh_api_add(core, "minihost_ports", "RTP ports that are given out", ports_function, "");
	mh_api_add(core, "log", "Log", log_function, "<level> <message>");
	mh_api_add(core, "fsctl", "FS control messages", fsctl_function, "[loglevel <level>|hupall [<cause>]|shutdown]");
	mh_api_add(core, "shutdown", "Shutdown", shutdown_function, "");
	mh_api_add(core, "console_complete", "", console_complete_function, "<line>");
}
