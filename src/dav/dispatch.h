/*
 * dispatch.h - brings a request to its method, each step on the right thread.
 *
 * It is the handler of http/exchange.h.  What a method may do is in call.h;
 * here is only when, and where:
 *
 *	PLACE_LOOP       prepare, check, run: at once, on the loop
 *	PLACE_POOL       prepare, check: in the pool; claim; run: in the pool
 *	PLACE_OPERATION  prepare, check: in the pool; then run is an operation
 *	                 (op/registry.h), which this exchange observes, as may
 *	                 others that ask for the same
 *
 * A body is read only after check where that can spare it: when the client
 * waits for a 100, or when it is large.  A small one is collected meanwhile,
 * and everything is done in one go.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "http/exchange.h"

struct dav;
struct pool;

enum { DISPATCH_WAIT_LIMIT_MS = 50 * 1000 }; /* before others give up: 60 s */

/* What becomes of an operation when all who asked for it have gone. */
enum dispatch_on_disconnect { ON_DISCONNECT_CONTINUE, ON_DISCONNECT_CANCEL };

struct dispatch {
	struct dav *dav;
	struct pool *pool;
	int64_t (*now_ms)(void *context); /* monotonic; any thread */
	int64_t (*wall_s)(void *context);
	void *context;
	int64_t wait_limit_ms; /* for a claim; then 503 */
	enum dispatch_on_disconnect on_disconnect;

	/* Set when the server stops: what is cancelled from then on was not
	 * its client's wish, and is answered with 503. */
	atomic_bool is_stopping;

	/* Its own. */
	_Atomic uint64_t change_count; /* changes begun: see outcome.h */
	_Atomic int64_t swept_ms;
};

/* The handler over dispatch, which outlives every exchange. */
struct handler dispatch_handler(struct dispatch *dispatch);

#endif
