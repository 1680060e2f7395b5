/* SPDX-License-Identifier: MPL-2.0 */
/*
 * esl.c -- the event socket: who listens, to what, and what waits for them
 *
 * Whoever fires an event or writes a log line puts packets into queues and never waits for a
 * client; the client's own thread (esllisten.c) sends them.
 */
#include <unistd.h>
#include "minihost.h"

#define MAX_QUEUED 50000

typedef struct mh_packet {
	char *data;
	bool log;
	struct mh_packet *next;
} packet_t;

pthread_mutex_t mh_listeners_mutex = PTHREAD_MUTEX_INITIALIZER;
mh_listener_t *mh_listeners;

/* With the listener's mutex; data is the queue's from now on. */
static void enqueue(mh_listener_t *listener, char *data, bool log)
{
	packet_t *packet;

	if (listener->queued >= MAX_QUEUED) {
		listener->lost++;
		free(data);
		return;
	}

	packet = mh_alloc(sizeof(*packet));
	packet->data = data;
	packet->log = log;
	if (listener->tail) {
		listener->tail->next = packet;
	} else {
		listener->head = packet;
		/* one byte wakes; the thread takes all there is */
		if (write(listener->wake[1], "", 1) < 0) {
			listener->lost++;
		}
	}
	listener->tail = packet;
	listener->queued++;
}

/* The packets that wait, in one string, NULL for none; free() it. */
char *mh_esl_dequeue(mh_listener_t *listener)
{
	packet_t *packet, *next;
	mh_buf_t buf = { 0 };

	pthread_mutex_lock(&listener->mutex);
	packet = listener->head;
	listener->head = listener->tail = NULL;
	listener->queued = 0;
	pthread_mutex_unlock(&listener->mutex);

	if (!packet) {
		return NULL;
	}

	for (; packet; packet = next) {
		next = packet->next;
		mh_buf_puts(&buf, packet->data);
		free(packet->data);
		free(packet);
	}

	return mh_buf_take(&buf);
}

/* With the listener's mutex. */
void mh_esl_queue_clear(mh_listener_t *listener, bool events, bool logs)
{
	packet_t **link = &listener->head, *packet;

	listener->tail = NULL;
	while ((packet = *link)) {
		if (packet->log ? logs : events) {
			*link = packet->next;
			free(packet->data);
			free(packet);
			listener->queued--;
		} else {
			listener->tail = packet;
			link = &packet->next;
		}
	}
}

/* Does one of the filters let it through? A filter matches when the
 * header begins with its value. */
static bool filtered(mh_listener_t *listener, switch_event_t *event)
{
	switch_event_header_t *filter;
	const char *value;

	if (!listener->filters->headers) {
		return true;
	}

	for (filter = listener->filters->headers; filter; filter = filter->next) {
		value = switch_event_get_header(event, filter->name);
		if (value && !strncasecmp(value, filter->value, strlen(filter->value))) {
			return true;
		}
	}

	return false;
}

static bool wanted(mh_listener_t *listener, switch_event_t *event)
{
	if (!listener->events || event->event_id > SWITCH_EVENT_ALL) {
		return false;
	}

	if (!listener->all &&
		(event->event_id == SWITCH_EVENT_CUSTOM ?
			 !switch_event_get_header(listener->subclasses, event->subclass_name ? event->subclass_name : "") :
			 !listener->kinds[event->event_id])) {
		return false;
	}

	return filtered(listener, event);
}

void mh_esl_event(switch_event_t *event)
{
	mh_listener_t *listener;
	mh_buf_t buf = { 0 };
	char *text;

	pthread_mutex_lock(&mh_listeners_mutex);
	for (listener = mh_listeners; listener; listener = listener->next) {
		pthread_mutex_lock(&listener->mutex);
		if (wanted(listener, event)) {
			text = listener->json ? mh_event_serialize_json(event) : mh_event_serialize(event, true);
			mh_buf_printf(&buf, "Content-Length: %zu\nContent-Type: text/event-%s\n\n", strlen(text),
						  listener->json ? "json" : "plain");
			mh_buf_puts(&buf, text);
			free(text);
			enqueue(listener, mh_buf_take(&buf), false);
		}
		pthread_mutex_unlock(&listener->mutex);
	}
	pthread_mutex_unlock(&mh_listeners_mutex);
}

void mh_esl_log(switch_log_level_t level, const char *file, const char *func, int line, const char *uuid,
				const char *text)
{
	mh_listener_t *listener;
	mh_buf_t buf = { 0 };

	pthread_mutex_lock(&mh_listeners_mutex);
	for (listener = mh_listeners; listener; listener = listener->next) {
		pthread_mutex_lock(&listener->mutex);
		if ((int) level <= listener->log_level) {
			mh_buf_printf(&buf,
						  "Content-Type: log/data\nContent-Length: %zu\nLog-Level: %d\nText-Channel: 0\nLog-File: %s\n"
						  "Log-Func: %s\nLog-Line: %d\nUser-Data: %s\n\n%s",
						  strlen(text), (int) level, file, func, line, uuid ? uuid : "", text);
			enqueue(listener, mh_buf_take(&buf), true);
		}
		pthread_mutex_unlock(&listener->mutex);
	}
	pthread_mutex_unlock(&mh_listeners_mutex);
}
