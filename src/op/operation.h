/*
 * operation.h - a request that may take minutes, as an object of its own.
 *
 * The connection that asked for it is only one of its observers: it can go,
 * and others can come.  registry.h makes operations, runs them and keeps their
 * results; this page says what one is, and what its observers may do.
 *
 *	queued --+--> running --+--> committing --+--> done
 *	         |              |                 +--> failed
 *	         |              +--> done
 *	         |              +--> failed
 *	         |              +--> cancelled
 *	         +--> cancelled
 *	         +--> failed (the server ended before it did)
 *
 * All functions may be called from any thread.
 */
#ifndef OPERATION_H
#define OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "op/claim.h"
#include "op/progress.h"

enum {
	OPERATION_ID_SIZE = 32,           /* hex digits of 128 random bits */
	OPERATION_FAILURES_KEPT = 10,     /* after its end */
	OPERATION_STATUS_CANCELLED = 503, /* where the work says nothing */
	OPERATION_STATUS_COMMITTED = 204, /* a crash took the true answer */
	OPERATION_STATUS_OVERSIZED = 507, /* the answer was too large to hold */
};

enum operation_state {
	OPERATION_QUEUED,     /* waits for a claim, or for a thread */
	OPERATION_RUNNING,    /* can be cancelled, and then leaves no trace */
	OPERATION_COMMITTING, /* can only be finished, even after a crash */
	OPERATION_DONE,
	OPERATION_FAILED,
	OPERATION_CANCELLED,
};

/* What a queued operation waits for. */
enum operation_wait {
	OPERATION_WAIT_NOTHING,
	OPERATION_WAIT_CLAIM,  /* others change what it will change */
	OPERATION_WAIT_THREAD, /* the limit of its owner, or of all, is used */
};

struct operation;

/* The final response, octet for octet. */
struct operation_result {
	enum operation_state outcome; /* DONE, FAILED or CANCELLED */
	int status;
	struct buf fields; /* whole lines, each with its CRLF */
	struct buf body;
	struct buf note; /* what the work will want to know of its outcome
	                  * later; never sent, and gone after a restart */
};

/*
 * The work itself.  It knows its operation only while run() lasts, and must
 * not depend on any connection.
 */
struct operation_work {
	/*
	 * Does the work, on a thread that may block, and fills in the result:
	 * outcome, status, and what it adds to the two bufs, which are ready.
	 * It counts in operation_progress(), asks there whether it was
	 * cancelled, and says progress_commit() before it makes its work
	 * visible: the operation is then committing.
	 */
	void (*run)(void *context, struct operation *operation,
	    struct operation_result *out_result);

	/*
	 * Instead of run(), when it was cancelled before: fills in the answer
	 * (outcome is set, status too).  Short.  May be NULL.
	 */
	void (*refuse)(void *context, struct operation_result *out_result);

	/*
	 * Called once, in every case: after run() or refuse(), before an
	 * observer hears of the end; or at once when the work is not needed.
	 */
	void (*free)(void *context);
	void *context;
};

/*
 * Who asks for what; all is copied.  Two requests of one owner with the same
 * fingerprint and payload are the same request.
 */
struct operation_spec {
	struct str owner; /* the principal; empty: anonymous */
	struct str method;
	struct str source;      /* normalised path */
	struct str destination; /* normalised path; empty: there is none */
	struct str fingerprint; /* opaque: all that makes it what it is;
	                         * empty: nothing is the same as this */
	struct str payload;     /* opaque: a digest of the body; or empty */
	struct str key;         /* the idempotency key; empty: none */

	/* What is claimed before it runs. */
	struct claim_part parts[CLAIM_PART_COUNT_MAX];
	size_t part_count;

	/*
	 * Whether what this earlier, equal request did can still be seen, so
	 * that its result is an answer to this one.  May block.  NULL: no.
	 */
	bool (*still_true)(void *context, const struct operation *earlier);
	void *context;
};

/*
 * Somebody who wants to hear of it.  The callbacks come from other threads,
 * or from inside registry_cancel(); they must not block: they post to a loop.
 * They may call any function of this page.
 */
struct operation_observer {
	/* It has ended: called once, the last call. */
	void (*done)(struct operation_observer *observer);
	/* Its state is another (counters: progress_version()).  Or NULL. */
	void (*changed)(struct operation_observer *observer);
	void *context; /* the observer's own */

	/* Set before the first callback.  It lasts as long as the reference
	 * with which the observer was given in. */
	struct operation *operation;

	/* The operation's own. */
	struct operation_observer *previous;
	struct operation_observer *next;
	bool is_linked;
	bool is_due;
};

/* What can be said of it at one moment.  The texts last as long as it does. */
struct operation_snapshot {
	struct str id;
	struct str owner;
	struct str method;
	struct str source;
	struct str destination;
	enum operation_state state;
	enum operation_wait waits_for;
	bool is_cancelling;  /* was asked to stop, and has not ended */
	bool is_interrupted; /* the server ended before it did */
	int status;          /* of the result; 0: it has not ended */
	size_t observer_count;
	struct progress_counts counts;
	struct progress_mark mark; /* of a commit */
	uint64_t version;          /* changes with the state and the counters */
	int64_t created_s;         /* wall clock; 0: not yet */
	int64_t started_s;
	int64_t ended_s;
	int64_t running_ms; /* so far, or in all */
};

const char *operation_state_name(enum operation_state state);
const char *operation_wait_name(enum operation_wait wait);
bool operation_state_is_final(enum operation_state state);

/* Every reference is given back before the registry is freed. */
struct operation *operation_ref(struct operation *operation);
void operation_unref(struct operation *operation); /* NULL: nothing */

struct str operation_id(const struct operation *operation);
struct progress *operation_progress(const struct operation *operation);
void operation_look(
    struct operation *operation, struct operation_snapshot *out_snapshot);

/* NULL: it has not ended.  Never changes; lasts as long as the operation. */
const struct operation_result *operation_result(struct operation *operation);

/* The note of one that has ended; lasts as the result does. */
struct str operation_note(const struct operation *operation);

/* Who was given its result the last, as a number of his own; 0: nobody. */
void operation_hear(struct operation *operation, uint64_t hearer);
uint64_t operation_hearer(const struct operation *operation);

/*
 * false: it has ended, no callback will come, and the result is there.
 * The caller holds a reference, and the observer, until done() was called or
 * operation_unobserve() has returned.
 */
bool operation_observe(struct operation *operation,
    struct operation_observer *observer) MUST_CHECK;

/*
 * After it no callback of this observer runs or will run: it waits for one
 * that runs on another thread.  Harmless after done(), and when done() was
 * the one that called it.
 */
void operation_unobserve(
    struct operation *operation, struct operation_observer *observer);

#endif
