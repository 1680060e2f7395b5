/* SPDX-License-Identifier: MPL-2.0 */
/* text.c -- texts: taking them apart, encoding them for a URL or for JSON, UUIDs */
#include <uuid/uuid.h>
#include "minihost.h"

/* Drops the quotes and escapes of one part, and the spaces around it that no quote guards. */
static char *unquote(char *text, char delim)
{
	char *from, *to, *end = text;
	bool quoted = false;

	while (*text == ' ') {
		text++;
	}

	for (from = to = end = text; *from; from++) {
		if (*from == '\\' && from[1] && (strchr("'\"\\", from[1]) || (delim && from[1] == delim))) {
			*to++ = *++from;
			end = to;
		} else if (*from == '\\' && from[1] && strchr("nrts", from[1])) {
			from++;
			*to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from == 't' ? '\t' : ' ';
			end = to;
		} else if (*from == '\'' && (quoted || strchr(from + 1, '\''))) {
			quoted = !quoted;
			end = to;
		} else {
			*to++ = *from;
			if (*from != ' ' || quoted) {
				end = to;
			}
		}
	}

	*end = '\0';

	return text;
}

int mh_split(char *text, char delim, char **argv, int max)
{
	char *start = text, *p;
	bool quoted = false;
	int argc = 0;

	if (delim == ' ') {
		start += strspn(start, " ");
	}

	for (p = start; *start && argc < max; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '\'' && (quoted || strchr(p + 1, '\''))) {
			quoted = !quoted;
		} else if (!*p || (*p == delim && !quoted && argc < max - 1)) {
			bool last = !*p;

			*p = '\0';
			argv[argc++] = unquote(start, delim == ' ' ? 0 : delim);
			start = last ? p : p + 1;
			if (delim == ' ' && !last) {
				start += strspn(start, " ");
			}
			if (last) {
				break;
			}
			p = start - 1;
		}
	}

	return argc;
}

void mh_url_encode(mh_buf_t *buf, const char *text)
{
	static const char unsafe[] = "\r\n #%&+:;<=>?@[\\]^`{|}\"";
	const unsigned char *p;
	char hex[4];

	for (p = (const unsigned char *) text; *p; p++) {
		/* an escape that is there already stays: FreeSWITCH does not encode twice */
		bool escaped = *p == '%' && isxdigit(p[1]) && !islower(p[1]) && isxdigit(p[2]) && !islower(p[2]);

		if (!escaped && (*p < ' ' || *p > '~' || strchr(unsafe, *p))) {
			snprintf(hex, sizeof(hex), "%%%02X", *p);
			mh_buf_put(buf, hex, 3);
		} else {
			mh_buf_put(buf, (const char *) p, 1);
		}
	}
}

void mh_url_decode(char *text)
{
	char *to = text;
	unsigned int byte;

	for (; *text; text++) {
		if (*text == '%' && isxdigit((unsigned char) text[1]) && isxdigit((unsigned char) text[2]) &&
			sscanf(text + 1, "%2x", &byte) == 1) {
			*to++ = (char) byte;
			text += 2;
		} else {
			*to++ = *text;
		}
	}

	*to = '\0';
}

void mh_json_string(mh_buf_t *buf, const char *text)
{
	const unsigned char *p;

	mh_buf_puts(buf, "\"");

	for (p = (const unsigned char *) (text ? text : ""); *p; p++) {
		if (*p == '"' || *p == '\\') {
			mh_buf_printf(buf, "\\%c", *p);
		} else if (*p < ' ') {
			mh_buf_printf(buf, "\\u%04x", *p);
		} else {
			mh_buf_put(buf, (const char *) p, 1);
		}
	}

	mh_buf_puts(buf, "\"");
}

void mh_uuid(char out[MH_UUID_LEN + 1])
{
	uuid_t id;

	uuid_generate_random(id);
	uuid_unparse_lower(id, out);
}

int switch_snprintf(char *buf, switch_size_t len, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = vsnprintf(buf, len, fmt, ap);
	va_end(ap);

	return result;
}

int switch_true(const char *expr)
{
	static const char *const words[] = { "yes", "on", "true", "t", "enabled", "active", "allow", NULL };
	char *end;
	int i;

	if (zstr(expr)) {
		return 0;
	}

	for (i = 0; words[i]; i++) {
		if (!strcasecmp(expr, words[i])) {
			return 1;
		}
	}

	return strtol(expr, &end, 10) != 0 && !*end;
}
