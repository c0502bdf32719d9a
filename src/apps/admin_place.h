/*
 * admin_place.h - where a server and its administrator meet: a socket in the
 * state directory.
 */
#ifndef ADMIN_PLACE_H
#define ADMIN_PLACE_H

#include "base/check.h"
#include "base/err.h"

#define ADMIN_PLACE_SOCKET "admin.sock"

struct admin_place {
	const char *directory; /* that is served */
	const char *state;     /* NULL: DIRECTORY/.tarry */
};

/* The state directory; it must be there.  ERR_SYSTEM: see errno. */
enum err admin_place_open(
    const struct admin_place *place, int *out_fd) MUST_CHECK;

#endif
