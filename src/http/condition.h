/*
 * condition.h - conditional requests (RFC 9110, 13).
 *
 * Asked after all else that would refuse the request, and only if the answer
 * without conditions would be 2xx or 412 (13.2.1).
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/str.h"
#include "http/fields.h"

#define CONDITION_NO_DATE INT64_MIN

/* The resource as it is now, and what is to be done with it. */
struct condition {
	bool exists;
	bool is_get;        /* the method is GET or HEAD */
	struct str etag;    /* a strong one, with its quotes; or empty */
	int64_t modified_s; /* or CONDITION_NO_DATE */
	int64_t now_s;      /* wall time, to read a year of two digits */
};

/*
 * Evaluates If-Match, If-Unmodified-Since, If-None-Match and
 * If-Modified-Since, in the order of 13.2.2.  Returns 0: go on; or the status
 * to answer with, 304 or 412.
 *
 * A malformed list has no match: If-Match is then 412, and If-None-Match does
 * not hinder.  A malformed or repeated date is ignored (13.1.3, 13.1.4).
 */
int condition_check(
    const struct condition *now, const struct fields *fields) MUST_CHECK;

/*
 * Whether a Range field is to be honoured: no If-Range, or one that holds
 * (13.1.5).  A weak or malformed one never does.
 */
bool condition_range_applies(
    const struct condition *now, const struct fields *fields);

#endif
