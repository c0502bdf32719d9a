/*
 * listing.h - reads a 207 (Multi-Status) as it arrives: RFC 4918, 13.
 *
 *	init -> feed, feed ... -> end -> done
 *
 * Each response is handed to the owner when its end tag has come, and then
 * forgotten: a listing of any size takes the memory of one member.  A DOCTYPE
 * is refused.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum {
	LISTING_DEPTH_MAX = 64,
	LISTING_MEMBER_SIZE_MAX = 4 * 1024 * 1024, /* all of its properties */
	LISTING_PROP_COUNT_MAX = 1024,             /* of one member */
};

struct listing_prop {
	struct str space; /* "DAV:" */
	struct str name;
	struct str text; /* its character data, that of its children included */
	struct str xml;  /* its content; empty if it has no child element */
	int status;      /* of its propstat */
};

struct listing_member {
	struct str href;
	int status; /* of the response; 0: it has none, but propstats */
	const struct listing_prop *props;
	size_t prop_count;
	struct str description;
};

struct listing {
	/* False: no more of them. */
	bool (*member)(void *context, const struct listing_member *member);
	void *context;

	struct listing_inside *inside;
};

/* The owner has set member and context.  ERR_MEMORY. */
enum err listing_init(struct listing *listing) MUST_CHECK;
void listing_done(struct listing *listing);

/* ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY; ERR_CANCELLED: member() said false. */
enum err listing_feed(
    struct listing *listing, const void *data, size_t size) MUST_CHECK;

/* ERR_SYNTAX: it is cut off, or was no multistatus. */
enum err listing_end(struct listing *listing) MUST_CHECK;

/* "HTTP/1.1 404 Not Found": 404; 0: it is none. */
int listing_status(struct str line);

#endif
