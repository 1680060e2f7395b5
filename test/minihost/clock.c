/* SPDX-License-Identifier: MPL-2.0 */
/* clock.c -- what time it is, and sleeping */
#include <time.h>
#include "minihost.h"

int64_t mh_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void mh_sleep_ms(int ms)
{
	switch_yield((switch_time_t) ms * 1000);
}

switch_time_t switch_micro_time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);

	return (switch_time_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

switch_time_t switch_time_now(void)
{
	return switch_micro_time_now();
}

void switch_yield(switch_time_t microseconds)
{
	struct timespec wait = { microseconds / 1000000, (microseconds % 1000000) * 1000 };

	nanosleep(&wait, NULL);
}
