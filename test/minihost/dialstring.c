/* SPDX-License-Identifier: MPL-2.0 */
/* dialstring.c -- the variables in front of a dial string:
 * {a=b,c='d,e'}, {^^:a=b:c=d}, several blocks in a row */
#include "minihost.h"

#define MAX_VARIABLES 256

/* The bracket that closes the one that text begins with; quotes do not count,
 * as in FreeSWITCH. NULL: there is none. */
static char *closing(char *text, char open, char close)
{
	int depth = 0;

	for (; *text; text++) {
		if (*text == open) {
			depth++;
		} else if (*text == close && !--depth) {
			return text;
		}
	}

	return NULL;
}

static void parse_block(char *block, switch_event_t *vars)
{
	char *argv[MAX_VARIABLES], *pair[2];
	char delim = ',';
	int argc, i;

	if (!strncmp(block, "^^", 2) && block[2]) {
		delim = block[2];
		block += 3;
	}

	argc = mh_split(block, delim, argv, MAX_VARIABLES);
	for (i = 0; i < argc; i++) {
		if (mh_split(argv[i], '=', pair, 2) == 2) {
			switch_event_add_header_string(vars, SWITCH_STACK_BOTTOM, pair[0], pair[1]);
		}
	}
}

char *mh_dial_variables(char *text, char open, char close, switch_event_t *vars)
{
	char *end;

	for (;;) {
		text += strspn(text, " ");
		if (*text != open) {
			return text;
		}
		if (!(end = closing(text, open, close))) {
			return NULL;
		}
		*end = '\0';
		parse_block(text + 1, vars);
		text = end + 1;
	}
}
