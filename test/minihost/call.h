/* SPDX-License-Identifier: MPL-2.0 */
/* call.h -- calling somebody, and two legs with each other: bridge and hold */
#ifndef MINIHOST_CALL_H
#define MINIHOST_CALL_H

#include <stdbool.h>
#include <switch.h>
#include "session.h"

/* --- originate.c, dialstring.c --- */

typedef struct mh_originate {
	switch_core_session_t *a; /* who calls; NULL for nobody */
	const char *dial_string;
	const char *cid_name;   /* may be NULL */
	const char *cid_number; /* may be NULL */
	int timeout;            /* s; 0: 60 */
} mh_originate_t;

/* On success *peer is up, with a read lock. */
switch_call_cause_t mh_originate(const mh_originate_t *args, switch_core_session_t **peer);
/* Takes {a=b,...} blocks (open and close say which brackets) off the head of the text; where the
 * rest begins. NULL: broken. */
char *mh_dial_variables(char *text, char open, char close, switch_event_t *vars);

/* --- message.c: what the endpoint of a leg is told --- */

/* What (un)bridges carries the other leg's UUID, and a number. */
void mh_message(switch_core_session_t *session, switch_core_session_message_types_t what, const char *other,
				int number);
/* Tells a leg whom to show. */
void mh_display(switch_core_session_t *session, const char *name, const char *number);
/*
 * Tells a leg whom it is bridged to, as FreeSWITCH's send_display does: where the leg was made for
 * this bridge by its own account of the caller, which is the same. The name of a leg that was
 * called nobody knows here. Privacy is not heeded.
 */
void mh_display_other(switch_core_session_t *session, switch_core_session_t *other, bool other_calls);

/* --- bridge.c --- */

void mh_bridge_run(switch_core_session_t *a, switch_core_session_t *b);
void mh_bridge_peer(switch_core_session_t *b);
void mh_bridge_free(mh_bridge_t *bridge);
/* uuid_bridge: both legs leave what they do. */
switch_status_t mh_bridge_uuids(const char *a, const char *b);

/* --- hold.c --- */

/* uuid_hold and its end; FALSE when the leg is on hold already, or is not. */
switch_status_t mh_hold(switch_core_session_t *session);
switch_status_t mh_unhold(switch_core_session_t *session);
void mh_hold_register(switch_loadable_module_interface_t *core);

#endif
