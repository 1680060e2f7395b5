/* SPDX-License-Identifier: MPL-2.0 */
/* jb.c -- a jitter buffer that only keeps packets, for decoders to look at */
#include "minihost.h"

#define PACKETS 8

struct switch_jb {
	pthread_mutex_t mutex;
	struct {
		uint16_t seq;
		uint32_t ts;
		size_t len; /* of body; 0: nothing is here */
		char body[sizeof(((switch_rtp_packet_t *) NULL)->body)];
	} packets[PACKETS]; /* by sequence number */
};

switch_status_t switch_jb_create(switch_jb_t **jbp, switch_jb_type_t type, uint32_t min_frame_len,
								 uint32_t max_frame_len, switch_memory_pool_t *pool)
{
	(void) type;
	(void) min_frame_len;
	(void) max_frame_len;
	(void) pool;
	*jbp = mh_alloc(sizeof(**jbp));
	pthread_mutex_init(&(*jbp)->mutex, NULL);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_jb_destroy(switch_jb_t **jbp)
{
	pthread_mutex_destroy(&(*jbp)->mutex);
	free(*jbp);
	*jbp = NULL;

	return SWITCH_STATUS_SUCCESS;
}

void switch_jb_reset(switch_jb_t *jb)
{
	int i;

	pthread_mutex_lock(&jb->mutex);
	for (i = 0; i < PACKETS; i++) {
		jb->packets[i].len = 0;
	}
	pthread_mutex_unlock(&jb->mutex);
}

switch_status_t switch_jb_put_packet(switch_jb_t *jb, switch_rtp_packet_t *packet, switch_size_t len)
{
	uint16_t seq = ntohs((uint16_t) packet->header.seq);
	int place = seq % PACKETS;

	if (len <= sizeof(packet->header) || len > sizeof(*packet)) {
		return SWITCH_STATUS_FALSE;
	}

	pthread_mutex_lock(&jb->mutex);
	jb->packets[place].seq = seq;
	jb->packets[place].ts = ntohl(packet->header.ts);
	jb->packets[place].len = len - sizeof(packet->header);
	memcpy(jb->packets[place].body, packet->body, jb->packets[place].len);
	pthread_mutex_unlock(&jb->mutex);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_jb_peek_frame(switch_jb_t *jb, uint32_t ts, uint16_t seq, int peek, switch_frame_t *frame)
{
	uint16_t want = (uint16_t) (seq + peek);
	int place = want % PACKETS;
	switch_status_t status = SWITCH_STATUS_FALSE;

	(void) ts;
	pthread_mutex_lock(&jb->mutex);
	if (jb->packets[place].len && jb->packets[place].seq == want && jb->packets[place].len < frame->buflen) {
		frame->seq = want;
		frame->timestamp = jb->packets[place].ts;
		frame->datalen = (uint32_t) jb->packets[place].len;
		memcpy(frame->data, jb->packets[place].body, jb->packets[place].len);
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&jb->mutex);

	return status;
}
