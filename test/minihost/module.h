/* SPDX-License-Identifier: MPL-2.0 */
/* module.h -- modules, and what they bring */
#ifndef MINIHOST_MODULE_H
#define MINIHOST_MODULE_H

#include <pthread.h>
#include <stdbool.h>
#include <switch.h>

/* Real time from which a reference is waited for at unload, as FreeSWITCH does. */
#define MH_UNLOAD_WAIT_MS 10000

/* --- module.c, interface.c --- */

typedef struct mh_module {
	char *name;
	void *handle; /* NULL: minihost's own */
	bool core;    /* stays */
	switch_loadable_module_function_table_t *table;
	switch_loadable_module_interface_t *interface;
	switch_memory_pool_t *pool;
	struct mh_module *next;
} mh_module_t;

typedef struct mh_modules {
	pthread_mutex_t mutex;
	pthread_mutex_t load_mutex; /* one load or unload at a time */
	mh_module_t *head;          /* newest first */
} mh_modules_t;

/* For module.c and interface.c alone. */
extern mh_modules_t mh_modules;
extern switch_loadable_module_interface_t *mh_core_interface;

void mh_module_init(void);
/* Is it a module that minihost has itself, but can be without? */
bool mh_module_builtin(const char *name);
switch_status_t mh_module_load(const char *name, const char **err);
switch_status_t mh_module_unload(const char *name, bool force, const char **err);
void mh_module_unload_all(void);
bool mh_module_exists(const char *name);
void mh_module_protect(switch_loadable_module_interface_t *interface);
int mh_module_refs(switch_loadable_module_interface_t *interface);
/* Fires an event for every interface of a module. */
void mh_module_announce(mh_module_t *module, switch_event_types_t id);
/* Interfaces by name, protected; give them back with UNPROTECT_INTERFACE. */
switch_endpoint_interface_t *mh_find_endpoint(const char *name);
switch_api_interface_t *mh_find_api(const char *name);
switch_application_interface_t *mh_find_application(const char *name);
/* Calls back for every API, modules held: the callback must not call back in. */
void mh_each_api(void (*cb)(const switch_api_interface_t *api, void *arg), void *arg);

#endif
