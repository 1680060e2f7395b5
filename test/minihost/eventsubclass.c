/* SPDX-License-Identifier: MPL-2.0 */
/* eventsubclass.c -- which subclass of CUSTOM events belongs to whom */
#include "minihost.h"

typedef struct subclass {
	char *name;
	char *owner;
	struct subclass *next;
} subclass_t;

static pthread_mutex_t subclass_mutex = PTHREAD_MUTEX_INITIALIZER;
static subclass_t *subclasses;

switch_status_t switch_event_reserve_subclass_detailed(const char *owner, const char *name)
{
	switch_status_t status = SWITCH_STATUS_SUCCESS;
	subclass_t *subclass;

	pthread_mutex_lock(&subclass_mutex);
	for (subclass = subclasses; subclass && strcasecmp(subclass->name, name); subclass = subclass->next) {}
	if (subclass) {
		status = SWITCH_STATUS_INUSE;
	} else {
		subclass = mh_alloc(sizeof(*subclass));
		subclass->name = mh_strdup(name);
		subclass->owner = mh_strdup(owner);
		subclass->next = subclasses;
		subclasses = subclass;
	}
	pthread_mutex_unlock(&subclass_mutex);

	return status;
}

static switch_status_t free_subclasses(const char *owner, const char *name)
{
	subclass_t **link = &subclasses, *subclass;
	switch_status_t status = SWITCH_STATUS_FALSE;

	pthread_mutex_lock(&subclass_mutex);
	while ((subclass = *link)) {
		if (!name || (!strcasecmp(subclass->name, name) && !strcmp(subclass->owner, owner))) {
			*link = subclass->next;
			free(subclass->name);
			free(subclass->owner);
			free(subclass);
			status = SWITCH_STATUS_SUCCESS;
		} else {
			link = &subclass->next;
		}
	}
	pthread_mutex_unlock(&subclass_mutex);

	return status;
}

switch_status_t switch_event_free_subclass_detailed(const char *owner, const char *name)
{
	return free_subclasses(owner, name);
}

void mh_event_clear(void)
{
	free_subclasses(NULL, NULL);
}
