/*
 * progress.h - how far a piece of work has come: counted by the thread that
 * does it, read by any other.
 *
 * Counters never go down.  Paths are normalised names on the source side.
 * Failures are kept, up to FAILURE_COUNT_MAX, because the final response names
 * each; of what went well only the last RECENT_COUNT_MAX are kept.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct progress;

struct progress_counts {
	uint64_t members_done; /* finished, well or not */
	uint64_t
	    members_total; /* 0: not known yet; else at least members_done */
	uint64_t bytes_done;
	uint64_t bytes_total;
	uint64_t failures;
};

/* By what the outcome of a piece of work is known again after a crash. */
struct progress_mark {
	uint64_t id;     /* the worker's own; 0: there is none */
	bool is_created; /* nothing was there before */
};

struct progress_member {
	struct str path;
	enum err err;        /* ERR_NONE: it went well */
	bool is_destination; /* path is on the destination side (failures) */
};

struct progress *progress_new(void); /* NULL: no memory */
void progress_free(struct progress *progress);

/* The worker's side.  progress may be NULL everywhere: nobody looks. */
void progress_total(struct progress *progress, uint64_t members,
    uint64_t bytes); /* adds to both totals */
void progress_bytes(struct progress *progress, uint64_t bytes);
void progress_member_done(struct progress *progress, struct str path);
void progress_member_failed(
    struct progress *progress, struct str path, enum err err);
void progress_destination_failed(struct progress *progress, struct str path,
    enum err err); /* path lies under the destination */

/*
 * How many members the work may have; 0, as at the start: any number.  Said
 * before it begins.  The worker asks whether so many would be too many.
 */
void progress_limit(struct progress *progress, uint64_t members_max);
bool progress_is_too_many(const struct progress *progress, uint64_t members);

/* Asked by the worker at every member. */
bool progress_is_cancelled(const struct progress *progress);

/*
 * The worker is about to make its work visible, and cannot be stopped any
 * more.  false: it was cancelled before; it undoes what it did.  Once true,
 * always true, and progress_is_cancelled() is false from then on.  The first
 * mark is kept; NULL: there is none.
 */
bool progress_commit(
    struct progress *progress, const struct progress_mark *mark) MUST_CHECK;

/*
 * Has commit() called once, inside progress_commit(), when that is true.
 * Said before the work begins.
 */
void progress_on_commit(
    struct progress *progress, void (*commit)(void *context), void *context);

/* The observers' side; from any thread, without waiting for the worker. */
void progress_cancel(struct progress *progress); /* too late after a commit */
void progress_read(
    const struct progress *progress, struct progress_counts *out_counts);

/* Once it was committed; else without an id. */
struct progress_mark progress_mark(const struct progress *progress);

/* Changes whenever a counter does; starts at 1. */
uint64_t progress_version(const struct progress *progress);

/*
 * Calls see() for finished members, failures first, then those that went
 * well, each the newest first, until see() returns false.  see() runs under a
 * lock: it must be short and must not call progress_ functions; the texts last
 * until it returns.
 */
void progress_recent(const struct progress *progress,
    bool (*see)(void *context, const struct progress_member *member),
    void *context);

/* Calls see() for every failure kept, in the order they happened. */
void progress_failures(const struct progress *progress,
    bool (*see)(void *context, const struct progress_member *member),
    void *context);

/* Takes up what is known of earlier work; nobody else knows it yet. */
void progress_restore(struct progress *progress,
    const struct progress_counts *counts, const struct progress_mark *mark);

/*
 * When the work is done: frees what was kept of members, but for the first
 * failures.  The counters stay.
 */
void progress_trim(struct progress *progress, size_t failure_count);

#endif
