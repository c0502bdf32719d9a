/*
 * watch.h - somebody waits for an operation to end, and may stop waiting.
 *
 *	init -> begin -> true: over() will be called, once, on another thread
 *	                       leave -> true: we wait no longer, over() is never
 *	                                called
 *	                             -> false: it was called, or is about to
 *	              -> false: there is nothing to wait for, or we are to leave
 *	     (end, begin again) ... -> done
 *
 * leave is called on one thread, the others on any, one at a time.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/check.h"
#include "op/operation.h"

struct watch {
	/* Must not block: it hands the work to a pool. */
	void (*over)(struct watch *watch);
	bool minds_state; /* another state is enough, not only its end */

	/* watch.c's own. */
	struct operation *operation;
	struct operation_observer observer;
	atomic_int state;
};

/* Takes the reference. */
void watch_init(struct watch *watch, struct operation *operation);

/* Once it is true the owner may be gone already. */
bool watch_begin(struct watch *watch) MUST_CHECK;

/* Whether over() is still to come, as far as we know. */
bool watch_is_on(const struct watch *watch);

/* False, too, while watch_begin() has not returned, which then is false. */
bool watch_leave(struct watch *watch) MUST_CHECK;

/* After over(), leave, or a begin that was false: it is not observed. */
void watch_end(struct watch *watch);

/* Harmless without init.  Gives the reference back. */
void watch_done(struct watch *watch);

#endif
