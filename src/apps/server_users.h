/*
 * server_users.h - who may use a server, as the options wish it.
 *
 *	init -> check -> open -> guard -> refresh ... -> close
 */
#ifndef SERVER_USERS_H
#define SERVER_USERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/check.h"
#include "base/err.h"
#include "http/exchange.h"

#include "apps/jwt.h"

struct address;
struct gate;
struct jwt_source;
struct pool;
struct users;

enum {
	SERVER_USERS_ANONYMOUS_UNSAID = -1,
	SERVER_USERS_ANONYMOUS_READ, /* as the words of --anonymous */
	SERVER_USERS_ANONYMOUS_WRITE,
};

/* What the command line says. */
struct server_users_options {
	const char *users; /* a file */
	int anonymous;
	const char *jwt_keys; /* a file or a URL */
	const char *jwt_issuer;
	const char *jwt_audience;
	const char *jwt_algorithms; /* NULL: the usual ones */
	int jwt_claim;              /* of server_users_claims */
	bool basic_over_plain_text;
};

extern const char *const server_users_claims[]; /* NULL at the end */

/* What the rest of the command line means for it. */
struct server_users_place {
	const struct address *addresses;
	const bool *is_tls; /* of each */
	size_t address_count;
	bool needs_certificates; /* of all clients */
};

/* Which state of a file it was. */
struct server_users_seen {
	int64_t size;
	uint64_t inode;
	struct timespec changed;
};

struct server_users {
	const struct server_users_options *options;
	bool is_open_to_all; /* nobody chose, and all is on this machine */
	char lonely[64];     /* an address where nobody can log in; or empty */
	struct jwt_rules rules;
	struct jwt_source *source; /* NULL: no tokens */
	struct gate *gate;
	struct pool *pool;
	pthread_mutex_t mutex; /* guards what follows */
	struct users *users;   /* NULL: no passwords */

	/* Of refresh alone. */
	struct server_users_seen loaded;
	struct server_users_seen seen;
};

/* options outlives it, and it does not move. */
void server_users_init(
    struct server_users *users, const struct server_users_options *options);

/*
 * Whether the choices fit: without a choice of users only this machine is
 * served.  ERR_CONFLICT: it has said on standard error what to do.
 */
enum err server_users_check(struct server_users *users,
    const struct server_users_place *place) MUST_CHECK;

/* Reads what they name.  When it fails it has said why. */
enum err server_users_open(struct server_users *users) MUST_CHECK;

/* The handler that stands before this one.  random: as for getrandom(2). */
enum err server_users_guard(struct server_users *users,
    void (*random)(void *out, size_t size), struct handler *handler) MUST_CHECK;

/* For dav->challenge; context is the users.  Before the guard: false. */
bool server_users_challenge(void *context, const struct request *request,
    struct response *out_response);

enum server_users_refresh {
	SERVER_USERS_IF_STALE, /* ask every few seconds */
	SERVER_USERS_NOW,
};

/* Reads the files again; the old users stay if the new ones are wrong. */
void server_users_refresh(
    struct server_users *users, enum server_users_refresh when);

/* No exchange is there any more; also what was not opened. */
void server_users_close(struct server_users *users);

#endif
