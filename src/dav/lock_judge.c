/*
 * lock_judge.c - see lock_judge.h.
 */
#include "dav/lock_judge.h"

#include "dav/if_header.h"
#include "dav/lock_entry.h"
#include "http/uri.h"

/* Not locked, or one of the locks that apply was submitted by its holder. */
static bool
is_free(const struct lock_tree *tree, const struct lock_query *query,
    struct str path)
{
	struct lock_way way = lock_entry_way(tree, path);
	const struct lock_entry *entry;
	bool is_locked = false;

	while ((entry = lock_entry_next(&way)) != NULL) {
		is_locked = true;
		if (str_equal(entry->lock.principal, query->principal) &&
		    if_header_submits(query->if_header, entry->lock.token))
			return true;
	}
	return !is_locked;
}

/* Tells each root of the locks that apply to path; or of the shallow only. */
static void
tell_roots(const struct lock_tree *tree, const struct lock_query *query,
    struct str path, bool only_shallow)
{
	struct lock_way way = lock_entry_way(tree, path);
	const struct lock_place *told = NULL;
	const struct lock_entry *entry;

	while (query->see != NULL && (entry = lock_entry_next(&way)) != NULL) {
		if (entry->place == told)
			continue;
		if (only_shallow && entry->lock.is_infinite)
			continue;
		query->see(query->context, entry->lock.path);
		told = entry->place;
	}
}

/* The members that have locks of their own. */
static bool
members_are_free(const struct lock_tree *tree, const struct lock_query *query)
{
	const struct lock_place *top = lock_place_find(tree, query->path);
	const struct lock_place *place = top;
	bool are_free = true;

	if (top == NULL)
		return true;
	while ((place = lock_place_next(place, top)) != NULL) {
		if (place->entries == NULL ||
		    is_free(tree, query, place->entries->lock.path))
			continue;
		are_free = false;
		if (query->see != NULL)
			query->see(query->context, place->entries->lock.path);
	}
	return are_free;
}

enum err
lock_judge(const struct lock_tree *tree, const struct lock_query *query)
{
	struct str parent = uri_path_parent(query->path);
	bool is_own_free;
	bool are_free;

	is_own_free = is_free(tree, query, query->path);
	are_free = is_own_free;
	if (!is_own_free)
		tell_roots(tree, query, query->path, false);
	if (query->scope != LOCK_SCOPE_CONTENT && query->path.len > 1 &&
	    !is_free(tree, query, parent)) {
		/* A deep lock of the parent stands on its members, too, and
		 * was told with them. */
		tell_roots(tree, query, parent, !is_own_free);
		are_free = false;
	}
	if (query->scope == LOCK_SCOPE_TREE && !members_are_free(tree, query))
		are_free = false;
	return are_free ? ERR_NONE : ERR_LOCKED;
}
