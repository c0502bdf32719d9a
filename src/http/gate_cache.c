/*
 * gate_cache.c - see gate_cache.h.
 */
#include "http/gate_cache.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4 };

enum err
gate_cache_init(struct gate_cache *cache)
{
	return pthread_mutex_init(&cache->mutex, NULL) == 0 ? ERR_NONE
	                                                    : ERR_SYSTEM;
}

static void
forget(struct gate_cache_slot *slot)
{
	free(slot->name);
	*slot = (struct gate_cache_slot){ .name = NULL };
}

void
gate_cache_done(struct gate_cache *cache)
{
	for (int i = 0; i < GATE_CACHE_COUNT; i++)
		forget(&cache->slots[i]);
	CHECK(pthread_mutex_destroy(&cache->mutex) == 0);
}

/* Digests are spread evenly: four slots belong to each. */
static struct gate_cache_slot *
set_of(struct gate_cache *cache, const unsigned char *digest)
{
	uint32_t number;

	memcpy(&number, digest, sizeof(number));
	return &cache->slots[number % (GATE_CACHE_COUNT / WAYS) * WAYS];
}

/* The digest is keyed: how long the comparison takes tells nothing. */
static struct gate_cache_slot *
find(struct gate_cache *cache, const unsigned char *digest)
{
	struct gate_cache_slot *set = set_of(cache, digest);

	for (int i = 0; i < WAYS; i++)
		if (set[i].until_ms != 0 &&
		    memcmp(set[i].digest, digest, GATE_DIGEST_SIZE) == 0)
			return &set[i];
	return NULL;
}

size_t
gate_cache_get(struct gate_cache *cache,
    const unsigned char digest[GATE_DIGEST_SIZE], int64_t now_ms,
    char out_name[PRINCIPAL_SIZE_MAX])
{
	const struct gate_cache_slot *slot;
	size_t size = 0;

	CHECK(pthread_mutex_lock(&cache->mutex) == 0);
	slot = find(cache, digest);
	if (slot != NULL && now_ms < slot->until_ms) {
		size = slot->name_size;
		memcpy(out_name, slot->name, size);
	}
	CHECK(pthread_mutex_unlock(&cache->mutex) == 0);
	return size;
}

uint64_t
gate_cache_generation(struct gate_cache *cache)
{
	uint64_t generation;

	CHECK(pthread_mutex_lock(&cache->mutex) == 0);
	generation = cache->generation;
	CHECK(pthread_mutex_unlock(&cache->mutex) == 0);
	return generation;
}

static struct gate_cache_slot *
make_room(struct gate_cache *cache, const unsigned char *digest)
{
	struct gate_cache_slot *set = set_of(cache, digest);
	struct gate_cache_slot *slot = find(cache, digest);

	if (slot == NULL)
		slot = &set[0];
	else
		return slot;
	for (int i = 1; i < WAYS; i++)
		if (set[i].since_ms < slot->since_ms)
			slot = &set[i];
	return slot;
}

void
gate_cache_put(struct gate_cache *cache, const struct gate_cache_entry *entry)
{
	char *name = malloc(entry->name.len);
	struct gate_cache_slot *slot;
	int64_t until_ms = entry->now_ms + GATE_CACHE_MS;

	CHECK(entry->name.len > 0);
	CHECK(entry->name.len <= PRINCIPAL_SIZE_MAX);
	if (name == NULL)
		return; /* then it is verified again */
	memcpy(name, entry->name.data, entry->name.len);
	if (until_ms > entry->until_ms)
		until_ms = entry->until_ms;
	CHECK(pthread_mutex_lock(&cache->mutex) == 0);
	if (entry->generation == cache->generation) {
		slot = make_room(cache, entry->digest);
		forget(slot);
		slot->name = name;
		slot->name_size = entry->name.len;
		slot->since_ms = entry->now_ms;
		slot->until_ms = until_ms;
		memcpy(slot->digest, entry->digest, GATE_DIGEST_SIZE);
		name = NULL;
	}
	CHECK(pthread_mutex_unlock(&cache->mutex) == 0);
	free(name);
}

void
gate_cache_clear(struct gate_cache *cache)
{
	CHECK(pthread_mutex_lock(&cache->mutex) == 0);
	cache->generation++;
	for (int i = 0; i < GATE_CACHE_COUNT; i++)
		forget(&cache->slots[i]);
	CHECK(pthread_mutex_unlock(&cache->mutex) == 0);
}
