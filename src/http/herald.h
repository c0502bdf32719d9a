/*
 * herald.h - the 102s of one request: whether, when, and what is in them.
 *
 *	{ 0 } -> plan -> (compose | probe) -> flushed -> compose ... -> close
 *
 * It joins the policy (interim_policy.h), the schedule (interim.h) and the
 * handler, who knows of progress.  The session sends, and says when it may: it
 * asks only while nothing of this request waits to be sent.
 */
#ifndef HERALD_H
#define HERALD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/exchange.h"
#include "http/interim.h"

struct session_config;

struct herald {
	struct interim interim;
	int64_t retry_ms;    /* no sooner is a 102 thought of again */
	int64_t patience_ms; /* how long from one such time to the next */
	bool is_planned;
	bool may_carry_fields;
	bool must_close_after; /* a 102 */
};

/* Decides about the request's 102s; once: later calls change nothing. */
void herald_plan(struct herald *herald, const struct session_config *config,
    struct exchange *x, int64_t now_ms);

/* A 1xx was queued: for the log, and for the budget if there is one yet. */
void herald_count(
    struct herald *herald, struct exchange *x, int status, int64_t now_ms);

/*
 * Whether a 102 is due, and the work accepted.  Then it counts as queued, and
 * out_lines holds its field lines: the caller sends it, and ends out_lines.
 */
bool herald_compose(struct herald *herald, struct exchange *x, int64_t now_ms,
    struct buf *out_lines);

/* The same for an OPTIONS that asks to see whether a 102 comes through. */
bool herald_probe(struct herald *herald, struct exchange *x, int64_t now_ms);

/* The session cannot send one now, and calls again when it can. */
void herald_wait(struct herald *herald);
void herald_flushed(struct herald *herald, int64_t now_ms);
void herald_close(struct herald *herald); /* the final head is queued */

/* When to call herald_compose() again, or INTERIM_NEVER. */
int64_t herald_next_ms(const struct herald *herald);

/* Whether the peer may have read one, or more, of them by now. */
bool herald_was_heard(const struct herald *herald);

#endif
