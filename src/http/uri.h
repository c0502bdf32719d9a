/*
 * uri.h - paths, as a peer writes them and as we do.
 *
 *	absolute form -parse_absolute-> path and query -split_query-> raw path
 *	raw path -normalise-> path -encode-> raw path
 *
 * A path is normalised once, where it comes in.  All others here work on a
 * normalised one: percent-decoded, a slash at its start and none at its end,
 * no empty, "." or ".." segment, no NUL; "/" is the root.
 */
#ifndef URI_H
#define URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Takes an absolute URI apart (RFC 9110, 4.2).  The parts are views of it, but
 * for the path of a URI that has neither path nor query: a lasting "/".
 * ERR_SYNTAX: neither http nor https, user information, a fragment, no host,
 * or octets that no URI has.
 */
enum err uri_parse_absolute(struct str uri, struct str *out_scheme,
    struct str *out_authority, struct str *out_path_and_query) MUST_CHECK;

/*
 * Cuts at the first "?".  Without one the query's data is NULL.  An empty path
 * is given as a lasting "/" (RFC 9110, 4.2.3).
 */
void uri_split_query(
    struct str path_and_query, struct str *out_path, struct str *out_query);

/*
 * The one normaliser.  raw is a path still percent-encoded, without a query.
 * A final slash is one that was sent, or what "." at the end stands for.
 * Octets that are no UTF-8, and backslashes, are kept as they are.
 *
 * ERR_SYNTAX: no slash at the start; bad percent-encoding; a space, a control,
 *             "?" or "#" that is not encoded
 * ERR_NAME:   names nothing we could have: a ".." segment, however spelled,
 *             an encoded NUL or an encoded slash
 * ERR_LIMIT:  the result exceeds PATH_SIZE_MAX, or the arena is full
 */
enum err uri_path_normalise(struct arena *arena, struct str raw,
    struct str *out_path, bool *out_has_final_slash) MUST_CHECK;

/*
 * Adds a path, percent-encoding all but the unreserved and the slash: the
 * result is safe in XML, in <> and in a list field.
 */
void uri_path_encode(struct buf *out, struct str path);

/* Whether path is below ancestor, and not ancestor itself. */
bool uri_path_is_within(struct str path, struct str ancestor);

/*
 * A view of path as it is called from root, which may be empty: path itself.
 * What is not below root is "/".
 */
struct str uri_path_from(struct str path, struct str root);

/* Views of path.  The root's parent is the root, its name is empty. */
struct str uri_path_parent(struct str path);
struct str uri_path_name(struct str path);

/*
 * Whether a Host field may say this: a name, an IPv4 or [IPv6] address, and
 * perhaps a port; or nothing at all.  Names are held to the unreserved and
 * the percent-encoded (RFC 3986, 3.2.2, would allow more): as safe in XML and
 * in a list field as an encoded path.
 */
bool uri_authority_is_valid(struct str authority);

/*
 * Whether it names a host in a way that nobody elsewhere can give a meaning
 * to: an address, localhost and names below it, a name without a dot, or
 * nothing.  Any other name is what its owner's DNS says, now this, then that.
 */
bool uri_authority_is_near(struct str authority);

#endif
