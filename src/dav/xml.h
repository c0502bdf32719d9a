/*
 * xml.h - a small XML document, as request bodies are: read whole, kept as a
 * tree in the request's arena.
 *
 * Namespaces are resolved.  A DOCTYPE is refused, so there are no entities but
 * the five of XML itself.  Comments and processing instructions are dropped.
 * Limits: XML_SIZE_MAX, XML_DEPTH_MAX, XML_NODE_COUNT_MAX,
 * XML_ATTRIBUTE_COUNT_MAX, XML_NAMESPACE_COUNT_MAX.
 */
#ifndef XML_H
#define XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct xml_attribute {
	struct str space; /* "" if it has none */
	struct str name;
	struct str prefix; /* as written; "" if none */
	struct str value;
	const struct xml_attribute *next;
};

struct xml_namespace {
	struct str prefix; /* "" : the default namespace */
	struct str uri;
	const struct xml_namespace *next; /* declared earlier or outside */
};

/* An element, or text (name.data is NULL then). */
struct xml_node {
	struct str space;
	struct str name;
	struct str prefix;
	struct str text; /* of a text node */
	struct str lang; /* xml:lang in force; "" if none */
	const struct xml_attribute *attributes;
	const struct xml_namespace *namespaces; /* in scope, innermost first */
	struct xml_node *parent;
	struct xml_node *child; /* the first */
	struct xml_node *next;
};

/*
 * ERR_SYNTAX: not well-formed, or a prefix without a declaration.
 * ERR_DENIED: it has a DOCTYPE.  ERR_LIMIT: too large, too deep, too many
 * nodes, or the arena is full.
 */
enum err xml_parse(struct str document, struct arena *arena,
    struct xml_node **out_root) MUST_CHECK;

bool xml_is(const struct xml_node *node, const char *space, const char *name);

/* The first child element of that name; NULL: there is none. */
const struct xml_node *xml_child(
    const struct xml_node *node, const char *space, const char *name);

/* The first child element, and the next sibling element; NULL: none. */
const struct xml_node *xml_first(const struct xml_node *node);
const struct xml_node *xml_next(const struct xml_node *node);

/* The next node at or below top, in document order; NULL: the end. */
const struct xml_node *xml_walk(
    const struct xml_node *node, const struct xml_node *top);

/* All text below the node, joined, in the arena. */
enum err xml_text(const struct xml_node *node, struct arena *arena,
    struct str *out_text) MUST_CHECK;

/*
 * Writes the element with everything below it so that it stands alone: every
 * prefix that it or its content uses, also one that only appears inside
 * attribute values or text, is declared at it, and so is its xml:lang.
 */
void xml_write(const struct xml_node *node, struct buf *out);

/* The children of the node only, each standing alone (DAV:owner). */
void xml_write_content(const struct xml_node *node, struct buf *out);

/* Text with & < > " escaped; octets that XML cannot hold become U+FFFD. */
void xml_escape(struct buf *out, struct str text);

/* The same for what stands between quotes: tabs and line ends survive, too. */
void xml_escape_attribute(struct buf *out, struct str value);

#endif
