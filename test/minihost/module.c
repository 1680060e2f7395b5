/* SPDX-License-Identifier: MPL-2.0 */
/* module.c -- loading and unloading of modules; what they bring is in interface.c */
#include <dlfcn.h>
#include "minihost.h"

mh_modules_t mh_modules = { .mutex = PTHREAD_MUTEX_INITIALIZER, .load_mutex = PTHREAD_MUTEX_INITIALIZER };

switch_loadable_module_interface_t *mh_core_interface;

static void insert(mh_module_t *module)
{
	pthread_mutex_lock(&mh_modules.mutex);
	module->next = mh_modules.head;
	mh_modules.head = module;
	pthread_mutex_unlock(&mh_modules.mutex);
}

static void free_module(mh_module_t *module)
{
	free(module->name);
	mh_pool_free(module->pool);
	free(module);
}

void mh_module_init(void)
{
	mh_module_t *core = mh_alloc(sizeof(*core));

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

bool mh_module_exists(const char *name)
{
	mh_module_t *module;

	pthread_mutex_lock(&mh_modules.mutex);
	for (module = mh_modules.head; module && strcmp(module->name, name); module = module->next) {}
	pthread_mutex_unlock(&mh_modules.mutex);

	return module != NULL;
}

/* Modules of FreeSWITCH's that minihost has in itself. */
static const struct {
	const char *name;
	void (*add)(switch_loadable_module_interface_t *mod);
} builtins[] = {
	{ "mod_opus", mh_opus_register },
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

/* Its place in the list, or BUILTINS. */
static size_t builtin(const char *name)
{
	size_t i;

	for (i = 0; i < BUILTINS && strcmp(builtins[i].name, name); i++) {}

	return i;
}

bool mh_module_builtin(const char *name)
{
	return builtin(name) < BUILTINS;
}

/* Opens the file and checks that it was built for us. */
static const char *open_file(mh_module_t *module)
{
	char path[1200], symbol[256];

	snprintf(path, sizeof(path), "%s/%s.so", mh_settings.mod_dir, module->name);
	snprintf(symbol, sizeof(symbol), "%s_module_interface", module->name);

	if (!(module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Error Loading module %s\n**%s**\n", path, dlerror());
		return "module load file routine returned an error";
	}

	if (!(module->table = dlsym(module->handle, symbol))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Error Loading module %s\n**Cannot locate symbol '%s'**\n", path, symbol);
		return "module load file routine returned an error";
	}

	if (module->table->switch_api_version != SWITCH_API_VERSION) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Error Loading module %s\n"
						  "**Trying to load an out of date module, please rebuild the module.**\n",
						  path);
		return "module load file routine returned an error";
	}

	return NULL;
}

static const char *load(mh_module_t *module)
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
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Error Loading module %s\n**Module load routine returned an error**\n", module->name);
		return "module load routine returned an error";
	}
	if (!module->interface) {
		return "Module failed to initialize its module_interface. Is this a valid module?";
	}

	return NULL;
}

switch_status_t mh_module_load(const char *name, const char **err)
{
	mh_module_t *module;

	pthread_mutex_lock(&mh_modules.load_mutex);

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
			mh_module_announce(module, SWITCH_EVENT_MODULE_LOAD);
		}
	}

	pthread_mutex_unlock(&mh_modules.load_mutex);

	return *err ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

/* Hangs up what a module carries, and waits until nothing refers to it. */
static bool release(mh_module_t *module)
{
	int64_t end = mh_now_us() + MH_UNLOAD_WAIT_MS * 1000LL;
	switch_endpoint_interface_t *endpoint;

	for (endpoint = module->interface->endpoint_interface; endpoint; endpoint = endpoint->next) {
		mh_session_hupall(endpoint, SWITCH_CAUSE_MANAGER_REQUEST);
	}

	while (mh_module_refs(module->interface)) {
		if (mh_now_us() > end) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR,
							  "Giving up on '%s' waiting for existing references.\n", module->name);
			return false;
		}
		mh_sleep_ms(10);
	}

	return true;
}

/* The module is in no list any more. */
static void unload(mh_module_t *module)
{
	bool idle = release(module);

	mh_module_announce(module, SWITCH_EVENT_MODULE_UNLOAD);
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
	mh_module_t **link, *module;

	*err = NULL;
	pthread_mutex_lock(&mh_modules.load_mutex);
	pthread_mutex_lock(&mh_modules.mutex);

	for (link = &mh_modules.head; (module = *link) && strcmp(module->name, name); link = &module->next) {}
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

	pthread_mutex_unlock(&mh_modules.mutex);
	if (!*err) {
		unload(module);
	}
	pthread_mutex_unlock(&mh_modules.load_mutex);

	return *err ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

void mh_module_unload_all(void)
{
	mh_module_t *module;

	for (;;) {
		pthread_mutex_lock(&mh_modules.mutex);
		if ((module = mh_modules.head)) {
			mh_modules.head = module->next;
		}
		pthread_mutex_unlock(&mh_modules.mutex);

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
