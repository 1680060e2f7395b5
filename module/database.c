/* SPDX-License-Identifier: MPL-2.0 */
/*
 * database.c -- host_query: a statement through the switch's own database layer
 */
#include "shim.h"

typedef struct query {
	janus_table_t *table;
	size_t size; /* cells that there is room for */
	char *error; /* the first thing that went wrong; NULL: nothing */
} query_t;

static void clear_table(janus_table_t *table)
{
	size_t i;

	for (i = 0; table->cells && i < ((size_t) table->rows + 1) * table->columns; i++) {
		free(table->cells[i]);
	}
	free(table->cells);
	memset(table, 0, sizeof(*table));
}

/* Adds a line of cells, the names of the columns or a row. */
static int add_line(query_t *query, size_t line, char **texts)
{
	janus_table_t *table = query->table;
	size_t i, first = line * table->columns, needed = first + table->columns;
	char **cells;

	if (needed > query->size) {
		if (!(cells = realloc(table->cells, needed * 2 * sizeof(*cells)))) {
			return -1;
		}
		table->cells = cells;
		query->size = needed * 2;
	}

	for (i = 0; i < table->columns; i++) {
		table->cells[first + i] = texts[i] ? strdup(texts[i]) : NULL;
	}

	return 0;
}

/* Takes the first error, and ends the query. */
static int give_up(query_t *query, const char *reason)
{
	if (!query->error && !zstr(reason)) {
		query->error = strdup(reason);
	}

	return 1;
}

static int on_row(void *arg, int argc, char **values, char **names)
{
	query_t *query = arg;
	janus_table_t *table = query->table;
	char reason[64];

	if (argc < 1) {
		return give_up(query, "a row without columns");
	}

	if (!table->cells) {
		table->columns = (uint32_t) argc;
		if (add_line(query, 0, names)) {
			return give_up(query, "out of memory");
		}
	}

	if ((uint32_t) argc != table->columns) {
		return give_up(query, "its rows differ in their columns");
	}

	if (table->rows == JANUS_TABLE_ROWS) {
		snprintf(reason, sizeof(reason), "more than %u rows", JANUS_TABLE_ROWS);
		return give_up(query, reason);
	}

	if (add_line(query, (size_t) table->rows + 1, values)) {
		return give_up(query, "out of memory");
	}
	table->rows++;

	return 0;
}

/* Some drivers say what is wrong here, the others in *err. */
static int on_error(void *arg, const char *errmsg)
{
	give_up(arg, errmsg);

	return 0;
}

/* FreeSWITCH takes a dsn whose scheme it has no driver for to be the name of an SQLite file,
 * and logs it whole. */
static char *no_driver(const char *dsn)
{
	const char *colon = strstr(dsn, "://");
	char *copy, reason[160] = "";

	if (!colon || !(copy = strdup(dsn))) {
		return NULL;
	}

	if (switch_database_available(copy) != SWITCH_STATUS_SUCCESS) {
		snprintf(reason, sizeof(reason),
				 "the switch has no database driver for %.*s:// loaded (of FreeSWITCH mod_pgsql, mod_mariadb, ODBC)",
				 (int) (colon - dsn < 20 ? colon - dsn : 20), dsn);
	}
	free(copy);

	return *reason ? strdup(reason) : NULL;
}

int host_query(const char *dsn, const char *sql, janus_table_t *table, char **error)
{
	switch_cache_db_handle_t *dbh = NULL;
	query_t query = { .table = table };
	switch_status_t status;
	char *err = NULL;

	memset(table, 0, sizeof(*table));

	if ((*error = no_driver(dsn))) {
		return JANUS_FAILED;
	}

	if (switch_cache_db_get_db_handle_dsn(&dbh, dsn) != SWITCH_STATUS_SUCCESS || !dbh) {
		*error = strdup("it cannot be opened or connected to; the switch's own log may say why");
		return JANUS_FAILED;
	}

	status = switch_cache_db_execute_sql_callback_err(dbh, sql, on_row, on_error, &query, &err);
	give_up(&query, err);
	free(err);
	switch_cache_db_release_db_handle(&dbh);

	if (status == SWITCH_STATUS_SUCCESS && !query.error) {
		return JANUS_OK;
	}

	clear_table(table);
	*error = query.error ? query.error : strdup("the query failed; the switch's own log may say why");

	return JANUS_FAILED;
}
