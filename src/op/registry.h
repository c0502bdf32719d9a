/*
 * registry.h - all operations of a server: runs them, keeps their results.
 *
 *	new -> (recover) -> submit, find, list, cancel, sweep -> stop -> free
 *
 * A request is submitted, with the work that answers it.  Then either
 *
 *	its claim is asked -> it waits for a thread -> it runs -> it is kept
 *	it is the same as one that is under way, and is attached to that
 *	it is the same as one that has ended, and gets that one's result
 *
 * Operations have threads of their own, and principals take turns: nobody has
 * more than thread_count_each at once, however many he asks for.  One that
 * waits for its claim occupies no thread.  The results of those that ended are
 * kept for keep_ms, bounded in number and size; the oldest goes first.
 *
 * All functions may be called from any thread, if nothing else is said.
 */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "op/operation.h"

struct journal;
struct registry;
struct timespec;

enum {
	REGISTRY_THREAD_COUNT = 8,
	REGISTRY_THREAD_COUNT_EACH = 4,
	REGISTRY_KEEP_MS = 24 * 3600 * 1000,
	REGISTRY_REPLAY_MS = 60 * 1000,
};

struct registry_options {
	/* These must be given. */
	struct claim_table *claims;       /* of the whole server; outlives us */
	int64_t (*now_ms)(void *context); /* monotonic */
	int64_t (*wall_s)(void *context); /* since 1970 */
	void (*random)(void *out, size_t size);

	/* These may be NULL. */
	const struct journal *journal; /* outlives us */
	/*
	 * Answers for an operation that the server's end cut short: fills in
	 * outcome (not CANCELLED), status, fields and body.  was->state is
	 * QUEUED if it waited or ran, and COMMITTING if it was to be finished.
	 * It finds FAILED and 503, or DONE and 204, and may leave them.
	 */
	void (*interrupted)(void *context, const struct operation_snapshot *was,
	    struct operation_result *out_result);
	void *context; /* of the functions above */

	/* These have the values of registry_options_init(). */
	size_t thread_count;      /* that run at once; at least 1 */
	size_t thread_count_each; /* ... of one principal; at least 1 */
	size_t count_max;         /* queued and running */
	size_t count_each_max;    /* ... of one principal */
	size_t kept_count_max;
	size_t kept_size_max;
	int64_t keep_ms;
	int64_t replay_ms; /* without a key, after the end */
};

void registry_options_init(struct registry_options *options);

/*
 * Starts the threads.  ERR_RANGE: an option cannot be.  ERR_MEMORY.
 * ERR_SYSTEM: no thread.
 */
enum err registry_new(const struct registry_options *options,
    struct registry **out_registry) MUST_CHECK;

/* Takes up what the journal kept; before the first submit. */
enum err registry_recover(struct registry *registry) MUST_CHECK;

enum registry_how {
	REGISTRY_STARTED,  /* a new operation */
	REGISTRY_ATTACHED, /* the same request is under way: its operation */
	REGISTRY_REPLAYED, /* it has ended already: its result */
};

struct registry_ticket {
	struct operation *operation; /* a reference, for the caller */
	enum registry_how how;
};

/*
 * May block on the journal, and in spec->still_true().
 *
 * The work is taken in every case, also when this fails: work->free() was, or
 * will be, called.  Work that is not needed is freed before this returns, but
 * perhaps after done(): so it must not lie in what done() lets go of.
 *
 * The observer may be NULL.  When the request was started or attached, done()
 * will come, perhaps before this returns: the caller then leaves alone what
 * done() lets go of.  When it was replayed, or on an error, done() never comes.
 *
 * ERR_CONFLICT: the key was used for another request.  ERR_BUSY: too many are
 * queued.  ERR_CLOSED: the registry is stopping.  ERR_LIMIT: texts too long.
 */
enum err registry_submit(struct registry *registry,
    const struct operation_spec *spec, const struct operation_work *work,
    struct operation_observer *observer,
    struct registry_ticket *out_ticket) MUST_CHECK;

/*
 * What submit would find, without starting anything: attached or replayed.
 * ERR_ABSENT: it would be a new operation.  ERR_CONFLICT, ERR_CLOSED.
 */
enum err registry_join(struct registry *registry,
    const struct operation_spec *spec,
    struct registry_ticket *out_ticket) MUST_CHECK;

/*
 * A reference to the operation of that id, or NULL: also if it is not this
 * owner's.  owner NULL: the administrator, who sees all.
 */
struct operation *registry_find(
    struct registry *registry, struct str id, const struct str *owner);

/*
 * A reference to an operation of that owner that these parts have to wait
 * for, or NULL.
 */
struct operation *registry_find_blocker(
    struct registry *registry, const struct claim *claim, struct str owner);

/*
 * Calls see() for each operation of that owner (NULL: of all), the oldest
 * first, those that have ended before those that have not, until it returns
 * false.  see() may call anything.  ERR_MEMORY.
 */
enum err registry_list(struct registry *registry, const struct str *owner,
    bool (*see)(void *context, struct operation *operation),
    void *context) MUST_CHECK;

/*
 * Asks it to stop.  A queued one has ended when this returns; a running one
 * ends by itself at its next member; one that is committing is not stopped.
 */
void registry_cancel(struct registry *registry, struct operation *operation);

/* Cancels it if nobody observes it: for an observer who just left. */
void registry_abandon(struct registry *registry, struct operation *operation);

/* Drops what was kept long enough; blocks on the journal.  For a timer. */
void registry_sweep(struct registry *registry);

/*
 * Takes no more work, cancels what is queued, and waits for what runs until
 * that moment of CLOCK_MONOTONIC.  Before the stop, which does the rest.
 */
void registry_drain(struct registry *registry, const struct timespec *until);

enum registry_stop { REGISTRY_STOP_WAIT, REGISTRY_STOP_CANCEL };

/*
 * Takes no more work, cancels what is queued, waits for what runs (or has it
 * cancelled, and waits), and ends the threads.  Called once.  Claims that
 * others hold must not depend on the caller.
 */
void registry_stop(struct registry *registry, enum registry_stop how);

void registry_free(struct registry *registry); /* after stop */

#endif
