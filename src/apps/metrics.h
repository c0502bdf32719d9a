/*
 * metrics.h - counts what a server does, and writes it as Prometheus' text
 * format 0.0.4.
 *
 * What happens on a loop is counted in the lane of that loop, so that no two
 * threads write to the same place; a reader adds the lanes up.  The sets of
 * labels are fixed: nobody can make them grow.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/stopwatch.h"
#include "op/operation.h"

struct exchange;

enum {
	METRICS_METHOD_COUNT = 17,  /* the last is "other" */
	METRICS_STATUS_COUNT = 40,  /* the last is "other" */
	METRICS_WITHHELD_COUNT = 9, /* the last is "other" */
	METRICS_BUCKET_COUNT = 12,  /* the last has no bound */
};

enum metrics_visit {
	METRICS_ACCEPTED,
	METRICS_REFUSED,         /* all places are taken */
	METRICS_REFUSED_ADDRESS, /* ... that one address may have */
	METRICS_SHED,            /* closed while idle, to make room */
};

enum { METRICS_VISIT_COUNT = METRICS_SHED + 1 };

struct metrics_times {
	_Atomic uint64_t counts[METRICS_BUCKET_COUNT];
	_Atomic uint64_t sum_us;
};

/* Begins as zeros. */
struct metrics_lane {
	_Atomic uint64_t requests[METRICS_METHOD_COUNT][METRICS_STATUS_COUNT];
	_Atomic uint64_t interims;
	_Atomic uint64_t withheld[METRICS_WITHHELD_COUNT];
	_Atomic uint64_t received_size;
	_Atomic uint64_t sent_size;
	_Atomic uint64_t visits[METRICS_VISIT_COUNT];
	struct metrics_times times; /* of requests */
};

/* The exchange is over; status as in the access log. */
void metrics_count_request(struct metrics_lane *lane, const struct exchange *x,
    int status, int64_t now_ms);
void metrics_count_visit(struct metrics_lane *lane, enum metrics_visit visit);
void metrics_count_time(struct metrics_times *times, int64_t spent_us);

/* Counts in these times, which outlive it; now_us() is any thread's clock. */
struct metrics_clock {
	struct metrics_times times;
	int64_t (*now_us)(void);
	struct stopwatch stopwatch;
};
void metrics_clock_init(struct metrics_clock *clock, int64_t (*now_us)(void));

/* What is not counted, but is so at the moment. */
struct metrics_moment {
	uint64_t connections;
	uint64_t operations[OPERATION_CANCELLED + 1]; /* by state */
	uint64_t operations_waiting_for_claim;
	uint64_t operations_waiting_for_thread;
	uint64_t pool_waiting;
	uint64_t members_done; /* by running operations */
	double uptime_s;
	double start_s; /* since 1970 */
	double cpu_s;
	uint64_t resident_size;
	uint64_t descriptors;
	uint64_t descriptors_max;
};

struct metrics_view {
	const struct metrics_lane *const *lanes;
	size_t lane_count;
	const struct metrics_times *meta_commits;
	const struct metrics_times *journal_commits;
	struct metrics_moment moment;
};

void metrics_write(const struct metrics_view *view, struct buf *out);

#endif
