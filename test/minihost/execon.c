/* SPDX-License-Identifier: MPL-2.0 */
/*
 * execon.c -- what a channel's variables have run when it rings, has early media, or is answered
 *
 * It runs in the thread that marks the channel, as in FreeSWITCH, and that waits for it.
 */
#include "minihost.h"

#define MAX_VALUES 16

/* The values of all variables whose name begins with the prefix; returns how many. */
static int collect(switch_channel_t *channel, const char *prefix, char **values)
{
	switch_event_header_t *header;
	int n = 0;

	pthread_mutex_lock(&channel->mutex);
	for (header = channel->variables->headers; header && n < MAX_VALUES; header = header->next) {
		if (!strncasecmp(header->name, prefix, strlen(prefix))) {
			values[n++] = mh_strdup(header->value);
		}
	}
	pthread_mutex_unlock(&channel->mutex);

	return n;
}

/* "app arg" or "app:arg" is run here and now, "app::arg" by the session's thread when it can. */
static void execute(switch_channel_t *channel, char *app)
{
	char *arg = app + strcspn(app, " :");

	if (arg[0] == ':' && arg[1] == ':') {
		*arg = '\0';
		mh_app_queue(channel->session, app, arg + 2);
		return;
	}

	if (*arg) {
		*arg++ = '\0';
	}
	mh_app_execute(channel->session, app, arg);
}

void mh_execute_on(switch_channel_t *channel, const char *prefix)
{
	char *values[MAX_VALUES];
	int n = collect(channel, prefix, values), i;

	for (i = 0; i < n; i++) {
		execute(channel, values[i]);
		free(values[i]);
	}
}

void mh_api_on(switch_channel_t *channel, const char *prefix)
{
	char *values[MAX_VALUES], *arg, *expanded;
	int n = collect(channel, prefix, values), i;
	switch_stream_handle_t stream;

	for (i = 0; i < n; i++) {
		if ((arg = strchr(values[i], ' '))) {
			*arg++ = '\0';
		}
		expanded = mh_channel_expand(channel, arg ? arg : "");
		mh_stream_init(&stream);
		mh_api_execute(values[i], expanded, &stream);
		free(stream.data);
		free(expanded);
		free(values[i]);
	}
}
