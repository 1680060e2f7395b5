/* SPDX-License-Identifier: MPL-2.0 */
/* eslcmd.c -- the event socket's commands, in mod_event_socket's words */
#include "minihost.h"

typedef struct job {
	char uuid[MH_UUID_LEN + 1];
	char *command;
	char *arg;
} job_t;

static int jobs;					/* background jobs that run; atomic */

static void reply(mh_listener_t *listener, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void reply(mh_listener_t *listener, const char *fmt, ...)
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

/* A command's output; free() it. */
static char *execute(const char *command, const char *arg)
{
	switch_stream_handle_t stream;

	mh_stream_init(&stream);
	if (mh_api_execute(command, arg, &stream) != SWITCH_STATUS_SUCCESS) {
		stream.write_function(&stream, "-ERR %s Command not found!\n", command);
	} else if (!stream.data_len) {
		stream.write_function(&stream, "-ERR no reply\n");
	}

	return stream.data;
}

/* "name arguments": where the arguments begin, NULL for none. */
static char *split(char *command)
{
	char *arg = strchr(command, ' ');

	if (arg) {
		*arg++ = '\0';
		arg += strspn(arg, " ");
	}

	return zstr(arg) ? NULL : arg;
}

static void do_api(mh_listener_t *listener, char *command)
{
	char *arg = split(command), *output = execute(command, arg);
	mh_buf_t buf = { 0 };

	mh_buf_printf(&buf, "Content-Type: api/response\nContent-Length: %zu\n\n", strlen(output));
	mh_buf_puts(&buf, output);
	mh_esl_send(listener, buf.data, buf.len);
	free(buf.data);
	free(output);
}

static void *job_thread(void *obj)
{
	job_t *job = obj;
	char *output = execute(job->command, job->arg);
	switch_event_t *event;

	switch_event_create(&event, SWITCH_EVENT_BACKGROUND_JOB);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-UUID", job->uuid);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-Command", job->command);
	if (job->arg) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-Command-Arg", job->arg);
	}
	switch_event_add_body(event, "%s", output);
	switch_event_fire(&event);

	free(output);
	free(job->command);
	free(job->arg);
	free(job);
	__atomic_sub_fetch(&jobs, 1, __ATOMIC_SEQ_CST);

	return NULL;
}

void mh_esl_wait_jobs(void)
{
	while (__atomic_load_n(&jobs, __ATOMIC_SEQ_CST)) {
		mh_sleep_ms(10);
	}
}

static void do_bgapi(mh_listener_t *listener, char *command, switch_event_t *headers)
{
	const char *uuid = switch_event_get_header(headers, "Job-UUID");
	job_t *job = mh_alloc(sizeof(*job));
	mh_buf_t buf = { 0 };
	pthread_attr_t attr;
	pthread_t thread;
	char *arg = split(command);

	mh_uuid(job->uuid);
	if (!zstr(uuid)) {
		snprintf(job->uuid, sizeof(job->uuid), "%s", uuid);
	}
	job->command = mh_strdup(command);
	job->arg = arg ? mh_strdup(arg) : NULL;

	/* the reply goes first: a job may be over, and its event on the way, before we are */
	mh_buf_printf(&buf, "Content-Type: command/reply\nReply-Text: +OK Job-UUID: %s\nJob-UUID: %s\n\n", job->uuid, job->uuid);
	mh_esl_send(listener, buf.data, buf.len);
	free(buf.data);

	__atomic_add_fetch(&jobs, 1, __ATOMIC_SEQ_CST);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, job_thread, job)) {
		abort();
	}
	pthread_attr_destroy(&attr);
}

/* "event plain A B CUSTOM x::y" and "nixevent A B CUSTOM x::y". */
static void do_event(mh_listener_t *listener, char *arg, bool on)
{
	char *next = NULL, *word;
	switch_event_types_t type;
	bool custom = false, keyword = false;
	int i;

	pthread_mutex_lock(&listener->mutex);
	for (word = arg ? strtok_r(arg, " ", &next) : NULL; word; word = strtok_r(NULL, " ", &next)) {
		if (on && !keyword && (!strcasecmp(word, "plain") || !strcasecmp(word, "json") || !strcasecmp(word, "xml"))) {
			listener->json = !strcasecmp(word, "json");
		} else if (custom) {
			if (on) {
				switch_event_add_header_string(listener->subclasses, SWITCH_STACK_BOTTOM, word, "1");
			} else {
				switch_event_del_header(listener->subclasses, word);
			}
		} else if (mh_event_type(word, &type)) {
			keyword = true;
			custom = type == SWITCH_EVENT_CUSTOM;
			listener->kinds[type] = on;
			if (type == SWITCH_EVENT_ALL) {
				listener->all = on;
				memset(listener->kinds, on, sizeof(listener->kinds));
			} else if (!on && listener->all) {
				listener->all = false;
				for (i = 0; i < SWITCH_EVENT_ALL; i++) {
					listener->kinds[i] = i != (int) type;
				}
			}
		}
	}
	listener->events |= keyword;
	pthread_mutex_unlock(&listener->mutex);

	if (!keyword) {
		reply(listener, "-ERR no keywords supplied");
	} else if (on) {
		reply(listener, "+OK event listener enabled %s", listener->json ? "json" : "plain");
	} else {
		reply(listener, "+OK events nixed");
	}
}

static void do_noevents(mh_listener_t *listener)
{
	bool had;

	pthread_mutex_lock(&listener->mutex);
	had = listener->events;
	listener->events = listener->all = false;
	memset(listener->kinds, 0, sizeof(listener->kinds));
	switch_event_destroy(&listener->subclasses);
	listener->subclasses = mh_event_plain();
	mh_esl_queue_clear(listener, true, false);
	pthread_mutex_unlock(&listener->mutex);

	reply(listener, had ? "+OK no longer listening for events" : "-ERR not listening for events");
}

static void delete_filter(switch_event_t *filters, const char *name, const char *value)
{
	switch_event_t *rest = mh_event_plain(), swap;
	switch_event_header_t *filter;

	for (filter = filters->headers; filter; filter = filter->next) {
		if (strcasecmp(name, "all") && (strcasecmp(filter->name, name) || (value && strcmp(filter->value, value)))) {
			mh_event_append(rest, filter->name, filter->value);
		}
	}

	swap = *filters;
	*filters = *rest;
	*rest = swap;
	switch_event_destroy(&rest);
}

static void do_filter(mh_listener_t *listener, char *name)
{
	char *value = name ? split(name) : NULL;
	bool delete = value && !strcasecmp(name, "delete");

	if (value && (delete || !strcasecmp(name, "add"))) {
		name = value;
		value = split(name);
	}

	if (!name || (!value && !delete)) {
		reply(listener, "-ERR invalid syntax");
		return;
	}

	pthread_mutex_lock(&listener->mutex);
	if (delete) {
		delete_filter(listener->filters, name, value);
	} else {
		mh_event_append(listener->filters, name, value);
	}
	pthread_mutex_unlock(&listener->mutex);

	if (delete) {
		reply(listener, "+OK filter deleted. [%s][%s]", name, value ? value : "");
	} else {
		reply(listener, "+OK filter added. [%s]=[%s]", name, value);
	}
}

static void do_log(mh_listener_t *listener, const char *arg)
{
	switch_log_level_t level = arg ? mh_log_str2level(arg) : SWITCH_LOG_DEBUG;

	if (level == SWITCH_LOG_INVALID) {
		reply(listener, "-ERR invalid log level");
		return;
	}

	pthread_mutex_lock(&listener->mutex);
	listener->log_level = (int) level;
	pthread_mutex_unlock(&listener->mutex);
	reply(listener, "+OK log level %s [%d]", arg ? arg : "DEBUG", (int) level);
}

static void do_nolog(mh_listener_t *listener)
{
	bool had;

	pthread_mutex_lock(&listener->mutex);
	had = listener->log_level >= 0;
	listener->log_level = -1;
	mh_esl_queue_clear(listener, false, true);
	pthread_mutex_unlock(&listener->mutex);
	reply(listener, had ? "+OK no longer logging" : "-ERR not loging");
}

static void do_sendmsg(mh_listener_t *listener, const char *uuid, switch_event_t *headers, const char *body)
{
	switch_core_session_t *session = switch_core_session_locate(uuid);
	const char *command = switch_event_get_header(headers, "call-command"), *app, *arg;

	if (!session) {
		reply(listener, "-ERR invalid session id [%s]", uuid ? uuid : "");
		return;
	}

	if (command && !strcasecmp(command, "execute") && (app = switch_event_get_header(headers, "execute-app-name"))) {
		arg = switch_event_get_header(headers, "execute-app-arg");
		mh_app_queue(session, app, arg ? arg : body);
	} else if (command && !strcasecmp(command, "hangup")) {
		switch_channel_hangup(session->channel, switch_channel_str2cause(switch_event_get_header(headers, "hangup-cause")));
	}
	switch_core_session_rwunlock(session);
	reply(listener, "+OK");
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
	reply(listener, "+OK %s", uuid);
}

static void do_auth(mh_listener_t *listener, const char *password)
{
	if (password && !strcmp(password, mh_settings.password)) {
		listener->authed = true;
		reply(listener, "+OK accepted");
	} else {
		reply(listener, "-ERR invalid");
		listener->running = false;
	}
}

void mh_esl_command(mh_listener_t *listener, char *command, switch_event_t *headers, const char *body)
{
	char *arg = split(command);

	if (!strcasecmp(command, "exit")) {
		reply(listener, "+OK bye");
		listener->running = false;
	} else if (!strcasecmp(command, "auth") && !listener->authed) {
		do_auth(listener, arg);
	} else if (!listener->authed) {
		reply(listener, "-ERR command not found");
	} else if (!strcasecmp(command, "api") && arg) {
		do_api(listener, arg);
	} else if (!strcasecmp(command, "bgapi") && arg) {
		do_bgapi(listener, arg, headers);
	} else if (!strcasecmp(command, "event")) {
		do_event(listener, arg, true);
	} else if (!strcasecmp(command, "nixevent")) {
		do_event(listener, arg, false);
	} else if (!strcasecmp(command, "noevents")) {
		do_noevents(listener);
	} else if (!strcasecmp(command, "filter")) {
		do_filter(listener, arg);
	} else if (!strcasecmp(command, "log")) {
		do_log(listener, arg);
	} else if (!strcasecmp(command, "nolog")) {
		do_nolog(listener);
	} else if (!strcasecmp(command, "sendmsg")) {
		do_sendmsg(listener, arg, headers, body);
	} else if (!strcasecmp(command, "sendevent")) {
		do_sendevent(listener, arg, headers, body);
	} else if (!strcasecmp(command, "linger") || !strcasecmp(command, "nolinger")) {
		reply(listener, "-ERR not controlling a session");
	} else {
		reply(listener, "-ERR command not found");
	}
}
