/*
 * prop.c - see prop.h: what a PROPFIND asks for.
 */
#include "dav/prop.h"

#include "dav/prop_live.h"
#include "dav/xml.h"

static bool
is_named(const struct propfind *propfind, const struct xml_node *node)
{
	const struct prop_name *name = propfind->names;

	while (name != NULL && !(str_equal(name->name, node->name) &&
	                           str_equal(name->space, node->space)))
		name = name->next;
	return name != NULL;
}

/* The names of DAV:prop or DAV:include, each once. */
static enum err
parse_names(
    const struct xml_node *prop, struct arena *arena, struct propfind *propfind)
{
	struct prop_name *last = NULL;
	size_t count = 0;

	for (const struct xml_node *node = xml_first(prop); node != NULL;
	     node = xml_next(node)) {
		const struct prop_live *live =
		    prop_live_find(node->space, node->name);
		struct prop_name *name;

		if (is_named(propfind, node))
			continue;
		if (propfind->kind == PROPFIND_ALLPROP && live != NULL &&
		    live->is_in_allprop)
			continue;
		if (count++ == PROPFIND_NAME_COUNT_MAX)
			return ERR_LIMIT;
		name = arena_alloc(arena, sizeof(*name));
		if (name == NULL)
			return ERR_LIMIT;
		*name =
		    (struct prop_name){ node->space, node->name, live, NULL };
		if (last == NULL)
			propfind->names = name;
		else
			last->next = name;
		last = name;
	}
	return ERR_NONE;
}

enum err
prop_parse_propfind(const struct xml_node *root, struct arena *arena,
    struct propfind *out_propfind)
{
	struct propfind propfind = { .kind = PROPFIND_ALLPROP };
	const struct xml_node *allprop;
	const struct xml_node *propname;
	const struct xml_node *prop;
	const struct xml_node *include;
	enum err err = ERR_NONE;

	if (root == NULL) {
		*out_propfind = propfind;
		return ERR_NONE;
	}
	if (!xml_is(root, "DAV:", "propfind"))
		return ERR_SYNTAX;
	allprop = xml_child(root, "DAV:", "allprop");
	propname = xml_child(root, "DAV:", "propname");
	prop = xml_child(root, "DAV:", "prop");
	include = xml_child(root, "DAV:", "include");
	if ((allprop != NULL) + (propname != NULL) + (prop != NULL) != 1)
		return ERR_SYNTAX;
	if (include != NULL && allprop == NULL)
		return ERR_SYNTAX;
	if (propname != NULL)
		propfind.kind = PROPFIND_PROPNAME;
	if (prop != NULL)
		propfind.kind = PROPFIND_PROP;
	if (prop != NULL || include != NULL)
		err = parse_names(
		    prop != NULL ? prop : include, arena, &propfind);
	if (err == ERR_NONE)
		*out_propfind = propfind;
	return err;
}

void
prop_write_name(struct buf *out, struct str space, struct str name)
{
	if (str_is(space, "DAV:")) {
		buf_add_text(out, "<D:");
		buf_add_str(out, name);
	} else {
		buf_add_char(out, '<');
		buf_add_str(out, name);
		buf_add_text(out, " xmlns=\"");
		xml_escape_attribute(out, space);
		buf_add_char(out, '"');
	}
	buf_add_text(out, "/>");
}
