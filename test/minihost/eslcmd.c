/* SPDX-License-Identifier: MPL-2.0 */
/*
 * eslcmd.c -- the event socket's commands, in mod_event_socket's words
 *
 * Those that run a command of the switch are in eslapi.c,
 * those about events and the log in eslsubscribe.c.
 */
#include "minihost.h"

void mh_esl_reply(mh_listener_t *listener, const char *fmt, ...)
{
	mh_buf_t buf = { 0 };
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0) {
		abort();
	}
	va_end(ap);

	mh_buf_printf(&buf, "Content-Type: command/reply\nReply-Text: %s\n\n", text);
	mh_esl_send(listener, buf.data, buf.len);
	free(buf.data);
	free(text);
}

char *mh_esl_split(char *command)
{
	char *arg = strchr(command, ' ');

	if (arg) {
		*arg++ = '\0';
		arg += strspn(arg, " ");
	}

	return zstr(arg) ? NULL : arg;
}

static void do_sendmsg(mh_listener_t *listener, const char *uuid, switch_event_t *headers, const char *body)
{
	switch_core_session_t *session = switch_core_session_locate(uuid);
	const char *command = switch_event_get_header(headers, "call-command"), *app, *arg;

	if (!session) {
		mh_esl_reply(listener, "-ERR invalid session id [%s]", uuid ? uuid : "");
		return;
	}

	if (command && !strcasecmp(command, "execute") && (app = switch_event_get_header(headers, "execute-app-name"))) {
		arg = switch_event_get_header(headers, "execute-app-arg");
		mh_app_queue(session, app, arg ? arg : body);
	} else if (command && !strcasecmp(command, "hangup")) {
		switch_channel_hangup(session->channel,
							  switch_channel_str2cause(switch_event_get_header(headers, "hangup-cause")));
	}
	switch_core_session_rwunlock(session);
	mh_esl_reply(listener, "+OK");
}

static void do_sendevent(mh_listener_t *listener, const char *name, switch_event_t *headers, const char *body)
{
	const char *subclass = switch_event_get_header(headers, "Event-Subclass");
	switch_event_types_t type = SWITCH_EVENT_CUSTOM;
	switch_event_header_t *header;
	switch_event_t *event;
	char uuid[MH_UUID_LEN + 1];

	if (name) {
		mh_event_type(name, &type);
	}
	mh_uuid(uuid);
	switch_event_create_subclass(&event, type, type == SWITCH_EVENT_CUSTOM ? subclass : NULL);
	for (header = headers->headers; header; header = header->next) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, header->name, header->value);
	}
	if (body) {
		switch_event_add_body(event, "%s", body);
	}
	switch_event_fire(&event);
	mh_esl_reply(listener, "+OK %s", uuid);
}

static void do_auth(mh_listener_t *listener, const char *password)
{
	if (password && !strcmp(password, mh_settings.password)) {
		listener->authed = true;
		mh_esl_reply(listener, "+OK accepted");
	} else {
		mh_esl_reply(listener, "-ERR invalid");
		listener->running = false;
	}
}

void mh_esl_command(mh_listener_t *listener, char *command, switch_event_t *headers, const char *body)
{
	char *arg = mh_esl_split(command);

	if (!strcasecmp(command, "exit")) {
		mh_esl_reply(listener, "+OK bye");
		listener->running = false;
	} else if (!strcasecmp(command, "auth") && !listener->authed) {
		do_auth(listener, arg);
	} else if (!listener->authed) {
		mh_esl_reply(listener, "-ERR command not found");
	} else if (!strcasecmp(command, "api") && arg) {
		mh_esl_do_api(listener, arg);
	} else if (!strcasecmp(command, "bgapi") && arg) {
		mh_esl_do_bgapi(listener, arg, headers);
	} else if (!strcasecmp(command, "event")) {
		mh_esl_do_event(listener, arg, true);
	} else if (!strcasecmp(command, "nixevent")) {
		mh_esl_do_event(listener, arg, false);
	} else if (!strcasecmp(command, "noevents")) {
		mh_esl_do_noevents(listener);
	} else if (!strcasecmp(command, "filter")) {
		mh_esl_do_filter(listener, arg);
	} else if (!strcasecmp(command, "log")) {
		mh_esl_do_log(listener, arg);
	} else if (!strcasecmp(command, "nolog")) {
		mh_esl_do_nolog(listener);
	} else if (!strcasecmp(command, "sendmsg")) {
		do_sendmsg(listener, arg, headers, body);
	} else if (!strcasecmp(command, "sendevent")) {
		do_sendevent(listener, arg, headers, body);
	} else if (!strcasecmp(command, "linger") || !strcasecmp(command, "nolinger")) {
		mh_esl_reply(listener, "-ERR not controlling a session");
	} else {
		mh_esl_reply(listener, "-ERR command not found");
	}
}
