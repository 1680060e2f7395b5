/* SPDX-License-Identifier: MPL-2.0 */
/* util.c -- strings, time, and the streams that commands write to */
#include <time.h>
#include <uuid/uuid.h>
#include "minihost.h"

void *mh_alloc(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory) {
		abort();
	}

	return memory;
}

char *mh_strdup(const char *text)
{
	char *copy = strdup(text ? text : "");

	if (!copy) {
		abort();
	}

	return copy;
}

void mh_buf_put(mh_buf_t *buf, const char *data, size_t len)
{
	if (buf->len + len + 1 > buf->size) {
		buf->size = (buf->len + len + 1) * 2;
		if (!(buf->data = realloc(buf->data, buf->size))) {
			abort();
		}
	}

	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void mh_buf_puts(mh_buf_t *buf, const char *text)
{
	mh_buf_put(buf, text, strlen(text));
}

void mh_buf_printf(mh_buf_t *buf, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);

	if (len >= 0) {
		mh_buf_put(buf, text, (size_t) len);
		free(text);
	}
}

char *mh_buf_take(mh_buf_t *buf)
{
	char *data = buf->data ? buf->data : mh_strdup("");

	memset(buf, 0, sizeof(*buf));

	return data;
}

/* Drops the quotes and escapes of one part, and the spaces around it that no quote guards. */
static char *unquote(char *text, char delim)
{
	char *from, *to, *end = text;
	bool quoted = false;

	while (*text == ' ') {
		text++;
	}

	for (from = to = end = text; *from; from++) {
		if (*from == '\\' && from[1] && (strchr("'\"\\", from[1]) || (delim && from[1] == delim))) {
			*to++ = *++from;
			end = to;
		} else if (*from == '\\' && from[1] && strchr("nrts", from[1])) {
			from++;
			*to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from == 't' ? '\t' : ' ';
			end = to;
		} else if (*from == '\'' && (quoted || strchr(from + 1, '\''))) {
			quoted = !quoted;
			end = to;
		} else {
			*to++ = *from;
			if (*from != ' ' || quoted) {
				end = to;
			}
		}
	}

	*end = '\0';

	return text;
}

int mh_split(char *text, char delim, char **argv, int max)
{
	char *start = text, *p;
	bool quoted = false;
	int argc = 0;

	if (delim == ' ') {
		start += strspn(start, " ");
	}

	for (p = start; *start && argc < max; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '\'' && (quoted || strchr(p + 1, '\''))) {
			quoted = !quoted;
		} else if (!*p || (*p == delim && !quoted && argc < max - 1)) {
			bool last = !*p;

			*p = '\0';
			argv[argc++] = unquote(start, delim == ' ' ? 0 : delim);
			start = last ? p : p + 1;
			if (delim == ' ' && !last) {
				start += strspn(start, " ");
			}
			if (last) {
				break;
			}
			p = start - 1;
		}
	}

	return argc;
}

void mh_url_encode(mh_buf_t *buf, const char *text)
{
	static const char unsafe[] = "\r\n #%&+:;<=>?@[\\]^`{|}\"";
	const unsigned char *p;
	char hex[4];

	for (p = (const unsigned char *) text; *p; p++) {
		/* an escape that is there already stays: FreeSWITCH does not encode twice */
		bool escaped = *p == '%' && isxdigit(p[1]) && !islower(p[1]) && isxdigit(p[2]) && !islower(p[2]);

		if (!escaped && (*p < ' ' || *p > '~' || strchr(unsafe, *p))) {
			snprintf(hex, sizeof(hex), "%%%02X", *p);
			mh_buf_put(buf, hex, 3);
		} else {
			mh_buf_put(buf, (const char *) p, 1);
		}
	}
}

void mh_url_decode(char *text)
{
	char *to = text;
	unsigned int byte;

	for (; *text; text++) {
		if (*text == '%' && isxdigit((unsigned char) text[1]) && isxdigit((unsigned char) text[2]) && sscanf(text + 1, "%2x", &byte) == 1) {
			*to++ = (char) byte;
			text += 2;
		} else {
			*to++ = *text;
		}
	}

	*to = '\0';
}

void mh_json_string(mh_buf_t *buf, const char *text)
{
	const unsigned char *p;

	mh_buf_puts(buf, "\"");

	for (p = (const unsigned char *) (text ? text : ""); *p; p++) {
		if (*p == '"' || *p == '\\') {
			mh_buf_printf(buf, "\\%c", *p);
		} else if (*p < ' ') {
			mh_buf_printf(buf, "\\u%04x", *p);
		} else {
			mh_buf_put(buf, (const char *) p, 1);
		}
	}

	mh_buf_puts(buf, "\"");
}

void mh_uuid(char out[MH_UUID_LEN + 1])
{
	uuid_t id;

	uuid_generate_random(id);
	uuid_unparse_lower(id, out);
}

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

int switch_snprintf(char *buf, switch_size_t len, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = vsnprintf(buf, len, fmt, ap);
	va_end(ap);

	return result;
}

int switch_true(const char *expr)
{
	static const char *const words[] = { "yes", "on", "true", "t", "enabled", "active", "allow", NULL };
	char *end;
	int i;

	if (zstr(expr)) {
		return 0;
	}

	for (i = 0; words[i]; i++) {
		if (!strcasecmp(expr, words[i])) {
			return 1;
		}
	}

	return strtol(expr, &end, 10) != 0 && !*end;
}

/* The stream's data is a string that is always there and NUL-terminated. */
static switch_status_t stream_raw_write(switch_stream_handle_t *stream, uint8_t *data, switch_size_t len)
{
	mh_buf_t buf = { stream->data, stream->data_len, stream->data_size };

	mh_buf_put(&buf, (const char *) data, len);
	stream->data = buf.data;
	stream->data_len = buf.len;
	stream->data_size = buf.size;

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t stream_write(switch_stream_handle_t *stream, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);

	if (len < 0) {
		return SWITCH_STATUS_MEMERR;
	}

	stream_raw_write(stream, (uint8_t *) text, (switch_size_t) len);
	free(text);

	return SWITCH_STATUS_SUCCESS;
}

void mh_stream_init(switch_stream_handle_t *stream)
{
	memset(stream, 0, sizeof(*stream));
	stream->data_size = 64;
	stream->data = mh_alloc(stream->data_size);
	stream->write_function = stream_write;
	stream->raw_write_function = stream_raw_write;
}
