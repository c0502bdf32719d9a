/*
 * link.h - URLs: where one leads from another.
 *
 * What is returned is on the heap, for the caller to free; NULL: it is no http
 * or https URL, or there is no memory.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/str.h"

/* A reference that stands in a document at base. */
char *link_resolve(const char *base, struct str reference) MUST_CHECK;

/* "https://host:443": scheme, host and port, always all three. */
char *link_origin(const char *url) MUST_CHECK;

/* "host", for a netrc file. */
char *link_host(const char *url) MUST_CHECK;

bool link_is_http(const char *url);
bool link_is_same_origin(const char *a, const char *b);

/*
 * The URL without user and password; *out_user is the user, empty if there is
 * none.  A password in it is refused: it would be seen in the list of
 * processes.
 */
char *link_strip_user(const char *url, struct buf *out_user) MUST_CHECK;

/* url, with a slash if need be, and name behind it, encoded. */
char *link_join(
    const char *url, struct str name, bool is_collection) MUST_CHECK;

/* With a final slash; and without. */
char *link_as_collection(const char *url) MUST_CHECK;
char *link_as_file(const char *url) MUST_CHECK;

/* The collection that it is in; the root is in itself. */
char *link_parent(const char *url) MUST_CHECK;

/* Adds the last segment, decoded; nothing for the root. */
void link_add_name(struct buf *out, const char *url);

/* Adds text with its percent-encoded octets decoded. */
void link_add_decoded(struct buf *out, struct str text);

/*
 * Whether a is b, or b is below a if with_members: of one origin, the same
 * path when decoded, with or without a final slash.
 */
bool link_covers(const char *a, const char *b, bool with_members);

#endif
