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

#define X(identifier, name, where, needs) extern const struct method identifier;
#include "dav/method.def"
#undef X

/* A resource, for Allow, and who asks. */
struct method_allow {
	enum method_where where;
	bool is_read_only; /* the tree is */
	unsigned rights;   /* access.h; what needs more is left out */
};

void method_allow_on(struct buf *out, const struct method_allow *allow);

/* The rights that a method needs of its target (access.h).  None: it is not of
 * method.def, and of no resource in the tree. */
unsigned method_needs(const struct method *method);

/* Whether it changes something, and can begin with nothing. */
bool method_makes(const struct method *method);

/*
 * Whether the name is a method of HTTP that no resource here has: 405.  What
 * neither this nor method_find() knows is 501 (RFC 9110, 9.1).
 */
bool method_is_known_elsewhere(struct str name);

#endif
