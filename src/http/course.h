/*
 * course.h - the session's side of an exchange, the same for every version.
 *
 *	begin -> head -> call, take_event, call, take_event ... -> part
 *	begin -> refuse -> part, when the head cannot be accepted
 *
 * A session that is told by x->resumed that a step is complete, and whose
 * exchange was parted with, gives it to course_left().
 */
#ifndef COURSE_H
#define COURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "http/exchange.h"

struct conn_peer;
struct session_config;

/* A new exchange, which knows its peer.  NULL: no memory. */
struct exchange *course_begin(struct session_config *config,
    const struct conn_peer *peer, int64_t now_ms);

/* The head is whole, and nothing is wrong with it: it has a handler now. */
void course_head(struct session_config *config, struct exchange *x);

/* Makes the response a problem of ours; request.flaw says which, if set. */
void course_refuse(struct exchange *x, int status);

/* The handler has filled in the response: what every version adds to it. */
void course_complete(struct exchange *x);

/* Calls a handler function; what it completed at once is in x->event. */
void course_call(
    struct exchange *x, enum exchange_step step, struct str octets);

/* The event of the step that the handler has completed, or NOTHING yet. */
enum exchange_event course_take_event(struct exchange *x);

/* Calls wake if its time has come; a step is under way. */
void course_wake(struct exchange *x, int64_t now_ms);

/*
 * The exchange is over for this connection, complete or not; it is logged.
 * False: it is gone.  True: the handler is still at work, and it comes back by
 * x->resumed, once.
 */
bool course_part(
    struct session_config *config, struct exchange *x, int64_t now_ms);
void course_left(struct exchange *x);

/* The Date field of now (RFC 9110, 6.6.1). */
struct str course_date(struct session_config *config);

#endif
