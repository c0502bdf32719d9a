/*
 * op_index.c - see op_index.h.  The tree is that of the C library, balanced,
 * so that nobody who chooses the texts makes it slow.
 */
#include "op/op_index.h"

#include <search.h>

static int
compare(const void *left, const void *right)
{
	const struct op_entry *a = left;
	const struct op_entry *b = right;
	int order = str_compare(a->owner, b->owner);

	return order != 0 ? order : str_compare(a->text, b->text);
}

enum err
op_index_put(struct op_index *index, struct op_entry *entry)
{
	struct op_entry **node = tsearch(entry, &index->root, compare);

	if (node == NULL)
		return ERR_MEMORY;
	*node = entry;
	return ERR_NONE;
}

void
op_index_drop(struct op_index *index, const struct op_entry *entry)
{
	struct op_entry **node = tfind(entry, &index->root, compare);

	if (node != NULL && *node == entry)
		(void)tdelete(entry, &index->root, compare);
}

void *
op_index_find(const struct op_index *index, struct str owner, struct str text)
{
	struct op_entry probe = { .owner = owner, .text = text };
	struct op_entry **node = tfind(&probe, &index->root, compare);

	return node == NULL ? NULL : (*node)->thing;
}
