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

#include <stdint.h>

#include "http/exchange.h"

struct dav;
struct pool;
struct registry;

struct dispatch {
	struct dav *dav;
	struct pool *pool;
	struct registry *registry;
	int64_t (*now_ms)(void *context); /* monotonic; any thread */
	int64_t (*wall_s)(void *context);
	void *context;
};

/* The handler over dispatch, which outlives every exchange. */
struct handler dispatch_handler(struct dispatch *dispatch);

#endif
