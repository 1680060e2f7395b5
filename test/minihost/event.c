/* SPDX-License-Identifier: MPL-2.0 */
/* event.c -- events, which are lists of headers; and lists of headers that serve as variables */
#include "minihost.h"

switch_event_t *mh_event_plain(void)
{
	switch_event_t *event = mh_alloc(sizeof(*event));

	event->event_id = SWITCH_EVENT_CLONE;

	return event;
}

void mh_event_append(switch_event_t *event, const char *name, const char *value)
{
	switch_event_header_t *header = mh_alloc(sizeof(*header));

	header->name = mh_strdup(name);
	header->value = mh_strdup(value);

	if (event->last_header) {
		event->last_header->next = header;
	} else {
		event->headers = header;
	}
	event->last_header = header;
}

static switch_event_header_t *find(switch_event_t *event, const char *name)
{
	switch_event_header_t *header;

	for (header = event->headers; header; header = header->next) {
		if (!strcasecmp(header->name, name)) {
			return header;
		}
	}

	return NULL;
}

switch_status_t switch_event_add_header_string(switch_event_t *event, switch_stack_t stack, const char *name,
											   const char *value)
{
	switch_event_header_t *header;

	(void) stack;

	if (!event || zstr(name) || !value) {
		return SWITCH_STATUS_GENERR;
	}

	if ((header = find(event, name))) {
		free(header->value);
		header->value = mh_strdup(value);
	} else {
		mh_event_append(event, name, value);
	}

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header(switch_event_t *event, switch_stack_t stack, const char *name, const char *fmt,
										...)
{
	char *value = NULL;
	switch_status_t status;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&value, fmt, ap);
	va_end(ap);

	if (len < 0) {
		return SWITCH_STATUS_MEMERR;
	}

	status = switch_event_add_header_string(event, stack, name, value);
	free(value);

	return status;
}

switch_status_t switch_event_del_header_val(switch_event_t *event, const char *name, const char *value)
{
	switch_event_header_t **link = &event->headers, *header, *last = NULL;
	switch_status_t status = SWITCH_STATUS_FALSE;

	while ((header = *link)) {
		if (!strcasecmp(header->name, name) && (!value || !strcmp(header->value, value))) {
			status = SWITCH_STATUS_SUCCESS;
			*link = header->next;
			free(header->name);
			free(header->value);
			free(header);
		} else {
			last = header;
			link = &header->next;
		}
	}

	event->last_header = last;

	return status;
}

char *switch_event_get_header(switch_event_t *event, const char *name)
{
	switch_event_header_t *header = event && name ? find(event, name) : NULL;

	return header ? header->value : NULL;
}

switch_status_t switch_event_add_body(switch_event_t *event, const char *fmt, ...)
{
	char *body = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&body, fmt, ap);
	va_end(ap);

	if (len < 0) {
		return SWITCH_STATUS_MEMERR;
	}

	free(event->body);
	event->body = body;

	return SWITCH_STATUS_SUCCESS;
}

void switch_event_destroy(switch_event_t **event)
{
	switch_event_header_t *header, *next;

	if (!*event) {
		return;
	}

	for (header = (*event)->headers; header; header = next) {
		next = header->next;
		free(header->name);
		free(header->value);
		free(header);
	}

	free((*event)->subclass_name);
	free((*event)->body);
	free(*event);
	*event = NULL;
}
