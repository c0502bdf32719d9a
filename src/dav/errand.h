/*
 * errand.h - one exchange on its way through dispatch.c: its call, and, when
 * the call takes long, the operation that does it.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "dav/call.h"
#include "net/pool.h"
#include "op/operation.h"

struct dispatch;
struct exchange;

struct errand {
	unsigned magic;
	struct dispatch *dispatch;
	struct exchange *x;
	struct call call;
	struct job job;
	uint64_t body_size;      /* received so far */
	struct str piece; /* of the body, for upload */
	size_t pull_size_max;
	bool is_checked;         /* prepare and check have passed */
	bool is_collected;       /* the body is in call.body */
	atomic_bool is_accepted; /* the work has begun: a 102 may say so */
	atomic_int turn;

	/* Of an operation; a reference, set once. */
	_Atomic(struct operation *) operation;
	struct operation_observer observer;
};

struct errand *errand_of_job(struct job *job);

/*
 * Hands a checked call to the registry, or joins the operation that does the
 * same already.  The exchange is answered when it ends.
 */
void errand_operate(struct errand *errand);

/* See struct handler. */
uint64_t errand_progress(struct errand *errand);
void errand_describe(struct errand *errand, struct buf *lines);

void errand_done(struct errand *errand);

#endif
