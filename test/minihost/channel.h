/* SPDX-License-Identifier: MPL-2.0 */
/* channel.h -- the channel of a session: its state, its variables, its caller */
#ifndef MINIHOST_CHANNEL_H
#define MINIHOST_CHANNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <switch.h>

/* --- channel.c, chanvars.c, cause.c --- */

typedef struct mh_times {
	switch_time_t created, progress, progress_media, answered, bridged, hungup;
} mh_times_t;

struct switch_channel {
	switch_core_session_t *session;
	switch_call_direction_t direction;
	uint32_t flags[CF_FLAG_MAX]; /* atomic */
	pthread_mutex_t state_mutex;
	pthread_cond_t state_cond;
	int state;             /* written under state_mutex, read atomically */
	int running_state;     /* atomic */
	int hangup_cause;      /* atomic */
	int hung_up;           /* atomic */
	pthread_mutex_t mutex; /* recursive */
	char *name;
	switch_event_t *variables;
	switch_caller_profile_t *profile;
	mh_times_t times;
};

switch_channel_t *mh_channel_new(switch_core_session_t *session, switch_call_direction_t direction);
void mh_channel_free(switch_channel_t *channel);
bool mh_channel_up(switch_channel_t *channel);
bool mh_channel_media_ready(switch_channel_t *channel);
void mh_channel_running_state(switch_channel_t *channel, switch_channel_state_t state);
const char *mh_state_name(int state);
const char *mh_callstate_name(switch_channel_t *channel);
bool mh_channel_held(switch_channel_t *channel);
void mh_channel_fire(switch_channel_t *channel, switch_event_types_t id, const char *const *headers);
/* continue_on_fail and failure_causes: hangs up unless they say to go on. */
void mh_channel_handle_cause(switch_channel_t *channel, switch_call_cause_t cause);
/* A copy of the value, to be released; for those who look often. */
char *mh_channel_get_variable_dup(switch_channel_t *channel, const char *name);
switch_caller_profile_t *mh_caller_profile_new(switch_memory_pool_t *pool, const switch_caller_profile_t *from);
char *mh_channel_expand(switch_channel_t *channel, const char *text);

#endif
