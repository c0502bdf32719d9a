/*
 * lock_place.c - see lock_place.h.
 */
#include "dav/lock_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum { BUCKET_COUNT_MIN = 64 };

enum err
lock_place_init(struct lock_tree *tree)
{
	*tree = (struct lock_tree){ .bucket_count = BUCKET_COUNT_MIN };
	tree->root = calloc(1, sizeof(*tree->root));
	tree->buckets = calloc(BUCKET_COUNT_MIN, sizeof(struct lock_place *));
	if (tree->root == NULL || tree->buckets == NULL) {
		free(tree->root);
		free(tree->buckets);
		return ERR_MEMORY;
	}
	return ERR_NONE;
}

void
lock_place_done(struct lock_tree *tree)
{
	CHECK(tree->place_count == 0);
	free(tree->root);
	free(tree->buckets);
}

/* FNV-1a over the name, started with where it hangs. */
static uint32_t
hash_of(const struct lock_place *parent, struct str name)
{
	uintptr_t where = (uintptr_t)parent;
	uint32_t hash = 2166136261u ^ (uint32_t)(where >> 4);

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
	return hash ^ hash >> 15;
}

struct lock_place *
lock_place_child(const struct lock_tree *tree, const struct lock_place *parent,
    struct str name)
{
	uint32_t hash = hash_of(parent, name);
	struct lock_place *place =
	    tree->buckets[hash & (tree->bucket_count - 1)];

	while (place != NULL &&
	       (place->hash != hash || place->parent != parent ||
	           !str_equal(str_make(place->name, place->name_size), name)))
		place = place->chain;
	return place;
}

struct lock_place *
lock_place_find(const struct lock_tree *tree, struct str path)
{
	struct lock_place *place = tree->root;
	struct str rest = str_from(path, 1);

	while (rest.len > 0 && place != NULL)
		place = lock_place_child(tree, place, str_cut(&rest, '/'));
	return place;
}

/* Without memory the chains grow instead. */
static void
grow(struct lock_tree *tree)
{
	size_t count = tree->bucket_count * 2;
	struct lock_place **buckets = calloc(count, sizeof(*buckets));

	if (buckets == NULL)
		return;
	for (size_t i = 0; i < tree->bucket_count; i++) {
		struct lock_place *place = tree->buckets[i];

		while (place != NULL) {
			struct lock_place *chain = place->chain;
			size_t at = place->hash & (count - 1);

			place->chain = buckets[at];
			buckets[at] = place;
			place = chain;
		}
	}
	free(tree->buckets);
	tree->buckets = buckets;
	tree->bucket_count = count;
}

static struct lock_place *
add_child(struct lock_tree *tree, struct lock_place *parent, struct str name)
{
	struct lock_place *place = calloc(1, sizeof(*place) + name.len);
	struct lock_place **bucket;

	if (place == NULL)
		return NULL;
	if (tree->place_count >= tree->bucket_count)
		grow(tree);
	place->parent = parent;
	place->name_size = name.len;
	memcpy(place->name, name.data, name.len);
	place->hash = hash_of(parent, name);
	bucket = &tree->buckets[place->hash & (tree->bucket_count - 1)];
	place->chain = *bucket;
	*bucket = place;
	place->next = parent->child;
	if (place->next != NULL)
		place->next->previous = place;
	parent->child = place;
	tree->place_count++;
	return place;
}

enum err
lock_place_make(
    struct lock_tree *tree, struct str path, struct lock_place **out_place)
{
	struct lock_place *place = tree->root;
	struct str rest = str_from(path, 1);
	size_t depth = 0;

	while (rest.len > 0) {
		struct str name = str_cut(&rest, '/');
		struct lock_place *child = lock_place_child(tree, place, name);

		if (child == NULL && depth < TREE_DEPTH_MAX)
			child = add_child(tree, place, name);
		if (child == NULL) {
			lock_place_prune(tree, place);
			return depth < TREE_DEPTH_MAX ? ERR_MEMORY : ERR_LIMIT;
		}
		place = child;
		depth++;
	}
	*out_place = place;
	return ERR_NONE;
}

static void
drop(struct lock_tree *tree, struct lock_place *place)
{
	struct lock_place **link =
	    &tree->buckets[place->hash & (tree->bucket_count - 1)];

	while (*link != place)
		link = &(*link)->chain;
	*link = place->chain;
	if (place->next != NULL)
		place->next->previous = place->previous;
	if (place->previous != NULL)
		place->previous->next = place->next;
	else
		place->parent->child = place->next;
	tree->place_count--;
	free(place);
}

void
lock_place_prune(struct lock_tree *tree, struct lock_place *place)
{
	while (place->parent != NULL && place->child == NULL &&
	       place->entries == NULL) {
		struct lock_place *parent = place->parent;

		drop(tree, place);
		place = parent;
	}
}

struct lock_place *
lock_place_next(const struct lock_place *place, const struct lock_place *top)
{
	if (place->child != NULL)
		return place->child;
	while (place != top && place->next == NULL)
		place = place->parent;
	return place == top ? NULL : place->next;
}
