/*
 * xml.c - see xml.h; what it writes is in xml_write.c.
 *
 * expat is told to leave namespaces alone: it would forget the prefixes, and
 * properties keep them.  They are resolved here (Namespaces in XML 1.0).
 */
#include "dav/xml.h"

#include <expat.h>
#include <string.h>

#include "base/limits.h"

static const struct str space_xml = STR("http://www.w3.org/XML/1998/namespace");
static const struct str space_xmlns = STR("http://www.w3.org/2000/xmlns/");

struct parser {
	XML_Parser expat;
	struct arena *arena;
	enum err err;
	struct xml_node *root;
	struct xml_node *at;                       /* the open element */
	size_t depth;                              /* of open elements */
	struct xml_node *last[XML_DEPTH_MAX + 1];  /* child, at each depth */
	size_t namespace_count[XML_DEPTH_MAX + 1]; /* in scope */
	size_t node_count;
	struct buf text; /* since the last tag */
};

static void
fail(struct parser *parser, enum err err)
{
	parser->err = err;
	(void)XML_StopParser(parser->expat, XML_FALSE); /* err is what counts */
}

static enum err
add_node(struct parser *parser, struct xml_node **out_node)
{
	struct xml_node *node;

	if (parser->node_count == XML_NODE_COUNT_MAX)
		return ERR_LIMIT;
	parser->node_count++;
	node = arena_alloc(parser->arena, sizeof(*node));
	if (node == NULL)
		return ERR_LIMIT;
	node->parent = parser->at;
	if (parser->at == NULL)
		parser->root = node;
	else if (parser->last[parser->depth] == NULL)
		parser->at->child = node;
	else
		parser->last[parser->depth]->next = node;
	parser->last[parser->depth] = node;
	if (node->parent != NULL) {
		node->lang = node->parent->lang;
		node->namespaces = node->parent->namespaces;
	}
	*out_node = node;
	return ERR_NONE;
}

/* Makes a node of the text since the last tag. */
static enum err
flush_text(struct parser *parser)
{
	struct xml_node *node;
	enum err err = parser->text.err;

	if (err == ERR_NONE && parser->text.len == 0)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = add_node(parser, &node);
	if (err == ERR_NONE)
		err = arena_copy(
		    parser->arena, buf_str(&parser->text), &node->text);
	buf_clear(&parser->text);
	return err;
}

/* A qualified name: one colon at most, and something at both sides of it. */
static enum err
split_name(struct parser *parser, const char *qualified, struct str *out_prefix,
    struct str *out_name)
{
	struct str name;
	struct str prefix = { NULL, 0 };
	enum err err;

	err = arena_copy(parser->arena, str_of(qualified), &name);
	if (err != ERR_NONE)
		return err;
	if (str_has(name, ':')) {
		prefix = str_cut(&name, ':');
		if (prefix.len == 0 || name.len == 0 || str_has(name, ':'))
			return ERR_SYNTAX;
	}
	*out_prefix = prefix;
	*out_name = name;
	return ERR_NONE;
}

static bool
is_declaration(const char *qualified)
{
	return strcmp(qualified, "xmlns") == 0 ||
	       strncmp(qualified, "xmlns:", 6) == 0;
}

/* xmlns="uri" or xmlns:prefix="uri" (Namespaces in XML 1.0, 3). */
static enum err
declare(struct parser *parser, struct xml_node *node, const char *qualified,
    const char *value)
{
	struct xml_namespace *namespace;
	struct str xmlns;
	struct str name;
	struct str uri;
	enum err err;

	err = split_name(parser, qualified, &xmlns, &name);
	if (err == ERR_NONE)
		err = arena_copy(parser->arena, str_of(value), &uri);
	if (err != ERR_NONE)
		return err;
	if (xmlns.len == 0)
		name.len = 0; /* the default namespace */
	else if (uri.len == 0 || str_is(name, "xmlns"))
		return ERR_SYNTAX;
	if (str_is(name, "xml"))
		return str_equal(uri, space_xml) ? ERR_NONE : ERR_SYNTAX;
	if (str_equal(uri, space_xml) || str_equal(uri, space_xmlns))
		return ERR_SYNTAX;
	if (parser->namespace_count[parser->depth] == XML_NAMESPACE_COUNT_MAX)
		return ERR_LIMIT;
	parser->namespace_count[parser->depth]++;
	namespace = arena_alloc(parser->arena, sizeof(*namespace));
	if (namespace == NULL)
		return ERR_LIMIT;
	*namespace = (struct xml_namespace){ name, uri, node->namespaces };
	node->namespaces = namespace;
	return ERR_NONE;
}

/* The namespace of a prefix.  Without a prefix: the default one, or none. */
static enum err
resolve(const struct xml_node *node, struct str prefix, struct str *out_space)
{
	const struct xml_namespace *namespace = node->namespaces;

	if (str_is(prefix, "xml")) {
		*out_space = space_xml;
		return ERR_NONE;
	}
	while (namespace != NULL && !str_equal(namespace->prefix, prefix))
	namespace = namespace->next;
	if (namespace == NULL && prefix.len > 0)
		return ERR_SYNTAX;
	*out_space = namespace == NULL ? (struct str)STR("") : namespace->uri;
	return ERR_NONE;
}

/* expat has seen to equal names; here two prefixes may mean the same. */
static bool
is_twice(const struct xml_node *node, const struct xml_attribute *attribute)
{
	const struct xml_attribute *other = node->attributes;

	while (other != NULL && !(str_equal(other->space, attribute->space) &&
	                            str_equal(other->name, attribute->name)))
		other = other->next;
	return other != NULL;
}

static enum err
add_attribute(struct parser *parser, struct xml_node *node,
    const char *qualified, const char *value,
    const struct xml_attribute ***tail)
{
	struct xml_attribute *attribute =
	    arena_alloc(parser->arena, sizeof(*attribute));
	enum err err;

	if (attribute == NULL)
		return ERR_LIMIT;
	err =
	    split_name(parser, qualified, &attribute->prefix, &attribute->name);
	/* An attribute without a prefix has no namespace (6.2). */
	if (err == ERR_NONE && attribute->prefix.len > 0)
		err = resolve(node, attribute->prefix, &attribute->space);
	if (err == ERR_NONE)
		err =
		    arena_copy(parser->arena, str_of(value), &attribute->value);
	if (err != ERR_NONE)
		return err;
	if (is_twice(node, attribute))
		return ERR_SYNTAX;
	if (str_equal(attribute->space, space_xml) &&
	    str_is(attribute->name, "lang"))
		node->lang = attribute->value;
	**tail = attribute;
	*tail = &attribute->next;
	return ERR_NONE;
}

/* attributes is expat's: names and values in turn, up to a NULL. */
static enum err
add_attributes(
    struct parser *parser, struct xml_node *node, const char **attributes)
{
	const struct xml_attribute **tail = &node->attributes;
	enum err err = ERR_NONE;

	for (size_t i = 0; attributes[i] != NULL && err == ERR_NONE; i += 2) {
		if (i / 2 == XML_ATTRIBUTE_COUNT_MAX)
			return ERR_LIMIT;
		if (is_declaration(attributes[i]))
			err = declare(
			    parser, node, attributes[i], attributes[i + 1]);
	}
	for (size_t i = 0; attributes[i] != NULL && err == ERR_NONE; i += 2)
		if (!is_declaration(attributes[i]))
			err = add_attribute(parser, node, attributes[i],
			    attributes[i + 1], &tail);
	return err;
}

static enum err
open_element(struct parser *parser, const char *name, const char **attributes)
{
	struct xml_node *node;
	enum err err;

	err = flush_text(parser);
	if (err != ERR_NONE)
		return err;
	if (parser->depth == XML_DEPTH_MAX)
		return ERR_LIMIT;
	err = add_node(parser, &node);
	if (err != ERR_NONE)
		return err;
	parser->at = node;
	parser->depth++;
	parser->last[parser->depth] = NULL;
	parser->namespace_count[parser->depth] =
	    parser->namespace_count[parser->depth - 1];
	err = add_attributes(parser, node, attributes);
	if (err == ERR_NONE)
		err = split_name(parser, name, &node->prefix, &node->name);
	if (err == ERR_NONE)
		err = resolve(node, node->prefix, &node->space);
	return err;
}

static void
on_start(void *context, const char *name, const char **attributes)
{
	struct parser *parser = context;
	enum err err;

	if (parser->err != ERR_NONE)
		return; /* expat may call once more after it was stopped */
	err = open_element(parser, name, attributes);
	if (err != ERR_NONE)
		fail(parser, err);
}

static void
on_end(void *context, const char *name)
{
	struct parser *parser = context;
	enum err err;

	(void)name;
	if (parser->err != ERR_NONE)
		return;
	err = flush_text(parser);
	if (err != ERR_NONE) {
		fail(parser, err);
		return;
	}
	CHECK(parser->depth > 0);
	parser->depth--;
	parser->at = parser->at->parent;
}

static void
on_text(void *context, const char *text, int size)
{
	struct parser *parser = context;

	if (parser->err == ERR_NONE)
		buf_add(&parser->text, text, (size_t)size);
}

/* Called before anything inside the DOCTYPE is looked at. */
static void
on_doctype(void *context, const char *name, const char *system_id,
    const char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	fail(context, ERR_DENIED);
}

static enum err
run(struct parser *parser, struct str document)
{
	enum XML_Status status;

	XML_SetUserData(parser->expat, parser);
	XML_SetElementHandler(parser->expat, on_start, on_end);
	XML_SetCharacterDataHandler(parser->expat, on_text);
	XML_SetStartDoctypeDeclHandler(parser->expat, on_doctype);
	status = XML_Parse(
	    parser->expat, document.data, (int)document.len, XML_TRUE);
	if (parser->err != ERR_NONE)
		return parser->err;
	if (status == XML_STATUS_OK)
		return ERR_NONE;
	return XML_GetErrorCode(parser->expat) == XML_ERROR_NO_MEMORY
	           ? ERR_MEMORY
	           : ERR_SYNTAX;
}

enum err
xml_parse(struct str document, struct arena *arena, struct xml_node **out_root)
{
	struct parser parser = { .arena = arena };
	enum err err;

	if (document.len > XML_SIZE_MAX)
		return ERR_LIMIT;
	parser.expat = XML_ParserCreate(NULL);
	if (parser.expat == NULL)
		return ERR_MEMORY;
	/* Octets of another encoding become up to twice as many in UTF-8. */
	buf_init(&parser.text, 2 * XML_SIZE_MAX);
	err = run(&parser, document);
	buf_done(&parser.text);
	XML_ParserFree(parser.expat);
	if (err != ERR_NONE)
		return err;
	CHECK(parser.root != NULL);
	*out_root = parser.root;
	return ERR_NONE;
}

bool
xml_is(const struct xml_node *node, const char *space, const char *name)
{
	return node->name.data != NULL && str_is(node->name, name) &&
	       str_is(node->space, space);
}

static const struct xml_node *
first_element(const struct xml_node *node)
{
	while (node != NULL && node->name.data == NULL)
		node = node->next;
	return node;
}

const struct xml_node *
xml_first(const struct xml_node *node)
{
	return first_element(node->child);
}

const struct xml_node *
xml_next(const struct xml_node *node)
{
	return first_element(node->next);
}

const struct xml_node *
xml_child(const struct xml_node *node, const char *space, const char *name)
{
	const struct xml_node *child = xml_first(node);

	while (child != NULL && !xml_is(child, space, name))
		child = xml_next(child);
	return child;
}

const struct xml_node *
xml_walk(const struct xml_node *node, const struct xml_node *top)
{
	if (node->child != NULL)
		return node->child;
	while (node != top && node->next == NULL)
		node = node->parent;
	return node == top ? NULL : node->next;
}

enum err
xml_text(const struct xml_node *node, struct arena *arena, struct str *out_text)
{
	struct str text = { NULL, 0 };
	size_t size = 0;
	char *data;

	for (const struct xml_node *at = node; at != NULL;
	     at = xml_walk(at, node))
		size += at->text.len;
	data = arena_alloc(arena, size + 1);
	if (data == NULL)
		return ERR_LIMIT;
	text.data = data;
	for (const struct xml_node *at = node; at != NULL;
	     at = xml_walk(at, node)) {
		if (at->text.len > 0)
			memcpy(data + text.len, at->text.data, at->text.len);
		text.len += at->text.len;
	}
	*out_text = text;
	return ERR_NONE;
}
