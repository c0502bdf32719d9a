/*
 * answer.h - the one place where an outcome becomes an HTTP status.
 *
 * Each function puts a final response into call->response and returns
 * STEP_ANSWERED, so that a method can write: return answer_error(call, err).
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "base/err.h"
#include "dav/call.h"

struct resource;

/*
 * The status of a code, for one member of a 207 as well: ERR_ABSENT 404,
 * ERR_EXISTS 405, ERR_PARENT 409, ERR_NAME 403, ERR_DENIED and ERR_READ_ONLY
 * 403, ERR_SPACE 507, ERR_LIMIT 507, ERR_LOCKED 423, ERR_CONFLICT 403,
 * ERR_SYNTAX 400, ERR_BUSY 503, ERR_MEMORY 503, ERR_CANCELLED 424,
 * ERR_COLLECTION 405, ERR_FILE and ERR_TOKEN 409, others 500.
 */
int answer_status_of(enum err err);

enum step answer_empty(struct call *call, int status);
enum step answer_error(struct call *call, enum err err);

/* problem+json; detail says what to do about it. */
enum step answer_problem(struct call *call, int status, const char *detail);

/* 403; or 401, to nobody, where dav->challenge can say how to be somebody. */
enum step answer_denied(struct call *call, const char *detail);
bool answer_has_challenge(const struct call *call);

/*
 * A DAV:error body with one precondition or postcondition element (RFC 4918,
 * 16).  element is its local name; path, if its len is not 0, becomes a
 * DAV:href inside it.
 */
enum step answer_condition(
    struct call *call, int status, const char *element, struct str path);

/* The XML document that the caller has put into response->bytes. */
enum step answer_xml(struct call *call, int status);

/* A 207 that names each failure of a piece of work. */
enum step answer_failures(struct call *call, const struct progress *progress);

/*
 * Of a collection: its URL with a slash at the end, if it was asked for
 * without one (RFC 4918, 5.2).
 */
void answer_place(struct call *call, const struct resource *resource);

/* Adds ETag and Last-Modified of a file to a response. */
void answer_validators(struct call *call, const struct resource *resource);

/* 405, with Allow as the resource (a collection, a file, or nothing) has it. */
enum step answer_not_allowed(struct call *call);

#endif
