/* SPDX-License-Identifier: MPL-2.0 */
/* esl.h -- the event socket: its clients and its commands */
#ifndef MINIHOST_ESL_H
#define MINIHOST_ESL_H

#include <pthread.h>
#include <stdbool.h>
#include <switch.h>
#include "text.h"

/* Queues are in esl.c, sockets in esllisten.c and eslclient.c, commands in eslcmd.c, eslapi.c and
 * eslsubscribe.c. */

typedef struct mh_listener mh_listener_t;

/* A client of the event socket. */
struct mh_listener {
	int fd;
	int wake[2]; /* a pipe: the queue is no longer empty */
	mh_buf_t in; /* what the client has sent and nobody has looked at */
	bool running;
	bool authed;
	/* everything below under `mutex` */
	pthread_mutex_t mutex;
	bool json;
	bool events;
	bool all; /* every event */
	bool kinds[SWITCH_EVENT_ALL + 1];
	switch_event_t *subclasses; /* those of CUSTOM */
	switch_event_t *filters;
	int log_level; /* -1: no log */
	struct mh_packet *head, *tail;
	int queued;
	int lost; /* packets that did not fit */
	mh_listener_t *next;
};

extern pthread_mutex_t mh_listeners_mutex;
extern mh_listener_t *mh_listeners;

int mh_esl_start(void);
/* Ends every client, and returns when their threads and those of their background jobs have. */
void mh_esl_stop(void);
/* To every client that wants it. */
void mh_esl_event(switch_event_t *event);
void mh_esl_log(switch_log_level_t level, const char *file, const char *func, int line, const char *uuid,
				const char *text);
char *mh_esl_dequeue(mh_listener_t *listener);
void mh_esl_queue_clear(mh_listener_t *listener, bool events, bool logs);
bool mh_esl_send(mh_listener_t *listener, const char *data, size_t len);
bool mh_esl_send_text(mh_listener_t *listener, const char *text);
/* Takes what a client has sent, and runs the commands that are whole. */
void mh_esl_receive(mh_listener_t *listener);
/* Sends what waits for a client. */
void mh_esl_flush(mh_listener_t *listener);
/* One command of a client; `headers` are the lines below it, body may be NULL. */
void mh_esl_command(mh_listener_t *listener, char *command, switch_event_t *headers, const char *body);
void mh_esl_reply(mh_listener_t *listener, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "name arguments": where the arguments begin, NULL for none. */
char *mh_esl_split(char *command);
void mh_esl_do_api(mh_listener_t *listener, char *command);
void mh_esl_do_bgapi(mh_listener_t *listener, char *command, switch_event_t *headers);
void mh_esl_wait_jobs(void);
/* "event plain A B CUSTOM x::y" and "nixevent A B CUSTOM x::y". */
void mh_esl_do_event(mh_listener_t *listener, char *arg, bool on);
void mh_esl_do_noevents(mh_listener_t *listener);
void mh_esl_do_filter(mh_listener_t *listener, char *name);
void mh_esl_do_log(mh_listener_t *listener, const char *arg);
void mh_esl_do_nolog(mh_listener_t *listener);

#endif
