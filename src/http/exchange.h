/*
 * exchange.h - one request and its one final response: where the part that
 * speaks HTTP (the session) and the part that does the work (the handler) meet.
 *
 *	session                        handler
 *	the head is read    start ->   refuses at once:      exchange_answer
 *	                               wants the body:       exchange_accept
 *	octets of the body  body  ->   has dealt with them:  exchange_took
 *	the whole was read  finish ->  the work is done:     exchange_answer
 *	room for more       pull  ->   bytes are ready:      exchange_pulled
 *	the peer has gone   abort ->   (may end its work early; still answers)
 *	all is sent         release -> frees what it kept:   exchange_free
 *
 * Every handler function is called on the loop's thread and must not block: it
 * hands work to a pool and returns.  The exchange_ functions may be called
 * from any thread, also from inside a handler function, once for each step;
 * from then on the exchange belongs to the loop again and the caller must not
 * touch it.  Between finish and exchange_answer the session may send interim
 * responses; it asks progress and describe for what to say in them.
 *
 * When the peer goes away the exchange, and the octets that body was given,
 * live on until the handler has completed its step.  abort is called only while
 * a step lasts; between two steps release comes at once, whatever was reached.
 * The handler may have completed the step on another thread just before abort.
 *
 * Handlers can stand one before the other: start of one looks at the request,
 * and answers it, or hands it on to the next, which then has it alone.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/request.h"
#include "http/response.h"
#include "net/loop.h"

struct exchange;
struct loop;

#define EXCHANGE_NEVER INT64_MAX

struct handler {
	/* All get the handler's own context, which outlives every exchange. */
	void (*start)(void *context, struct exchange *x);
	void (*body)(void *context, struct exchange *x, struct str octets);
	void (*finish)(void *context, struct exchange *x);
	void (*pull)(void *context, struct exchange *x, size_t size_max);
	/*
	 * x->wake_ms has come while finish or pull lasts.  It may complete the
	 * step, unless another thread has: that the handler must know.
	 */
	void (*wake)(void *context, struct exchange *x);
	void (*abort)(void *context, struct exchange *x);
	void (*release)(void *context, struct exchange *x);

	/*
	 * A number that changes whenever there is new progress to tell; 0 when
	 * the handler has nothing to tell.  Does not block.
	 */
	uint64_t (*progress)(void *context, struct exchange *x);

	/*
	 * Adds whole field lines, each with its CRLF, for the next 102: at
	 * most INTERIM_FIELDS_SIZE_MAX octets.  Does not block.
	 */
	void (*describe)(void *context, struct exchange *x, struct buf *lines);
	void *context;
};

enum exchange_step {
	EXCHANGE_IDLE,   /* it is the session's turn */
	EXCHANGE_START,  /* start was called: waiting for accept or answer */
	EXCHANGE_BODY,   /* body was called: waiting for took or answer */
	EXCHANGE_FINISH, /* finish was called: waiting for answer */
	EXCHANGE_PULL,   /* pull was called: waiting for pulled */
};

/* How a step ended, as the exchange_ functions report it. */
enum exchange_event {
	EXCHANGE_NOTHING, /* not yet */
	EXCHANGE_ACCEPTED,
	EXCHANGE_TOOK,
	EXCHANGE_ANSWERED,
	EXCHANGE_PULLED,
	EXCHANGE_PULLED_LAST,
	EXCHANGE_BROKEN, /* the body cannot be completed: cut the connection */
};

/* What the interim policy did, for the access log. */
struct exchange_log {
	int64_t started_ms;       /* the head was read; monotonic */
	int64_t first_interim_ms; /* after started_ms; -1: none was sent */
	uint32_t interim_count;   /* all 1xx, a 100 included */
	uint64_t received_size;   /* octets of content, without framing */
	uint64_t sent_size;       /* octets of content, without framing */
	const char *withheld;     /* why no 102 could be sent, or NULL */
};

struct exchange {
	struct request request;
	struct response response;
	struct arena arena;
	struct exchange_log log;
	void *work;              /* the handler's own */
	void *visit;             /* the gate's own, which stands before it */
	bool prefers_processing; /* Prefer: processing was sent */

	/*
	 * A number that no two connections have: whoever asks under it again
	 * has read, or could have read, what was answered under it before.
	 */
	uint64_t connection;

	/*
	 * The handler sets it inside start, finish, pull or wake; else, and
	 * again at the end of finish and pull, EXCHANGE_NEVER.
	 */
	int64_t wake_ms;

	/* The session's. */
	void (*dress)(void *context, struct exchange *x);
	void *dress_context;
	enum exchange_step step;
	enum exchange_event event;     /* of this step; on the loop's thread */
	enum exchange_event posted;    /* on its way there */
	bool is_calling;               /* inside a handler function */
	bool is_detached;              /* the peer has gone */
	const struct handler *handler; /* NULL: the head was refused */
	void *session;
	void (*resumed)(struct exchange *x); /* the session's: look at event */
	struct buf piece;  /* of the body: what body was called with */
	struct loop *loop; /* NULL in tests: everything on one thread */
	struct loop_post post;
};

/* For the session.  NULL: no memory. */
struct exchange *exchange_new(struct loop *loop);

/* For the handler, at the end of release, on any thread. */
void exchange_free(struct exchange *x);

/*
 * For a handler, at the end of start, instead of accept or answer: another one
 * takes the exchange over, from its own start on.
 */
void exchange_hand_on(struct exchange *x, const struct handler *handler);

/*
 * For a handler that hands on: dress is called on the loop's thread when the
 * final response is about to be sent, whoever made it, and may add fields.
 * Only one handler does so.
 */
void exchange_dress_by(struct exchange *x,
    void (*dress)(void *context, struct exchange *x), void *context);

/* For the session, once, before it looks at the final response. */
void exchange_dress(struct exchange *x);

void exchange_accept(struct exchange *x);
void exchange_took(struct exchange *x);
void exchange_answer(struct exchange *x); /* x->response is complete */
void exchange_pulled(struct exchange *x, bool is_last);
void exchange_break(struct exchange *x); /* pull failed: cut it short */

#endif
