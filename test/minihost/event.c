/* SPDX-License-Identifier: MPL-2.0 */
/* event.c -- events, which are lists of headers; and lists of headers that serve as variables */
#include <time.h>
#include "minihost.h"

static const char *const names[] = {
	"CUSTOM", "CLONE", "CHANNEL_CREATE", "CHANNEL_DESTROY", "CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_ANSWER",
	"CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HOLD",
	"CHANNEL_UNHOLD", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA",
	"CHANNEL_OUTGOING", "CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_APPLICATION", "CHANNEL_ORIGINATE", "CHANNEL_UUID",
	"API", "STARTUP", "SHUTDOWN", "MODULE_LOAD", "MODULE_UNLOAD", "DTMF", "BACKGROUND_JOB", "HEARTBEAT", "RELOADXML",
	"CHANNEL_DATA", "RECORD_START", "RECORD_STOP", "PLAYBACK_START", "PLAYBACK_STOP", "ALL"
};

_Static_assert(sizeof(names) / sizeof(names[0]) == SWITCH_EVENT_ALL + 1, "a name for every event");

/* Events that FreeSWITCH has and minihost never fires: a client may ask for them all the same. */
static const char *const never[] = {
	"LOG", "INBOUND_CHAN", "OUTBOUND_CHAN", "TALK", "NOTALK", "MESSAGE", "PRESENCE_IN", "CODEC", "DETECTED_TONE",
	"PRIVATE_COMMAND", "NOTIFY", "GENERAL", "COMMAND", "SESSION_HEARTBEAT", "CALL_UPDATE", "CALL_SECURE", "NAT",
	"MEDIA_BUG_START", "MEDIA_BUG_STOP", "DEVICE_STATE", "TEXT", "CALL_DETAIL", "FAILURE", NULL
};

typedef struct subclass {
	char *name;
	char *owner;
	struct subclass *next;
} subclass_t;

static pthread_mutex_t subclass_mutex = PTHREAD_MUTEX_INITIALIZER;
static subclass_t *subclasses;
static uint64_t sequence;

const char *mh_event_name(switch_event_types_t id)
{
	return id <= SWITCH_EVENT_ALL ? names[id] : "INVALID";
}

bool mh_event_type(const char *name, switch_event_types_t *id)
{
	int i;

	for (i = 0; i <= SWITCH_EVENT_ALL; i++) {
		if (!strcasecmp(name, names[i])) {
			*id = (switch_event_types_t) i;
			return true;
		}
	}

	for (i = 0; never[i]; i++) {
		if (!strcasecmp(name, never[i])) {
			*id = SWITCH_EVENT_CLONE;	/* never fired */
			return true;
		}
	}

	return false;
}

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

switch_status_t switch_event_add_header_string(switch_event_t *event, switch_stack_t stack, const char *name, const char *value)
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

switch_status_t switch_event_add_header(switch_event_t *event, switch_stack_t stack, const char *name, const char *fmt, ...)
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

/* The headers that every event has. */
static void add_basics(switch_event_t *event, const char *file, const char *func, int line)
{
	static const char *const globals[] = { "core_uuid", "Core-UUID", "hostname", "FreeSWITCH-Hostname", "hostname",
		"FreeSWITCH-Switchname", "local_ip_v4", "FreeSWITCH-IPv4", "local_ip_v6", "FreeSWITCH-IPv6", NULL };
	switch_time_t now = switch_micro_time_now();
	time_t seconds = now / 1000000;
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	char text[64], *value;
	struct tm tm;
	int i;

	for (i = 0; globals[i]; i += 2) {
		value = switch_core_get_variable_dup(globals[i]);
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, globals[i + 1], value ? value : "");
		free(value);
	}

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Date-Local", text);
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Date-GMT", text);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Event-Date-Timestamp", "%lld", (long long) now);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Calling-File", base);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Calling-Function", func);
	switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Event-Calling-Line-Number", "%d", line);
}

switch_status_t switch_event_create_subclass_detailed(const char *file, const char *func, int line, switch_event_t **event,
													  switch_event_types_t event_id, const char *subclass_name)
{
	*event = NULL;

	if (subclass_name && event_id != SWITCH_EVENT_CUSTOM) {
		return SWITCH_STATUS_GENERR;
	}

	*event = mh_event_plain();
	(*event)->event_id = event_id;
	switch_event_add_header_string(*event, SWITCH_STACK_BOTTOM, "Event-Name", mh_event_name(event_id));

	if (subclass_name) {
		(*event)->subclass_name = mh_strdup(subclass_name);
		switch_event_add_header_string(*event, SWITCH_STACK_BOTTOM, "Event-Subclass", subclass_name);
	}

	add_basics(*event, file, func, line);

	return SWITCH_STATUS_SUCCESS;
}

struct switch_event_node {
	switch_event_types_t event_id;
	char *subclass;					/* NULL: any */
	switch_event_callback_t callback;
	switch_event_node_t *next;
};

static switch_event_node_t *nodes;
static pthread_rwlock_t nodes_lock = PTHREAD_RWLOCK_INITIALIZER;

switch_status_t switch_event_bind_removable(const char *id, switch_event_types_t event, const char *subclass_name,
											switch_event_callback_t callback, void *user_data, switch_event_node_t **node)
{
	(void) id;
	(void) user_data;
	*node = mh_alloc(sizeof(**node));
	(*node)->event_id = event;
	(*node)->subclass = subclass_name ? mh_strdup(subclass_name) : NULL;
	(*node)->callback = callback;

	pthread_rwlock_wrlock(&nodes_lock);
	(*node)->next = nodes;
	nodes = *node;
	pthread_rwlock_unlock(&nodes_lock);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_unbind(switch_event_node_t **node)
{
	switch_event_node_t **link;

	if (!*node) {
		return SWITCH_STATUS_FALSE;
	}

	pthread_rwlock_wrlock(&nodes_lock);
	for (link = &nodes; *link != *node; link = &(*link)->next) {
		;
	}
	*link = (*node)->next;
	pthread_rwlock_unlock(&nodes_lock);

	free((*node)->subclass);
	free(*node);
	*node = NULL;

	return SWITCH_STATUS_SUCCESS;
}

static void call_back(switch_event_t *event)
{
	switch_event_node_t *node;

	pthread_rwlock_rdlock(&nodes_lock);
	for (node = nodes; node; node = node->next) {
		if (node->event_id == event->event_id && (!node->subclass || (event->subclass_name && !strcasecmp(node->subclass, event->subclass_name)))) {
			node->callback(event);
		}
	}
	pthread_rwlock_unlock(&nodes_lock);
}

switch_status_t switch_event_fire_detailed(const char *file, const char *func, int line, switch_event_t **event, void *user_data)
{
	(void) file;
	(void) func;
	(void) line;
	(void) user_data;

	switch_event_add_header(*event, SWITCH_STACK_BOTTOM, "Event-Sequence", "%llu",
							(unsigned long long) __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED));
	call_back(*event);
	mh_esl_event(*event);
	switch_event_destroy(event);

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

switch_status_t switch_event_reserve_subclass_detailed(const char *owner, const char *name)
{
	switch_status_t status = SWITCH_STATUS_SUCCESS;
	subclass_t *subclass;

	pthread_mutex_lock(&subclass_mutex);
	for (subclass = subclasses; subclass && strcasecmp(subclass->name, name); subclass = subclass->next);
	if (subclass) {
		status = SWITCH_STATUS_INUSE;
	} else {
		subclass = mh_alloc(sizeof(*subclass));
		subclass->name = mh_strdup(name);
		subclass->owner = mh_strdup(owner);
		subclass->next = subclasses;
		subclasses = subclass;
	}
	pthread_mutex_unlock(&subclass_mutex);

	return status;
}

static switch_status_t free_subclasses(const char *owner, const char *name)
{
	subclass_t **link = &subclasses, *subclass;
	switch_status_t status = SWITCH_STATUS_FALSE;

	pthread_mutex_lock(&subclass_mutex);
	while ((subclass = *link)) {
		if (!name || (!strcasecmp(subclass->name, name) && !strcmp(subclass->owner, owner))) {
			*link = subclass->next;
			free(subclass->name);
			free(subclass->owner);
			free(subclass);
			status = SWITCH_STATUS_SUCCESS;
		} else {
			link = &subclass->next;
		}
	}
	pthread_mutex_unlock(&subclass_mutex);

	return status;
}

switch_status_t switch_event_free_subclass_detailed(const char *owner, const char *name)
{
	return free_subclasses(owner, name);
}

void mh_event_clear(void)
{
	free_subclasses(NULL, NULL);
}

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
