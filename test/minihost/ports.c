/* SPDX-License-Identifier: MPL-2.0 */
/*
 * ports.c -- the allocator of RTP ports: for each address, even ports of the switch's range
 *
 * It only counts, as FreeSWITCH's does: a port that another program has bound is given out like any
 * other, and ports are taken at random.
 */
#include "minihost.h"

typedef struct address {
	struct address *next;
	char *ip;
	uint32_t first, count; /* the lowest port, and how many even ones there are */
	uint32_t used;
	bool taken[];
} address_t;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static address_t *addresses;

/* Under the mutex. */
static address_t *find(const char *ip)
{
	address_t *address = addresses;

	while (address && strcmp(address->ip, ip)) {
		address = address->next;
	}

	return address;
}

/* Under the mutex: an address keeps the range that there is when it is first asked for. */
static address_t *add(const char *ip)
{
	uint32_t first = (switch_rtp_set_start_port(0) + 1u) & ~1u, last = switch_rtp_set_end_port(0) & ~1u;
	uint32_t count = last >= first ? (last - first) / 2 + 1 : 0;
	address_t *address = mh_alloc(sizeof(*address) + count * sizeof(address->taken[0]));

	address->ip = mh_strdup(ip);
	address->first = first;
	address->count = count;
	address->next = addresses;

	return addresses = address;
}

switch_port_t switch_rtp_request_port(const char *ip)
{
	static unsigned int seed = 1;
	switch_port_t port = 0;
	address_t *address;
	uint32_t i;

	pthread_mutex_lock(&mutex);
	if (!(address = find(ip))) {
		address = add(ip);
	}
	if (address->used < address->count) {
		for (i = (uint32_t) rand_r(&seed) % address->count; address->taken[i]; i = (i + 1) % address->count) {
			;
		}
		address->taken[i] = true;
		address->used++;
		port = (switch_port_t) (address->first + 2 * i);
	}
	pthread_mutex_unlock(&mutex);

	return port;
}

void switch_rtp_release_port(const char *ip, switch_port_t port)
{
	address_t *address;
	bool ours;

	if (!ip || !port) {
		return;
	}

	pthread_mutex_lock(&mutex);
	address = find(ip);
	ours = address && port >= address->first && (port - address->first) / 2u < address->count && !(port & 1) &&
		address->taken[(port - address->first) / 2];
	if (ours) {
		address->taken[(port - address->first) / 2] = false;
		address->used--;
	}
	pthread_mutex_unlock(&mutex);

	if (!ours) {
		/* FreeSWITCH says nothing; but whoever gives back what is not theirs takes a port from
		 * somebody else */
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Port %s:%u is given back, and nobody has it\n", ip,
						  port);
	}
}

void mh_ports_dump(switch_stream_handle_t *stream)
{
	address_t *address;
	uint32_t i;

	pthread_mutex_lock(&mutex);
	for (address = addresses; address; address = address->next) {
		stream->write_function(stream, "%s %u of %u:", address->ip, address->used, address->count);
		for (i = 0; i < address->count; i++) {
			if (address->taken[i]) {
				stream->write_function(stream, " %u", address->first + 2 * i);
			}
		}
		stream->write_function(stream, "\n");
	}
	pthread_mutex_unlock(&mutex);
}

void mh_ports_clear(void)
{
	address_t *next;

	for (; addresses; addresses = next) {
		next = addresses->next;
		free(addresses->ip);
		free(addresses);
	}
}
