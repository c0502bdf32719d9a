/*
 * lock_entry.h - one lock in the table, and the search for it; for lock.c
 * alone, which holds the mutex.
 *
 *	new -> hang -> take_out -> free()
 */
#ifndef LOCK_ENTRY_H
#define LOCK_ENTRY_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "dav/lock.h"
#include "dav/lock_place.h"

struct lock_entry {
	struct lock lock; /* its texts are its own; left_s is not used */
	int64_t expires_s;
	struct lock_place *place; /* NULL: it does not hang in a tree */
	struct lock_entry *next;  /* of the same place */
	char texts[];
};

/* A copy of the lock, on the heap.  NULL: no memory. */
struct lock_entry *lock_entry_new(const struct lock *lock, int64_t expires_s);

enum err lock_entry_hang(
    struct lock_tree *tree, struct lock_entry *entry) MUST_CHECK;
void lock_entry_take_out(struct lock_tree *tree, struct lock_entry *entry);

/*
 * The way from the root down to a path, and on it the locks that apply to that
 * path: its own, and those of infinite depth above it.
 */
struct lock_way {
	const struct lock_tree *tree;
	const struct lock_place *place;
	struct str rest;
	struct lock_entry *entry;
};
struct lock_way lock_entry_way(const struct lock_tree *tree, struct str path);
struct lock_entry *lock_entry_next(struct lock_way *way); /* NULL: the end */

/* The lock of that token, if it applies to path; else NULL. */
struct lock_entry *lock_entry_find(
    const struct lock_tree *tree, struct str path, struct str token);

/* A lock that stands against a new one; NULL: there is none. */
const struct lock_entry *lock_entry_conflict(
    const struct lock_tree *tree, const struct lock_spec *spec);

#endif
