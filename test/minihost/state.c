/* SPDX-License-Identifier: MPL-2.0 */
/*
 * state.c -- the thread of a session: runs the handlers of each state
 *
 * The endpoint comes first; when it does not veto, and the state is still the same, minihost does
 * what belongs to the state. A state that has been run is not run again: the thread sleeps until
 * the state changes or work is queued.
 */
#include "minihost.h"

static void init_default(switch_core_session_t *session)
{
	switch_channel_set_state(session->channel, CS_ROUTING);
}

static void routing_default(switch_core_session_t *session)
{
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG,
					  "No Dialplan, changing state to CONSUME_MEDIA\n");
	switch_channel_set_state(session->channel, CS_CONSUME_MEDIA);
}

static void execute_default(switch_core_session_t *session)
{
	switch_channel_t *channel = session->channel;
	mh_app_t *app;

	for (;;) {
		pthread_mutex_lock(&channel->state_mutex);
		if ((app = session->extension)) {
			session->extension = app->next;
		}
		pthread_mutex_unlock(&channel->state_mutex);

		if (!app || switch_channel_get_state(channel) != CS_EXECUTE || !mh_channel_up(channel)) {
			break;
		}
		if (mh_app_execute(session, app->name, app->data) != SWITCH_STATUS_SUCCESS) {
			switch_channel_hangup(channel, SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER);
		}
	}

	if (switch_channel_ready(channel) && switch_channel_get_state(channel) == CS_EXECUTE) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE,
						  "%s has executed the last dialplan instruction, hanging up.\n", channel->name);
		switch_channel_hangup(channel, SWITCH_CAUSE_NORMAL_CLEARING);
	}
}

static void park_default(switch_core_session_t *session)
{
	mh_app_execute(session, "park", "");
}

static void hangup_default(switch_core_session_t *session)
{
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG, "%s Standard HANGUP, cause: %s\n",
					  session->channel->name, switch_channel_cause2str(switch_channel_get_cause(session->channel)));
}

/* The endpoint's handler, then minihost's own. */
static void run(switch_core_session_t *session, const char *name, switch_state_handler_t handler,
				void (*standard)(switch_core_session_t *session))
{
	switch_channel_t *channel = session->channel;
	switch_channel_state_t state = switch_channel_get_state(channel);

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG, "(%s) State %s\n", channel->name, name);

	if ((!handler || handler(session) == SWITCH_STATUS_SUCCESS) && standard &&
		switch_channel_get_state(channel) == state) {
		standard(session);
	}
}

static void run_state(switch_core_session_t *session, switch_channel_state_t state)
{
	const switch_state_handler_table_t *table = session->endpoint->state_handler;
	switch_channel_t *channel = session->channel;

	switch (state) {
	case CS_INIT:
		run(session, "INIT", table->on_init, init_default);
		mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_CREATE, NULL);
		if (channel->direction == SWITCH_CALL_DIRECTION_OUTBOUND) {
			mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_ORIGINATE, NULL);
		}
		break;
	case CS_ROUTING:
		run(session, "ROUTING", table->on_routing, routing_default);
		break;
	case CS_SOFT_EXECUTE:
		run(session, "SOFT_EXECUTE", table->on_soft_execute, NULL);
		break;
	case CS_EXECUTE:
		run(session, "EXECUTE", table->on_execute, execute_default);
		break;
	case CS_EXCHANGE_MEDIA:
		run(session, "EXCHANGE_MEDIA", table->on_exchange_media, mh_bridge_peer);
		break;
	case CS_PARK:
		run(session, "PARK", table->on_park, park_default);
		break;
	case CS_CONSUME_MEDIA:
		run(session, "CONSUME_MEDIA", table->on_consume_media, NULL);
		break;
	case CS_HIBERNATE:
		run(session, "HIBERNATE", table->on_hibernate, NULL);
		break;
	case CS_RESET:
		run(session, "RESET", table->on_reset, NULL);
		break;
	case CS_HANGUP:
		run(session, "HANGUP", table->on_hangup, hangup_default);
		switch_channel_set_state(channel, CS_REPORTING);
		break;
	case CS_REPORTING:
		run(session, "REPORTING", table->on_reporting, NULL);
		mh_channel_fire(channel, SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE, NULL);
		switch_channel_set_state(channel, CS_DESTROY);
		break;
	default:
		break;
	}
}

/* Until the state is another one, or an application is queued. */
static void wait_for_work(switch_core_session_t *session, switch_channel_state_t state)
{
	switch_channel_t *channel = session->channel;

	pthread_mutex_lock(&channel->state_mutex);
	while (channel->state == (int) state && !mh_work_queued(session)) {
		pthread_cond_wait(&channel->state_cond, &channel->state_mutex);
	}
	pthread_mutex_unlock(&channel->state_mutex);

	mh_app_run_queue(session);
}

static void *session_thread(void *obj)
{
	switch_core_session_t *session = obj;
	switch_channel_t *channel = session->channel;
	switch_channel_state_t state, running = CS_NEW;

	switch_channel_set_variable(channel, "call_uuid", session->uuid);

	while ((state = switch_channel_get_state(channel)) != CS_DESTROY) {
		if (state != running) {
			running = state;
			mh_channel_running_state(channel, state);
			run_state(session, state);
		} else {
			wait_for_work(session, state);
		}
	}

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG,
					  "Session %llu (%s) Locked, Waiting on external entities\n", (unsigned long long) session->id,
					  channel->name);
	mh_session_wait_readers(session);
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE, "Session %llu (%s) Ended\n",
					  (unsigned long long) session->id, channel->name);
	mh_session_end(session);

	return NULL;
}

void mh_session_launch(switch_core_session_t *session)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool launched;

	pthread_mutex_lock(&session->channel->state_mutex);
	launched = session->launched;
	session->launched = true;
	pthread_mutex_unlock(&session->channel->state_mutex);

	if (launched) {
		return;
	}

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	if (pthread_create(&thread, &attr, session_thread, session)) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_CRIT, "Cannot create thread!\n");
		abort();
	}
	pthread_attr_destroy(&attr);
}
