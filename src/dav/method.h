/*
 * method.h - all methods, and where each may be used: method.def.
 */
#ifndef METHOD_H
#define METHOD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "dav/call.h"

/* What a URL is mapped to; a bit each. */
enum method_where {
	METHOD_ON_NOTHING = 1,
	METHOD_ON_FILE = 2,
	METHOD_ON_COLLECTION = 4,
};

enum { METHOD_ALLOW_SIZE_MAX = 256 };

#define X(identifier, name, where) extern const struct method identifier;
#include "dav/method.def"
#undef X

/* Adds the value of Allow for a resource; only what changes nothing, if the
 * tree is read-only. */
void method_allow_on(
    struct buf *out, enum method_where where, bool is_read_only);

/*
 * Whether the name is a method of HTTP that no resource here has: 405.  What
 * neither this nor method_find() knows is 501 (RFC 9110, 9.1).
 */
bool method_is_known_elsewhere(struct str name);

#endif
