/* SPDX-License-Identifier: MPL-2.0 */
/* xmlparse.c -- text to a tree of elements, by expat, and a tree to text */
#include <expat.h>
#include "minihost.h"

typedef struct parser {
	XML_Parser expat;
	switch_xml_t root, open;
} parser_t;

/* The last element in a list. */
static switch_xml_t last(switch_xml_t xml)
{
	while (xml && xml->ordered) {
		xml = xml->ordered;
	}

	return xml;
}

static void XMLCALL on_start(void *arg, const char *name, const char **attr)
{
	parser_t *parser = arg;
	switch_xml_t xml = mh_alloc(sizeof(*xml)), same, before;
	int i, n;

	for (n = 0; attr[n]; n++) {}
	xml->name = mh_strdup(name);
	xml->txt = mh_strdup("");
	xml->attr = mh_alloc(((size_t) n + 1) * sizeof(*xml->attr));
	for (i = 0; i < n; i++) {
		xml->attr[i] = mh_strdup(attr[i]);
	}

	if (!(xml->parent = parser->open)) {
		parser->root = xml;
	} else if (!(before = last(parser->open->child))) {
		parser->open->child = xml;
	} else {
		before->ordered = xml;
		for (before = NULL, same = parser->open->child; same != xml; same = same->ordered) {
			before = strcmp(same->name, name) ? before : same;
		}
		if (before) {
			before->next = xml;
		}
	}
	parser->open = xml;
}

static void XMLCALL on_end(void *arg, const char *name)
{
	parser_t *parser = arg;

	(void) name;
	parser->open = parser->open->parent;
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
	parser_t *parser = arg;
	switch_xml_t xml = parser->open;
	size_t old = strlen(xml->txt);
	int blanks;

	/* the blanks between elements are nobody's; text is not terminated */
	for (blanks = 0; blanks < len && strchr(" \t\r\n", text[blanks]); blanks++) {}
	if (!old && blanks == len) {
		return;
	}

	if (!(xml->txt = realloc(xml->txt, old + (size_t) len + 1))) {
		abort();
	}
	memcpy(xml->txt + old, text, (size_t) len);
	xml->txt[old + (size_t) len] = '\0';
}

void mh_xml_tree_free(switch_xml_t xml)
{
	switch_xml_t next;
	int i;

	for (; xml; xml = next) {
		next = xml->ordered;
		mh_xml_tree_free(xml->child);
		for (i = 0; xml->attr[i]; i++) {
			free(xml->attr[i]);
		}
		free(xml->attr);
		free(xml->name);
		free(xml->txt);
		free(xml);
	}
}

switch_xml_t mh_xml_parse(mh_source_t *source, char **error)
{
	parser_t parser = { .expat = XML_ParserCreate(NULL) };
	mh_buf_t buf = { 0 };
	size_t line;

	*error = NULL;
	XML_SetUserData(parser.expat, &parser);
	XML_SetElementHandler(parser.expat, on_start, on_end);
	XML_SetCharacterDataHandler(parser.expat, on_text);

	if (XML_Parse(parser.expat, source->text.data, (int) source->text.len, 1) != XML_STATUS_OK) {
		line = XML_GetCurrentLineNumber(parser.expat);
		line = line > source->count ? source->count : line;
		if (line) {
			mh_buf_printf(&buf, "%s:%d: ", source->lines[line - 1].file, source->lines[line - 1].line);
		}
		mh_buf_puts(&buf, XML_ErrorString(XML_GetErrorCode(parser.expat)));
		*error = mh_buf_take(&buf);
		mh_xml_tree_free(parser.root);
		parser.root = NULL;
	}
	XML_ParserFree(parser.expat);

	return parser.root;
}

static void escape(mh_buf_t *buf, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			mh_buf_puts(buf, "&amp;");
			break;
		case '<':
			mh_buf_puts(buf, "&lt;");
			break;
		case '>':
			mh_buf_puts(buf, "&gt;");
			break;
		case '"':
			mh_buf_puts(buf, "&quot;");
			break;
		case '\n':
			mh_buf_puts(buf, "&#10;");
			break;
		case '\t':
			mh_buf_puts(buf, "&#9;");
			break;
		case '\r':
			mh_buf_puts(buf, "&#13;");
			break;
		default:
			mh_buf_put(buf, text, 1);
		}
	}
}

static void to_text(mh_buf_t *buf, switch_xml_t xml, int depth)
{
	switch_xml_t child;
	int i;

	mh_buf_printf(buf, "%*s<%s", depth * 2, "", xml->name);
	for (i = 0; xml->attr[i]; i += 2) {
		mh_buf_printf(buf, " %s=\"", xml->attr[i]);
		escape(buf, xml->attr[i + 1]);
		mh_buf_puts(buf, "\"");
	}

	if (!xml->child && !*xml->txt) {
		mh_buf_puts(buf, "/>\n");
		return;
	}

	mh_buf_puts(buf, ">");
	escape(buf, xml->txt);
	if (xml->child) {
		mh_buf_puts(buf, "\n");
		for (child = xml->child; child; child = child->ordered) {
			to_text(buf, child, depth + 1);
		}
		mh_buf_printf(buf, "%*s", depth * 2, "");
	}
	mh_buf_printf(buf, "</%s>\n", xml->name);
}

char *switch_xml_toxml(switch_xml_t xml, switch_bool_t prn_header)
{
	mh_buf_t buf = { 0 };

	if (prn_header) {
		mh_buf_puts(&buf, "<?xml version=\"1.0\"?>\n");
	}
	if (xml) {
		to_text(&buf, xml, 0);
	}

	return mh_buf_take(&buf);
}

switch_xml_t switch_xml_child(switch_xml_t xml, const char *name)
{
	for (xml = xml ? xml->child : NULL; xml && strcmp(xml->name, name); xml = xml->ordered) {}

	return xml;
}

const char *switch_xml_attr(switch_xml_t xml, const char *name)
{
	int i;

	for (i = 0; xml && xml->attr[i]; i += 2) {
		if (!strcmp(xml->attr[i], name)) {
			return xml->attr[i + 1];
		}
	}

	return NULL;
}

const char *switch_xml_attr_soft(switch_xml_t xml, const char *name)
{
	const char *value = switch_xml_attr(xml, name);

	return value ? value : "";
}
