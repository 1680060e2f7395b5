/* SPDX-License-Identifier: MPL-2.0 */
/* lines.c -- the lines of a text that Go has made */
#include "shim.h"

void janus_each_line(char *lines, void (*use)(const char *line, void *to), void *to)
{
	char *line, *next;

	for (line = lines; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next) {
			*next++ = '\0';
		}
		use(line, to);
	}

	free(lines);
}
