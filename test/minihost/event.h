/* SPDX-License-Identifier: MPL-2.0 */
/* event.h -- events, their names and their texts */
#ifndef MINIHOST_EVENT_H
#define MINIHOST_EVENT_H

#include <stdbool.h>
#include <switch.h>

/* --- event.c, eventname.c, eventtext.c, eventfire.c, eventsubclass.c --- */

const char *mh_event_name(switch_event_types_t id);
bool mh_event_type(const char *name, switch_event_types_t *id);
/* A list of variables: an event without headers. */
switch_event_t *mh_event_plain(void);
/* Adds a header, whatever is there already. */
void mh_event_append(switch_event_t *event, const char *name, const char *value);
/* "Name: value" lines; encoded as an event socket wants, or for reading. */
char *mh_event_serialize(switch_event_t *event, bool encode);
char *mh_event_serialize_json(switch_event_t *event);
void mh_event_clear(void);

#endif
