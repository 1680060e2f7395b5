/* SPDX-License-Identifier: MPL-2.0 */
/* text.h -- memory, strings that grow, texts, time */
#ifndef MINIHOST_TEXT_H
#define MINIHOST_TEXT_H

#include <switch.h>

#define MH_UUID_LEN 255

/* --- buffer.c, text.c, clock.c --- */

/* A string that grows. Zeroed, it is empty. */
typedef struct mh_buf {
	char *data;
	size_t len;
	size_t size;
} mh_buf_t;

void mh_buf_put(mh_buf_t *buf, const char *data, size_t len);
void mh_buf_puts(mh_buf_t *buf, const char *text);
void mh_buf_printf(mh_buf_t *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The string, to be released with free(), never NULL; the buffer is empty again. */
char *mh_buf_take(mh_buf_t *buf);
/* malloc and strdup that do not fail. */
void *mh_alloc(size_t size);
char *mh_strdup(const char *text);
/* Splits in place, as FreeSWITCH does: single quotes guard the delimiter and are dropped, a
 * backslash escapes. */
int mh_split(char *text, char delim, char **argv, int max);
/* Copies, URL-encoded or decoded. */
void mh_url_encode(mh_buf_t *buf, const char *text);
void mh_url_decode(char *text);
void mh_json_string(mh_buf_t *buf, const char *text);
void mh_uuid(char out[MH_UUID_LEN + 1]);
int64_t mh_now_us(void); /* monotonic */
void mh_sleep_ms(int ms);

/* --- stream: output of a command (buffer.c) --- */

void mh_stream_init(switch_stream_handle_t *stream);

/* --- pool.c --- */

switch_memory_pool_t *mh_pool_new(void);
void mh_pool_free(switch_memory_pool_t *pool);

#endif
