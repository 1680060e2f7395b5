/* SPDX-License-Identifier: MPL-2.0 */
/*
 * keys.c -- DTMF: keys that are sent to an endpoint, and those that were pressed at a leg
 *
 * Durations are as odd as FreeSWITCH's: @ms is counted in samples at 8 kHz for a key that is
 * queued, at the rate of the leg's write codec for one that is sent; a key without @ms has 2000
 * samples either way, and no key more than 192000.
 */
#include "minihost.h"

typedef void (*take_t)(switch_core_session_t *session, const switch_dtmf_t *dtmf, int ms);

static uint32_t clamp(uint32_t duration)
{
	if (duration > SWITCH_MAX_DTMF_DURATION) {
		return SWITCH_MAX_DTMF_DURATION;
	}

	return duration < SWITCH_MIN_DTMF_DURATION ? SWITCH_MIN_DTMF_DURATION : duration;
}

/* The keys of one group, "12@100"; the result is their number. */
static int read_group(switch_core_session_t *session, char *group, int per_ms, take_t take)
{
	switch_dtmf_t dtmf = { .duration = SWITCH_DEFAULT_DTMF_DURATION };
	char *at = strchr(group, '@');
	int ms = SWITCH_DEFAULT_DTMF_DURATION / per_ms, count = 0;

	if (at) {
		*at = '\0';
		ms = atoi(at + 1);
		/* one that is too short is as good as none */
		if (ms > SWITCH_MIN_DTMF_DURATION / per_ms) {
			dtmf.duration = ms > SWITCH_MAX_DTMF_DURATION ? SWITCH_MAX_DTMF_DURATION : clamp((uint32_t) (ms * per_ms));
		}
	}

	for (; *group; group++) {
		if (is_dtmf(*group)) {
			dtmf.digit = *group;
			take(session, &dtmf, ms);
			count++;
		}
	}

	return count;
}

static switch_status_t read_keys(switch_core_session_t *session, const char *text, int per_ms, take_t take)
{
	char *copy = mh_strdup(text + (*text == '~')), *groups[64];
	int argc = mh_split(copy, '+', groups, 64), count = 0, i;

	for (i = 0; i < argc; i++) {
		count += read_group(session, groups[i], per_ms, take);
	}
	free(copy);

	return count ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

/* To the endpoint; a pause is kept here. */
static void give(switch_core_session_t *session, const switch_dtmf_t *dtmf)
{
	if (!mh_channel_up(session->channel) || !session->endpoint->io_routines->send_dtmf) {
		return;
	}

	if (dtmf->digit == 'w' || dtmf->digit == 'W') {
		mh_sleep_ms(dtmf->digit == 'w' ? 500 : 1000);
	} else {
		session->endpoint->io_routines->send_dtmf(session, dtmf);
	}
}

static void send_one(switch_core_session_t *session, const switch_dtmf_t *dtmf, int ms)
{
	give(session, dtmf);
	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG,
					  "%s send dtmf\ndigit=%c ms=%u samples=%u\n", session->channel->name, dtmf->digit,
					  (unsigned int) ms, dtmf->duration);
}

uint32_t switch_core_default_dtmf_duration(uint32_t duration)
{
	(void) duration;

	return SWITCH_DEFAULT_DTMF_DURATION;
}

static void queue_one(switch_core_session_t *session, const switch_dtmf_t *dtmf, int ms)
{
	pthread_mutex_lock(&session->channel->state_mutex);
	/* the newest count */
	if (session->key_count == MH_MAX_KEYS) {
		memmove(session->keys, session->keys + 1, (MH_MAX_KEYS - 1) * sizeof(*session->keys));
		session->key_count--;
	}
	session->keys[session->key_count] = *dtmf;
	session->keys[session->key_count++].source = SWITCH_DTMF_APP;
	pthread_mutex_unlock(&session->channel->state_mutex);

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG,
					  "%s Queue dtmf\ndigit=%c ms=%u samples=%u\n", session->channel->name, dtmf->digit,
					  (unsigned int) ms, dtmf->duration);
}

switch_status_t mh_keys_send(switch_core_session_t *session, const char *text)
{
	uint32_t rate = mh_write_rate(session);

	if (strlen(text) > 99) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
						  "Attempt to send very large dtmf string ignored!\n");
		return SWITCH_STATUS_FALSE;
	}

	return read_keys(session, text, rate >= 1000 ? (int) rate / 1000 : 8, send_one);
}

switch_status_t mh_keys_queue(switch_core_session_t *session, const char *text)
{
	return read_keys(session, text, 8, queue_one);
}

void mh_keys_pass(switch_core_session_t *from, switch_core_session_t *to)
{
	switch_dtmf_t keys[MH_MAX_KEYS];
	int n, i;

	pthread_mutex_lock(&from->channel->state_mutex);
	n = from->key_count;
	memcpy(keys, from->keys, (size_t) n * sizeof(*keys));
	from->key_count = 0;
	pthread_mutex_unlock(&from->channel->state_mutex);

	for (i = 0; i < n; i++) {
		give(to, &keys[i]);
	}
}
