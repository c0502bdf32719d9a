/*
 * throttle.c - see throttle.h.
 */
#include "http/throttle.h"

enum { WAYS = 4, DOUBLED_COUNT_MAX = 6 };

_Static_assert(THROTTLE_SLOT_COUNT % WAYS == 0, "sets of slots");
_Static_assert(THROTTLE_GOOD_SLOT_COUNT % WAYS == 0, "sets of slots");
_Static_assert(THROTTLE_WAIT_MS << DOUBLED_COUNT_MAX >= THROTTLE_WAIT_MS_MAX,
    "it reaches the longest wait");

enum err
throttle_init(struct throttle *throttle)
{
	return pthread_mutex_init(&throttle->mutex, NULL) == 0 ? ERR_NONE
	                                                       : ERR_SYSTEM;
}

void
throttle_done(struct throttle *throttle)
{
	CHECK(pthread_mutex_destroy(&throttle->mutex) == 0);
}

static struct throttle_slot *
find_slot(struct throttle_slot *slots, size_t count, uint64_t key)
{
	struct throttle_slot *set = &slots[key % (count / WAYS) * WAYS];

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

/* A place for one more: a free one, else the least recent of its set. */
static struct throttle_slot *
make_slot(
    struct throttle_slot *slots, size_t count, uint64_t key, int64_t now_ms)
{
	struct throttle_slot *set = &slots[key % (count / WAYS) * WAYS];
	struct throttle_slot *slot = find_slot(slots, count, key);

	if (slot != NULL)
		return slot;
	slot = &set[0];
	for (int i = 0; i < WAYS && slot->key != 0; i++)
		if (set[i].key == 0 || set[i].last_ms < slot->last_ms)
			slot = &set[i];
	*slot = (struct throttle_slot){ .key = key, .last_ms = now_ms };
	return slot;
}

static struct throttle_slot *
find_failures(struct throttle *throttle, uint64_t key)
{
	return find_slot(throttle->failures, THROTTLE_SLOT_COUNT, key);
}

static int64_t
wait_of(const struct throttle_slot *slot, uint32_t count_max, int64_t now_ms)
{
	uint32_t beyond = slot->count - count_max;
	int64_t wait_ms;

	if (slot->count < count_max ||
	    now_ms - slot->last_ms >= THROTTLE_FORGET_MS)
		return 0;
	if (beyond > DOUBLED_COUNT_MAX)
		beyond = DOUBLED_COUNT_MAX;
	wait_ms = (int64_t)THROTTLE_WAIT_MS << beyond;
	if (wait_ms > THROTTLE_WAIT_MS_MAX)
		wait_ms = THROTTLE_WAIT_MS_MAX;
	wait_ms -= now_ms - slot->last_ms;
	return wait_ms > 0 ? wait_ms : 0;
}

/* How long this key has to wait. */
static int64_t
look(
    struct throttle *throttle, uint64_t key, uint32_t count_max, int64_t now_ms)
{
	const struct throttle_slot *slot =
	    key == 0 ? NULL : find_failures(throttle, key);

	return slot == NULL ? 0 : wait_of(slot, count_max, now_ms);
}

static void
charge(struct throttle *throttle, uint64_t key, int64_t now_ms)
{
	struct throttle_slot *slot;

	if (key == 0)
		return;
	slot = make_slot(throttle->failures, THROTTLE_SLOT_COUNT, key, now_ms);
	if (now_ms - slot->last_ms >= THROTTLE_FORGET_MS)
		slot->count = 0;
	slot->last_ms = now_ms;
	if (slot->count < UINT32_MAX)
		slot->count++;
}

static void
refund(struct throttle *throttle, uint64_t key)
{
	struct throttle_slot *slot =
	    key == 0 ? NULL : find_failures(throttle, key);

	if (slot != NULL && slot->count > 0)
		slot->count--;
}

static bool
is_good(struct throttle *throttle, uint64_t pair, int64_t now_ms)
{
	const struct throttle_slot *slot =
	    pair == 0
	        ? NULL
	        : find_slot(throttle->good, THROTTLE_GOOD_SLOT_COUNT, pair);

	return slot != NULL && now_ms - slot->last_ms < THROTTLE_GOOD_MS;
}

static void
remember(struct throttle *throttle, uint64_t pair, int64_t now_ms)
{
	if (pair != 0)
		make_slot(
		    throttle->good, THROTTLE_GOOD_SLOT_COUNT, pair, now_ms)
		    ->last_ms = now_ms;
}

int64_t
throttle_enter(
    struct throttle *throttle, struct throttle_try *it, int64_t now_ms)
{
	int64_t wait_ms;
	int64_t name_ms;

	CHECK(pthread_mutex_lock(&throttle->mutex) == 0);
	it->is_known = is_good(throttle, it->pair, now_ms);
	if (it->is_known) {
		wait_ms = look(throttle, it->pair, THROTTLE_NAME_COUNT, now_ms);
		if (wait_ms == 0)
			charge(throttle, it->pair, now_ms);
	} else {
		wait_ms =
		    look(throttle, it->address, THROTTLE_ADDRESS_COUNT, now_ms);
		name_ms = look(throttle, it->name, THROTTLE_NAME_COUNT, now_ms);
		if (name_ms > wait_ms)
			wait_ms = name_ms;
		if (wait_ms == 0) {
			charge(throttle, it->address, now_ms);
			charge(throttle, it->name, now_ms);
		}
	}
	CHECK(pthread_mutex_unlock(&throttle->mutex) == 0);
	return wait_ms;
}

static void
give_back(struct throttle *throttle, const struct throttle_try *it)
{
	if (it->is_known) {
		refund(throttle, it->pair);
		return;
	}
	refund(throttle, it->address);
	refund(throttle, it->name);
}

void
throttle_passed(
    struct throttle *throttle, const struct throttle_try *it, int64_t now_ms)
{
	struct throttle_slot *own;

	CHECK(pthread_mutex_lock(&throttle->mutex) == 0);
	give_back(throttle, it);
	remember(throttle, it->pair, now_ms);
	own = it->pair == 0 ? NULL : find_failures(throttle, it->pair);
	if (own != NULL)
		own->count = 0;
	CHECK(pthread_mutex_unlock(&throttle->mutex) == 0);
}

void
throttle_excused(struct throttle *throttle, const struct throttle_try *it)
{
	CHECK(pthread_mutex_lock(&throttle->mutex) == 0);
	give_back(throttle, it);
	CHECK(pthread_mutex_unlock(&throttle->mutex) == 0);
}
