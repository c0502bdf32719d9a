/*
 * home.h - the roots that users have of their own: what ann calls /a is
 * /ann/a to the store, and to all that keeps paths: locks, claims, operations.
 *
 *	a path comes in    -> home_enter, home_path: below the home
 *	a path goes out    -> uri_path_from(path, call->home)
 *
 * Each path is mapped once, right behind the normaliser: that of the request,
 * that of Destination, each one in If.  So no request can name what lies
 * outside of its home.  Where dav->has_homes is false, homes are empty, and
 * nothing changes.
 */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "dav/call.h"

/*
 * Whether a user of that name can have a root: letters, digits and any of
 * ._@+- of ASCII, no dot at the start, at most HOME_NAME_SIZE_MAX octets.
 */
bool home_name_is_safe(struct str name);

/* Fills in call->home only, if there is one: for what is in no tree. */
void home_know(struct call *call);

/*
 * Fills in call->home and call->path.  Answers 401 or 403 to who can have no
 * root, 403 to a path that is reserved, 414 to one that becomes too long.
 */
enum step home_enter(struct call *call);

/* Where what the client calls path really is.  ERR_LIMIT: too long.
 * ERR_MEMORY. */
enum err home_path(
    const struct call *call, struct str path, struct str *out_path) MUST_CHECK;

/* Whether such a path is reserved, as it is at the root of the store. */
bool home_is_reserved(struct str home, struct str path);

/* The root, as this user sees it. */
bool home_is_root(const struct call *call, struct str path);

/* On its first use a home has to be made: whether; and that.  ERR_NONE also
 * when somebody else has made it meanwhile. */
bool home_is_missing(const struct call *call);
enum err home_make(const struct call *call) MUST_CHECK;

#endif
