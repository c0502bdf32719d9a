/*
 * cors.h - lets web pages from elsewhere use this server (the CORS protocol of
 * https://fetch.spec.whatwg.org).
 *
 * It is a handler before another one: it answers the question that a browser
 * asks beforehand (a preflight), hands everything else on, and adds its fields
 * to the answer.  A page from an origin that is not named gets neither; its
 * browser then keeps the answer from it.
 */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "http/exchange.h"

enum { CORS_ORIGIN_COUNT_MAX = 16 };

struct cors {
	const struct handler *inner; /* NULL until cors_handler() */
	const char *methods;         /* "GET, PUT, ..." */
	const char *origins[CORS_ORIGIN_COUNT_MAX];
	size_t origin_count;
	bool is_any; /* "*": every page, but without the user's credentials */
};

/*
 * "https://app.example", with a port where it is not the scheme's own, or "*";
 * borrowed.  ERR_SYNTAX: not an origin.  ERR_LIMIT: too many.
 */
enum err cors_add(struct cors *cors, const char *origin) MUST_CHECK;

/* Whether any origin was added: else nothing needs to be put in front. */
bool cors_is_on(const struct cors *cors);

/* The handler in front of inner; all of them outlive every exchange. */
struct handler cors_handler(
    struct cors *cors, const struct handler *inner, const char *methods);

#endif
