/* SPDX-License-Identifier: MPL-2.0 */
/* completion.c -- Tab: what switch_console_set_complete() was told,
 * and console_complete's answer in FreeSWITCH's form */
#include "minihost.h"

#define MAX_WORDS 10

typedef struct rule {
	char *text; /* owns the words */
	char *words[MAX_WORDS];
	int count;
	struct rule *next;
} rule_t;

typedef struct func {
	char *name;
	switch_console_complete_callback_t callback;
	struct func *next;
} func_t;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static rule_t *rules;
static func_t *funcs;

void switch_console_push_match(switch_console_callback_match_t **matches, const char *word)
{
	switch_console_callback_match_node_t *node = mh_alloc(sizeof(*node));

	if (!*matches) {
		*matches = mh_alloc(sizeof(**matches));
	}

	node->val = mh_strdup(word);
	if ((*matches)->end) {
		(*matches)->end->next = node;
	} else {
		(*matches)->head = node;
	}
	(*matches)->end = node;
	(*matches)->count++;
}

static void free_matches(switch_console_callback_match_t *matches)
{
	switch_console_callback_match_node_t *node, *next;

	for (node = matches ? matches->head : NULL; node; node = next) {
		next = node->next;
		free(node->val);
		free(node);
	}
	free(matches);
}

static void free_rule(rule_t *rule)
{
	free(rule->text);
	free(rule);
}

/* Deletes the rules that begin with these words. */
static void delete_rules(char **words, int count)
{
	rule_t **link = &rules, *rule;
	int i;

	while ((rule = *link)) {
		for (i = 0; i < count && i < rule->count && !strcmp(words[i], rule->words[i]); i++) {}
		if (i == count) {
			*link = rule->next;
			free_rule(rule);
		} else {
			link = &rule->next;
		}
	}
}

switch_status_t switch_console_set_complete(const char *string)
{
	rule_t *rule = mh_alloc(sizeof(*rule)), **link;
	char *words[MAX_WORDS + 1] = { 0 };
	switch_status_t status = SWITCH_STATUS_SUCCESS;
	int count;

	rule->text = mh_strdup(string);
	count = mh_split(rule->text, ' ', words, MAX_WORDS + 1);

	pthread_mutex_lock(&mutex);
	if (count >= 2 && (!strcasecmp(words[0], "add") || !strcasecmp(words[0], "stickyadd"))) {
		rule->count = count - 1;
		memcpy(rule->words, words + 1, sizeof(*words) * (size_t) rule->count);
		for (link = &rules; *link; link = &(*link)->next) {}
		*link = rule;
		rule = NULL;
	} else if (count >= 2 && !strcasecmp(words[0], "del")) {
		delete_rules(words + 1, strcmp(words[1], "*") ? count - 1 : 0);
	} else {
		status = SWITCH_STATUS_FALSE;
	}
	pthread_mutex_unlock(&mutex);

	if (rule) {
		free_rule(rule);
	}

	return status;
}

switch_status_t switch_console_add_complete_func(const char *name, switch_console_complete_callback_t cb)
{
	func_t *func = mh_alloc(sizeof(*func));

	func->name = mh_strdup(name);
	func->callback = cb;
	pthread_mutex_lock(&mutex);
	func->next = funcs;
	funcs = func;
	pthread_mutex_unlock(&mutex);

	return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_del_complete_func(const char *name)
{
	func_t **link = &funcs, *func;
	switch_status_t status = SWITCH_STATUS_FALSE;

	pthread_mutex_lock(&mutex);
	while ((func = *link)) {
		if (!name || !strcmp(func->name, name)) {
			*link = func->next;
			free(func->name);
			free(func);
			status = SWITCH_STATUS_SUCCESS;
		} else {
			link = &func->next;
		}
	}
	pthread_mutex_unlock(&mutex);

	return status;
}

void mh_console_clear(void)
{
	switch_console_del_complete_func(NULL);
	pthread_mutex_lock(&mutex);
	delete_rules(NULL, 0);
	pthread_mutex_unlock(&mutex);
}

/* Adds a word once, when it begins with what was typed. */
static void add(switch_console_callback_match_t **matches, const char *word, const char *typed)
{
	switch_console_callback_match_node_t *node;

	if (strncmp(word, typed, strlen(typed))) {
		return;
	}
	for (node = *matches ? (*matches)->head : NULL; node; node = node->next) {
		if (!strcmp(node->val, word)) {
			return;
		}
	}
	switch_console_push_match(matches, word);
}

/* What a word of a rule stands for: itself, a list, or what a function says. */
static void add_word(switch_console_callback_match_t **matches, const char *word, const char *line, const char *typed)
{
	/* no pointer: a callback must not read it, FreeSWITCH leaves it uninitialised */
	switch_console_callback_match_t *found = (void *) 1;
	switch_console_callback_match_node_t *node;
	char *copy, *next = NULL, *item;
	func_t *func;

	if (!strncmp(word, "::[", 3)) {
		copy = mh_strdup(word + 3);
		for (item = strtok_r(copy, ":]", &next); item; item = strtok_r(NULL, ":]", &next)) {
			add(matches, item, typed);
		}
		free(copy);
	} else if (!strncmp(word, "::", 2)) {
		for (func = funcs; func && strcmp(func->name, word); func = func->next) {}
		if (func && func->callback(line, typed, &found) == SWITCH_STATUS_SUCCESS) {
			for (node = found->head; node; node = node->next) {
				add(matches, node->val, typed);
			}
			free_matches(found);
		}
	} else {
		add(matches, word, typed);
	}
}

typedef struct api_match {
	switch_console_callback_match_t **matches;
	const char *typed;
} api_match_t;

static void add_api(const switch_api_interface_t *api, void *arg)
{
	api_match_t *match = arg;

	add(match->matches, api->interface_name, match->typed);
}

/* The words behind which the cursor is, and what is typed of the next one. */
static switch_console_callback_match_t *collect(const char *line, const char **typed)
{
	switch_console_callback_match_t *matches = NULL;
	char *copy = mh_strdup(line), *words[MAX_WORDS + 1] = { 0 };
	int count = mh_split(copy, ' ', words, MAX_WORDS), i, at;
	size_t len = strlen(line);
	rule_t *rule;

	at = len && line[len - 1] != ' ' ? count - 1 : count;
	*typed = strrchr(line, ' ') ? strrchr(line, ' ') + 1 : line;

	if (at <= 0) {
		api_match_t match = { &matches, *typed };

		mh_each_api(add_api, &match);
	}

	/* completion functions run with the mutex:
	 * a module takes its own away only when none of them runs */
	pthread_mutex_lock(&mutex);
	for (rule = rules; rule; rule = rule->next) {
		for (i = 0;
			 i < at && i < rule->count && (!strncmp(rule->words[i], "::", 2) || !strcmp(rule->words[i], words[i]));
			 i++) {}
		if (i == at && at < rule->count) {
			add_word(&matches, rule->words[at], line, *typed);
		}
	}
	pthread_mutex_unlock(&mutex);
	free(copy);

	return matches;
}

void mh_console_complete(const char *line, switch_stream_handle_t *stream)
{
	switch_console_callback_match_node_t *node;
	switch_console_callback_match_t *matches;
	const char *typed;
	size_t common;
	int hits = 0;

	line += strspn(line, " ");
	matches = collect(line, &typed);
	stream->write_function(stream, "\n\n");

	common = matches ? strlen(matches->head->val) : 0;
	for (node = matches ? matches->head : NULL; node; node = node->next) {
		stream->write_function(stream, "[%20s]\t%s", node->val, ++hits % 4 ? "" : "\n");
		while (strncmp(node->val, matches->head->val, common)) {
			common--;
		}
	}

	stream->write_function(stream, "\n\n");
	if (hits == 1) {
		stream->write_function(stream, "write=%d:%s ", (int) strlen(typed), matches->head->val);
	} else if (hits > 1 && common) {
		stream->write_function(stream, "write=%d:%.*s", (int) strlen(typed), (int) common, matches->head->val);
	}
	free_matches(matches);
}
