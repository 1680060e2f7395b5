/* SPDX-License-Identifier: MPL-2.0 */
/*
 * xmlpre.c -- FreeSWITCH's preprocessor: <X-PRE-PROCESS cmd="set|include|..."/> and $${variable}
 *
 * It works on lines and keeps, for each line of its output, the file and line it came from: an
 * error of the parser can then say where. Comments are left alone.
 */
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include "minihost.h"

#define MAX_DEPTH 16

static int preprocess(const char *path, mh_source_t *out, int depth);

static void add_line(mh_source_t *out, const char *text, const char *file, int line)
{
	mh_buf_puts(&out->text, text);
	mh_buf_puts(&out->text, "\n");

	if (out->count == out->size) {
		out->size = out->size ? out->size * 2 : 256;
		if (!(out->lines = realloc(out->lines, out->size * sizeof(*out->lines)))) {
			abort();
		}
	}
	out->lines[out->count].file = mh_strdup(file);
	out->lines[out->count++].line = line;
}

void mh_source_free(mh_source_t *source)
{
	size_t i;

	for (i = 0; i < source->count; i++) {
		free(source->lines[i].file);
	}
	free(source->lines);
	free(source->text.data);
	memset(source, 0, sizeof(*source));
}

/* The value of an attribute in a line: name="value". free() it. */
static char *attribute(const char *line, const char *name)
{
	const char *start = strstr(line, name), *end;
	size_t len = strlen(name);

	if (!start || start[len] != '=' || (start[len + 1] != '"' && start[len + 1] != '\'') ||
		!(end = strchr(start + len + 2, start[len + 1]))) {
		return NULL;
	}

	return strndup(start + len + 2, (size_t) (end - start - (long) len - 2));
}

/* data="name=value" */
static void set(const char *data)
{
	char *copy = mh_strdup(data), *value = strchr(copy, '=');

	if (value) {
		*value++ = '\0';
		switch_core_set_variable(copy, value);
	}
	free(copy);
}

/* A path, or a pattern, that counts from the folder of the file it stands in. */
static void include(const char *pattern, const char *file, mh_source_t *out, int depth)
{
	char *copy = mh_strdup(file), full[1024];
	glob_t found = { 0 };
	size_t i;

	snprintf(full, sizeof(full), "%s%s%s", *pattern == '/' ? "" : dirname(copy), *pattern == '/' ? "" : "/", pattern);
	free(copy);

	if (!glob(full, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++) {
			preprocess(found.gl_pathv[i], out, depth + 1);
		}
	}
	globfree(&found);
}

static void command(const char *line, const char *file, int number, mh_source_t *out, int depth)
{
	char *cmd = attribute(line, "cmd"), *data = attribute(line, "data");

	if (cmd && data && !strcasecmp(cmd, "set")) {
		set(data);
	} else if (cmd && data && !strcasecmp(cmd, "include")) {
		include(data, file, out, depth);
	} else {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "%s:%d: X-PRE-PROCESS %s is not for minihost\n", file,
						  number, cmd ? cmd : "");
	}

	free(cmd);
	free(data);
}

/* Is the line, at its end, inside a comment? */
static bool in_comment(const char *line, bool inside)
{
	const char *next;

	while ((next = strstr(line, inside ? "-->" : "<!--"))) {
		line = next + 3;
		inside = !inside;
	}

	return inside;
}

static int preprocess(const char *path, mh_source_t *out, int depth)
{
	FILE *file = depth < MAX_DEPTH ? fopen(path, "r") : NULL;
	char *line = NULL, *expanded;
	bool comment = false, was;
	size_t size = 0;
	ssize_t len;
	int number = 0;

	if (!file) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Couldn't open %s (%s)\n", path,
						  depth < MAX_DEPTH ? strerror(errno) : "too deep");
		return -1;
	}

	while ((len = getline(&line, &size, file)) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		number++;
		was = comment;
		comment = in_comment(line, comment);
		expanded = mh_expand(line, "$${", NULL, NULL);
		if (!was && strstr(expanded, "<X-PRE-PROCESS") && !strstr(expanded, "<!--")) {
			command(expanded, path, number, out, depth);
			add_line(out, "", path, number);
		} else {
			add_line(out, expanded, path, number);
		}
		free(expanded);
	}

	free(line);
	fclose(file);

	return 0;
}

int mh_xml_preprocess(const char *path, mh_source_t *out)
{
	mh_buf_put(&out->text, "", 0);

	return preprocess(path, out, 0);
}
