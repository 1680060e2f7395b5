/* SPDX-License-Identifier: MPL-2.0 */
/* apimodule.c -- commands about modules: load, unload, reload, module_exists; and reloadxml */
#include "minihost.h"

static void reload_xml(switch_stream_handle_t *stream)
{
	char *error;

	if (mh_xml_reload(&error) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK Reloading XML\n");
	}
	free(error);
}

SWITCH_STANDARD_API(load_function)
{
	const char *err = NULL;

	(void) session;
	if (!cmd) {
		stream->write_function(stream, "-USAGE: <mod_name>\n");
		return SWITCH_STATUS_SUCCESS;
	}

	reload_xml(stream);
	if (mh_module_load(cmd, &err) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK\n");
	} else {
		stream->write_function(stream, "-ERR [%s]\n", err);
	}

	return SWITCH_STATUS_SUCCESS;
}

/* "[-f] name": the name, and whether it is forced. */
static const char *forced(const char *cmd, bool *force)
{
	*force = false;

	if (cmd && *cmd == '-') {
		*force = strcspn(cmd, "f") < strcspn(cmd, " ");
		cmd += strcspn(cmd, " ");
		cmd += strspn(cmd, " ");
	}

	return zstr(cmd) ? NULL : cmd;
}

SWITCH_STANDARD_API(unload_function)
{
	const char *err = NULL, *name;
	bool force;

	(void) session;
	if (!(name = forced(cmd, &force))) {
		stream->write_function(stream, "-USAGE: [-f] <mod_name>\n");
	} else if (mh_module_unload(name, force, &err) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK\n");
	} else {
		stream->write_function(stream, "-ERR [%s]\n", err);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(reload_function)
{
	const char *err = NULL, *name;
	bool force;

	(void) session;
	if (!(name = forced(cmd, &force))) {
		stream->write_function(stream, "-USAGE: [-f] <mod_name>\n");
		return SWITCH_STATUS_SUCCESS;
	}

	reload_xml(stream);
	if (mh_module_unload(name, force, &err) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK module unloaded\n");
	} else {
		stream->write_function(stream, "-ERR unloading module [%s]\n", err);
	}
	err = NULL;
	if (mh_module_load(name, &err) == SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "+OK module loaded\n");
	} else {
		stream->write_function(stream, "-ERR loading module [%s]\n", err);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(module_exists_function)
{
	(void) session;
	if (cmd) {
		stream->write_function(stream, "%s", mh_module_exists(cmd) ? "true" : "false");
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(reloadxml_function)
{
	char *error;

	(void) cmd;
	(void) session;
	mh_xml_reload(&error);
	stream->write_function(stream, "+OK [%s]\n", error ? error : "Success");
	free(error);

	return SWITCH_STATUS_SUCCESS;
}

void mh_api_module_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "load", "Load Module", load_function, "<mod_name>");
	mh_api_add(core, "unload", "Unload module", unload_function, "[-f] <mod_name>");
	mh_api_add(core, "reload", "Reload module", reload_function, "[-f] <mod_name>");
	mh_api_add(core, "module_exists", "Check if module exists", module_exists_function, "<module>");
	mh_api_add(core, "reloadxml", "Reload XML", reloadxml_function, "");
}
