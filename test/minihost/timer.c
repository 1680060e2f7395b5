/* SPDX-License-Identifier: MPL-2.0 */
/*
 * timer.c -- the "soft" timer
 *
 * The time of tick n is the time of tick 0 plus n intervals on the monotonic clock, slept for
 * absolutely: late wake-ups do not add up. Ticks that were missed return at once, until
 * switch_core_timer_sync() forgets them, as in FreeSWITCH.
 */
#include <errno.h>
#include <time.h>
#include "minihost.h"

typedef struct soft_timer {
	int64_t next_us; /* when the next tick is due */
} soft_timer_t;

switch_status_t switch_core_timer_init(switch_timer_t *timer, const char *timer_name, int interval, int samples,
									   switch_memory_pool_t *pool)
{
	soft_timer_t *soft;

	memset(timer, 0, sizeof(*timer));

	if (strcmp(timer_name, "soft") || interval <= 0) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "invalid timer %s!\n", timer_name);
		return SWITCH_STATUS_GENERR;
	}

	soft = switch_core_alloc(pool, sizeof(*soft));
	soft->next_us = mh_now_us() + interval * 1000LL;
	timer->interval = interval;
	timer->samples = (uint32_t) samples;
	timer->private_info = soft;

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_timer_next(switch_timer_t *timer)
{
	soft_timer_t *soft = timer->private_info;
	struct timespec when;
	int64_t due;

	if (!soft) {
		return SWITCH_STATUS_GENERR;
	}

	/* sync may come from another thread (a message); it only ever moves the next tick */
	due = __atomic_fetch_add(&soft->next_us, timer->interval * 1000LL, __ATOMIC_RELAXED);
	when.tv_sec = due / 1000000;
	when.tv_nsec = (due % 1000000) * 1000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR) {}
	__atomic_fetch_add(&timer->samplecount, timer->samples, __ATOMIC_RELAXED);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_timer_sync(switch_timer_t *timer)
{
	soft_timer_t *soft = timer->private_info;

	if (!soft) {
		return SWITCH_STATUS_GENERR;
	}

	__atomic_store_n(&soft->next_us, mh_now_us() + timer->interval * 1000LL, __ATOMIC_RELAXED);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_timer_destroy(switch_timer_t *timer)
{
	timer->private_info = NULL;

	return SWITCH_STATUS_SUCCESS;
}
