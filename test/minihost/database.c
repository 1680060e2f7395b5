/* SPDX-License-Identifier: MPL-2.0 */
/* database.c -- the database layer: SQLite alone, each handle a connection of its own */
#include <sqlite3.h>
#include "minihost.h"

struct switch_cache_db_handle {
	sqlite3 *db;
};

#define SQLITE_SCHEME "sqlite://"

/* How long a file that another process writes is waited for, in ms. */
#define BUSY_LIMIT 5000

switch_status_t switch_database_available(char *dsn)
{
	return strncasecmp(dsn, SQLITE_SCHEME, strlen(SQLITE_SCHEME)) ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_cache_db_get_db_handle_dsn(switch_cache_db_handle_t **dbh, const char *dsn)
{
	char path[1100];
	sqlite3 *db = NULL;

	*dbh = NULL;

	if (!strncasecmp(dsn, SQLITE_SCHEME, strlen(SQLITE_SCHEME))) {
		dsn += strlen(SQLITE_SCHEME);
	} else if (strchr(dsn, ':')) {
		/* name:user:password, which is not for the log */
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "minihost has no ODBC\n");
		return SWITCH_STATUS_FALSE;
	}

	/* as in FreeSWITCH, a name without a path is a file of the switch's own */
	if (*dsn == '/') {
		snprintf(path, sizeof(path), "%s", dsn);
	} else {
		snprintf(path, sizeof(path), "%s/%s.db", mh_settings.conf_dir, dsn);
	}

	if (sqlite3_open(path, &db) != SQLITE_OK) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "%s: %s\n", path, sqlite3_errmsg(db));
		sqlite3_close(db);
		return SWITCH_STATUS_FALSE;
	}

	sqlite3_busy_timeout(db, BUSY_LIMIT);
	*dbh = mh_alloc(sizeof(**dbh));
	(*dbh)->db = db;

	return SWITCH_STATUS_SUCCESS;
}

void switch_cache_db_release_db_handle(switch_cache_db_handle_t **dbh)
{
	if (*dbh) {
		sqlite3_close((*dbh)->db);
		free(*dbh);
		*dbh = NULL;
	}
}

switch_status_t switch_cache_db_execute_sql_callback_err(switch_cache_db_handle_t *dbh, const char *sql,
														 switch_core_db_callback_func_t callback,
														 switch_core_db_err_callback_func_t err_callback, void *pdata,
														 char **err)
{
	char *message = NULL;
	int result = sqlite3_exec(dbh->db, sql, callback, pdata, &message);

	*err = NULL;

	if (result != SQLITE_OK && result != SQLITE_ABORT) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "SQL ERR: [%s] %s\n", sql, message ? message : "");
	}
	if (message) {
		err_callback(pdata, message);
		sqlite3_free(message);
	}

	return result == SQLITE_OK || result == SQLITE_ABORT ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
