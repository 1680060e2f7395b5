/* SPDX-License-Identifier: MPL-2.0 */
/*
 * console.c -- Tab completion of the console command `janus`
 */
#include "shim.h"

/* Offers each line of names, which is freed. *matches is set only with a result: FreeSWITCH hands it over uninitialised. */
static switch_status_t complete(char *names, switch_console_callback_match_t **matches)
{
	switch_console_callback_match_t *found = NULL;
	char *name, *next;

	for (name = names; *name; name = next) {
		next = name + strcspn(name, "\n");
		if (*next) {
			*next++ = '\0';
		}
		switch_console_push_match(&found, name);
	}

	free(names);

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

/* The controls of a leg, as bridge/controlleg.go has them. */
static const char *janus_leg_controls[] = {
	"mute", "unmute", "toggle-mute", "deaf", "undeaf", "volume", "display", "move", "kick", "suspend", "resume"
};

void janus_completion_add(void)
{
	char line[128];
	size_t i;

	switch_console_add_complete_func("::janus::list_servers", complete_server);
	switch_console_add_complete_func("::janus::list_legs", complete_leg);
	switch_console_add_complete_func("::janus::list_rooms", complete_room);

	for (i = 0; i < sizeof(janus_leg_controls) / sizeof(janus_leg_controls[0]); i++) {
		switch_snprintf(line, sizeof(line), "add janus %s ::janus::list_legs", janus_leg_controls[i]);
		switch_console_set_complete(line);
	}

	switch_console_set_complete("add janus record ::janus::list_legs ::[start:stop");
	switch_console_set_complete("add janus send ::janus::list_servers");
	switch_console_set_complete("add janus rooms ::janus::list_servers");
	switch_console_set_complete("add janus rooms ::janus::list_servers as json");
	switch_console_set_complete("add janus participants ::janus::list_servers ::janus::list_rooms");
	switch_console_set_complete("add janus participants ::janus::list_servers ::janus::list_rooms as json");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms "
								"::[list:exists:create:edit:destroy:kick:mute:unmute:suspend:resume:mute-all:unmute-all:kick-all:record:play:allow:forward");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms record ::[start:stop");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms allow ::[enable:disable:add:remove");
	switch_console_set_complete("add janus room ::janus::list_servers ::janus::list_rooms forward ::[list:stop");
	switch_console_set_complete("add janus admin ::janus::list_servers ::[sessions:handles:info:pcap:log-level:tokens:accept");
	switch_console_set_complete("add janus admin ::janus::list_servers handles all");
	switch_console_set_complete("add janus admin ::janus::list_servers info ::janus::list_legs");
	switch_console_set_complete("add janus admin ::janus::list_servers info ::janus::list_legs raw");
	switch_console_set_complete("add janus admin ::janus::list_servers pcap ::janus::list_legs ::[start:stop");
	switch_console_set_complete("add janus admin ::janus::list_servers log-level ::[none:fatal:error:warning:info:verbose:huge:debug");
	switch_console_set_complete("add janus admin ::janus::list_servers tokens ::[add:allow:disallow:remove");
	switch_console_set_complete("add janus admin ::janus::list_servers accept ::[on:off");
	switch_console_set_complete("add janus drain ::janus::list_servers");
	switch_console_set_complete("add janus drain ::janus::list_servers stop");
	switch_console_set_complete("add janus calls ::janus::list_legs");
	switch_console_set_complete("add janus debug ::[true:false");
	switch_console_set_complete("add janus status");
	switch_console_set_complete("add janus status as json");
	switch_console_set_complete("add janus list");
	switch_console_set_complete("add janus list as json");
	switch_console_set_complete("add janus calls");
	switch_console_set_complete("add janus calls as json");
	switch_console_set_complete("add janus server ::janus::list_servers");
	switch_console_set_complete("add janus server ::janus::list_servers ::[enable:disable");
	switch_console_set_complete("add janus server ::janus::list_servers as json");
	switch_console_set_complete("add janus reload");
	switch_console_set_complete("add janus reload as json");
}

void janus_completion_remove(void)
{
	switch_console_set_complete("del janus");
	switch_console_del_complete_func("::janus::list_servers");
	switch_console_del_complete_func("::janus::list_legs");
	switch_console_del_complete_func("::janus::list_rooms");
}
