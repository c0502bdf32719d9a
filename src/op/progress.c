/*
 * progress.c - see progress.h.
 *
 * Numbers are atomic; texts are behind a mutex that the worker holds only to
 * copy one name.  A text that finds no memory is lost, its count is not.
 */
#include "op/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

enum phase { PHASE_OPEN, PHASE_CANCELLED, PHASE_COMMITTED };

struct progress {
	_Atomic uint64_t members_done;
	_Atomic uint64_t members_total;
	_Atomic uint64_t bytes_done;
	_Atomic uint64_t bytes_total;
	_Atomic uint64_t failures;
	_Atomic uint64_t version;
	atomic_int phase;
	uint64_t members_max; /* 0: any number */
	void (*commit)(void *context);
	void *commit_context;

	pthread_mutex_t lock; /* of all below */
	struct progress_mark mark;
	struct arena texts; /* of failed */
	struct progress_member *failed;
	size_t failed_count;
	size_t failed_capacity;
	struct buf recent[RECENT_COUNT_MAX]; /* a ring */
	size_t recent_next;
	size_t recent_count;
};

struct progress *
progress_new(void)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (progress == NULL)
		return NULL;
	if (pthread_mutex_init(&progress->lock, NULL) != 0) {
		free(progress);
		return NULL;
	}
	progress->version = 1;
	arena_init(&progress->texts, FAILURE_TEXT_SIZE_MAX);
	for (size_t i = 0; i < RECENT_COUNT_MAX; i++)
		buf_init(&progress->recent[i], PATH_SIZE_MAX);
	return progress;
}

void
progress_free(struct progress *progress)
{
	if (progress == NULL)
		return;
	for (size_t i = 0; i < RECENT_COUNT_MAX; i++)
		buf_done(&progress->recent[i]);
	arena_done(&progress->texts);
	free(progress->failed);
	(void)pthread_mutex_destroy(&progress->lock);
	free(progress);
}

/* A reader's progress is const; that it locks is no part of what it sees. */
static void
lock(const struct progress *progress)
{
	int failed =
	    pthread_mutex_lock(&((struct progress *)(uintptr_t)progress)->lock);

	CHECK(failed == 0);
}

static void
unlock(const struct progress *progress)
{
	int failed = pthread_mutex_unlock(
	    &((struct progress *)(uintptr_t)progress)->lock);

	CHECK(failed == 0);
}

void
progress_total(struct progress *progress, uint64_t members, uint64_t bytes)
{
	if (progress == NULL)
		return;
	progress->members_total += members;
	progress->bytes_total += bytes;
	progress->version++;
}

void
progress_bytes(struct progress *progress, uint64_t bytes)
{
	if (progress == NULL || bytes == 0)
		return;
	progress->bytes_done += bytes;
	progress->version++;
}

void
progress_member_done(struct progress *progress, struct str path)
{
	struct buf *slot;

	if (progress == NULL)
		return;
	lock(progress);
	slot = &progress->recent[progress->recent_next];
	buf_clear(slot);
	buf_add_str(slot, path);
	if (slot->err == ERR_NONE) {
		progress->recent_next =
		    (progress->recent_next + 1) % RECENT_COUNT_MAX;
		if (progress->recent_count < RECENT_COUNT_MAX)
			progress->recent_count++;
	} else if (progress->recent_count == RECENT_COUNT_MAX) {
		progress->recent_count--; /* the oldest was overwritten */
	}
	unlock(progress);
	progress->members_done++;
	progress->version++;
}

static bool
make_room(struct progress *progress)
{
	size_t capacity = progress->failed_capacity;
	struct progress_member *failed;

	if (progress->failed_count == FAILURE_COUNT_MAX)
		return false;
	if (progress->failed_count < capacity)
		return true;
	capacity = capacity == 0 ? 16 : capacity * 2;
	failed = reallocarray(progress->failed, capacity, sizeof(*failed));
	if (failed == NULL)
		return false;
	progress->failed = failed;
	progress->failed_capacity = capacity;
	return true;
}

static void
keep_failure(struct progress *progress, const struct progress_member *member)
{
	struct str path;

	CHECK(member->err != ERR_NONE);
	if (progress == NULL)
		return;
	lock(progress);
	if (make_room(progress) &&
	    arena_copy(&progress->texts, member->path, &path) == ERR_NONE) {
		progress->failed[progress->failed_count] = *member;
		progress->failed[progress->failed_count++].path = path;
	}
	unlock(progress);
	/* In this order: no reader sees more failures than members. */
	progress->members_done++;
	progress->failures++;
	progress->version++;
}

void
progress_member_failed(struct progress *progress, struct str path, enum err err)
{
	keep_failure(
	    progress, &(struct progress_member){ .path = path, .err = err });
}

void
progress_destination_failed(
    struct progress *progress, struct str path, enum err err)
{
	keep_failure(
	    progress, &(struct progress_member){
	                  .path = path, .err = err, .is_destination = true });
}

void
progress_limit(struct progress *progress, uint64_t members_max)
{
	CHECK(progress->members_done == 0);
	progress->members_max = members_max;
}

bool
progress_is_too_many(const struct progress *progress, uint64_t members)
{
	return progress != NULL && progress->members_max > 0 &&
	       members > progress->members_max;
}

bool
progress_is_cancelled(const struct progress *progress)
{
	return progress != NULL && progress->phase == PHASE_CANCELLED;
}

bool
progress_commit(struct progress *progress, const struct progress_mark *mark)
{
	int phase = PHASE_OPEN;

	if (progress == NULL)
		return true;
	if (!atomic_compare_exchange_strong(
	        &progress->phase, &phase, PHASE_COMMITTED))
		return phase == PHASE_COMMITTED;
	if (mark != NULL) {
		lock(progress);
		progress->mark = *mark;
		unlock(progress);
	}
	if (progress->commit != NULL)
		progress->commit(progress->commit_context);
	return true;
}

void
progress_on_commit(
    struct progress *progress, void (*commit)(void *context), void *context)
{
	CHECK(progress->phase != PHASE_COMMITTED);
	progress->commit = commit;
	progress->commit_context = context;
}

struct progress_mark
progress_mark(const struct progress *progress)
{
	struct progress_mark mark;

	lock(progress);
	mark = progress->mark;
	unlock(progress);
	return mark;
}

void
progress_cancel(struct progress *progress)
{
	int phase = PHASE_OPEN;

	/* Lost against a commit, the cancellation came too late. */
	(void)atomic_compare_exchange_strong(
	    &progress->phase, &phase, PHASE_CANCELLED);
}

/* A total that was exceeded was a guess: it grows with what is done. */
static uint64_t
total_of(uint64_t total, uint64_t done)
{
	return total == 0 || total >= done ? total : done;
}

void
progress_read(
    const struct progress *progress, struct progress_counts *out_counts)
{
	struct progress_counts counts;

	counts.failures = progress->failures; /* before members_done */
	counts.members_done = progress->members_done;
	counts.members_total =
	    total_of(progress->members_total, counts.members_done);
	counts.bytes_done = progress->bytes_done;
	counts.bytes_total = total_of(progress->bytes_total, counts.bytes_done);
	*out_counts = counts;
}

uint64_t
progress_version(const struct progress *progress)
{
	return progress->version;
}

void
progress_recent(const struct progress *progress,
    bool (*see)(void *context, const struct progress_member *member),
    void *context)
{
	bool goes_on = true;

	lock(progress);
	for (size_t i = progress->failed_count; goes_on && i > 0; i--)
		goes_on = see(context, &progress->failed[i - 1]);
	for (size_t i = 0; goes_on && i < progress->recent_count; i++) {
		size_t slot =
		    (progress->recent_next + RECENT_COUNT_MAX - 1 - i) %
		    RECENT_COUNT_MAX;
		struct progress_member member = {
			.path = buf_str(&progress->recent[slot])
		};

		goes_on = see(context, &member);
	}
	unlock(progress);
}

void
progress_failures(const struct progress *progress,
    bool (*see)(void *context, const struct progress_member *member),
    void *context)
{
	bool goes_on = true;

	lock(progress);
	for (size_t i = 0; goes_on && i < progress->failed_count; i++)
		goes_on = see(context, &progress->failed[i]);
	unlock(progress);
}

void
progress_restore(struct progress *progress,
    const struct progress_counts *counts, const struct progress_mark *mark)
{
	progress->mark = *mark;
	progress->members_done = counts->members_done;
	progress->members_total = counts->members_total;
	progress->bytes_done = counts->bytes_done;
	progress->bytes_total = counts->bytes_total;
	progress->failures = counts->failures;
}

void
progress_trim(struct progress *progress, size_t failure_count)
{
	struct arena texts;
	size_t kept = 0;

	arena_init(&texts, FAILURE_TEXT_SIZE_MAX);
	lock(progress);
	while (kept < failure_count && kept < progress->failed_count) {
		struct str *path = &progress->failed[kept].path;

		if (arena_copy(&texts, *path, path) != ERR_NONE)
			break;
		kept++;
	}
	progress->failed_count = kept;
	arena_done(&progress->texts);
	progress->texts = texts;
	for (size_t i = 0; i < RECENT_COUNT_MAX; i++)
		buf_done(&progress->recent[i]);
	progress->recent_count = 0;
	unlock(progress);
}
