/*
 * errand.h - one exchange on its way through dispatch.c: its call, and what it
 * waits for: its turn, or an operation.
 *
 *	operation  submitted or joined -> watched -> answered at its end
 *	                                     +--> 202, 503: the time is up
 *	watch      found -> watched -> answered; or a piece more, when what
 *	                               it waits for has happened
 *
 * Who waits occupies no thread.  The loop may end a watch, when the time has
 * come or the peer has gone; then, or when it is over by itself, a job of the
 * pool goes on with the errand, and nobody else.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "dav/call.h"
#include "dav/turn.h"
#include "dav/watch.h"
#include "http/prefer.h"
#include "net/pool.h"
#include "op/operation.h"

struct dispatch;
struct exchange;

struct errand {
	unsigned magic;
	struct dispatch *dispatch;
	struct exchange *x;
	struct call call;
	struct prefer prefer;
	struct str key; /* Idempotency-Key */
	struct job job;
	uint64_t body_size; /* received so far */
	struct str piece;   /* of the body, for upload */
	size_t pull_size_max;
	bool is_prepared;        /* its headers were read */
	bool is_checked;         /* ... and check has passed */
	bool is_finished;        /* the whole request is there */
	bool is_collected;       /* the body is in call.body */
	atomic_bool is_accepted; /* the work has begun: a 102 may say so */
	atomic_bool is_gone;     /* nobody will read the answer */

	struct turn turn;
	struct watch watch;
	_Atomic(struct operation *) operation; /* that is watched; set once */
	void (*resume)(struct job *job); /* when the watch is over, or our turn
	                                  * has come */
	_Atomic int64_t limit_ms; /* the wait is over then, or EXCHANGE_NEVER */
	_Atomic uint64_t version; /* or when it is another than this; or 0 */
};

struct errand *errand_of_job(struct job *job);

/* The job of the errand, which it has one of. */
void errand_submit(struct errand *errand, void (*run)(struct job *job));

/*
 * Whether the operation that the call asks for may begin.  What cannot begin,
 * because the same request has done it or is doing it, joins that instead.
 */
enum step errand_check(struct errand *errand);

/* Hands a checked call to the registry, or joins the operation that does the
 * same already; answers when there is something to say. */
void errand_operate(struct errand *errand);

/*
 * Waits as the method wishes.  False: there is nothing to wait for.  Else the
 * job goes on, and says errand_watched() first.
 */
bool errand_wait(
    struct errand *errand, void (*resume)(struct job *job)) MUST_CHECK;
void errand_watched(struct errand *errand);

/* 503: what it waits for took too long. */
void errand_answer_busy(struct errand *errand);

/* On the loop: the time has come; the peer has gone. */
void errand_wake(struct errand *errand);
void errand_abort(struct errand *errand);

/* See struct handler. */
uint64_t errand_progress(struct errand *errand);
void errand_describe(struct errand *errand, struct buf *lines);

void errand_done(struct errand *errand);

#endif
