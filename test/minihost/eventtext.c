/* SPDX-License-Identifier: MPL-2.0 */
/* eventtext.c -- an event as a text: lines as an event socket sends them, or JSON */
#include "minihost.h"

char *mh_event_serialize(switch_event_t *event, bool encode)
{
	switch_event_header_t *header;
	mh_buf_t out = { 0 };

	for (header = event->headers; header; header = header->next) {
		mh_buf_printf(&out, "%s: ", header->name);
		if (!encode) {
			mh_buf_printf(&out, "[%s]", header->value);
		} else if (*header->value) {
			mh_url_encode(&out, header->value);
		} else {
			mh_buf_puts(&out, "_undef_");
		}
		mh_buf_puts(&out, "\n");
	}

	if (event->body && *event->body) {
		mh_buf_printf(&out, "Content-Length: %zu\n\n%s", strlen(event->body), event->body);
	} else {
		mh_buf_puts(&out, "\n");
	}

	return mh_buf_take(&out);
}

char *mh_event_serialize_json(switch_event_t *event)
{
	switch_event_header_t *header;
	mh_buf_t out = { 0 };

	mh_buf_puts(&out, "{");
	for (header = event->headers; header; header = header->next) {
		mh_buf_puts(&out, header == event->headers ? "" : ",");
		mh_json_string(&out, header->name);
		mh_buf_puts(&out, ":");
		mh_json_string(&out, header->value);
	}
	if (event->body) {
		mh_buf_printf(&out, "%s\"Content-Length\":\"%zu\",\"_body\":", event->headers ? "," : "", strlen(event->body));
		mh_json_string(&out, event->body);
	}
	mh_buf_puts(&out, "}");

	return mh_buf_take(&out);
}
