/*
 * lock_entry.c - see lock_entry.h.
 */
#include "dav/lock_entry.h"

#include <stdlib.h>
#include <string.h>

static struct str
put_text(char **at, struct str text)
{
	struct str copy = { *at, text.len };

	if (text.len > 0)
		memcpy(*at, text.data, text.len);
	*at += text.len;
	return copy;
}

struct lock_entry *
lock_entry_new(const struct lock *lock, int64_t expires_s)
{
	size_t size = lock->token.len + lock->path.len + lock->owner.len +
	              lock->principal.len;
	struct lock_entry *entry = malloc(sizeof(*entry) + size);
	char *at;

	if (entry == NULL)
		return NULL;
	*entry = (struct lock_entry){ .lock = *lock, .expires_s = expires_s };
	at = entry->texts;
	entry->lock.token = put_text(&at, lock->token);
	entry->lock.path = put_text(&at, lock->path);
	entry->lock.owner = put_text(&at, lock->owner);
	entry->lock.principal = put_text(&at, lock->principal);
	return entry;
}

enum err
lock_entry_hang(struct lock_tree *tree, struct lock_entry *entry)
{
	enum err err;

	err = lock_place_make(tree, entry->lock.path, &entry->place);
	if (err != ERR_NONE)
		return err;
	entry->next = entry->place->entries;
	entry->place->entries = entry;
	return ERR_NONE;
}

void
lock_entry_take_out(struct lock_tree *tree, struct lock_entry *entry)
{
	struct lock_entry **link = &entry->place->entries;

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	lock_place_prune(tree, entry->place);
	entry->next = NULL;
	entry->place = NULL;
}

struct lock_way
lock_entry_way(const struct lock_tree *tree, struct str path)
{
	CHECK(path.len > 0);
	CHECK(path.data[0] == '/');
	return (struct lock_way){
		.tree = tree,
		.place = tree->root,
		.rest = str_from(path, 1),
		.entry = tree->root->entries,
	};
}

struct lock_entry *
lock_entry_next(struct lock_way *way)
{
	while (way->place != NULL) {
		bool is_end = way->rest.len == 0;

		while (way->entry != NULL) {
			struct lock_entry *entry = way->entry;

			way->entry = entry->next;
			if (is_end || entry->lock.is_infinite)
				return entry;
		}
		if (is_end)
			return NULL;
		way->place = lock_place_child(
		    way->tree, way->place, str_cut(&way->rest, '/'));
		way->entry = way->place == NULL ? NULL : way->place->entries;
	}
	return NULL;
}

struct lock_entry *
lock_entry_find(const struct lock_tree *tree, struct str path, struct str token)
{
	struct lock_way way = lock_entry_way(tree, path);
	struct lock_entry *entry;

	do
		entry = lock_entry_next(&way);
	while (entry != NULL && !str_equal(entry->lock.token, token));
	return entry;
}

/* The compatibility table of RFC 4918, 9.10.5: only shared bears shared. */
const struct lock_entry *
lock_entry_conflict(const struct lock_tree *tree, const struct lock_spec *spec)
{
	struct lock_way way = lock_entry_way(tree, spec->path);
	const struct lock_entry *entry;
	const struct lock_place *top;
	const struct lock_place *place;

	while ((entry = lock_entry_next(&way)) != NULL)
		if (!entry->lock.is_shared || !spec->is_shared)
			return entry;
	if (!spec->is_infinite)
		return NULL;
	top = lock_place_find(tree, spec->path);
	for (place = top; place != NULL; place = lock_place_next(place, top))
		for (entry = place->entries; entry != NULL; entry = entry->next)
			if (!entry->lock.is_shared || !spec->is_shared)
				return entry;
	return NULL;
}
