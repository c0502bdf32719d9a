/*
 * guard.h - remembers the peers for which a 102 went wrong.
 *
 *	init -> remember, knows, from any thread -> done
 *
 * A peer is its address and its agent together.  It is forgotten after a day,
 * and earlier when INTERIM_GUARD_COUNT_MAX others came after it.  Kept is a
 * hash of both: two peers of the same hash share their fate, and all that is
 * lost is a 102.
 */
#ifndef GUARD_H
#define GUARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

enum { GUARD_MEMORY_MS = 24 * 3600 * 1000 };

struct guard_peer {
	uint64_t hash;
	int64_t since_ms; /* when it went wrong last */
};

struct guard {
	pthread_mutex_t mutex; /* guards what follows */
	size_t count;
	struct guard_peer peers[INTERIM_GUARD_COUNT_MAX];
};

enum err guard_init(struct guard *guard) MUST_CHECK;
void guard_done(struct guard *guard);

void guard_remember(
    struct guard *guard, struct str peer, struct str agent, int64_t now_ms);
bool guard_knows(
    struct guard *guard, struct str peer, struct str agent, int64_t now_ms);

#endif
