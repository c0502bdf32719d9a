/*
 * lock_place.h - the tree of names that lead to locks, for lock.c alone.
 *
 * A place is a name with a lock rooted at it, or a name above such a one.  So
 * the locks that apply to a path lie on the way from the root down to it, and
 * those inside a collection are all that its place has below it.
 *
 *	make -> hang a lock into it -> take the last one out -> prune
 *
 * Not for two threads at once.
 */
#ifndef LOCK_PLACE_H
#define LOCK_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct lock_entry; /* lock.c's */
struct lock_place;

struct lock_place {
	struct lock_place *parent;   /* NULL: the root */
	struct lock_place *child;    /* the first below it */
	struct lock_place *previous; /* siblings */
	struct lock_place *next;
	struct lock_entry *entries; /* rooted here */

	/* The tree's own: the bucket of its table. */
	struct lock_place *chain;
	uint32_t hash;
	size_t name_size;
	char name[]; /* the last segment */
};

struct lock_tree {
	struct lock_place *root;
	struct lock_place **buckets;
	size_t bucket_count; /* a power of two */
	size_t place_count;  /* without the root */
};

enum err lock_place_init(struct lock_tree *tree) MUST_CHECK;
void lock_place_done(struct lock_tree *tree); /* must have no entries */

/* One step down; NULL: there is no such place. */
struct lock_place *lock_place_child(const struct lock_tree *tree,
    const struct lock_place *parent, struct str name);

/* All the way down a normalised path; NULL: there is no such place. */
struct lock_place *lock_place_find(
    const struct lock_tree *tree, struct str path);

/* As find, and makes what is missing.  ERR_LIMIT: deeper than
 * TREE_DEPTH_MAX. */
enum err lock_place_make(struct lock_tree *tree, struct str path,
    struct lock_place **out_place) MUST_CHECK;

/* Frees the place, and those above it, that lead to no lock any more. */
void lock_place_prune(struct lock_tree *tree, struct lock_place *place);

/* The next place at or below top, parents before children; NULL: the end. */
struct lock_place *lock_place_next(
    const struct lock_place *place, const struct lock_place *top);

#endif
