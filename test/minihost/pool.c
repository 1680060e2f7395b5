/* SPDX-License-Identifier: MPL-2.0 */
/* pool.c -- memory that goes all at once: every piece is a malloc of its own,
 * so that a sanitizer sees each of them */
#include "minihost.h"

typedef struct piece {
	struct piece *next;
	_Alignas(16) char data[];
} piece_t;

struct switch_memory_pool {
	pthread_mutex_t mutex;
	piece_t *pieces;
};

switch_memory_pool_t *mh_pool_new(void)
{
	switch_memory_pool_t *pool = mh_alloc(sizeof(*pool));

	pthread_mutex_init(&pool->mutex, NULL);

	return pool;
}

void mh_pool_free(switch_memory_pool_t *pool)
{
	piece_t *piece, *next;

	for (piece = pool->pieces; piece; piece = next) {
		next = piece->next;
		free(piece);
	}

	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

void *switch_core_alloc(switch_memory_pool_t *pool, switch_size_t size)
{
	piece_t *piece = mh_alloc(sizeof(*piece) + size);

	pthread_mutex_lock(&pool->mutex);
	piece->next = pool->pieces;
	pool->pieces = piece;
	pthread_mutex_unlock(&pool->mutex);

	return piece->data;
}

char *switch_core_strdup(switch_memory_pool_t *pool, const char *text)
{
	size_t len;

	if (!text) {
		return NULL;
	}

	len = strlen(text) + 1;

	return memcpy(switch_core_alloc(pool, len), text, len);
}
