/*
 * xml.c - see xml.h; what it writes is in xml_write.c.
 *
 * expat resolves the namespaces, and sees to it that they are used as they may
 * be (Namespaces in XML 1.0).  It tells the prefixes, too, since properties
 * keep them: a name comes as "uri|name|prefix", "uri|name" or "name", with a
 * form feed, which XML cannot hold, for the bar.
 */
#include "dav/xml.h"

#include <expat.h>
#include <string.h>

#include "base/limits.h"

#define SPACE_XML "http://www.w3.org/XML/1998/namespace"

enum { SEPARATOR = '\f' };

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
	struct buf text;                      /* since the last tag */
	const struct xml_namespace *declared; /* by the element that comes */
	size_t declared_count;
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

/*
 * In ISO 8859-1 expat takes three signs below U+00C0 for letters, which XML 1.0
 * does not (2.3); nor does expat in the UTF-8 that we make of it.
 */
static bool
is_name(struct str name)
{
	for (size_t i = 0; i + 1 < name.len; i++)
		if (name.data[i] == '\xc2' && name.data[i + 1] != '\xb7')
			return false;
	return true;
}

static enum err
declare(struct parser *parser, const char *prefix, const char *uri)
{
	struct xml_namespace *namespace;
	enum err err;

	if (prefix != NULL && strcmp(prefix, "xml") == 0)
		return ERR_NONE; /* it is, always */
	if (parser->declared_count++ == XML_ATTRIBUTE_COUNT_MAX ||
	    parser->namespace_count[parser->depth] + parser->declared_count >
	        XML_NAMESPACE_COUNT_MAX)
		return ERR_LIMIT;
	namespace = arena_alloc(parser->arena, sizeof(*namespace));
	if (namespace == NULL)
		return ERR_LIMIT;
	err = arena_copy(parser->arena, str_of(prefix), &namespace->prefix);
	if (err == ERR_NONE)
		err = arena_copy(parser->arena, str_of(uri), &namespace->uri);
	if (err == ERR_NONE && !is_name(namespace->prefix))
		err = ERR_SYNTAX;
	if (err != ERR_NONE)
		return err;
	namespace->next = parser->declared;
	if (namespace->next == NULL && parser->at != NULL)
	namespace->next = parser->at->namespaces;
	parser->declared = namespace;
	return ERR_NONE;
}

/* prefix is NULL for the default namespace, uri where that ends. */
static void
on_namespace(void *context, const char *prefix, const char *uri)
{
	struct parser *parser = context;
	enum err err;

	if (parser->err != ERR_NONE)
		return;
	err = declare(parser, prefix, uri);
	if (err != ERR_NONE)
		fail(parser, err);
}

/* Takes a name apart as expat gives it. */
static enum err
split_name(struct parser *parser, const char *triplet, struct str *out_space,
    struct str *out_name, struct str *out_prefix)
{
	struct str rest;
	struct str first;
	enum err err;

	err = arena_copy(parser->arena, str_of(triplet), &rest);
	if (err != ERR_NONE)
		return err;
	first = str_cut(&rest, SEPARATOR);
	if (rest.len == 0) {
		*out_name = first; /* it has no namespace */
	} else {
		*out_space = first;
		*out_name = str_cut(&rest, SEPARATOR);
		*out_prefix = rest;
	}
	return is_name(*out_name) && is_name(*out_prefix) ? ERR_NONE
	                                                  : ERR_SYNTAX;
}

/* attributes is expat's: names and values in turn, up to a NULL. */
static enum err
add_attributes(
    struct parser *parser, struct xml_node *node, const char **attributes)
{
	const struct xml_attribute **tail = &node->attributes;
	size_t count = parser->declared_count;

	for (; *attributes != NULL; attributes += 2) {
		struct xml_attribute *attribute =
		    arena_alloc(parser->arena, sizeof(*attribute));
		enum err err;

		if (attribute == NULL || count++ == XML_ATTRIBUTE_COUNT_MAX)
			return ERR_LIMIT;
		err = split_name(parser, attributes[0], &attribute->space,
		    &attribute->name, &attribute->prefix);
		if (err == ERR_NONE)
			err = arena_copy(parser->arena, str_of(attributes[1]),
			    &attribute->value);
		if (err != ERR_NONE)
			return err;
		if (str_is(attribute->name, "lang") &&
		    str_is(attribute->space, SPACE_XML))
			node->lang = attribute->value;
		*tail = attribute;
		tail = &attribute->next;
	}
	return ERR_NONE;
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
	    parser->namespace_count[parser->depth - 1] + parser->declared_count;
	if (parser->declared != NULL)
		node->namespaces = parser->declared;
	err = add_attributes(parser, node, attributes);
	parser->declared = NULL;
	parser->declared_count = 0;
	if (err != ERR_NONE)
		return err;
	return split_name(
	    parser, name, &node->space, &node->name, &node->prefix);
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
	XML_SetReturnNSTriplet(parser->expat, XML_TRUE);
	XML_SetStartNamespaceDeclHandler(parser->expat, on_namespace);
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
	parser.expat = XML_ParserCreateNS(NULL, SEPARATOR);
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
