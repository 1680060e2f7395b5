/* SPDX-License-Identifier: MPL-2.0 */
/* interface.c -- what modules bring: lists of it, finding something in them, references */
#include "minihost.h"

switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(switch_memory_pool_t *pool,
																				   const char *name)
{
	switch_loadable_module_interface_t *interface = switch_core_alloc(pool, sizeof(*interface));

	interface->module_name = switch_core_strdup(pool, name);
	interface->pool = pool;

	return interface;
}

#define ADD(mod, type, list) \
	do { \
		type *item = switch_core_alloc((mod)->pool, sizeof(*item)), **link = &(mod)->list; \
		while (*link) { \
			link = &(*link)->next; \
		} \
		*link = item; \
		item->parent = (mod); \
		return item; \
	} while (0)

void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *mod,
											  switch_module_interface_name_t iname)
{
	switch (iname) {
	case SWITCH_ENDPOINT_INTERFACE:
		ADD(mod, switch_endpoint_interface_t, endpoint_interface);
	case SWITCH_CODEC_INTERFACE:
		ADD(mod, switch_codec_interface_t, codec_interface);
	case SWITCH_APPLICATION_INTERFACE:
		ADD(mod, switch_application_interface_t, application_interface);
	case SWITCH_API_INTERFACE:
		ADD(mod, switch_api_interface_t, api_interface);
	default:
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Invalid Module Type!\n");
		return NULL;
	}
}

void mh_module_protect(switch_loadable_module_interface_t *interface)
{
	__atomic_add_fetch(&interface->refs, 1, __ATOMIC_SEQ_CST);
}

void switch_loadable_module_unprotect(switch_loadable_module_interface_t *interface)
{
	__atomic_sub_fetch(&interface->refs, 1, __ATOMIC_SEQ_CST);
}

int mh_module_refs(switch_loadable_module_interface_t *interface)
{
	return __atomic_load_n(&interface->refs, __ATOMIC_SEQ_CST);
}

/* Finds an interface in the modules' lists and protects it. */
#define FIND(type, list, wanted) \
	do { \
		mh_module_t *module; \
		type *item, *found = NULL; \
		pthread_mutex_lock(&mh_modules.mutex); \
		for (module = mh_modules.head; module && !found; module = module->next) { \
			for (item = module->interface->list; item; item = item->next) { \
				if (item->interface_name && !strcasecmp(item->interface_name, wanted)) { \
					found = item; \
					mh_module_protect(module->interface); \
					break; \
				} \
			} \
		} \
		pthread_mutex_unlock(&mh_modules.mutex); \
		return found; \
	} while (0)

switch_endpoint_interface_t *mh_find_endpoint(const char *name)
{
	FIND(switch_endpoint_interface_t, endpoint_interface, name);
}

switch_api_interface_t *mh_find_api(const char *name)
{
	FIND(switch_api_interface_t, api_interface, name);
}

switch_application_interface_t *mh_find_application(const char *name)
{
	FIND(switch_application_interface_t, application_interface, name);
}

switch_codec_interface_t *switch_loadable_module_get_codec_interface(const char *name, const char *modname)
{
	(void) modname;
	FIND(switch_codec_interface_t, codec_interface, name);
}

void mh_each_api(void (*cb)(const switch_api_interface_t *api, void *arg), void *arg)
{
	const switch_api_interface_t *api;
	mh_module_t *module;

	pthread_mutex_lock(&mh_modules.mutex);
	for (module = mh_modules.head; module; module = module->next) {
		for (api = module->interface->api_interface; api; api = api->next) {
			cb(api, arg);
		}
	}
	pthread_mutex_unlock(&mh_modules.mutex);
}

static void fire(switch_event_types_t id, const char *type, const char *name, const char *module)
{
	switch_event_t *event;

	switch_event_create(&event, id);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "type", type);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "name", name);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "key", module);
	switch_event_fire(&event);
}

void mh_module_announce(mh_module_t *module, switch_event_types_t id)
{
	switch_endpoint_interface_t *endpoint;
	switch_codec_interface_t *codec;
	switch_api_interface_t *api;
	switch_application_interface_t *app;

	for (endpoint = module->interface->endpoint_interface; endpoint; endpoint = endpoint->next) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_NOTICE, "%s Endpoint '%s'\n",
						  id == SWITCH_EVENT_MODULE_LOAD ? "Adding" : "Deleting", endpoint->interface_name);
		fire(id, "endpoint", endpoint->interface_name, module->name);
	}
	for (codec = module->interface->codec_interface; codec; codec = codec->next) {
		fire(id, "codec", codec->interface_name, module->name);
	}
	for (app = module->interface->application_interface; app; app = app->next) {
		fire(id, "application", app->interface_name, module->name);
	}
	for (api = module->interface->api_interface; api; api = api->next) {
		fire(id, "api", api->interface_name, module->name);
	}
}
