/*
 * turn.h - a call's wait for its claim, which it may give up.
 *
 *	ask -> true: it is our turn
 *	    -> false: come() will be called, on the thread that made way
 *	              leave -> true: we wait no longer, come() is never called
 *	                    -> false: it came, or is about to
 *
 * Once our turn has come, the claim is the owner's to release.
 */
#ifndef TURN_H
#define TURN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/check.h"

struct claim;
struct claim_table;

struct turn {
	struct claim_table *table;
	struct claim *claim;
	/* Must not block: it hands the work to a pool. */
	void (*come)(struct turn *turn);

	atomic_int state; /* turn.c's own; 0 at first */
};

bool turn_ask(struct turn *turn) MUST_CHECK;

/*
 * Also false while turn_ask() has not returned.  Not for two threads at once,
 * and only as long as come() could not let the owner go.
 */
bool turn_leave(struct turn *turn) MUST_CHECK;

#endif
