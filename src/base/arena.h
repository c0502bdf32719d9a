/*
 * arena.h - memory that goes all at once, with a ceiling.
 *
 * One request owns one arena: what was parsed, copied and built for it comes
 * from there and is never freed piece by piece.  Beyond the ceiling, or
 * without memory, a call returns NULL: an ERR_LIMIT for its caller.
 * Not for two threads at once.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "base/check.h"
#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	char *at;
	size_t left; /* in the newest block */
	size_t size; /* taken in all, blocks counted whole */
	size_t size_max;
};

void arena_init(struct arena *arena, size_t size_max);
void arena_done(struct arena *arena); /* frees all; can be used again */

/* Zeroed, aligned for any type.  size may be 0. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* A copy with a NUL behind it, so that data is a C string as well. */
enum err arena_copy(
    struct arena *arena, struct str s, struct str *out_copy) MUST_CHECK;

#endif
