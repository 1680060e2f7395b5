/* SPDX-License-Identifier: MPL-2.0 */
/* eslsubscribe.c -- which events and lines of the log a client of the event socket wants */
#include "minihost.h"

void mh_esl_do_event(mh_listener_t *listener, char *arg, bool on)
{
	char *next = NULL, *word;
	switch_event_types_t type;
	bool custom = false, keyword = false;
	int i;

	pthread_mutex_lock(&listener->mutex);
	for (word = arg ? strtok_r(arg, " ", &next) : NULL; word; word = strtok_r(NULL, " ", &next)) {
		if (on && !keyword && (!strcasecmp(word, "plain") || !strcasecmp(word, "json") || !strcasecmp(word, "xml"))) {
			listener->json = !strcasecmp(word, "json");
		} else if (custom) {
			if (on) {
				switch_event_add_header_string(listener->subclasses, SWITCH_STACK_BOTTOM, word, "1");
			} else {
				switch_event_del_header(listener->subclasses, word);
			}
		} else if (mh_event_type(word, &type)) {
			keyword = true;
			custom = type == SWITCH_EVENT_CUSTOM;
			listener->kinds[type] = on;
			if (type == SWITCH_EVENT_ALL) {
				listener->all = on;
				memset(listener->kinds, on, sizeof(listener->kinds));
			} else if (!on && listener->all) {
				listener->all = false;
				for (i = 0; i < SWITCH_EVENT_ALL; i++) {
					listener->kinds[i] = i != (int) type;
				}
			}
		}
	}
	listener->events |= keyword;
	pthread_mutex_unlock(&listener->mutex);

	if (!keyword) {
		mh_esl_reply(listener, "-ERR no keywords supplied");
	} else if (on) {
		mh_esl_reply(listener, "+OK event listener enabled %s", listener->json ? "json" : "plain");
	} else {
		mh_esl_reply(listener, "+OK events nixed");
	}
}

void mh_esl_do_noevents(mh_listener_t *listener)
{
	bool had;

	pthread_mutex_lock(&listener->mutex);
	had = listener->events;
	listener->events = listener->all = false;
	memset(listener->kinds, 0, sizeof(listener->kinds));
	switch_event_destroy(&listener->subclasses);
	listener->subclasses = mh_event_plain();
	mh_esl_queue_clear(listener, true, false);
	pthread_mutex_unlock(&listener->mutex);

	mh_esl_reply(listener, had ? "+OK no longer listening for events" : "-ERR not listening for events");
}

static void delete_filter(switch_event_t *filters, const char *name, const char *value)
{
	switch_event_t *rest = mh_event_plain(), swap;
	switch_event_header_t *filter;

	for (filter = filters->headers; filter; filter = filter->next) {
		if (strcasecmp(name, "all") && (strcasecmp(filter->name, name) || (value && strcmp(filter->value, value)))) {
			mh_event_append(rest, filter->name, filter->value);
		}
	}

	swap = *filters;
	*filters = *rest;
	*rest = swap;
	switch_event_destroy(&rest);
}

void mh_esl_do_filter(mh_listener_t *listener, char *name)
{
	char *value = name ? mh_esl_split(name) : NULL;
	bool delete = value && !strcasecmp(name, "delete");

	if (value && (delete || !strcasecmp(name, "add"))) {
		name = value;
		value = mh_esl_split(name);
	}

	if (!name || (!value && !delete)) {
		mh_esl_reply(listener, "-ERR invalid syntax");
		return;
	}

	pthread_mutex_lock(&listener->mutex);
	if (delete) {
		delete_filter(listener->filters, name, value);
	} else {
		mh_event_append(listener->filters, name, value);
	}
	pthread_mutex_unlock(&listener->mutex);

	if (delete) {
		mh_esl_reply(listener, "+OK filter deleted. [%s][%s]", name, value ? value : "");
	} else {
		mh_esl_reply(listener, "+OK filter added. [%s]=[%s]", name, value);
	}
}

void mh_esl_do_log(mh_listener_t *listener, const char *arg)
{
	switch_log_level_t level = arg ? mh_log_str2level(arg) : SWITCH_LOG_DEBUG;

	if (level == SWITCH_LOG_INVALID) {
		mh_esl_reply(listener, "-ERR invalid log level");
		return;
	}

	pthread_mutex_lock(&listener->mutex);
	listener->log_level = (int) level;
	pthread_mutex_unlock(&listener->mutex);
	mh_esl_reply(listener, "+OK log level %s [%d]", arg ? arg : "DEBUG", (int) level);
}

void mh_esl_do_nolog(mh_listener_t *listener)
{
	bool had;

	pthread_mutex_lock(&listener->mutex);
	had = listener->log_level >= 0;
	listener->log_level = -1;
	mh_esl_queue_clear(listener, false, true);
	pthread_mutex_unlock(&listener->mutex);
	mh_esl_reply(listener, had ? "+OK no longer logging" : "-ERR not loging");
}
