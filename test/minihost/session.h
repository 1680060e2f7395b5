/* SPDX-License-Identifier: MPL-2.0 */
/* session.h -- a session: its thread, what it has to run, its keys */
#ifndef MINIHOST_SESSION_H
#define MINIHOST_SESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <switch.h>
#include "text.h"

/* --- session.c, sessiondata.c, state.c, queue.c --- */

/* Keys that a leg keeps until somebody takes them. */
#define MH_MAX_KEYS 100
#define MH_MAX_SIGNALS 100

/* An application to run. */
typedef struct mh_app {
	char *name;
	char *data;
	struct mh_app *next;
} mh_app_t;

typedef struct mh_recorder mh_recorder_t;
typedef struct mh_bridge mh_bridge_t;

struct switch_core_session {
	uint64_t id;
	char uuid[MH_UUID_LEN + 1];
	switch_memory_pool_t *pool;
	switch_channel_t *channel;
	const switch_endpoint_interface_t *endpoint;
	void *private_info;
	switch_codec_t *read_codec;  /* atomic */
	switch_codec_t *write_codec; /* atomic */
	bool launched;               /* state_mutex */
	/* sessions' lock */
	int readers;
	bool destroyed;
	pthread_cond_t readers_gone;
	switch_core_session_t *next;
	/* the session thread's */
	mh_app_t *extension; /* state_mutex until CS_EXECUTE */
	mh_bridge_t *bridge; /* set before CS_EXCHANGE_MEDIA */
	/* state_mutex */
	mh_app_t *queue;
	void *signals[MH_MAX_SIGNALS]; /* for the endpoint, oldest first */
	int signal_count;
	bool signalling;                 /* the session thread's: one of them is with the endpoint */
	switch_dtmf_t keys[MH_MAX_KEYS]; /* pressed at this leg, oldest first */
	int key_count;
	/* write_mutex */
	pthread_mutex_t write_mutex;
	pthread_mutex_t recorder_mutex;
	mh_recorder_t *recorders;
};

/* Starts its thread, once. */
void mh_session_launch(switch_core_session_t *session);
switch_status_t mh_session_read_lock(switch_core_session_t *session);
void mh_session_rename(switch_core_session_t *session, const char *uuid);
int mh_session_count(void);
uint64_t mh_session_total(void);
/* Sessions of an endpoint, of all when NULL. */
void mh_session_hupall(const switch_endpoint_interface_t *endpoint, switch_call_cause_t cause);
/* Sessions, oldest first, each with its read lock; NULL at the end; free() the array. */
switch_core_session_t **mh_session_list(void);
/* Until there is none; false when limit_ms were not enough. */
bool mh_session_wait_none(int limit_ms);
/* For a session's thread (state.c): its end. */
void mh_session_wait_readers(switch_core_session_t *session);
void mh_session_end(switch_core_session_t *session);

/* Applications: those of an extension, and those queued by uuid_broadcast and the like. */
void mh_app_add(switch_core_session_t *session, mh_app_t **list, const char *name, const char *data);
void mh_app_queue(switch_core_session_t *session, const char *name, const char *data);
/* Runs what is queued; to be called in every loop that reads frames. */
void mh_app_run_queue(switch_core_session_t *session);
/* Is there anything for the session's thread to run? With state_mutex. */
bool mh_work_queued(switch_core_session_t *session);

/* --- broadcast.c --- */

/* "app::data", "app!data" not: what is no application is a file. */
void mh_broadcast(switch_core_session_t *session, const char *what);

/* --- execon.c --- */

/* Runs what the channel's variables of this prefix name, in this thread: applications, or API
 * commands. */
void mh_execute_on(switch_channel_t *channel, const char *prefix);
void mh_api_on(switch_channel_t *channel, const char *prefix);
switch_status_t mh_app_execute(switch_core_session_t *session, const char *name, const char *data);

/* --- keys.c --- */

/* "digits[@ms][+digits[@ms]...]" to the endpoint, and into the leg's queue; FALSE when there is no
 * key in it. */
switch_status_t mh_keys_send(switch_core_session_t *session, const char *text);
switch_status_t mh_keys_queue(switch_core_session_t *session, const char *text);
/* Gives what is in one leg's queue to the other's endpoint. */
void mh_keys_pass(switch_core_session_t *from, switch_core_session_t *to);

#endif
