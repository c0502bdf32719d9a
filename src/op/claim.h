/*
 * claim.h - who may change what, while it is being changed.
 *
 * A request that changes something claims the paths it touches before it
 * begins, and releases them when it is done.  Two claims conflict when they
 * name the same path, or one names a whole subtree in which the other lies,
 * and not both are shared.  What conflicts waits; nothing fails.
 *
 *	ask -> (waiting) -> granted() -> release
 *	ask -> (waiting) -> withdraw
 *
 * A claim names all its paths at once, and waits behind every earlier claim
 * that it conflicts with, granted or not: so there is no deadlock, and nobody
 * waits for ever.  Paths are normalised (http/request.h).
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { CLAIM_PART_COUNT_MAX = 2 }; /* a source and a destination */

enum claim_mode { CLAIM_SHARED, CLAIM_EXCLUSIVE };

struct claim_part {
	struct str path; /* borrowed until the claim is released */
	enum claim_mode mode;
	bool is_subtree; /* everything below it too */
};

struct claim {
	struct claim_part parts[CLAIM_PART_COUNT_MAX];
	size_t part_count;

	/*
	 * Called exactly once: inside claim_ask() or, later, on the thread
	 * that released what stood in the way.  It must not block, nor ask or
	 * release: it hands the work to a pool.
	 */
	void (*granted)(struct claim *claim);
	void *context; /* the owner's */

	/* The table's own. */
	bool is_granted;
	struct claim *previous;
	struct claim *next;
	struct claim *ready; /* the next to be told */
};

struct claim_table;

struct claim_table *claim_table_new(void);        /* NULL: no memory */
void claim_table_free(struct claim_table *table); /* must be empty */

void claim_ask(struct claim_table *table, struct claim *claim);

/*
 * Takes back a claim that still waits, and grants what waited for it only.
 * false: it was granted meanwhile; granted() was called or is about to be, on
 * another thread, and the claim is to be released after that, not before.
 */
bool claim_withdraw(struct claim_table *table, struct claim *claim);

/* Grants what waited for this one only, before it returns. */
void claim_release(struct claim_table *table, struct claim *claim);

/* Whether one of them has to wait for the other; only the parts are read. */
bool claim_conflicts(const struct claim *a, const struct claim *b);

#endif
