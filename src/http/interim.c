/*
 * interim.c - see interim.h.  Five promises are kept here and nowhere else:
 *
 *   1. No 102 before the threshold, and none more often than the interval, or
 *      than once a second to a peer that asked for progress.
 *   2. No 102 is queued behind another, nor after the final header section.
 *   3. No 102 beyond the budget of the request.
 *   4. No 102 on a request that may not have one.
 *   5. No more than INTERIM_FIELDS_TOTAL_MAX octets of fields in all.
 */
#include "http/interim.h"

_Static_assert((int)INTERIM_INTERVAL_MS >= INTERIM_INTERVAL_MS_MIN, "default");
_Static_assert((int)INTERIM_INTERVAL_MS <= INTERIM_DELAY_MS_MAX, "default");
_Static_assert((int)INTERIM_THRESHOLD_MS <= INTERIM_DELAY_MS_MAX, "default");
_Static_assert((int)INTERIM_BACKOFF_MS_MAX <= INTERIM_DELAY_MS_MAX, "back-off");

#define TO(state) (1u << (state))

static const unsigned moves[] = {
	[INTERIM_OFF] = TO(INTERIM_CLOSED),
	[INTERIM_WAITING] =
	    TO(INTERIM_IN_FLIGHT) | TO(INTERIM_OFF) | TO(INTERIM_CLOSED),
	[INTERIM_IN_FLIGHT] =
	    TO(INTERIM_WAITING) | TO(INTERIM_OFF) | TO(INTERIM_CLOSED),
	[INTERIM_CLOSED] = 0, /* a response has one final header section */
};

enum err
interim_check(int64_t threshold_ms, int64_t interval_ms)
{
	if (threshold_ms < 0 || threshold_ms > INTERIM_DELAY_MS_MAX)
		return ERR_RANGE;
	if (interval_ms < INTERIM_INTERVAL_MS_MIN ||
	    interval_ms > INTERIM_DELAY_MS_MAX)
		return ERR_RANGE;
	return ERR_NONE;
}

static void
tick(struct interim *it, int64_t now_ms)
{
	CHECK(now_ms >= it->clock_ms);
	CHECK(now_ms < INTERIM_NEVER - INTERIM_DELAY_MS_MAX); /* no overflow */
	it->clock_ms = now_ms;
}

void
interim_init(
    struct interim *it, const struct interim_plan *plan, int64_t now_ms)
{
	CHECK(interim_check(plan->threshold_ms, plan->interval_ms) == ERR_NONE);
	*it = (struct interim){ .state = INTERIM_OFF,
		.next_ms = INTERIM_NEVER,
		.heartbeat_ms = INTERIM_NEVER,
		.plan = *plan };
	tick(it, now_ms);
	if (!plan->may_send || plan->budget == 0)
		return;
	it->state = INTERIM_WAITING;
	it->next_ms =
	    plan->prefers_processing ? now_ms : now_ms + plan->threshold_ms;
	it->heartbeat_ms = it->next_ms;
}

/* After init the only writer of state: it and next_ms cannot disagree. */
static void
enter(struct interim *it, enum interim_state state, int64_t next_ms)
{
	CHECK(moves[it->state] & TO(state));
	CHECK((state == INTERIM_WAITING) == (next_ms != INTERIM_NEVER));
	it->state = state;
	it->next_ms = next_ms;
}

void
interim_spend(struct interim *it)
{
	CHECK(it->state != INTERIM_CLOSED);
	it->spent++;
	if (it->state == INTERIM_WAITING && it->spent >= it->plan.budget)
		enter(it, INTERIM_OFF, INTERIM_NEVER);
}

bool
interim_due(struct interim *it, int64_t now_ms, uint64_t progress_version)
{
	int64_t look_ms;

	if (it->state != INTERIM_WAITING || now_ms < it->next_ms)
		return false;
	if (now_ms >= it->heartbeat_ms ||
	    progress_version != it->progress_version)
		return true;
	/* Nothing new: look again in a second, or for the heartbeat. */
	tick(it, now_ms);
	look_ms = now_ms + INTERIM_INTERVAL_MS_MIN;
	it->next_ms = look_ms < it->heartbeat_ms ? look_ms : it->heartbeat_ms;
	return false;
}

int64_t
interim_next_ms(const struct interim *it)
{
	return it->next_ms;
}

size_t
interim_fields_size_max(const struct interim *it)
{
	size_t left = INTERIM_FIELDS_TOTAL_MAX - it->fields_size;
	size_t kept = 0; /* for those after the next */
	size_t most;

	CHECK(it->fields_size <= INTERIM_FIELDS_TOTAL_MAX);
	if (it->plan.budget > it->spent + 1)
		kept = it->plan.budget - it->spent - 1;
	kept *= INTERIM_FIELDS_SIZE_MIN;
	most = left > kept ? left - kept : 0;
	if (most < INTERIM_FIELDS_SIZE_MIN)
		most = INTERIM_FIELDS_SIZE_MIN;
	if (most > INTERIM_FIELDS_SIZE_MAX)
		most = INTERIM_FIELDS_SIZE_MAX;
	return most < left ? most : left;
}

void
interim_fields_spend(struct interim *it, size_t size)
{
	CHECK(it->state == INTERIM_WAITING);
	CHECK(size <= interim_fields_size_max(it));
	it->fields_size += size;
}

void
interim_started(struct interim *it, int64_t now_ms, uint64_t progress_version)
{
	CHECK(interim_due(it, now_ms, progress_version));
	tick(it, now_ms);
	enter(it, INTERIM_IN_FLIGHT, INTERIM_NEVER);
	it->progress_version = progress_version;
	it->count++;
	it->spent++;
}

/*
 * From the 102 that was just sent to the next, were there no progress.  An
 * interval that was configured longer than the back-off stays as it is.
 */
static int64_t
heartbeat(const struct interim *it)
{
	int64_t delay_ms = it->plan.interval_ms;

	if (it->plan.budget > INTERIM_BUDGET_SMALL)
		return delay_ms;
	for (uint32_t i = 1; i < it->count; i++) {
		if (delay_ms >= INTERIM_BACKOFF_MS_MAX)
			return delay_ms;
		delay_ms *= 2;
		if (delay_ms > INTERIM_BACKOFF_MS_MAX)
			return INTERIM_BACKOFF_MS_MAX;
	}
	return delay_ms;
}

static bool
may_follow_progress(const struct interim *it)
{
	uint32_t left = it->plan.budget - it->spent;

	return it->plan.prefers_processing && left > it->plan.budget / 2;
}

/*
 * The interval runs from here, not from interim_started(): a peer that reads
 * slowly must not find a second 102 stacked behind the first.
 */
void
interim_flushed(struct interim *it, int64_t now_ms)
{
	tick(it, now_ms);
	if (it->state == INTERIM_CLOSED)
		return; /* the final response was queued behind this 102 */
	if (it->spent >= it->plan.budget) {
		enter(it, INTERIM_OFF, INTERIM_NEVER);
		return;
	}
	it->heartbeat_ms = now_ms + heartbeat(it);
	enter(it, INTERIM_WAITING,
	    may_follow_progress(it) ? now_ms + INTERIM_INTERVAL_MS_MIN
	                            : it->heartbeat_ms);
}

void
interim_close(struct interim *it)
{
	enter(it, INTERIM_CLOSED, INTERIM_NEVER);
}

const char *
interim_state_name(enum interim_state state)
{
	switch (state) {
	case INTERIM_OFF:
		return "off";
	case INTERIM_WAITING:
		return "waiting";
	case INTERIM_IN_FLIGHT:
		return "in flight";
	case INTERIM_CLOSED:
		return "closed";
	}
	UNREACHABLE("a state without a name");
}
