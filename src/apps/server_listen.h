/*
 * server_listen.h - fills in the addresses of a server and its sockets there:
 * those that the manager of services has opened; else, where the options say,
 * those of the server that it takes over from, and new ones.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

struct server;
struct server_options;

/* When it fails it has said why on standard error. */
enum err server_listen(struct server *server) MUST_CHECK;

/*
 * After all that can fail but for the store: sends the server away that is
 * taken over, if there is one, and waits until it has gone.  A signal ends
 * the process meanwhile.  As above.
 */
enum err server_listen_alone(struct server *server) MUST_CHECK;

#endif
