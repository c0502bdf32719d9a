/*
 * lock_share.h - how many of the locks are whose, so that nobody takes all;
 * for lock.c alone, which holds the mutex.
 *
 * Principals are counted by a hash under a secret key: two may share a count,
 * and nobody can choose with whom.
 */
#ifndef LOCK_SHARE_H
#define LOCK_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { LOCK_SHARE_SLOT_COUNT = 1024 };

struct lock_share {
	uint64_t key;
	uint32_t counts[LOCK_SHARE_SLOT_COUNT];
};

/* random fills out with unpredictable octets. */
void lock_share_init(
    struct lock_share *share, void (*random)(void *out, size_t size));

/* Whether this principal has LOCK_COUNT_EACH_MAX. */
bool lock_share_is_full(const struct lock_share *share, struct str principal);

void lock_share_add(struct lock_share *share, struct str principal);
void lock_share_remove(struct lock_share *share, struct str principal);

#endif
