/* SPDX-License-Identifier: MPL-2.0 */
/* mod_old_test.c -- a module that says it was built for a real FreeSWITCH: minihost must refuse
 * it */
#include <switch.h>

static switch_status_t load(switch_loadable_module_interface_t **module_interface, switch_memory_pool_t *pool)
{
	(void) module_interface;
	(void) pool;
	abort();
}

SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t mod_old_test_module_interface = {
	.switch_api_version = 5,
	.load = load,
};
