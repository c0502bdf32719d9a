/*
 * op_index.h - finds a thing by its owner and a text.
 *
 * The entries are parts of the things, and their texts last as long as they
 * stand in the index.  Not for two threads at once.
 */
#ifndef OP_INDEX_H
#define OP_INDEX_H

#include <stdbool.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct op_entry {
	struct str owner;
	struct str text;
	void *thing;
};

struct op_index {
	void *root; /* starts as NULL */
};

/* In the place of the one with the same owner and text.  ERR_MEMORY. */
enum err op_index_put(
    struct op_index *index, struct op_entry *entry) MUST_CHECK;

/* Nothing, if the entry does not stand there (any more). */
void op_index_drop(struct op_index *index, const struct op_entry *entry);

/* The thing, or NULL. */
void *op_index_find(
    const struct op_index *index, struct str owner, struct str text);

#endif
