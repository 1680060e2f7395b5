/* SPDX-License-Identifier: MPL-2.0 */
/* api.h -- the commands and the applications of the switch */
#ifndef MINIHOST_API_H
#define MINIHOST_API_H

#include <switch.h>

/* --- apps.c, null.c, completion.c, api*.c --- */

void mh_apps_register(switch_loadable_module_interface_t *core);
void mh_null_register(switch_loadable_module_interface_t *core);
void mh_api_module_register(switch_loadable_module_interface_t *core);
void mh_api_register(switch_loadable_module_interface_t *core);
void mh_api_call_register(switch_loadable_module_interface_t *core);
void mh_api_uuid_register(switch_loadable_module_interface_t *core);
void mh_api_show_register(switch_loadable_module_interface_t *core);
void mh_api_add(switch_loadable_module_interface_t *core, const char *name, const char *desc,
				switch_api_function_t function, const char *syntax);
/* Runs "command arguments"; FALSE when there is no such command, and nothing is written then. */
switch_status_t mh_api_execute(const char *command, const char *arg, switch_stream_handle_t *stream);
void mh_console_complete(const char *line, switch_stream_handle_t *stream);
void mh_console_clear(void);

#endif
