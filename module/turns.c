/* SPDX-License-Identifier: MPL-2.0 */
/*
 * turns.c -- Go's threads take turns where FreeSWITCH's do not, and threads get in one by one
 *
 * FreeSWITCH runs under SCHED_FIFO (sched(7)), and threads inherit that. There, who computes keeps
 * its CPU from all others of its priority until it sleeps. Go's runtime does not sleep while it
 * waits for a moment for another of its threads: it spins, and the other one, on the same CPU,
 * never gets to run. With as many spinning as there are CPUs a machine stands still. Under
 * SCHED_RR, at the same priority, they take turns.
 *
 * Go makes its first thread while the library is loaded, in its own constructor, and all others
 * descend from that one. So the thread that loads changes its policy before,
 * and gets it back in take_back_turns.
 */
#include <pthread.h>
#include <sched.h>
#include "shim.h"

static struct sched_param loader;
static int changed;

/* Priority 101 is before Go's constructor, which has none. */
__attribute__((constructor(101))) static void take_turns(void)
{
	int policy;

	if (!pthread_getschedparam(pthread_self(), &policy, &loader) && policy == SCHED_FIFO) {
		changed = !pthread_setschedparam(pthread_self(), SCHED_RR, &loader);
	}
}

/* Go has one place ready for a thread that it does not know, and makes the next place when that
 * thread is in. A thread that finds no place looks again after a microsecond (runtime.lockextra).
 * That is too short for a sleep: under SCHED_FIFO the thread keeps its CPU from Go's own threads,
 * and the thread that is getting in waits for those. The mutex lets such threads sleep until it is
 * their turn. */
void janus_become_known(void)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	static __thread int known;

	if (!known) {
		pthread_mutex_lock(&turn);
		janus_enter();
		pthread_mutex_unlock(&turn);
		known = 1;
	}
}

void take_back_turns(void)
{
	if (changed) {
		pthread_setschedparam(pthread_self(), SCHED_FIFO, &loader);
		changed = 0;
	}
}
