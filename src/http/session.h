/*
 * session.h - one HTTP/1.x connection: requests in, exchanges, responses out.
 *
 * It is a protocol of net/conn.h: no I/O, no clock.  One request is worked on
 * at a time; what is pipelined waits, so responses and interim responses keep
 * their order without being told to (RFC 9112, 9.2 and 9.3.2).
 *
 *	HEAD -> START -> BODY <-> PIECE -> FINISH -> SENDING <-> PULL
 *	any of them that is answered early -> SENDING
 *	SENDING -> HEAD, or -> DRAIN -> HEAD, or -> CLOSING -> OVER
 *	HEAD -> (a refused head) -> SENDING -> CLOSING;  any -> OVER
 *
 * Interim responses: a 100 when the body is wanted and was not sent yet; 102s
 * while FINISH lasts, as http/interim_policy.h allows and http/interim.h
 * schedules.  Octets that arrive behind a 102 and before the final response
 * mean that the peer took the 102 for the answer: the work is finished, the
 * connection closed without another octet, and the peer remembered (guard.h).
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "net/conn.h"

struct exchange;
struct guard;
struct handler;
struct interim_policy;
struct loop;

/* What the sessions of one loop share; outlives them all. */
struct session_config {
	const struct handler *handler;
	const struct interim_policy *interim;
	struct guard *guard;
	struct loop *loop;                /* NULL in tests */
	int64_t (*now_ms)(void *context); /* as the loop's */
	int64_t (*wall_s)(void *context);
	/* The exchange is over; is_detached: the handler is still at work. */
	void (*log)(void *context, const struct exchange *x, int64_t now_ms);
	void *context;

	uint32_t stream_count_max; /* of one HTTP/2 connection, at once */

	int64_t idle_ms;   /* between two requests */
	int64_t head_ms;   /* from a head's first octet to its last */
	int64_t body_ms;   /* without an octet of a body: see patience.h */
	int64_t send_ms;   /* without an octet taken by the peer: likewise */
	uint64_t rate_min; /* octets a second, of bodies and readers; or 0 */

	int64_t stop_ms; /* for bodies on their way when the loop stops */
	bool is_ending;  /* it will stop: no further request is wanted */

	/* A peer that sends no more has gone; else it may still read what its
	 * request is answered with (RFC 9112, 9.6). */
	bool is_end_departure;

	/* The number of the last session.  The owner lets it start so that no
	 * two loops give out the same; 0 is no number. */
	uint64_t session_count;

	/* Kept by the sessions: the Date field of this second. */
	int64_t date_s;
	char date[32];
};

/* The functions of net/conn.h, for a context made by session_new(). */
extern const struct protocol session_protocol;

/* conn may be NULL in tests.  NULL: no memory. */
void *session_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms);

#endif
