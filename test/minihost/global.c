/* SPDX-License-Identifier: MPL-2.0 */
/* global.c -- global variables, settings, and the replacing of ${...} */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>
#include "minihost.h"

mh_settings_t mh_settings;
switch_time_t mh_started;

static struct {
	pthread_mutex_t mutex;
	switch_event_t *vars;
	switch_port_t first, last;
} global = { .mutex = PTHREAD_MUTEX_INITIALIZER, .first = 16384, .last = 32768 };

const char *switch_version_full(void)
{
	return mh_settings.version;
}

/* The address a packet to the outside would leave from; without one,
 * the first that is not loopback. */
static void local_address(int family, char *out, size_t size)
{
	struct ifaddrs *list, *i;
	const void *address;

	snprintf(out, size, "%s", family == AF_INET ? "127.0.0.1" : "::1");

	if (getifaddrs(&list)) {
		return;
	}

	for (i = list; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != family || (i->ifa_flags & IFF_LOOPBACK) ||
			!(i->ifa_flags & IFF_UP)) {
			continue;
		}
		if (family == AF_INET) {
			address = &((struct sockaddr_in *) i->ifa_addr)->sin_addr;
		} else if (!IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *) i->ifa_addr)->sin6_addr)) {
			address = &((struct sockaddr_in6 *) i->ifa_addr)->sin6_addr;
		} else {
			continue;
		}
		inet_ntop(family, address, out, (socklen_t) size);
		break;
	}

	freeifaddrs(list);
}

void mh_global_init(void)
{
	char text[256] = "", uuid[MH_UUID_LEN + 1];

	global.vars = mh_event_plain();
	mh_started = switch_micro_time_now();

	gethostname(text, sizeof(text) - 1);
	switch_core_set_variable("hostname", text);
	local_address(AF_INET, text, sizeof(text));
	switch_core_set_variable("local_ip_v4", text);
	local_address(AF_INET6, text, sizeof(text));
	switch_core_set_variable("local_ip_v6", text);
	mh_uuid(uuid);
	switch_core_set_variable("core_uuid", uuid);
	switch_core_set_variable("conf_dir", mh_settings.conf_dir);
	switch_core_set_variable("mod_dir", mh_settings.mod_dir);
}

void mh_global_clear(void)
{
	switch_event_destroy(&global.vars);
}

char *switch_core_get_variable_dup(const char *name)
{
	const char *value;
	char *copy = NULL;

	pthread_mutex_lock(&global.mutex);
	if (name && (value = switch_event_get_header(global.vars, name))) {
		copy = mh_strdup(value);
	}
	pthread_mutex_unlock(&global.mutex);

	return copy;
}

void switch_core_set_variable(const char *name, const char *value)
{
	if (zstr(name)) {
		return;
	}

	pthread_mutex_lock(&global.mutex);
	if (value) {
		switch_event_add_header_string(global.vars, SWITCH_STACK_BOTTOM, name, value);
	} else {
		switch_event_del_header(global.vars, name);
	}
	pthread_mutex_unlock(&global.mutex);
}

void mh_global_dump(switch_stream_handle_t *stream)
{
	switch_event_header_t *header;

	pthread_mutex_lock(&global.mutex);
	for (header = global.vars->headers; header; header = header->next) {
		stream->write_function(stream, "%s=%s\n", header->name, header->value);
	}
	pthread_mutex_unlock(&global.mutex);
}

char *mh_expand(const char *text, const char *open, mh_lookup_t lookup, void *arg)
{
	size_t open_len = strlen(open);
	mh_buf_t out = { 0 };
	const char *start, *end, *value;
	char name[128], *copy;

	mh_buf_put(&out, "", 0);

	while ((start = strstr(text, open)) && (end = strchr(start + open_len, '}'))) {
		mh_buf_put(&out, text, (size_t) (start - text));
		snprintf(name, sizeof(name), "%.*s", (int) (end - start - (long) open_len), start + open_len);
		copy = NULL;
		value = lookup ? lookup(arg, name) : NULL;
		if (!value) {
			value = copy = switch_core_get_variable_dup(name);
		}
		mh_buf_puts(&out, value ? value : "");
		free(copy);
		text = end + 1;
	}

	mh_buf_puts(&out, text);

	return mh_buf_take(&out);
}

/* 0 asks, anything else sets. */
static switch_port_t rtp_port(switch_port_t *which, switch_port_t port)
{
	switch_port_t result;

	pthread_mutex_lock(&global.mutex);
	if (port) {
		*which = port;
	}
	result = *which;
	pthread_mutex_unlock(&global.mutex);

	return result;
}

switch_port_t switch_rtp_set_start_port(switch_port_t port)
{
	return rtp_port(&global.first, port);
}

switch_port_t switch_rtp_set_end_port(switch_port_t port)
{
	return rtp_port(&global.last, port);
}
