/*
 * resume.h - a large file in parts, where the server offers it
 * (draft-ietf-httpbis-resumable-upload): what came before a connection is lost
 * need not be sent again, neither by us nor, with a record, by the next
 * process.
 *
 *	is_possible -> put: OPTIONS -> PUT, empty -> PATCH (-> HEAD -> PATCH)*
 */
#ifndef RESUME_H
#define RESUME_H

#include <stdbool.h>

#include "client/tarry.h"

enum {
	RESUME_SIZE_MIN = 8 * 1024 * 1024, /* a smaller one is sent again */
	RESUME_TRY_COUNT = 6,              /* without any progress */
};

/* Whether it is large enough, and can be read from its middle. */
bool resume_is_possible(const struct tarry_source *source);

/*
 * Within a call that has begun.  False: the server does not offer it, and
 * nothing was sent.
 */
bool resume_put(struct tarry *tarry, const char *url,
    const struct tarry_source *source, enum tarry_outcome *out_outcome);

#endif
