/*
 * meta_range.h - the ranges of a key that belong to one tree of paths.
 *
 * "/a" has its children at parent "/a" and everything below at parents that
 * begin with "/a/".  ("/a-b" lies between the two.)
 */
#ifndef META_RANGE_H
#define META_RANGE_H

#include "base/limits.h"
#include "base/str.h"

enum { META_RANGE_COUNT = 2 };

struct meta_range {
	char texts[2 * META_RANGE_COUNT][PATH_SIZE_MAX + 2];
	struct str from[META_RANGE_COUNT];
	struct str below[META_RANGE_COUNT]; /* the first text beyond it */
};

/* The path has at most PATH_SIZE_MAX octets and is not the root. */
void meta_range_init(struct meta_range *range, struct str path);

/* "/a/b" is "b" in "/a"; the root is "" in "". */
void meta_range_split(
    struct str path, struct str *out_parent, struct str *out_name);

#endif
