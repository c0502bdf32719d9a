/*
 * prop_patch.c - see prop.h: PROPPATCH.
 */
#include <stdlib.h>

#include "base/own.h"
#include "dav/answer.h"
#include "dav/multistatus.h"
#include "dav/prop.h"
#include "dav/prop_live.h"
#include "dav/xml.h"
#include "http/date.h"

/* Years of two digits, which no WebDAV client sends, are 1951 to 2050. */
#define CENTURY_WALL_S INT64_C(946684800)

/* A value that is no date of HTTP is a 409 (RFC 4918, 9.2.1). */
static enum err
judge_modified(const struct xml_node *node, struct arena *arena,
    struct proppatch *patch, struct proppatch_item *item)
{
	struct str text;
	int64_t wall_s;
	enum err err;

	err = xml_text(node, arena, &text);
	if (err != ERR_NONE)
		return err;
	if (date_parse(str_trim(text), CENTURY_WALL_S, &wall_s) != ERR_NONE ||
	    wall_s > INT64_MAX / 1000000000 ||
	    wall_s < INT64_MIN / 1000000000) {
		item->status = 409;
		return ERR_NONE;
	}
	patch->sets_modified = true;
	patch->modified_ns = wall_s * 1000000000;
	return ERR_NONE;
}

static enum err
judge_size(const struct xml_node *node, struct arena *arena,
    struct proppatch_item *item)
{
	struct buf xml;
	enum err err;

	buf_init(&xml, PROP_SIZE_MAX);
	xml_write(node, &xml);
	err = xml.err;
	if (err == ERR_LIMIT) {
		item->status = 507;
		err = ERR_NONE;
	} else if (err == ERR_NONE) {
		err = arena_copy(arena, buf_str(&xml), &item->prop.xml);
	}
	buf_done(&xml);
	return err;
}

static enum err
judge(const struct xml_node *node, struct arena *arena, struct proppatch *patch,
    struct proppatch_item *item)
{
	const struct prop_live *live = prop_live_find(node->space, node->name);

	item->prop.space = node->space;
	item->prop.name = node->name;
	item->live = live;
	item->status = 200;
	if (live != NULL &&
	    (live->is_protected || (live->sets_modified && item->is_removed))) {
		item->status = 403;
		item->condition = "cannot-modify-protected-property";
		return ERR_NONE;
	}
	if (item->is_removed)
		return ERR_NONE;
	if (live != NULL && live->sets_modified)
		return judge_modified(node, arena, patch, item);
	return judge_size(node, arena, item);
}

/* Everything in a DAV:set or DAV:remove, in document order; items has room. */
static enum err
judge_all(
    const struct xml_node *root, struct arena *arena, struct proppatch *patch)
{
	for (const struct xml_node *step = xml_first(root); step != NULL;
	     step = xml_next(step)) {
		bool is_removed = xml_is(step, "DAV:", "remove");
		const struct xml_node *prop = xml_child(step, "DAV:", "prop");
		enum err err;

		if (!is_removed && !xml_is(step, "DAV:", "set"))
			continue; /* unknown: ignored (17) */
		if (prop == NULL)
			return ERR_SYNTAX;
		for (const struct xml_node *node = xml_first(prop);
		     node != NULL; node = xml_next(node)) {
			struct proppatch_item *item =
			    &patch->items[patch->count];

			patch->count++;
			item->is_removed = is_removed;
			err = judge(node, arena, patch, item);
			if (err != ERR_NONE)
				return err;
		}
	}
	return patch->count > 0 ? ERR_NONE : ERR_SYNTAX;
}

static size_t
count_items(const struct xml_node *root)
{
	size_t count = 0;

	for (const struct xml_node *step = xml_first(root); step != NULL;
	     step = xml_next(step)) {
		const struct xml_node *prop = xml_child(step, "DAV:", "prop");

		if (prop == NULL)
			continue;
		for (const struct xml_node *node = xml_first(prop);
		     node != NULL; node = xml_next(node))
			count++;
	}
	return count;
}

static bool
is_all_well(const struct proppatch *patch)
{
	for (size_t i = 0; i < patch->count; i++)
		if (patch->items[i].status != 200)
			return false;
	return true;
}

/* What was well fails with the rest (RFC 4918, 11.4). */
static void
fail_rest(struct proppatch *patch)
{
	for (size_t i = 0; i < patch->count; i++)
		if (patch->items[i].status == 200)
			patch->items[i].status = 424;
}

enum err
prop_parse_proppatch(const struct xml_node *root, struct arena *arena,
    struct proppatch *out_patch)
{
	struct proppatch patch = { .count = 0 };
	size_t count = count_items(root);
	enum err err;

	if (!xml_is(root, "DAV:", "propertyupdate"))
		return ERR_SYNTAX;
	if (count > PROPPATCH_COUNT_MAX)
		return ERR_LIMIT;
	patch.items = arena_alloc(arena, count * sizeof(*patch.items));
	if (patch.items == NULL)
		return ERR_LIMIT;
	err = judge_all(root, arena, &patch);
	if (err != ERR_NONE)
		return err;
	if (!is_all_well(&patch))
		fail_rest(&patch);
	*out_patch = patch;
	return ERR_NONE;
}

static bool
is_touch(const struct proppatch_item *item)
{
	return item->live != NULL && item->live->sets_modified;
}

static void
changes_freep(struct prop_change **changes)
{
	free(*changes);
}

static enum err
change(struct store *store, struct str path, const struct proppatch *patch)
{
	OWNED(changes_freep)
	struct prop_change *changes = calloc(patch->count, sizeof(*changes));
	size_t count = 0;

	if (changes == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < patch->count; i++) {
		const struct proppatch_item *item = &patch->items[i];

		if (!is_touch(item))
			changes[count++] = (struct prop_change){
				.prop = item->prop,
				.is_removed = item->is_removed,
			};
	}
	if (count == 0)
		return ERR_NONE;
	return store->ops->props_change(store, path, changes, count);
}

/* The resource is touched first: that is easier to undo. */
static enum err
touch_and_change(
    struct store *store, struct str path, const struct proppatch *patch)
{
	struct resource before;
	enum err err;

	err = store->ops->look(store, path, &before);
	if (err != ERR_NONE)
		return err;
	err = store->ops->touch(store, path, patch->modified_ns);
	if (err != ERR_NONE)
		return err;
	err = change(store, path, patch);
	if (err != ERR_NONE) /* that this fails as well cannot be helped */
		(void)store->ops->touch(store, path, before.modified_ns);
	return err;
}

enum err
prop_apply(struct store *store, struct str path, struct proppatch *patch)
{
	enum err err;

	CHECK(patch->count > 0);
	if (!is_all_well(patch))
		return ERR_NONE;
	err = patch->sets_modified ? touch_and_change(store, path, patch)
	                           : change(store, path, patch);
	if (err != ERR_LIMIT && err != ERR_SPACE)
		return err;
	for (size_t i = 0; i < patch->count; i++)
		patch->items[i].status = answer_status_of(err);
	return ERR_NONE;
}

static bool
is_alike(const struct proppatch_item *a, const struct proppatch_item *b)
{
	return a->status == b->status && a->condition == b->condition;
}

/* A propstat of the item and of all like it; an earlier one has told them. */
static void
write_propstat(const struct proppatch *patch, size_t first, struct buf *out)
{
	const struct proppatch_item *item = &patch->items[first];

	for (size_t i = 0; i < first; i++)
		if (is_alike(&patch->items[i], item))
			return;
	buf_add_text(out, "<D:propstat><D:prop>");
	for (size_t i = first; i < patch->count; i++)
		if (is_alike(&patch->items[i], item))
			prop_write_name(out, patch->items[i].prop.space,
			    patch->items[i].prop.name);
	buf_add_text(out, "</D:prop>");
	multistatus_status(out, item->status);
	multistatus_error(out, item->condition);
	buf_add_text(out, "</D:propstat>");
}

void
prop_write_proppatch(struct str path, bool is_collection,
    const struct proppatch *patch, struct buf *out)
{
	multistatus_begin(out);
	buf_add_text(out, "<D:response>");
	multistatus_href(out, path, is_collection);
	for (size_t i = 0; i < patch->count; i++)
		write_propstat(patch, i, out);
	buf_add_text(out, "</D:response>\n");
	multistatus_end(out);
}
