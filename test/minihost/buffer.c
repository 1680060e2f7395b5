/* SPDX-License-Identifier: MPL-2.0 */
/* buffer.c -- memory, strings that grow, and the streams of commands, which write to one */
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
