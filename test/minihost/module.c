/* SPDX-License-Identifier: MPL-2.0 */
/* module.c -- loading and unloading of modules, and finding what they bring */
#include <dlfcn.h>
#include "minihost.h"

typedef struct module {
	char *name;
	void *handle;					/* NULL: minihost's own */
	bool core;						/* stays */
	switch_loadable_module_function_table_t *table;
	switch_loadable_module_interface_t *interface;
	switch_memory_pool_t *pool;
	struct module *next;
} module_t;

static struct {
	pthread_mutex_t mutex;
	pthread_mutex_t load_mutex;		/* one load or unload at a time */
	module_t *head;					/* newest first */
} modules = { .mutex = PTHREAD_MUTEX_INITIALIZER, .load_mutex = PTHREAD_MUTEX_INITIALIZER };

switch_loadable_module_interface_t *mh_core_interface;

static void insert(module_t *module)
{
	pthread_mutex_lock(&modules.mutex);
	module->next = modules.head;
	modules.head = module;
	pthread_mutex_unlock(&modules.mutex);
}

static void free_module(module_t *module)
{
	free(module->name);
	mh_pool_free(module->pool);
	free(module);
}

void mh_module_init(void)
{
	module_t *core = mh_alloc(sizeof(*core));

	core->name = mh_strdup("CORE_MINIHOST");
	core->core = true;
	core->pool = mh_pool_new();
	core->interface = mh_core_interface = switch_loadable_module_create_module_interface(core->pool, core->name);
	mh_codec_register(core->interface);
	mh_null_register(core->interface);
	mh_apps_register(core->interface);
	mh_api_module_register(core->interface);
	mh_api_register(core->interface);
	mh_api_call_register(core->interface);
	mh_api_uuid_register(core->interface);
	mh_hold_register(core->interface);
	mh_api_show_register(core->interface);
	insert(core);
}

switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(switch_memory_pool_t *pool, const char *name)
{
	switch_loadable_module_interface_t *interface = switch_core_alloc(pool, sizeof(*interface));

	interface->module_name = switch_core_strdup(pool, name);
	interface->pool = pool;

	return interface;
}

#define ADD(mod, type, list) do { \
		type *item = switch_core_alloc((mod)->pool, sizeof(*item)), **link = &(mod)->list; \
		while (*link) { \
			link = &(*link)->next; \
		} \
		*link = item; \
		item->parent = (mod); \
		return item; \
	} while (0)

void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *mod, switch_module_interface_name_t iname)
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
#define FIND(type, list, wanted) do { \
		module_t *module; \
		type *item, *found = NULL; \
		pthread_mutex_lock(&modules.mutex); \
		for (module = modules.head; module && !found; module = module->next) { \
			for (item = module->interface->list; item; item = item->next) { \
				if (item->interface_name && !strcasecmp(item->interface_name, wanted)) { \
					found = item; \
					mh_module_protect(module->interface); \
					break; \
				} \
			} \
		} \
		pthread_mutex_unlock(&modules.mutex); \
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

void mh_each_api(void (*cb) (const switch_api_interface_t *api, void *arg), void *arg)
{
	const switch_api_interface_t *api;
	module_t *module;

	pthread_mutex_lock(&modules.mutex);
	for (module = modules.head; module; module = module->next) {
		for (api = module->interface->api_interface; api; api = api->next) {
			cb(api, arg);
		}
	}
	pthread_mutex_unlock(&modules.mutex);
}

bool mh_module_exists(const char *name)
{
	module_t *module;

	pthread_mutex_lock(&modules.mutex);
	for (module = modules.head; module && strcmp(module->name, name); module = module->next);
	pthread_mutex_unlock(&modules.mutex);

	return module != NULL;
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

/* One event for every interface. */
static void announce(module_t *module, switch_event_types_t id)
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

/* Modules of FreeSWITCH's that minihost has in itself. */
static const struct {
	const char *name;
	void (*add) (switch_loadable_module_interface_t *mod);
} builtins[] = {
	{ "mod_opus", mh_opus_register }
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

/* Its place in the list, or BUILTINS. */
static size_t builtin(const char *name)
{
	size_t i;

	for (i = 0; i < BUILTINS && strcmp(builtins[i].name, name); i++);

	return i;
}

bool mh_module_builtin(const char *name)
{
	return builtin(name) < BUILTINS;
}

/* Opens the file and checks that it was built for us. */
static const char *open_file(module_t *module)
{
	char path[1200], symbol[256];

	snprintf(path, sizeof(path), "%s/%s.so", mh_settings.mod_dir, module->name);
	snprintf(symbol, sizeof(symbol), "%s_module_interface", module->name);

	if (!(module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Error Loading module %s\n**%s**\n", path, dlerror());
		return "module load file routine returned an error";
	}

	if (!(module->table = dlsym(module->handle, symbol))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Error Loading module %s\n**Cannot locate symbol '%s'**\n", path, symbol);
		return "module load file routine returned an error";
	}

	if (module->table->switch_api_version != SWITCH_API_VERSION) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Error Loading module %s\n**Trying to load an out of date module, please rebuild the module.**\n", path);
		return "module load file routine returned an error";
	}

	return NULL;
}

static const char *load(module_t *module)
{
	const char *err;
	switch_status_t status;

	if (mh_module_builtin(module->name)) {
		module->interface = switch_loadable_module_create_module_interface(module->pool, module->name);
		builtins[builtin(module->name)].add(module->interface);
		return NULL;
	}
	if ((err = open_file(module))) {
		return err;
	}

	status = module->table->load(&module->interface, module->pool);
	if (status != SWITCH_STATUS_SUCCESS && status != SWITCH_STATUS_NOUNLOAD) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Error Loading module %s\n**Module load routine returned an error**\n", module->name);
		return "module load routine returned an error";
	}
	if (!module->interface) {
		return "Module failed to initialize its module_interface. Is this a valid module?";
	}

	return NULL;
}

switch_status_t mh_module_load(const char *name, const char **err)
{
	module_t *module;

	pthread_mutex_lock(&modules.load_mutex);

	if (strchr(name, '/')) {
		*err = "module load file routine returned an error";
	} else if (mh_module_exists(name)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Module %s Already Loaded!\n", name);
		*err = "Module already loaded";
	} else {
		module = mh_alloc(sizeof(*module));
		module->name = mh_strdup(name);
		module->pool = mh_pool_new();
		if ((*err = load(module))) {
			if (module->handle) {
				dlclose(module->handle);
			}
			free_module(module);
		} else {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "Successfully Loaded [%s]\n", module->name);
			insert(module);
			announce(module, SWITCH_EVENT_MODULE_LOAD);
		}
	}

	pthread_mutex_unlock(&modules.load_mutex);

	return *err ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

/* Hangs up what a module carries, and waits until nothing refers to it. */
static bool release(module_t *module)
{
	int64_t end = mh_now_us() + MH_UNLOAD_WAIT_MS * 1000LL;
	switch_endpoint_interface_t *endpoint;

	for (endpoint = module->interface->endpoint_interface; endpoint; endpoint = endpoint->next) {
		mh_session_hupall(endpoint, SWITCH_CAUSE_MANAGER_REQUEST);
	}

	while (mh_module_refs(module->interface)) {
		if (mh_now_us() > end) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Giving up on '%s' waiting for existing references.\n", module->name);
			return false;
		}
		mh_sleep_ms(10);
	}

	return true;
}

/* The module is in no list any more. */
static void unload(module_t *module)
{
	bool idle = release(module);

	announce(module, SWITCH_EVENT_MODULE_UNLOAD);
	switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "Stopping: %s\n", module->name);
	if (module->table && module->table->shutdown) {
		module->table->shutdown();
	}
	switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "%s unloaded.\n", module->name);

	/* with legs left FreeSWITCH goes on and takes the code from under them; we would rather leak */
	if (idle) {
		if (module->handle) {
			dlclose(module->handle);
		}
		free_module(module);
	}
}

switch_status_t mh_module_unload(const char *name, bool force, const char **err)
{
	module_t **link, *module;

	*err = NULL;
	pthread_mutex_lock(&modules.load_mutex);
	pthread_mutex_lock(&modules.mutex);

	for (link = &modules.head; (module = *link) && strcmp(module->name, name); link = &module->next);
	if (!module) {
		*err = "No such module!";
	} else if (module->core) {
		*err = "Module is not unloadable";
	} else if (!force && mh_module_refs(module->interface)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Module %s is in use, cannot unload.\n", name);
		*err = "Module in use.";
	} else {
		*link = module->next;
	}

	pthread_mutex_unlock(&modules.mutex);
	if (!*err) {
		unload(module);
	}
	pthread_mutex_unlock(&modules.load_mutex);

	return *err ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

void mh_module_unload_all(void)
{
	module_t *module;

	for (;;) {
		pthread_mutex_lock(&modules.mutex);
		if ((module = modules.head)) {
			modules.head = module->next;
		}
		pthread_mutex_unlock(&modules.mutex);

		if (!module) {
			break;
		}
		if (module->core) {
			free_module(module);
		} else {
			unload(module);
		}
	}
}
