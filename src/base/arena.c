/*
 * arena.c - see arena.h.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGNMENT = alignof(max_align_t),
	BLOCK_SIZE = 2048, /* most requests need no second one */
};

struct arena_block {
	alignas(ALIGNMENT) struct arena_block *next;
};

void
arena_init(struct arena *arena, size_t size_max)
{
	CHECK(size_max > 0);
	*arena = (struct arena){ .size_max = size_max };
}

void
arena_done(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena_init(arena, arena->size_max);
}

static bool
add_block(struct arena *arena, size_t size)
{
	size_t whole = sizeof(struct arena_block) + size;
	struct arena_block *block;

	if (whole < BLOCK_SIZE)
		whole = BLOCK_SIZE;
	if (whole > arena->size_max - arena->size)
		whole = sizeof(struct arena_block) + size;
	if (whole > arena->size_max - arena->size)
		return false;
	block = malloc(whole);
	if (block == NULL)
		return false;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->at = (char *)(block + 1);
	arena->left = whole - sizeof(struct arena_block);
	arena->size += whole;
	return true;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded;
	void *out;

	if (size > arena->size_max)
		return NULL;
	rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded > arena->left && !add_block(arena, rounded))
		return NULL;
	if (arena->at == NULL && !add_block(arena, rounded))
		return NULL; /* the first call, of size 0 */
	out = arena->at;
	arena->at += rounded;
	arena->left -= rounded;
	return memset(out, 0, size);
}

enum err
arena_copy(struct arena *arena, struct str s, struct str *out_copy)
{
	char *data = arena_alloc(arena, s.len + 1);

	if (data == NULL)
		return ERR_LIMIT;
	if (s.len > 0)
		memcpy(data, s.data, s.len);
	*out_copy = (struct str){ data, s.len };
	return ERR_NONE;
}
