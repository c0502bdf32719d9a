/*
 * patience.c - see patience.h.
 */
#include "http/patience.h"

#include "base/check.h"

enum { US_IN_MS = 1000, US_IN_S = 1000 * 1000 };

/* What is left now is left. */
static void
settle(struct patience *it, int64_t now_ms)
{
	if (it->is_waiting && now_ms > it->since_ms)
		it->left_us -= (now_ms - it->since_ms) * US_IN_MS;
	if (it->left_us < 0)
		it->left_us = 0;
	it->since_ms = now_ms;
}

void
patience_begin(
    struct patience *it, int64_t size_ms, uint64_t rate, int64_t now_ms)
{
	CHECK(size_ms >= 0);
	CHECK(size_ms <= INT64_MAX / US_IN_MS / 2);
	*it = (struct patience){
		.size_ms = size_ms,
		.rate = rate,
		.left_us = size_ms * US_IN_MS,
		.since_ms = now_ms,
		.is_waiting = true,
	};
}

void
patience_rest(struct patience *it, int64_t now_ms)
{
	settle(it, now_ms);
	it->is_waiting = false;
}

void
patience_resume(struct patience *it, int64_t now_ms)
{
	settle(it, now_ms);
	it->is_waiting = true;
}

void
patience_feed(struct patience *it, size_t size, int64_t now_ms)
{
	int64_t full_us = it->size_ms * US_IN_MS;
	uint64_t room_us;

	if (size == 0)
		return;
	settle(it, now_ms);
	room_us = (uint64_t)(full_us - it->left_us);
	if (it->rate == 0 || size >= UINT64_MAX / US_IN_S ||
	    size * (uint64_t)US_IN_S / it->rate >= room_us)
		it->left_us = full_us;
	else
		it->left_us += (int64_t)(size * (uint64_t)US_IN_S / it->rate);
}

int64_t
patience_end_ms(const struct patience *it)
{
	if (!it->is_waiting || it->size_ms == 0)
		return PATIENCE_NEVER;
	/* The millisecond in which nothing is left any more. */
	return it->since_ms + (it->left_us + US_IN_MS - 1) / US_IN_MS;
}
