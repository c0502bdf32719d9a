/*
 * prefer.h - what a client would like (RFC 7240), as far as we know it.
 *
 * A wish is never an error: what is unknown or malformed is passed over.  Of
 * several wishes with one name the first counts, even if its value is unknown.
 */
#ifndef PREFER_H
#define PREFER_H

#include <stdbool.h>
#include <stdint.h>

#include "http/fields.h"

enum { PREFER_WAIT_S_MAX = 3600 }; /* a longer wish is cut */

struct prefer {
	bool processing;     /* tell me by 102 what you do */
	bool respond_async;  /* 202 is welcome: RFC 7240, 4.1 */
	bool strict;         /* handling=strict: 4.4 */
	bool lenient;        /* handling=lenient */
	bool return_minimal; /* return=minimal: 4.2 */
	bool has_wait;
	uint32_t wait_s; /* 4.3 */
};

/* Reads all Prefer fields. */
void prefer_parse(const struct fields *fields, struct prefer *out_prefer);

#endif
