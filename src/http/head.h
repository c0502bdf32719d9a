/*
 * head.h - the head of an HTTP/1.x request: where it ends, what it says.
 *
 *	octets arrive -> head_scan -> ERR_AGAIN, read more ...
 *	              -> ERR_NONE: copy the head to the arena -> head_parse
 *
 * Strict (RFC 9112): whatever two readers could read in two ways is refused,
 * and the connection must then be closed.
 */
#ifndef HEAD_H
#define HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "http/request.h"

enum {
	/* A longer request line is 414: "METHOD target HTTP/1.1". */
	REQUEST_LINE_SIZE_MAX = METHOD_SIZE_MAX + 1 + TARGET_SIZE_MAX + 9,
};

/* A search for the end of a head.  Starts as { 0 }, anew for each request. */
struct head_scan {
	size_t start;      /* where the head begins: after an empty line */
	size_t size;       /* ERR_NONE: of the head, its empty line included */
	int status;        /* ERR_SYNTAX and ERR_LIMIT: what to answer */
	size_t line_start; /* of the line that is not yet complete */
	size_t scanned;    /* octets that need not be looked at again */
};

/*
 * Goes on with the search.  data is all that has arrived of this request, from
 * its first octet on, at least as much as the last time.  Each octet is looked
 * at once, however many calls it takes.
 *
 * ERR_NONE:   the head is data[start] to data[start + size - 1]
 * ERR_AGAIN:  it goes on; nothing wrong so far
 * ERR_SYNTAX: no head of HTTP/1.x: status is 400
 * ERR_LIMIT:  status is 414 (the request line) or 431 (the head)
 */
enum err head_scan(struct head_scan *scan, struct str data) MUST_CHECK;

/*
 * Reads a head that head_scan found.  The request borrows from head, which
 * must last as long as the request does: the caller copies it into the arena
 * first.  Only the path is made in request->arena, which the caller has set.
 *
 * Fills in version, form, method, target, authority, path, has_final_slash,
 * query, fields, body_size, has_body and expects_continue (which is said only
 * of an HTTP/1.1 request with content); leaves the rest alone.
 *
 * Returns 0, or the status to answer with before the connection is closed:
 * 400, 413 (Content-Length beyond INT64_MAX), 414, 417, 431, 501 (a transfer
 * coding or a method longer than any that we know), 505; and request->flaw then
 * says why, to whoever sent it.  What was read until then is filled in, for the
 * log; out_wants_close is not.
 */
int head_parse(
    struct str head, struct request *request, bool *out_wants_close) MUST_CHECK;

#endif
