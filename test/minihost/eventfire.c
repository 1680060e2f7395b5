/* SPDX-License-Identifier: MPL-2.0 */
/* eventfire.c -- making events and firing them, to callbacks and to the event socket */
#include <time.h>
#include "minihost.h"

static uint64_t sequence;

/* The headers that every event has. */
static void add_basics(switch_event_t *event, const char *file, const char *func, int line)
{
	/* clang-format off */
	static const char *const globals[] = {
		"core_uuid", "Core-UUID", "hostname", "FreeSWITCH-Hostname", "hostname", "FreeSWITCH-Switchname",
		"local_ip_v4", "FreeSWITCH-IPv4", "local_ip_v6", "FreeSWITCH-IPv6", NULL
	};
	/* clang-format on */
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

switch_status_t switch_event_create_subclass_detailed(const char *file, const char *func, int line,
													  switch_event_t **event, switch_event_types_t event_id,
													  const char *subclass_name)
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
	char *subclass; /* NULL: any */
	switch_event_callback_t callback;
	switch_event_node_t *next;
};

static switch_event_node_t *nodes;
static pthread_rwlock_t nodes_lock = PTHREAD_RWLOCK_INITIALIZER;

switch_status_t switch_event_bind_removable(const char *id, switch_event_types_t event, const char *subclass_name,
											switch_event_callback_t callback, void *user_data,
											switch_event_node_t **node)
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
		if (node->event_id == event->event_id &&
			(!node->subclass || (event->subclass_name && !strcasecmp(node->subclass, event->subclass_name)))) {
			node->callback(event);
		}
	}
	pthread_rwlock_unlock(&nodes_lock);
}

switch_status_t switch_event_fire_detailed(const char *file, const char *func, int line, switch_event_t **event,
										   void *user_data)
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
