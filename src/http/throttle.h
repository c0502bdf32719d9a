/*
 * throttle.h - how fast passwords can be guessed.
 *
 *	init -> enter -> passed or excused, or neither: it failed -> done
 *
 * What fails is counted by address and by name.  Beyond a number of failures
 * one try is let through at a time, each later than the one before, up to
 * THROTTLE_WAIT_MS_MAX; after THROTTLE_FORGET_MS without a failure all is
 * forgotten.  A try counts as a failure until it is known to be none, so that
 * many at once are no way around.
 *
 * Where a name was right once, it is counted with that address alone for a
 * day: whoever guesses at a name from elsewhere does not lock its owner out,
 * nor does a neighbour behind the same address.
 *
 * Addresses and names come as hashes under a secret key.  Both tables have a
 * fixed size; what is least recent of a few makes room.  Any thread.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

enum {
	THROTTLE_ADDRESS_COUNT = 20, /* failures until it slows down */
	THROTTLE_NAME_COUNT = 10,
	THROTTLE_WAIT_MS = 1000, /* doubled with each failure more */
	THROTTLE_WAIT_MS_MAX = 60 * 1000,
	THROTTLE_FORGET_MS = 15 * 60 * 1000,
	THROTTLE_GOOD_MS = 24 * 3600 * 1000,
	THROTTLE_SLOT_COUNT = 16 * 1024,
	THROTTLE_GOOD_SLOT_COUNT = 4 * 1024,
};

struct throttle_slot {
	uint64_t key; /* 0: free */
	int64_t last_ms;
	uint32_t count;
};

struct throttle {
	pthread_mutex_t mutex; /* guards what follows */
	struct throttle_slot failures[THROTTLE_SLOT_COUNT];
	struct throttle_slot good[THROTTLE_GOOD_SLOT_COUNT];
};

/* Who tries; 0 is not counted. */
struct throttle_try {
	uint64_t address;
	uint64_t name;
	uint64_t pair; /* of both */
	bool is_known; /* its own: the pair alone is counted */
};

/* throttle is zeroed. */
enum err throttle_init(struct throttle *throttle) MUST_CHECK;
void throttle_done(struct throttle *throttle);

/* 0: it may try, and was counted; else how long it has to wait. */
int64_t throttle_enter(
    struct throttle *throttle, struct throttle_try *it, int64_t now_ms);

/* It was right. */
void throttle_passed(
    struct throttle *throttle, const struct throttle_try *it, int64_t now_ms);

/* Nobody could tell whether it was right. */
void throttle_excused(struct throttle *throttle, const struct throttle_try *it);

#endif
