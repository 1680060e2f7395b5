/* SPDX-License-Identifier: MPL-2.0 */
/* queue.c -- running applications: those of an extension,
 * and those that others queue for a session's thread */
#include "minihost.h"

void mh_app_add(switch_core_session_t *session, mh_app_t **list, const char *name, const char *data)
{
	mh_app_t *app = switch_core_alloc(session->pool, sizeof(*app));

	app->name = switch_core_strdup(session->pool, name);
	app->data = switch_core_strdup(session->pool, data ? data : "");

	pthread_mutex_lock(&session->channel->state_mutex);
	while (*list) {
		list = &(*list)->next;
	}
	*list = app;
	pthread_cond_broadcast(&session->channel->state_cond);
	pthread_mutex_unlock(&session->channel->state_mutex);
}

void mh_app_queue(switch_core_session_t *session, const char *name, const char *data)
{
	mh_app_add(session, &session->queue, name, data);
}

static mh_app_t *pop(switch_core_session_t *session)
{
	mh_app_t *app;

	pthread_mutex_lock(&session->channel->state_mutex);
	if ((app = session->queue)) {
		session->queue = app->next;
	}
	pthread_mutex_unlock(&session->channel->state_mutex);

	return app;
}

bool mh_work_queued(switch_core_session_t *session)
{
	return session->queue || (session->signal_count && !session->signalling);
}

switch_status_t switch_core_session_queue_signal_data(switch_core_session_t *session, void *signal_data)
{
	switch_status_t status = SWITCH_STATUS_FALSE;

	pthread_mutex_lock(&session->channel->state_mutex);
	if (session->signal_count < MH_MAX_SIGNALS) {
		session->signals[session->signal_count++] = signal_data;
		pthread_cond_broadcast(&session->channel->state_cond);
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&session->channel->state_mutex);

	return status;
}

/* What waits for the endpoint, one after the other: what comes while it has one waits, as behind
 * FreeSWITCH's CF_SIGNAL_DATA. */
static void run_signals(switch_core_session_t *session)
{
	switch_core_session_message_t message = { .from = __FILE__, .message_id = SWITCH_MESSAGE_INDICATE_SIGNAL_DATA };

	if (session->signalling) {
		return;
	}

	pthread_mutex_lock(&session->channel->state_mutex);
	session->signalling = true;
	while (session->signal_count) {
		message.pointer_arg = session->signals[0];
		memmove(session->signals, session->signals + 1, sizeof(session->signals[0]) * (size_t) --session->signal_count);
		pthread_mutex_unlock(&session->channel->state_mutex);
		if (session->endpoint->io_routines->receive_message) {
			session->endpoint->io_routines->receive_message(session, &message);
		}
		pthread_mutex_lock(&session->channel->state_mutex);
	}
	session->signalling = false;
	pthread_mutex_unlock(&session->channel->state_mutex);
}

void mh_app_run_queue(switch_core_session_t *session)
{
	mh_app_t *app;

	run_signals(session);

	/* on a session that goes down the queue is dropped, or its thread would not sleep */
	while ((app = pop(session))) {
		if (mh_channel_up(session->channel)) {
			mh_app_execute(session, app->name, app->data);
		}
	}
}

switch_status_t mh_app_execute(switch_core_session_t *session, const char *name, const char *data)
{
	switch_application_interface_t *app = mh_find_application(name);
	char *expanded;
	const char *headers[7] = { "Application", name, "Application-Data", NULL, NULL };

	if (!app) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR, "Invalid Application %s\n", name);
		return SWITCH_STATUS_FALSE;
	}

	expanded = mh_channel_expand(session->channel, data);
	headers[3] = expanded;
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG, "EXECUTE %s %s(%s)\n",
					  session->channel->name, name, expanded);
	switch_channel_set_variable(session->channel, "current_application", name);
	switch_channel_set_variable(session->channel, "current_application_data", expanded);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_EXECUTE, headers);
	switch_channel_clear_flag(session->channel, CF_BREAK);
	app->application_function(session, expanded);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, headers);
	free(expanded);
	UNPROTECT_INTERFACE(app);

	return SWITCH_STATUS_SUCCESS;
}
