/*
 * pace.c - see pace.h.
 */
#include "client/pace.h"

enum {
	STEP_MS_MIN = 250,       /* less time says nothing */
	STILL_MS_MAX = 3 * 1000, /* news may come once a second, or two */
	SMOOTH_MS = 5 * 1000,
	LEFT_S_MAX = 366 * 24 * 3600,
};

void
pace_init(struct pace *pace)
{
	*pace = (struct pace){ .has_begun = 0 };
}

void
pace_at(struct pace *pace, int64_t now_ms, uint64_t done, uint64_t total)
{
	int64_t step_ms = now_ms - pace->last_ms;
	double now_rate;
	double share;

	if (!pace->has_begun || done < pace->last_done) {
		*pace = (struct pace){ .has_begun = 1,
			.first_ms = now_ms,
			.last_ms = now_ms,
			.first_done = done,
			.last_done = done };
		pace->total = total;
		return;
	}
	pace->total = total;
	if (step_ms < STEP_MS_MIN ||
	    (done == pace->last_done && step_ms < STILL_MS_MAX))
		return;
	now_rate = (double)(done - pace->last_done) * 1000.0 / (double)step_ms;
	/* The first ones count in full, until there is enough to smooth. */
	share = now_ms - pace->first_ms <= SMOOTH_MS
	            ? (double)step_ms / (double)(now_ms - pace->first_ms)
	            : (double)step_ms / (double)(SMOOTH_MS + step_ms);
	pace->rate += (now_rate - pace->rate) * share;
	pace->last_ms = now_ms;
	pace->last_done = done;
}

int64_t
pace_left_s(const struct pace *pace)
{
	double left_s;

	if (pace->total == 0 || pace->rate <= 0 ||
	    pace->last_done > pace->total)
		return -1;
	left_s = (double)(pace->total - pace->last_done) / pace->rate;
	return left_s > LEFT_S_MAX ? -1 : (int64_t)(left_s + 0.5);
}
