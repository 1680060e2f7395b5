/* SPDX-License-Identifier: MPL-2.0 */
/*
 * xmlcfg.c -- the configuration: read as a whole at start, `reloadxml` and `load`, as in FreeSWITCH
 *
 * With a DIR/freeswitch.xml that is the document, and when it is broken the one before stays.
 * Without one, DIR/vars.xml is read for its variables and each DIR/autoload_configs/<name>.conf.xml
 * is a document of its own: a broken one is an error in the log, with file and line, and that
 * configuration alone cannot be opened.
 */
#include <glob.h>
#include <unistd.h>
#include "minihost.h"

struct switch_xml_document {
	switch_xml_t root;
	int refs; /* who has it open, and the list */
	struct switch_xml_document *next;
};

typedef struct switch_xml_document document_t;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static document_t *documents;

/* With the mutex. */
static void unref(document_t *document)
{
	if (!--document->refs) {
		mh_xml_tree_free(document->root);
		free(document);
	}
}

/* Reads and parses one file. NULL: *error says why. */
static document_t *read_document(const char *path, char **error)
{
	mh_source_t source = { 0 };
	document_t *document = NULL;
	mh_buf_t buf = { 0 };
	switch_xml_t root;

	*error = NULL;

	if (mh_xml_preprocess(path, &source)) {
		mh_buf_printf(&buf, "%s: cannot be read", path);
		*error = mh_buf_take(&buf);
	} else if ((root = mh_xml_parse(&source, error))) {
		document = mh_alloc(sizeof(*document));
		document->root = root;
		document->refs = 1;
		root->document = document;
	} else {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "XML error: %s\n", *error);
	}

	mh_source_free(&source);

	return document;
}

static void replace(document_t *list)
{
	document_t *old, *next;

	pthread_mutex_lock(&mutex);
	old = documents;
	documents = list;
	for (; old; old = next) {
		next = old->next;
		unref(old);
	}
	pthread_mutex_unlock(&mutex);
}

/* Every file on its own. */
static document_t *read_loose(char **first_error)
{
	document_t *list = NULL, *document;
	mh_source_t vars = { 0 };
	char path[600], *error;
	glob_t found = { 0 };
	size_t i;

	snprintf(path, sizeof(path), "%s/vars.xml", mh_settings.conf_dir);
	if (!access(path, R_OK)) {
		mh_xml_preprocess(path, &vars);
	}
	mh_source_free(&vars);

	snprintf(path, sizeof(path), "%s/autoload_configs/*.xml", mh_settings.conf_dir);
	if (!glob(path, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++) {
			if ((document = read_document(found.gl_pathv[i], &error))) {
				document->next = list;
				list = document;
			} else if (!*first_error) {
				*first_error = error;
			} else {
				free(error);
			}
		}
	}
	globfree(&found);

	return list;
}

switch_status_t mh_xml_reload(char **error)
{
	document_t *list;
	char path[600];

	*error = NULL;
	snprintf(path, sizeof(path), "%s/freeswitch.xml", mh_settings.conf_dir);

	if (!access(path, R_OK)) {
		if (!(list = read_document(path, error))) {
			return SWITCH_STATUS_FALSE;
		}
	} else {
		list = read_loose(error);
	}
	replace(list);
	mh_acl_load();

	return *error ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_xml_reload(const char **err)
{
	static __thread char reason[512];
	char *error = NULL;
	switch_status_t status = mh_xml_reload(&error);

	if (error) {
		snprintf(reason, sizeof(reason), "%s", error);
		free(error);
	}
	*err = status == SWITCH_STATUS_SUCCESS ? "Success" : reason;
	return status;
}

void mh_xml_clear(void)
{
	replace(NULL);
}

/* <configuration name="..."> wherever it stands. */
static switch_xml_t find(switch_xml_t xml, const char *name)
{
	switch_xml_t found;

	for (; xml; xml = xml->ordered) {
		if (!strcmp(xml->name, "configuration") && !strcmp(switch_xml_attr_soft(xml, "name"), name)) {
			return xml;
		}
		if ((found = find(xml->child, name))) {
			return found;
		}
	}

	return NULL;
}

switch_xml_t switch_xml_open_cfg(const char *file, switch_xml_t *node, struct switch_event *params)
{
	document_t *document;
	switch_xml_t found = NULL, root = NULL;

	(void) params;

	pthread_mutex_lock(&mutex);
	for (document = documents; document && !found; document = document->next) {
		if ((found = find(document->root, file))) {
			document->refs++;
			root = document->root;
		}
	}
	pthread_mutex_unlock(&mutex);

	*node = found;

	return root;
}

void switch_xml_free(switch_xml_t xml)
{
	if (!xml) {
		return;
	}

	while (xml->parent) {
		xml = xml->parent;
	}

	pthread_mutex_lock(&mutex);
	unref(xml->document);
	pthread_mutex_unlock(&mutex);
}

const char *mh_xml_param(switch_xml_t cfg, const char *section, const char *name)
{
	switch_xml_t param;

	for (param = switch_xml_child(switch_xml_child(cfg, section), "param"); param; param = param->next) {
		if (!strcmp(switch_xml_attr_soft(param, "name"), name)) {
			return switch_xml_attr(param, "value");
		}
	}

	return NULL;
}
