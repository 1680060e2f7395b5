/* SPDX-License-Identifier: MPL-2.0 */
/* eslclient.c -- a client of the event socket: reading its commands, sending what waits */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "minihost.h"

#define MAX_COMMAND (10 * 1024 * 1024)

bool mh_esl_send(mh_listener_t *listener, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(listener->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			listener->running = false;
			return false;
		}
		data += n;
		len -= (size_t) n;
	}

	return true;
}

bool mh_esl_send_text(mh_listener_t *listener, const char *text)
{
	return mh_esl_send(listener, text, strlen(text));
}

/* Where a command's head ends: behind its first empty line. NULL: it is not all there. */
static char *end_of_head(char *text)
{
	char *p;

	for (p = strchr(text, '\n'); p; p = strchr(p + 1, '\n')) {
		if (p[1] == '\n') {
			return p + 2;
		}
		if (p[1] == '\r' && p[2] == '\n') {
			return p + 3;
		}
	}

	return NULL;
}

/* The lines of a head: the first is the command. */
static char *parse_head(char *head, switch_event_t *headers)
{
	char *next = NULL, *command = NULL, *line, *value;

	for (line = strtok_r(head, "\r\n", &next); line; line = strtok_r(NULL, "\r\n", &next)) {
		if (!command) {
			command = line;
		} else if ((value = strchr(line, ':'))) {
			*value++ = '\0';
			mh_event_append(headers, line, value + strspn(value, " "));
		}
	}

	return command;
}

/* Runs one command of what has come in; false when there is none that is complete. */
static bool take_command(mh_listener_t *listener)
{
	mh_buf_t *in = &listener->in;
	size_t skip, head_len, body_len = 0;
	switch_event_t *headers;
	char *end, *head, *body = NULL, *command, *value;

	if (!in->data || !in->len) {
		return false;
	}

	skip = strspn(in->data, "\r\n");
	memmove(in->data, in->data + skip, in->len - skip + 1);
	in->len -= skip;
	if (!(end = end_of_head(in->data))) {
		listener->running &= in->len < MAX_COMMAND;
		return false;
	}

	head_len = (size_t) (end - in->data);
	head = strndup(in->data, head_len);
	headers = mh_event_plain();
	command = parse_head(head, headers);
	if ((value = switch_event_get_header(headers, "Content-Length")) && atoi(value) > 0) {
		body_len = (size_t) atoi(value);
	}

	if (body_len > MAX_COMMAND) {
		listener->running = false;
	} else if (in->len >= head_len + body_len) {
		if (body_len) {
			body = strndup(in->data + head_len, body_len);
		}
		in->len -= head_len + body_len;
		memmove(in->data, in->data + head_len + body_len, in->len + 1);
		if (command) {
			mh_esl_command(listener, command, headers, body);
		}
		free(body);
		body = in->data; /* not NULL: there was a command */
	}

	free(head);
	switch_event_destroy(&headers);

	return body && listener->running;
}

void mh_esl_receive(mh_listener_t *listener)
{
	char data[4096];
	ssize_t n = recv(listener->fd, data, sizeof(data), 0);

	if (n <= 0) {
		listener->running = n < 0 && (errno == EINTR || errno == EAGAIN);
		return;
	}

	mh_buf_put(&listener->in, data, (size_t) n);
	while (listener->running && take_command(listener)) {}
}

void mh_esl_flush(mh_listener_t *listener)
{
	char drop[64], *text;

	while (read(listener->wake[0], drop, sizeof(drop)) > 0) {}

	if ((text = mh_esl_dequeue(listener))) {
		mh_esl_send_text(listener, text);
		free(text);
	}
}
