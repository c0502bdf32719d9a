/*
 * server_worker.h - the loops of a server, each with a thread and with a
 * listener for each address, and what is spoken on their connections.
 *
 *	start -> (they serve) -> stop -> join -> close
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

struct metrics_lane;
struct server;
struct server_options;
struct timespec;

/* How many loops there will be. */
size_t server_worker_count(const struct server_options *options);

/*
 * The addresses, the handler and all that it uses are there.  When it fails
 * it has said why on standard error.
 */
enum err server_workers_start(struct server *server) MUST_CHECK;

/* What is counted on that loop, below worker_count. */
const struct metrics_lane *server_worker_lane(
    const struct server *server, size_t index);

/* They accept nothing more; requests are still answered, and then the
 * connection ends, where HTTP/1.1 is spoken. */
void server_workers_hush(struct server *server);

/* After that: whether all do, and nobody is connected any more. */
bool server_workers_are_alone(struct server *server);

/* They accept nothing more, and end what waits for a client. */
void server_workers_stop(struct server *server);

/* Whether each loop has turned since this was last asked. */
bool server_workers_are_alive(struct server *server);

/* Until that moment of CLOCK_MONOTONIC.  False: one would not end. */
bool server_workers_join(struct server *server, const struct timespec *end);

/* What was started was joined; also after a failed start. */
void server_workers_close(struct server *server);

#endif
