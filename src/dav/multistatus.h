/*
 * multistatus.h - writes the XML of RFC 4918, 13 and 14: 207 bodies.
 *
 * Everything is written with the prefix D: for DAV:, since some clients match
 * on it.  hrefs are absolute paths, percent-encoded; a collection's ends in a
 * slash.
 */
#ifndef MULTISTATUS_H
#define MULTISTATUS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct progress;

void multistatus_begin(struct buf *out); /* <?xml ...?><D:multistatus ...> */
void multistatus_end(struct buf *out);

/* <D:href>...</D:href> */
void multistatus_href(struct buf *out, struct str path, bool is_collection);

/* <D:status>HTTP/1.1 404 Not Found</D:status> */
void multistatus_status(struct buf *out, int status);

/* <D:error><D:condition/></D:error>, or nothing if condition is NULL. */
void multistatus_error(struct buf *out, const char *condition);

/*
 * One whole <D:response> of a member with its own status.  condition is the
 * local name of an element for <D:error>, or NULL.  What is not known to be a
 * collection is named without a slash.
 */
void multistatus_member(struct buf *out, struct str path, bool is_collection,
    int status, const char *condition);

/* A <D:response> for each failure that progress kept; paths as from root
 * (uri_path_from). */
void multistatus_failures(
    struct buf *out, const struct progress *progress, struct str root);

#endif
