/* SPDX-License-Identifier: MPL-2.0 */
/*
 * janus_ring.h -- the frame rings between a switch and the media loop
 *
 * A frame never crosses from C to Go in a call: it crosses here, in memory that both sides see.
 * Each call owns one janus_media_t: a ring with frames to the switch (Go produces, the switch
 * consumes) and one with frames from it.
 *
 * Each ring has one producer thread and one consumer thread at a time and needs no lock. `head`
 * counts the frames ever pushed, `tail` those ever popped; both wrap at 2^32, and head - tail is
 * what waits. The producer fills a slot before it publishes the new head (release); the consumer
 * reads head first (acquire) and gives the slot back by publishing the new tail (release). Producer
 * and consumer fields live on cache lines of their own.
 *
 * The producer fills the lowest slot that is free, and `order` says which slot holds which frame.
 * More than two frames seldom wait, so that only the first few kB of a ring are ever touched, and
 * the rest costs no memory.
 *
 * read_frame sleeps on the head of its ring (futex(2)) until the media loop pushes: the loop, which
 * has the jitter buffer, says when a frame is to be played.
 *
 * bridge/media/ring.go is the same layout in Go; module/ refuses to compile where the two differ.
 */
#ifndef JANUS_RING_H
#define JANUS_RING_H

#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Slots of a ring, a power of two: 16 frames of 20 ms are 320 ms,
 * far more than the media loop lets wait. */
#define JANUS_RING_SLOTS 16u

/* Most bytes of one encoded frame: an Opus packet of one 20 ms frame has at most 1,276 (RFC 6716
 * 3.2.1). A switch may hand over several frames as one packet;
 * the shim makes frames of 20 ms of what does not fit. */
#define JANUS_SLOT_DATA 1428u

/* The frame at this place in the stream was lost:
 * `len` is 0 (but see JANUS_SLOT_FEC), the codec conceals it. */
#define JANUS_SLOT_LOST 0x0001u
/* Nothing to play, by intent: DTX, a pause, comfort noise. `len` is 0. */
#define JANUS_SLOT_SILENCE 0x0002u
/* First frame after a pause: the RTP marker bit (RFC 3551 4.1). */
#define JANUS_SLOT_MARK 0x0004u
/* With JANUS_SLOT_LOST, to the switch only: `data` is the frame after the lost one, in which the
 * decoder finds the lost one (Opus in-band FEC, RFC 6716 2.1.7). */
#define JANUS_SLOT_FEC 0x0008u

typedef struct janus_slot {
	uint32_t timestamp; /* RTP timestamp, in units of the codec's RTP clock */
	uint16_t seq;       /* RTP sequence number; 0 from the switch */
	uint16_t flags;     /* JANUS_SLOT_... */
	uint16_t len;       /* bytes in data */
	uint16_t samples;   /* duration of data, in units of the codec's RTP clock: 960 for 20 ms of Opus, 160 of G.711 */
	uint8_t level;      /* from the switch, of Opus: how loud it is, -dBov (RFC 6464) and 1; 0: not known */
	uint8_t pad[3];
	uint8_t data[JANUS_SLOT_DATA]; /* the encoded frame */
} janus_slot_t;

typedef struct janus_ring {
	/* the producer's line */
	uint32_t head;     /* frames ever pushed */
	uint32_t overruns; /* frames the producer dropped because the ring was full */
	/* 1: the producer pushes a frame each 20 ms, by its clock; 0: nothing may come for long, as in
	 * a pause of the room's stream */
	uint32_t running;
	uint8_t order[JANUS_RING_SLOTS]; /* the slot that holds frame number n, at n % JANUS_RING_SLOTS */
	uint8_t pad0[36];
	/* the consumer's line */
	uint32_t tail;      /* frames ever popped */
	uint32_t underruns; /* times the consumer wanted a frame and there was none */
	/* the loss that the far end reports of the frames consumed (RFC 3550 6.4.1), per cent and 1;
	 * 0: no report yet */
	uint32_t loss;
	uint32_t levels;  /* 1: the far end wants to know how loud the frames consumed are, so the producer measures it */
	uint32_t repairs; /* times the consumer found tail past head, and emptied the ring */
	uint32_t asleep;  /* 1: the consumer sleeps until head moves, and wants to be woken */
	uint8_t pad1[40];
	janus_slot_t slots[JANUS_RING_SLOTS];
} janus_ring_t;

typedef struct janus_media {
	janus_ring_t to_switch;   /* produced by the media loop, consumed by read_frame */
	janus_ring_t from_switch; /* produced by write_frame, consumed by the media loop */
} janus_media_t;

/* Empty rings, to be given back with free(); NULL where there is no memory. The slots are left
 * alone: what is in one is read only after a producer has filled it. */
static inline janus_media_t *janus_media_new(void)
{
	janus_media_t *media = (janus_media_t *) malloc(sizeof(*media));

	if (media) {
		memset(&media->to_switch, 0, offsetof(janus_ring_t, slots));
		memset(&media->from_switch, 0, offsetof(janus_ring_t, slots));
	}

	return media;
}

/* The slot that holds frame number n. */
static inline janus_slot_t *janus_ring_slot(janus_ring_t *ring, uint32_t n)
{
	return &ring->slots[ring->order[n % JANUS_RING_SLOTS] % JANUS_RING_SLOTS];
}

/* Producer: the slot to fill next, or NULL (and an overrun counted) when the ring is full.
 * Publish with janus_ring_push. */
static inline janus_slot_t *janus_ring_reserve(janus_ring_t *ring)
{
	uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
	uint32_t taken = 0, n;

	if (head - tail >= JANUS_RING_SLOTS) {
		__atomic_store_n(&ring->overruns, __atomic_load_n(&ring->overruns, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
		return NULL;
	}

	for (n = tail; n != head; n++) {
		taken |= 1u << ring->order[n % JANUS_RING_SLOTS] % JANUS_RING_SLOTS;
	}
	ring->order[head % JANUS_RING_SLOTS] = (uint8_t) __builtin_ctz(~taken);

	return janus_ring_slot(ring, head);
}

/* Producer: makes the slot that janus_ring_reserve returned visible to the consumer. */
static inline void janus_ring_push(janus_ring_t *ring)
{
	__atomic_store_n(&ring->head, __atomic_load_n(&ring->head, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

/* Producer: what the far end has missed lately of the frames consumed,
 * per cent and 1; 0: no report yet. */
static inline uint32_t janus_ring_loss(const janus_ring_t *ring)
{
	return __atomic_load_n(&ring->loss, __ATOMIC_RELAXED);
}

/* Producer: whether the far end wants to know how loud the frames are. */
static inline int janus_ring_wants_levels(const janus_ring_t *ring)
{
	return __atomic_load_n(&ring->levels, __ATOMIC_RELAXED) != 0;
}

/* Consumer: the oldest slot, or NULL (and an underrun counted) when the ring is empty. Stays valid
 * until janus_ring_pop. A ring whose tail is past its head is emptied, and the repair counted. */
static inline janus_slot_t *janus_ring_peek(janus_ring_t *ring)
{
	uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
	uint32_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	if (head - tail > JANUS_RING_SLOTS) {
		/* more than the ring can hold: tail is past head, which no producer and no consumer does,
		 * or memory was overwritten */
		__atomic_store_n(&ring->repairs, __atomic_load_n(&ring->repairs, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
		__atomic_store_n(&ring->tail, head, __ATOMIC_RELEASE);
		tail = head;
	}

	if (head == tail) {
		__atomic_store_n(&ring->underruns, __atomic_load_n(&ring->underruns, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
		return NULL;
	}

	return janus_ring_slot(ring, tail);
}

/* Consumer: gives the slot that janus_ring_peek returned back to the producer. */
static inline void janus_ring_pop(janus_ring_t *ring)
{
	__atomic_store_n(&ring->tail, __atomic_load_n(&ring->tail, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

/* Consumer: whether there is a slot to peek at. */
static inline int janus_ring_waiting(const janus_ring_t *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) != __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
}

/* Consumer: gives back all that waits. */
static inline void janus_ring_discard(janus_ring_t *ring)
{
	__atomic_store_n(&ring->tail, __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

/* Consumer: whether the producer pushes a frame each 20 ms. */
static inline int janus_ring_running(const janus_ring_t *ring)
{
	return __atomic_load_n(&ring->running, __ATOMIC_RELAXED) != 0;
}

/* Consumer: sleeps while the ring is empty, until a time of CLOCK_MONOTONIC at most, or until
 * janus_ring_wake; it may also return for no reason. */
static inline void janus_ring_sleep(janus_ring_t *ring, const struct timespec *until)
{
	uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);

	/* asleep is set before head is looked at, and the producer moves head before it looks at
	 * asleep: one of both sees the other */
	__atomic_store_n(&ring->asleep, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&ring->head, __ATOMIC_SEQ_CST) == tail) {
		syscall(SYS_futex, &ring->head, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, tail, until, NULL,
				FUTEX_BITSET_MATCH_ANY);
	}
	__atomic_store_n(&ring->asleep, 0, __ATOMIC_RELAXED);
}

/* Any thread: ends janus_ring_sleep. */
static inline void janus_ring_wake(janus_ring_t *ring)
{
	syscall(SYS_futex, &ring->head, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

#endif
