/*
 * status_uri.h - the field lines by which a 102 tells how far the work is.
 *
 *	Status-URI: 423 <http://host/tree/a> 201 <http://host/tree/b>
 *	Progress: 120/4000
 *
 * Status-URI to the letter of RFC 2518, 9.7: pairs of a status and an absolute
 * URI, a space between them, no comma; of finished members on the source side.
 *
 *	begin -> add, add, add: the most important first -> end
 *
 * Nothing is written without a pair.  A pair that does not fit, into the line
 * or into the buffer, is left out whole, and a later one may still fit.
 */
#ifndef STATUS_URI_H
#define STATUS_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

struct status_uri {
	struct buf *lines;
	struct buf pair; /* the one being added */
	struct str scheme;
	struct str authority;
	size_t start; /* of our line in lines */
	size_t count; /* pairs in the line */
};

/*
 * The line goes to the end of lines, and nothing else may until the end.  An
 * authority that is empty, or could not stand in a URI, leaves no line at all.
 */
void status_uri_begin(struct status_uri *it, struct buf *lines,
    struct str scheme, struct str authority);

/*
 * path is a normalised one (uri.h).  False: the pair was left out.  At most
 * STATUS_URI_COUNT_MAX pairs and, its CRLF included, STATUS_URI_SIZE_MAX octets
 * make a line.
 */
bool status_uri_add(struct status_uri *it, int status, struct str path);
void status_uri_end(struct status_uri *it);

/*
 * Adds a Progress line (draft-wright-http-progress): done/total, or done/ while
 * total is 0, which is not known.  A total that done has overtaken is done.
 */
void status_uri_progress(struct buf *lines, uint64_t done, uint64_t total);

#endif
