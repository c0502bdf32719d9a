/*
 * response.h - a final response, put together by a handler.
 *
 *	init -> status, fields, one of the bodies -> handed over -> done
 *
 * The version-specific part adds Date, the framing fields and Connection.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/str.h"
#include "http/fields.h"
#include "http/status.h"

enum response_body {
	RESPONSE_EMPTY,
	RESPONSE_BYTES,  /* bytes, whole */
	RESPONSE_FILE,   /* a part of an open file */
	RESPONSE_PULLED, /* made piece by piece: see exchange.h, pull */
};

struct response {
	int status;         /* 0: none yet */
	const char *detail; /* of a problem, for the log; or NULL */
	struct fields fields;
	enum response_body body;
	struct buf bytes; /* RESPONSE_BYTES; RESPONSE_PULLED: the piece */
	int fd;           /* RESPONSE_FILE: owned; else -1 */
	uint64_t file_offset;
	uint64_t file_size;      /* octets to send from the offset */
	uint64_t pulled_size;    /* RESPONSE_PULLED: or BODY_SIZE_UNKNOWN */
	bool must_close;         /* the connection ends with this response */
	bool is_short_of_memory; /* a field was lost: 500 is sent instead */
	struct arena *arena;     /* of the request */
};

void response_init(struct response *response, struct arena *arena);
void response_done(struct response *response); /* closes fd, frees bytes */

/* Octets of content, also where none are sent; or BODY_SIZE_UNKNOWN. */
uint64_t response_content_size(const struct response *response);

/* Back to "none yet", as after init: what was set is dropped. */
void response_reset(struct response *response);

/*
 * Adds a field.  The name is borrowed and must last; the value is copied.
 * Octets that may not stand in a field value (RFC 9110, 5.5) become spaces.
 */
void response_field(
    struct response *response, const char *name, struct str value);
void response_field_text(
    struct response *response, const char *name, const char *value);
void response_field_u64(
    struct response *response, const char *name, uint64_t value);

/*
 * Makes the response an application/problem+json document (RFC 9457) with
 * the status' reason as its title.  detail may be NULL; of it, what is no
 * UTF-8 becomes U+FFFD.  A body and a Content-Type that were set are replaced,
 * other fields stay.
 */
void response_problem(
    struct response *response, int status, const char *detail);

#endif
