/*
 * interim.h - decides when a 102 (Processing) is due on one request.
 *
 * The scheduler does no I/O and reads no clock.  The stream that owns it says
 * what happened, and asks whether a 102 is due:
 *
 *	init -> WAITING -started-> IN_FLIGHT -flushed-> WAITING ...
 *	a plan that may not send is OFF from the start; so is, from the moment
 *	its budget is spent, any other: silence, not failure
 *	any state but CLOSED -close-> CLOSED
 *
 * The ordinary schedule: the first 102 after the threshold, then one each
 * interval.  With a small budget the interval doubles each time, up to a
 * minute, so that five last for minutes.
 *
 * Whoever asked for it (Prefer: processing) gets the first at once, then one
 * for each change of progress, at most one a second, and the ordinary interval
 * as a heartbeat when nothing changes.  Half of the budget is kept for the
 * heartbeat: a long operation with much to tell must not end in silence.
 *
 * Times are milliseconds of one monotonic clock.
 */
#ifndef INTERIM_H
#define INTERIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"

enum {
	INTERIM_THRESHOLD_MS = 20 * 1000, /* RFC 2518, 10.1: "20 seconds" */
	INTERIM_INTERVAL_MS = 15 * 1000,  /* under idle timeouts of 30 s */
	INTERIM_BACKOFF_MS_MAX = 60 * 1000,
	INTERIM_BUDGET_SMALL = 10, /* up to this the intervals double */

	/* Field lines in all 102s of a request; curl fails beyond 300 KiB. */
	INTERIM_FIELDS_TOTAL_MAX = 64 * 1024,
	INTERIM_FIELDS_SIZE_MIN = 256, /* kept for each: a Progress fits */
};

#define INTERIM_NEVER INT64_MAX

enum interim_state {
	INTERIM_OFF,       /* none may be sent, or none is left */
	INTERIM_WAITING,   /* until next_ms */
	INTERIM_IN_FLIGHT, /* a 102 is queued and has not left us */
	INTERIM_CLOSED,    /* the final header section is queued */
};

/* What one request is granted: see interim_policy.h. */
struct interim_plan {
	bool may_send;
	bool prefers_processing;
	uint32_t budget;      /* of all 1xx of the request, a 100 included */
	int64_t threshold_ms; /* from the whole request to the first 102 */
	int64_t interval_ms;  /* from one 102 to the next */
};

struct interim {
	enum interim_state state;
	uint32_t count;     /* 102 responses begun */
	uint32_t spent;     /* all 1xx responses begun */
	size_t fields_size; /* of the field lines of all 102s */
	int64_t next_ms;    /* for the owner's timer; or INTERIM_NEVER */

	int64_t clock_ms;          /* the latest time we were told */
	int64_t heartbeat_ms;      /* when one is due without any progress */
	uint64_t progress_version; /* told by the latest 102 */
	struct interim_plan plan;
};

/* Whether the times of a plan, which a person configured, can be used. */
enum err interim_check(int64_t threshold_ms, int64_t interval_ms) MUST_CHECK;

/* Starts the schedule of a request that was read whole at now_ms. */
void interim_init(
    struct interim *it, const struct interim_plan *plan, int64_t now_ms);

/* Another 1xx of this request, such as its 100, is queued or has been sent. */
void interim_spend(struct interim *it);

/*
 * Whether to queue a 102 now.  progress_version is a number that changes when
 * there is something new to tell.  A "no" may put off the time to ask again:
 * set the timer from interim_next_ms() afterwards.
 */
bool interim_due(struct interim *it, int64_t now_ms, uint64_t progress_version);

/* When to ask interim_due() again; or INTERIM_NEVER. */
int64_t interim_next_ms(const struct interim *it);

/* A 102 that tells this version is queued; interim_due() said it is due. */
void interim_started(
    struct interim *it, int64_t now_ms, uint64_t progress_version);

/*
 * How many octets of field lines the next 102 may have.  The first may be
 * large; enough is left for a small one in each that the budget allows.
 * What a 102 has is told before it is started.
 */
size_t interim_fields_size_max(const struct interim *it);
void interim_fields_spend(struct interim *it, size_t size);

void interim_flushed(struct interim *it, int64_t now_ms); /* it has left us */
void interim_close(struct interim *it); /* the final header section is queued */
const char *interim_state_name(enum interim_state state);

#endif
