/*
 * lock_share.c - see lock_share.h.
 */
#include "dav/lock_share.h"

#include "base/check.h"
#include "base/limits.h"

void
lock_share_init(
    struct lock_share *share, void (*random)(void *out, size_t size))
{
	*share = (struct lock_share){ 0 };
	random(&share->key, sizeof(share->key));
}

/* FNV-1a from a secret start on, and mixed at the end. */
static size_t
slot_of(const struct lock_share *share, struct str principal)
{
	uint64_t hash = share->key;

	for (size_t i = 0; i < principal.len; i++) {
		hash ^= (unsigned char)principal.data[i];
		hash *= 0x100000001b3;
	}
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15;
	return (size_t)(hash >> 32) % LOCK_SHARE_SLOT_COUNT;
}

bool
lock_share_is_full(const struct lock_share *share, struct str principal)
{
	return share->counts[slot_of(share, principal)] >= LOCK_COUNT_EACH_MAX;
}

void
lock_share_add(struct lock_share *share, struct str principal)
{
	share->counts[slot_of(share, principal)]++;
}

void
lock_share_remove(struct lock_share *share, struct str principal)
{
	uint32_t *count = &share->counts[slot_of(share, principal)];

	CHECK(*count > 0);
	--*count;
}
