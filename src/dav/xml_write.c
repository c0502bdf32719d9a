/*
 * xml_write.c - see xml.h: escapes text, and writes elements of a tree so that
 * each can stand alone.
 */
#include <string.h>

#include "base/limits.h"
#include "dav/xml.h"

/*
 * The size of the character at the start of s, in UTF-8; 0 if it is none that
 * XML 1.0 can hold (2.2).
 */
static size_t
character_size(struct str s)
{
	const unsigned char *at = (const unsigned char *)s.data;
	size_t size = at[0] < 0x80   ? 1
	              : at[0] < 0xc2 ? 0
	              : at[0] < 0xe0 ? 2
	              : at[0] < 0xf0 ? 3
	              : at[0] < 0xf5 ? 4
	                             : 0;

	if (size == 1)
		return at[0] >= 0x20 || at[0] == '\t' || at[0] == '\n' ||
		       at[0] == '\r';
	if (size == 0 || size > s.len)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90))
		return 0; /* longer than it need be */
	if ((at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0; /* a surrogate; beyond U+10FFFF */
	if (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd)
		return 0; /* U+FFFE, U+FFFF */
	return size;
}

/* NULL: the octet stands for itself. */
static const char *
reference_of(char octet, bool is_attribute)
{
	switch (octet) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r':
		return "&#13;"; /* else a parser makes a line end of it */
	case '\n':
		return is_attribute ? "&#10;" : NULL; /* else a space */
	case '\t':
		return is_attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void
escape(struct buf *out, struct str text, bool is_attribute)
{
	size_t start = 0; /* of what is not written yet */
	size_t at = 0;

	while (at < text.len) {
		size_t size = character_size(str_from(text, at));
		const char *reference =
		    reference_of(text.data[at], is_attribute);

		if (size == 0)
			reference = "\xef\xbf\xbd"; /* U+FFFD */
		if (reference == NULL) {
			at += size;
			continue;
		}
		buf_add(out, text.data + start, at - start);
		buf_add_text(out, reference);
		start = ++at;
	}
	if (at > start)
		buf_add(out, text.data + start, at - start);
}

void
xml_escape(struct buf *out, struct str text)
{
	escape(out, text, false);
}

void
xml_escape_attribute(struct buf *out, struct str value)
{
	escape(out, value, true);
}

/* The declarations that an element inherits or makes, and which are needed. */
struct scope {
	const struct xml_namespace *items[XML_NAMESPACE_COUNT_MAX];
	bool is_needed[XML_NAMESPACE_COUNT_MAX];
	size_t count;
};

/* Returns its place in the scope, or its count if there is no such prefix. */
static size_t
scope_find(const struct scope *scope, struct str prefix)
{
	size_t i = 0;

	while (i < scope->count && !str_equal(scope->items[i]->prefix, prefix))
		i++;
	return i;
}

static void
scope_need(struct scope *scope, struct str prefix)
{
	size_t i = scope_find(scope, prefix);

	if (i < scope->count)
		scope->is_needed[i] = true;
}

/* What may be in a prefix; rather too much than too little. */
static bool
is_name_octet(char octet)
{
	return (octet >= 'a' && octet <= 'z') ||
	       (octet >= 'A' && octet <= 'Z') ||
	       (octet >= '0' && octet <= '9') || octet == '_' || octet == '-' ||
	       octet == '.' || (unsigned char)octet >= 0x80;
}

/* A "prefix:" in a text may be a QName, as XPath and XML Schema have them. */
static void
scope_need_of_text(struct scope *scope, struct str text)
{
	struct str rest = text;
	size_t colon;

	while ((colon = str_find(rest, ':')) < rest.len) {
		size_t start = colon;

		while (start > 0 && is_name_octet(rest.data[start - 1]))
			start--;
		if (start < colon)
			scope_need(
			    scope, str_make(rest.data + start, colon - start));
		rest = str_from(rest, colon + 1);
	}
}

static void
scope_of(const struct xml_node *top, struct scope *out_scope)
{
	const struct xml_namespace *outer =
	    top->parent == NULL ? NULL : top->parent->namespaces;
	bool is_own = true;

	*out_scope = (struct scope){ .count = 0 };
	for (const struct xml_namespace *item = top->namespaces; item != NULL;
	     item = item->next) {
		is_own = is_own && item != outer;
		if (scope_find(out_scope, item->prefix) < out_scope->count)
			continue; /* hidden by an inner one */
		CHECK(out_scope->count < XML_NAMESPACE_COUNT_MAX);
		out_scope->is_needed[out_scope->count] = is_own;
		out_scope->items[out_scope->count++] = item;
	}
	for (const struct xml_node *node = top; node != NULL;
	     node = xml_walk(node, top)) {
		scope_need_of_text(out_scope, node->text);
		if (node->name.data != NULL)
			scope_need(out_scope, node->prefix);
		for (const struct xml_attribute *attribute = node->attributes;
		     attribute != NULL; attribute = attribute->next) {
			if (attribute->prefix.len > 0)
				scope_need(out_scope, attribute->prefix);
			scope_need_of_text(out_scope, attribute->value);
		}
	}
}

static void
write_name(struct buf *out, struct str prefix, struct str name)
{
	if (prefix.len > 0) {
		buf_add_str(out, prefix);
		buf_add_char(out, ':');
	}
	buf_add_str(out, name);
}

static void
write_value(struct buf *out, struct str value)
{
	buf_add_text(out, "=\"");
	xml_escape_attribute(out, value);
	buf_add_char(out, '"');
}

static void
write_declaration(struct buf *out, const struct xml_namespace *item)
{
	buf_add_text(out, item->prefix.len > 0 ? " xmlns:" : " xmlns");
	buf_add_str(out, item->prefix);
	write_value(out, item->uri);
}

/* The element we begin with declares all; those inside only what they did. */
static void
write_declarations(struct buf *out, const struct xml_node *node, bool is_top)
{
	struct scope scope;

	if (!is_top) {
		for (const struct xml_namespace *item = node->namespaces;
		     item != node->parent->namespaces; item = item->next)
			write_declaration(out, item);
		return;
	}
	scope_of(node, &scope);
	for (size_t i = 0; i < scope.count; i++)
		if (scope.is_needed[i])
			write_declaration(out, scope.items[i]);
}

static void
write_start(struct buf *out, const struct xml_node *node, bool is_top)
{
	bool has_lang = false;

	buf_add_char(out, '<');
	write_name(out, node->prefix, node->name);
	write_declarations(out, node, is_top);
	for (const struct xml_attribute *attribute = node->attributes;
	     attribute != NULL; attribute = attribute->next) {
		has_lang |= str_is(attribute->prefix, "xml") &&
		            str_is(attribute->name, "lang");
		buf_add_char(out, ' ');
		write_name(out, attribute->prefix, attribute->name);
		write_value(out, attribute->value);
	}
	if (is_top && !has_lang && node->lang.len > 0) {
		buf_add_text(out, " xml:lang");
		write_value(out, node->lang);
	}
	buf_add_text(out, node->child == NULL ? "/>" : ">");
}

static void
write_end(struct buf *out, const struct xml_node *node)
{
	buf_add_text(out, "</");
	write_name(out, node->prefix, node->name);
	buf_add_char(out, '>');
}

void
xml_write(const struct xml_node *node, struct buf *out)
{
	const struct xml_node *at = node;

	CHECK(node->name.data != NULL);
	while (at != NULL) {
		if (at->name.data == NULL)
			xml_escape(out, at->text);
		else
			write_start(out, at, at == node);
		if (at->child != NULL) {
			at = at->child;
			continue;
		}
		while (at != node && at->next == NULL) {
			at = at->parent;
			write_end(out, at);
		}
		at = at == node ? NULL : at->next;
	}
}

void
xml_write_content(const struct xml_node *node, struct buf *out)
{
	for (const struct xml_node *child = node->child; child != NULL;
	     child = child->next) {
		if (child->name.data == NULL)
			xml_escape(out, child->text);
		else
			xml_write(child, out);
	}
}
