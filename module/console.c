/* SPDX-License-Identifier: MPL-2.0 */
/*
 * console.c -- Tab completion of the console command `janus`
 */
#include "shim.h"

static void offer(const char *name, void *to)
{
	switch_console_push_match((switch_console_callback_match_t **) to, name);
}

/* Offers each line of names, which is freed. *matches is set only with a result:
 * FreeSWITCH hands it over uninitialised. */
static switch_status_t complete(char *names, switch_console_callback_match_t **matches)
{
	switch_console_callback_match_t *found = NULL;

	janus_each_line(names, offer, &found);

	if (!found) {
		return SWITCH_STATUS_FALSE;
	}

	*matches = found;

	return SWITCH_STATUS_SUCCESS;
}

static switch_status_t complete_server(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_servers(), matches);
}

static switch_status_t complete_leg(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_legs(), matches);
}

static switch_status_t complete_room(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_rooms(), matches);
}

static switch_status_t complete_pool(const char *line, const char *cursor, switch_console_callback_match_t **matches)
{
	(void) line;
	(void) cursor;

	return complete(janus_pools(), matches);
}

static void add_completion(const char *line, void *to)
{
	(void) to;
	switch_console_set_complete(line);
}

void janus_completion_add(void)
{
	switch_console_add_complete_func("::janus::list_servers", complete_server);
	switch_console_add_complete_func("::janus::list_legs", complete_leg);
	switch_console_add_complete_func("::janus::list_rooms", complete_room);
	switch_console_add_complete_func("::janus::list_pools", complete_pool);

	janus_each_line(janus_completions(), add_completion, NULL);
}

void janus_completion_remove(void)
{
	switch_console_set_complete("del janus");
	switch_console_del_complete_func("::janus::list_servers");
	switch_console_del_complete_func("::janus::list_legs");
	switch_console_del_complete_func("::janus::list_rooms");
	switch_console_del_complete_func("::janus::list_pools");
}
