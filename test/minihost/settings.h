/* SPDX-License-Identifier: MPL-2.0 */
/* settings.h -- the log, the global variables, the configuration in XML, the access lists */
#ifndef MINIHOST_SETTINGS_H
#define MINIHOST_SETTINGS_H

#include <stdbool.h>
#include <switch.h>
#include "text.h"

/* --- log.c --- */

int mh_log_open(const char *path);
void mh_log_close(void);
void mh_log_level(switch_log_level_t level);
const char *mh_log_level2str(switch_log_level_t level);
switch_log_level_t mh_log_str2level(const char *name);

/* --- global.c --- */

typedef struct mh_settings {
	char conf_dir[512];
	char mod_dir[512];
	char log_file[512];
	char version[64]; /* what it says its version is */
	char esl_ip[64];
	char password[128];
	int esl_port;
	bool console; /* log to stderr too */
} mh_settings_t;

extern mh_settings_t mh_settings;
/* Microseconds since 1970 when minihost began. */
extern switch_time_t mh_started;

void mh_global_init(void);
void mh_global_clear(void);
void mh_global_dump(switch_stream_handle_t *stream);
/* Replaces ${name} by what lookup says, or by a global variable. free() the result. */
typedef const char *(*mh_lookup_t)(void *arg, const char *name);
char *mh_expand(const char *text, const char *open, mh_lookup_t lookup, void *arg);
/* What ports.c has given out, a line an address. */
void mh_ports_dump(switch_stream_handle_t *stream);
void mh_ports_clear(void);
/* Asks main() to end. */
void mh_shutdown_request(void);

/* --- xmlpre.c, xmlcfg.c, xmlparse.c --- */

typedef struct mh_place {
	char *file;
	int line;
} mh_place_t;

/* A text with the place every line came from. */
typedef struct mh_source {
	mh_buf_t text;
	mh_place_t *lines;
	size_t count, size;
} mh_source_t;

/* Reads a file with its includes, sets and $${...} done; -1 when it cannot be read. */
int mh_xml_preprocess(const char *path, mh_source_t *out);
void mh_source_free(mh_source_t *source);
/* Parses; NULL and *error ("file:line: what", to be released) when it is broken. */
switch_xml_t mh_xml_parse(mh_source_t *source, char **error);
void mh_xml_tree_free(switch_xml_t xml);
/* Reads the whole configuration again; *error is to be released with free(). */
switch_status_t mh_xml_reload(char **error);
void mh_xml_clear(void);
/* The value of <param name="..."> in <section> of an open configuration; NULL when there is
 * none. */
const char *mh_xml_param(switch_xml_t cfg, const char *section, const char *name);

/* --- acl.c --- */

void mh_acl_load(void);
void mh_acl_clear(void);

#endif
