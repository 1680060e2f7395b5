/* SPDX-License-Identifier: MPL-2.0 */
/*
 * session.c -- sessions: their table, their read locks, their birth and their end
 *
 * A read lock is a count. A session's thread, when it is through with the states, waits until
 * nobody reads, marks the session destroyed under the same mutex, and from then on no look-up finds
 * it: what a holder has never goes away.
 */
#include "minihost.h"

static struct {
	pthread_mutex_t mutex;
	switch_core_session_t *head; /* newest first */
	int count;
	uint64_t total;
} sessions = { .mutex = PTHREAD_MUTEX_INITIALIZER };

switch_core_session_t *switch_core_session_request(const switch_endpoint_interface_t *endpoint_interface,
												   switch_call_direction_t direction, switch_originate_flag_t flags,
												   switch_memory_pool_t **pool)
{
	switch_memory_pool_t *own = pool && *pool ? *pool : mh_pool_new();
	switch_core_session_t *session = switch_core_alloc(own, sizeof(*session));
	pthread_mutexattr_t attr;

	(void) flags;

	if (pool) {
		*pool = NULL; /* it is the session's now */
	}

	session->pool = own;
	session->endpoint = endpoint_interface;
	mh_uuid(session->uuid);
	pthread_cond_init(&session->readers_gone, NULL);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&session->write_mutex, &attr);
	pthread_mutex_init(&session->recorder_mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	session->channel = mh_channel_new(session, direction);
	if (direction == SWITCH_CALL_DIRECTION_OUTBOUND) {
		switch_channel_set_flag(session->channel, CF_OUTBOUND);
		switch_channel_set_variable(session->channel, "direction", "outbound");
	} else {
		switch_channel_set_variable(session->channel, "direction", "inbound");
	}
	switch_channel_set_variable(session->channel, "uuid", session->uuid);
	mh_module_protect(endpoint_interface->parent);

	pthread_mutex_lock(&sessions.mutex);
	session->id = ++sessions.total;
	session->next = sessions.head;
	sessions.head = session;
	sessions.count++;
	pthread_mutex_unlock(&sessions.mutex);

	return session;
}

void mh_session_rename(switch_core_session_t *session, const char *uuid)
{
	switch_core_session_t *other;

	pthread_mutex_lock(&sessions.mutex);
	for (other = sessions.head; other && strcmp(other->uuid, uuid); other = other->next) {}
	if (!other) {
		snprintf(session->uuid, sizeof(session->uuid), "%s", uuid);
	}
	pthread_mutex_unlock(&sessions.mutex);

	if (other) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_CRIT, "Duplicate UUID!\n");
	}
	switch_channel_set_variable(session->channel, "uuid", session->uuid);
}

/* The last of a session: nobody else knows of it any more, or of its channel. */
void mh_session_end(switch_core_session_t *session)
{
	switch_loadable_module_interface_t *parent = session->endpoint->parent;
	switch_core_session_t **link;
	switch_memory_pool_t *pool = session->pool;

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE, "Close Channel %s [%s]\n",
					  session->channel->name, mh_state_name(switch_channel_get_state(session->channel)));

	mh_recorder_stop(session, NULL);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_DESTROY, NULL);
	__atomic_store_n(&session->channel->running_state, (int) CS_DESTROY, __ATOMIC_SEQ_CST);
	if (session->endpoint->state_handler->on_destroy) {
		session->endpoint->state_handler->on_destroy(session);
	}
	if (session->bridge) {
		mh_bridge_free(session->bridge);
	}

	mh_channel_free(session->channel);
	pthread_cond_destroy(&session->readers_gone);
	pthread_mutex_destroy(&session->write_mutex);
	pthread_mutex_destroy(&session->recorder_mutex);
	switch_loadable_module_unprotect(parent);

	pthread_mutex_lock(&sessions.mutex);
	for (link = &sessions.head; *link != session; link = &(*link)->next) {}
	*link = session->next;
	pthread_mutex_unlock(&sessions.mutex);

	mh_pool_free(pool);

	/* who waits for the last session waits for its memory too */
	pthread_mutex_lock(&sessions.mutex);
	sessions.count--;
	pthread_mutex_unlock(&sessions.mutex);
}

void mh_session_wait_readers(switch_core_session_t *session)
{
	pthread_mutex_lock(&sessions.mutex);
	while (session->readers) {
		pthread_cond_wait(&session->readers_gone, &sessions.mutex);
	}
	session->destroyed = true;
	pthread_mutex_unlock(&sessions.mutex);
}

void switch_core_session_destroy(switch_core_session_t **session)
{
	bool launched;

	pthread_mutex_lock(&(*session)->channel->state_mutex);
	launched = (*session)->launched;
	pthread_mutex_unlock(&(*session)->channel->state_mutex);

	if (launched) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(*session), SWITCH_LOG_ERROR,
						  "Cowardly ignoring an attempt to call destroy on a running session.\n");
		return;
	}

	mh_session_wait_readers(*session);
	mh_session_end(*session);
	*session = NULL;
}

/* With sessions' mutex. */
static bool lock_reader(switch_core_session_t *session, bool force)
{
	if (session->destroyed || (!force && !mh_channel_up(session->channel))) {
		return false;
	}
	session->readers++;

	return true;
}

static switch_core_session_t *locate(const char *uuid, bool force)
{
	switch_core_session_t *session = NULL;

	if (zstr(uuid)) {
		return NULL;
	}

	pthread_mutex_lock(&sessions.mutex);
	for (session = sessions.head; session && strcmp(session->uuid, uuid); session = session->next) {}
	if (session && !lock_reader(session, force)) {
		session = NULL;
	}
	pthread_mutex_unlock(&sessions.mutex);

	return session;
}

switch_core_session_t *switch_core_session_locate(const char *uuid)
{
	return locate(uuid, false);
}

switch_core_session_t *switch_core_session_force_locate(const char *uuid)
{
	return locate(uuid, true);
}

switch_status_t mh_session_read_lock(switch_core_session_t *session)
{
	bool ok;

	pthread_mutex_lock(&sessions.mutex);
	ok = lock_reader(session, false);
	pthread_mutex_unlock(&sessions.mutex);

	return ok ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

void switch_core_session_rwunlock(switch_core_session_t *session)
{
	pthread_mutex_lock(&sessions.mutex);
	if (!--session->readers) {
		pthread_cond_broadcast(&session->readers_gone);
	}
	pthread_mutex_unlock(&sessions.mutex);
}

int mh_session_count(void)
{
	int count;

	pthread_mutex_lock(&sessions.mutex);
	count = sessions.count;
	pthread_mutex_unlock(&sessions.mutex);

	return count;
}

uint64_t mh_session_total(void)
{
	uint64_t total;

	pthread_mutex_lock(&sessions.mutex);
	total = sessions.total;
	pthread_mutex_unlock(&sessions.mutex);

	return total;
}

switch_core_session_t **mh_session_list(void)
{
	switch_core_session_t **list, *session;
	int n = 0, i;

	pthread_mutex_lock(&sessions.mutex);
	list = mh_alloc(((size_t) sessions.count + 1) * sizeof(*list));
	for (session = sessions.head; session; session = session->next) {
		if (lock_reader(session, true)) {
			list[n++] = session;
		}
	}
	pthread_mutex_unlock(&sessions.mutex);

	for (i = 0; i < n / 2; i++) {
		session = list[i];
		list[i] = list[n - 1 - i];
		list[n - 1 - i] = session;
	}

	return list;
}

void mh_session_hupall(const switch_endpoint_interface_t *endpoint, switch_call_cause_t cause)
{
	switch_core_session_t **list = mh_session_list();
	int i;

	for (i = 0; list[i]; i++) {
		if (!endpoint || list[i]->endpoint == endpoint) {
			switch_channel_hangup(list[i]->channel, cause);
		}
		switch_core_session_rwunlock(list[i]);
	}

	free(list);
}

bool mh_session_wait_none(int limit_ms)
{
	int64_t end = mh_now_us() + limit_ms * 1000LL;

	while (mh_session_count()) {
		if (mh_now_us() >= end) {
			return false;
		}
		mh_sleep_ms(10);
	}

	return true;
}
