/* SPDX-License-Identifier: MPL-2.0 */
/*
 * mod_janus.c -- load and unload of the shim, its console command and its applications
 *
 * The shim has FreeSWITCH's endpoint interface on one side and janus_host.h on the other. Nothing
 * in it decides anything. What a call does is decided in bridge/ (Go); the handlers of endpoint.c
 * carry it over, and host.c carries back what the engine wants of the switch. Frames never enter
 * Go: they cross in janus_ring.h.
 */
#include "shim.h"

SWITCH_MODULE_LOAD_FUNCTION(mod_janus_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_janus_shutdown);
SWITCH_MODULE_DEFINITION(mod_janus, mod_janus_load, mod_janus_shutdown, NULL);

/* How long an unload waits for its legs; FreeSWITCH itself has waited 10 s for them by then. */
#define JANUS_STOP_LIMIT_MS 5000

switch_endpoint_interface_t *janus_endpoint_interface;

/* --- console --- */

SWITCH_STANDARD_API(janus_api_function)
{
	char *output = janus_command(cmd ? cmd : "");

	(void) session;
	stream->write_function(stream, "%s", output);
	free(output);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(janus_app_function)
{
	janus_application("janus", switch_core_session_get_uuid(session), data ? data : "");
}

SWITCH_STANDARD_APP(janus_send_app_function)
{
	janus_application("janus_send", switch_core_session_get_uuid(session), data ? data : "");
}

/* --- module --- */

static void reserve_subclass(const char *name, void *to)
{
	(void) to;
	switch_event_reserve_subclass(name);
}

static void free_subclass(const char *name, void *to)
{
	(void) to;
	switch_event_free_subclass(name);
}

/* The words of an application, or of the console command:
 * the switch keeps the pointer as long as the module is loaded. */
static const char *syntax_of(switch_memory_pool_t *pool, const char *application)
{
	char *syntax = janus_syntax(application);
	const char *kept = switch_core_strdup(pool, syntax);

	free(syntax);

	return kept;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_janus_load)
{
	switch_api_interface_t *api_interface;
	switch_application_interface_t *app_interface;

	take_back_turns();

	janus_each_line(janus_event_subclasses(), reserve_subclass, NULL);

	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	janus_endpoint_interface = switch_loadable_module_create_interface(*module_interface, SWITCH_ENDPOINT_INTERFACE);
	janus_endpoint_interface->interface_name = "janus";
	janus_endpoint_interface->io_routines = &janus_io_routines;
	janus_endpoint_interface->state_handler = &janus_state_handlers;

	SWITCH_ADD_API(api_interface, "janus", "Janus WebRTC server", janus_api_function, syntax_of(pool, NULL));
	SWITCH_ADD_APP(app_interface, "janus", "Control a Janus leg",
				   "What the console command janus does to a leg, to this one or the one it is bridged to",
				   janus_app_function, syntax_of(pool, "janus"), SAF_SUPPORT_NOMEDIA);
	SWITCH_ADD_APP(app_interface, "janus_send", "Send a request to Janus",
				   "Sends a request to a Janus server; the answer is in janus_response", janus_send_app_function,
				   syntax_of(pool, "janus_send"), SAF_SUPPORT_NOMEDIA);

	janus_secret_headers_load();

	if (janus_start(&janus_host) != JANUS_OK) {
		return SWITCH_STATUS_GENERR;
	}

	janus_hold_watch(modname);
	janus_completion_add();

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_janus_shutdown)
{
	int left = janus_stop(JANUS_STOP_LIMIT_MS);

	if (left) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
						  "Unloading with %d janus legs still held by the switch\n", left);
	}

	janus_hold_unwatch();
	janus_completion_remove();

	janus_each_line(janus_event_subclasses(), free_subclass, NULL);

	return SWITCH_STATUS_SUCCESS;
}
