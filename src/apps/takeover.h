/*
 * takeover.h - to follow a server that runs, without a moment in which nobody
 * listens: tarry serve DIR --take-over.
 *
 *	find (its sockets) -> (all that can fail) -> retire -> (the store)
 *
 * The server that comes asks the one that is there, on the socket of its
 * administrator, for copies of the sockets at which it listens.  Until
 * takeover_retire() nothing has changed, and either of them can go.  Then the
 * old one stops as at SIGTERM; who connects meanwhile waits in the kernel.
 */
#ifndef TAKEOVER_H
#define TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "net/listener.h"

struct admin_place;

enum { TAKEOVER_COUNT_MAX = 1024 };

struct takeover {
	struct takeover_socket {
		int fd; /* -1: it was taken */
		struct address address;
	} * sockets;
	size_t count;
};

/*
 * ERR_ABSENT: no server runs there.  Else it has said why on standard error.
 */
enum err takeover_find(
    const struct admin_place *place, struct takeover *out_takeover) MUST_CHECK;

/* A socket of that address, and of any port if it has none; -1: no more. */
int takeover_take(struct takeover *takeover, struct address *address);

/* Tells the old server to go, if it does not already.  When it fails it has
 * said why. */
enum err takeover_retire(const struct admin_place *place) MUST_CHECK;

void takeover_done(struct takeover *takeover);

#endif
