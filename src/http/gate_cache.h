/*
 * gate_cache.h - credentials that were right a moment ago, and whose they are.
 *
 *	init -> get, put, clear, from any thread -> done
 *
 * Kept is a keyed digest, never the password or the token.  The table has a
 * fixed size; what is least recent of a few makes room.
 */
#ifndef GATE_CACHE_H
#define GATE_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

enum {
	GATE_DIGEST_SIZE = 32,
	GATE_CACHE_MS = 2 * 60 * 1000,
	GATE_CACHE_COUNT = 4096,
};

struct gate_cache_slot {
	unsigned char digest[GATE_DIGEST_SIZE];
	int64_t since_ms;
	int64_t until_ms; /* 0: free */
	char *name;       /* owned */
	size_t name_size;
};

struct gate_cache {
	pthread_mutex_t mutex; /* guards what follows */
	uint64_t generation;   /* of what it was checked against */
	struct gate_cache_slot slots[GATE_CACHE_COUNT];
};

/* cache is zeroed. */
enum err gate_cache_init(struct gate_cache *cache) MUST_CHECK;
void gate_cache_done(struct gate_cache *cache);

/* The size of the name; 0: it is not there. */
size_t gate_cache_get(struct gate_cache *cache,
    const unsigned char digest[GATE_DIGEST_SIZE], int64_t now_ms,
    char out_name[PRINCIPAL_SIZE_MAX]);

/* What is verified from now on is verified against this. */
uint64_t gate_cache_generation(struct gate_cache *cache);

/*
 * For at most GATE_CACHE_MS from now_ms, and not beyond until_ms.  Does
 * nothing if it was cleared since generation.
 */
struct gate_cache_entry {
	const unsigned char *digest;
	struct str name;
	int64_t now_ms;
	int64_t until_ms;
	uint64_t generation;
};
void gate_cache_put(
    struct gate_cache *cache, const struct gate_cache_entry *entry);

void gate_cache_clear(struct gate_cache *cache);

#endif
