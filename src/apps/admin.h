/*
 * admin.h - the server's side of tarry ops, cancel, locks and unlock: a thread
 * that answers on the socket of admin_place.h.
 *
 *	start -> (it answers) -> stop
 *
 * The socket is for the user who runs the server, and for root.  What may be
 * asked is in admin_answer.h.  Each thing done is told in one line on standard
 * error.
 */
#ifndef ADMIN_H
#define ADMIN_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "apps/admin_place.h"
#include "base/check.h"
#include "base/err.h"

struct admin;
struct lock_table;
struct registry;
struct sockets;

/*
 * What the thread that waits for the end gets when another server follows this
 * one: not SIGTERM, which would count as a second one behind that of somebody
 * else, and end the server at once.
 */
#define ADMIN_RETIRE_SIGNAL SIGUSR2

struct admin_options {
	struct admin_place place;
	struct registry *registry; /* these outlive us */
	struct lock_table *locks;
	struct sockets *sockets; /* for a server that takes over */
	atomic_bool *is_leaving; /* this server ends: it was told once */
	int64_t (*wall_s)(void *context);
	void *context;
};

/* No other server uses that state.  ERR_SYSTEM: see errno; ERR_MEMORY. */
enum err admin_start(
    const struct admin_options *options, struct admin **out_admin) MUST_CHECK;

/* Removes the socket.  NULL: nothing. */
void admin_stop(struct admin *admin);

/* Whether a user may ask the server that another runs. */
bool admin_allows(uid_t asker, uid_t runner);

#endif
