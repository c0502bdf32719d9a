/*
 * server_worker.c - see server_worker.h.
 */
#include "apps/server_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apps/server.h"
#include "base/limits.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/stream_plain.h"
#include "net/stream_tls.h"

/* One listener of one loop, and what its connections share. */
struct port {
	struct worker *worker;
	struct listener *listener;
	struct tls *tls; /* NULL: plainly */
};

struct worker {
	struct server *server;
	struct loop *loop;
	struct session_config session;
	struct port ports[OPTION_VALUE_COUNT_MAX];
	pthread_t thread;
	bool is_started;
};

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

static void *
attach(void *context, struct conn *conn)
{
	struct port *port = context;

	return session_new(&port->worker->session, conn, conn_peer(conn),
	    loop_now_ms(port->worker->loop));
}

static void
on_closed(void *context)
{
	struct port *port = context;

	listener_released(port->listener);
}

static void
on_accepted(void *context, int fd)
{
	struct port *port = context;
	struct conn_options options = {
		.loop = port->worker->loop,
		.protocol = &session_protocol,
		.open_ms = HANDSHAKE_MS_MAX,
		.attach = attach,
		.context = port,
		.closed = on_closed,
	};
	struct stream *stream = port->tls == NULL
	                            ? stream_plain_new(fd)
	                            : stream_tls_new(port->tls, fd);

	if (conn_new(&options, stream) == NULL)
		complain("a connection was refused", err_text(ERR_MEMORY));
}

static void
on_log(void *context, const struct exchange *x, int64_t at_ms)
{
	struct worker *worker = context;

	access_log_write(
	    &worker->server->access_log, x, at_ms, loop_wall_s(worker->loop));
}

static int64_t
worker_wall_s(void *context)
{
	struct worker *worker = context;

	return loop_wall_s(worker->loop);
}

static int64_t
worker_now_ms(void *context)
{
	struct worker *worker = context;

	return loop_now_ms(worker->loop);
}

static enum err
open_worker(struct worker *worker)
{
	struct server *server = worker->server;

	worker->loop = loop_new();
	if (worker->loop == NULL)
		return ERR_MEMORY;
	worker->session = (struct session_config){
		.handler = &server->handler,
		.interim = &server->interim,
		.guard = &server->guard,
		.loop = worker->loop,
		.now_ms = worker_now_ms,
		.wall_s = worker_wall_s,
		.log = on_log,
		.context = worker,
		.idle_ms = server->options->idle_timeout_ms,
		.head_ms = server->options->header_timeout_ms,
		.body_ms = server->options->body_timeout_ms,
		.send_ms = server->options->send_timeout_ms,
		.rate_min = server->options->rate_min,
		.stream_count_max = server->options->stream_count_max,
		.is_end_departure =
		    server->options->on_disconnect == ON_DISCONNECT_CANCEL,
		.session_count = (uint64_t)(worker - server->workers) << 48,
	};
	for (size_t i = 0; i < server->address_count; i++) {
		struct port *port = &worker->ports[i];
		struct listener_options options = {
			.loop = worker->loop,
			.accepted = on_accepted,
			.context = port,
			.conn_count_max = CONN_COUNT_MAX / server->worker_count,
		};
		enum err err;

		port->worker = worker;
		port->tls = server->is_tls[i] ? server->tls.tls : NULL;
		err = listener_new(
		    &options, &server->addresses[i], &port->listener);
		if (err != ERR_NONE) {
			complain("listening failed", strerror(errno));
			return err;
		}
	}
	return ERR_NONE;
}

static void *
work(void *context)
{
	struct worker *worker = context;

	loop_run(worker->loop);
	return NULL;
}

static size_t
processor_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : (size_t)count;
}

enum err
server_workers_start(struct server *server)
{
	size_t count = (size_t)server->options->thread_count;

	if (count == 0)
		count = processor_count();
	if (count > SERVER_THREAD_COUNT_MAX)
		count = SERVER_THREAD_COUNT_MAX;
	server->workers = calloc(count, sizeof(*server->workers));
	if (server->workers == NULL)
		return ERR_MEMORY;
	server->worker_count = count;
	for (size_t i = 0; i < count; i++) {
		enum err err;

		server->workers[i].server = server;
		err = open_worker(&server->workers[i]);
		if (err != ERR_NONE)
			return err;
	}
	for (size_t i = 0; i < count; i++) {
		struct worker *worker = &server->workers[i];

		if (pthread_create(&worker->thread, NULL, work, worker) != 0)
			return ERR_SYSTEM;
		worker->is_started = true;
	}
	return ERR_NONE;
}

void
server_workers_stop(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++)
		if (server->workers[i].loop != NULL)
			loop_stop(server->workers[i].loop);
}

bool
server_workers_join(struct server *server)
{
	struct timespec end;
	bool all_ended = true;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += SERVER_STOP_S;
	for (size_t i = 0; i < server->worker_count; i++) {
		struct worker *worker = &server->workers[i];

		if (worker->is_started &&
		    pthread_timedjoin_np(worker->thread, NULL, &end) != 0)
			all_ended = false;
		else
			worker->is_started = false;
	}
	return all_ended;
}

void
server_workers_close(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++) {
		struct loop *loop = server->workers[i].loop;

		if (loop == NULL)
			continue;
		loop_stop(loop);
		loop_run(loop); /* closes what a failed start left open */
		loop_free(loop);
	}
	free(server->workers);
}
