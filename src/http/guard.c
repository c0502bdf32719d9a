/*
 * guard.c - see guard.h.
 */
#include "http/guard.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

enum err
guard_init(struct guard *guard)
{
	guard->count = 0;
	if (pthread_mutex_init(&guard->mutex, NULL) != 0)
		return ERR_SYSTEM;
	return ERR_NONE;
}

void
guard_done(struct guard *guard)
{
	CHECK(pthread_mutex_destroy(&guard->mutex) == 0);
}

static uint64_t
hash_add(uint64_t hash, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.data[i]) * FNV_PRIME;
	/* What no text has, so that its end cannot be shifted. */
	return (hash ^ 0x100) * FNV_PRIME;
}

static uint64_t
hash_of(struct str peer, struct str agent)
{
	return hash_add(hash_add(FNV_OFFSET, peer), agent);
}

/* The place of this hash, or NULL.  The mutex is held. */
static struct guard_peer *
find(struct guard *guard, uint64_t hash)
{
	CHECK(guard->count <= INTERIM_GUARD_COUNT_MAX);
	for (size_t i = 0; i < guard->count; i++) {
		if (guard->peers[i].hash == hash)
			return &guard->peers[i];
	}
	return NULL;
}

/* A place for one more: a new one, else the oldest.  The mutex is held. */
static struct guard_peer *
make_room(struct guard *guard)
{
	struct guard_peer *oldest = &guard->peers[0];

	if (guard->count < INTERIM_GUARD_COUNT_MAX)
		return &guard->peers[guard->count++];
	for (size_t i = 1; i < guard->count; i++) {
		if (guard->peers[i].since_ms < oldest->since_ms)
			oldest = &guard->peers[i];
	}
	return oldest;
}

void
guard_remember(
    struct guard *guard, struct str peer, struct str agent, int64_t now_ms)
{
	uint64_t hash = hash_of(peer, agent);
	struct guard_peer *place;

	CHECK(pthread_mutex_lock(&guard->mutex) == 0);
	place = find(guard, hash);
	if (place == NULL)
		place = make_room(guard);
	*place = (struct guard_peer){ hash, now_ms };
	CHECK(pthread_mutex_unlock(&guard->mutex) == 0);
}

bool
guard_knows(
    struct guard *guard, struct str peer, struct str agent, int64_t now_ms)
{
	uint64_t hash = hash_of(peer, agent);
	const struct guard_peer *place;
	bool knows;

	CHECK(pthread_mutex_lock(&guard->mutex) == 0);
	place = find(guard, hash);
	knows = place != NULL && now_ms - place->since_ms < GUARD_MEMORY_MS;
	CHECK(pthread_mutex_unlock(&guard->mutex) == 0);
	return knows;
}
