/*
 * call.h - one WebDAV request on its way through its method.
 *
 * A method is one file, method_NAME.c, and one row in method.def.  It is a
 * struct method of plain functions that may block on the store, and never see
 * a socket, a thread or a clock:
 *
 *	check   refuses all that can be refused before the body is read
 *	upload  takes a piece of the body (of a method with BODY_UPLOADED)
 *	claims  names the paths that run will change
 *	wish    says what run, and then each pull, waits for
 *	run     checks again, now that nobody else changes them; does the work
 *	pull    makes the next piece of a RESPONSE_PULLED body
 *	free    frees call->state
 *
 * dispatch.c calls them in this order, on the thread their place names.  A
 * step that has answered (answer.h) returns STEP_ANSWERED and no later one is
 * called, except free.
 */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/request.h"
#include "http/response.h"
#include "op/claim.h"

struct access;
struct dav;
struct method;
struct operation;
struct progress;
struct if_header;

enum step { STEP_ON, STEP_ANSWERED };

/* What a step waits for before it goes on: the end of an operation, or less. */
struct wish {
	struct operation *operation; /* borrowed until the step is done */
	bool minds_state;            /* another state is enough */
	uint64_t version; /* another one than this is enough, and is looked for
	                   * once a second; 0: it does not matter */
	int64_t wait_ms;  /* no longer than this; WISH_FOR_EVER */
};

#define WISH_FOR_EVER INT64_MAX

enum depth { DEPTH_0, DEPTH_1, DEPTH_INFINITY };

enum method_place {
	PLACE_LOOP,      /* check and run are so short that they run at once */
	PLACE_POOL,      /* they wait for the disk */
	PLACE_OPERATION, /* run may take minutes: a thread of its own */
	PLACE_WATCH,     /* as PLACE_POOL, but watches another's operation */
};

enum method_body {
	BODY_REFUSED,  /* a body is 415 (RFC 4918, 8.4) */
	BODY_IGNORED,  /* read and dropped */
	BODY_XML,      /* collected, up to XML_SIZE_MAX, in call->body */
	BODY_UPLOADED, /* handed to upload, piece by piece */
};

struct call {
	struct dav *dav; /* shared by all */
	const struct method *method;
	const struct request *request;
	struct response *response;
	struct str path; /* of the store: in home, what request->path says */
	struct str home; /* the user's root, or empty (home.h) */
	struct access *access; /* the rules it began with; a reference */
	struct buf body;       /* BODY_XML: the whole of it */
	struct claim claim;
	struct progress *progress; /* NULL if nobody will look */
	int64_t now_ms;            /* monotonic, at the step's start */
	int64_t wall_s;            /* since 1970, at the step's start */

	/* Parsed once, by call_prepare(), before check. */
	enum depth depth; /* the method's default if absent */
	bool has_depth;
	bool overwrite; /* true if absent */
	bool has_destination;
	struct str destination;      /* normalised path */
	struct if_header *if_header; /* NULL: none was sent */

	void *state; /* the method's own */
};

struct method {
	const char *name;
	enum method_place place;
	enum method_body body;
	enum depth depth_default;
	bool is_read_only; /* changes nothing: allowed on a read-only tree */
	enum step (*check)(struct call *call);
	enum step (*upload)(struct call *call, struct str octets);
	void (*claims)(struct call *call); /* NULL: none are needed */
	/* PLACE_WATCH.  False: there is nothing to wait for. */
	bool (*wish)(struct call *call, struct wish *out_wish);
	void (*run)(struct call *call); /* always answers */
	/* Adds to response->bytes; true: that was the last piece. */
	bool (*pull)(struct call *call, size_t size_max);
	void (*free)(struct call *call);
};

/* The method of that name, or NULL: 501. */
const struct method *method_find(struct str name);

/* "OPTIONS, GET, HEAD, ..." of all methods, for Allow. */
const char *method_allow(void);

#endif
