/*
 * server_worker.c - see server_worker.h.
 */
#include "apps/server_worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "apps/metrics.h"
#include "apps/server.h"
#include "base/limits.h"
#include "http/greeting.h"
#include "net/conn.h"
#include "net/crowd.h"
#include "net/loop.h"
#include "net/stream_plain.h"
#include "net/stream_tls.h"

#define FOR_EVER_MS ((int64_t)100 * 366 * 24 * 3600 * 1000)

/* One listener of one loop, and what its connections share. */
struct port {
	struct worker *worker;
	struct listener *listener;
	struct tls *tls; /* NULL: plainly */
};

/* One connection, or the attempt of one. */
struct visit {
	struct port *port;
	struct crowd_guest *guest;
};

struct worker {
	struct server *server;
	struct loop *loop;
	struct conn_idlers idlers;
	struct loop_post shed; /* another loop needs room */
	atomic_bool is_asked_to_shed;
	struct metrics_lane lane;
	struct session_config session;
	struct port *ports; /* one for each socket that it accepts from */
	size_t port_count;
	struct loop_post turn; /* to see whether the loop turns */
	atomic_bool has_turned;
	struct loop_post hush; /* it accepts no more */
	atomic_bool is_hushed;
	pthread_t thread;
	bool is_started;
	sem_t has_ended;
};

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

static void *
attach(void *context, struct conn *conn)
{
	struct port *port = ((struct visit *)context)->port;
	struct worker *worker = port->worker;

	return greeting_new(&worker->session, conn, conn_peer(conn),
	    worker->server->options->is_h2c ? GREETING_EITHER
	                                    : GREETING_HTTP_1_1,
	    loop_now_ms(worker->loop));
}

static void
on_closed(void *context)
{
	struct visit *visit = context;
	struct port *port = visit->port;

	crowd_leave(port->worker->server->crowd, visit->guest);
	free(visit);
	listener_released(port->listener);
}

/* On the loop of the worker. */
static void
on_shed(struct loop_post *post)
{
	struct worker *worker =
	    (struct worker *)(void *)((char *)post -
	                              offsetof(struct worker, shed));

	atomic_store(&worker->is_asked_to_shed, false);
	if (conn_shed(&worker->idlers))
		metrics_count_visit(&worker->lane, METRICS_SHED);
}

/* What is idle goes first.  False: nothing is, on this loop. */
static bool
make_room(struct worker *worker)
{
	struct server *server = worker->server;

	if (conn_shed(&worker->idlers)) {
		metrics_count_visit(&worker->lane, METRICS_SHED);
		return true;
	}
	for (size_t i = 0; i < server->worker_count; i++) {
		struct worker *other = &server->workers[i];

		if (other != worker &&
		    !atomic_exchange(&other->is_asked_to_shed, true))
			loop_post(other->loop, &other->shed);
	}
	return false;
}

static bool
admit(struct port *port, int fd, struct visit *visit)
{
	static const struct str no_room =
	    STR("HTTP/1.1 503 Service Unavailable\r\n"
	        "Retry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n"
	        "\r\n");
	struct worker *worker = port->worker;
	enum crowd_verdict verdict =
	    crowd_enter_peer(worker->server->crowd, fd, &visit->guest);

	visit->port = port;
	if (verdict == CROWD_WELCOME ||
	    (verdict == CROWD_FULL && make_room(worker))) {
		metrics_count_visit(&worker->lane, METRICS_ACCEPTED);
		return true;
	}
	metrics_count_visit(&worker->lane,
	    verdict == CROWD_FULL ? METRICS_REFUSED : METRICS_REFUSED_ADDRESS);
	conn_refuse(fd, port->tls == NULL ? no_room : str_of(NULL));
	return false;
}

/* 0 is for ever, or nearly so: no server runs for so long. */
static int64_t
time_of(int64_t option_ms)
{
	return option_ms == 0 ? FOR_EVER_MS : option_ms;
}

static void
on_accepted(void *context, int fd)
{
	struct port *port = context;
	struct visit *visit = malloc(sizeof(*visit));
	struct conn_options options = {
		.loop = port->worker->loop,
		.protocol = &greeting_protocol,
		.open_ms = time_of(
		    port->worker->server->options->handshake_timeout_ms),
		.attach = attach,
		.context = visit,
		.closed = on_closed,
		.idlers = &port->worker->idlers,
	};
	struct stream *stream;

	if (visit == NULL) {
		conn_refuse(fd, str_of(NULL));
		listener_released(port->listener);
		return;
	}
	if (!admit(port, fd, visit)) {
		on_closed(visit);
		return;
	}
	stream = port->tls == NULL ? stream_plain_new(fd)
	                           : stream_tls_new(port->tls, fd);
	if (conn_new(&options, stream) == NULL)
		complain("a connection was refused", err_text(ERR_MEMORY));
}

static void
on_log(void *context, const struct exchange *x, int64_t at_ms)
{
	struct worker *worker = context;

	metrics_count_request(&worker->lane, x, access_log_status(x), at_ms);
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
open_port(struct worker *worker, size_t place, size_t turn)
{
	struct server *server = worker->server;
	struct port *port = &worker->ports[worker->port_count];
	struct listener_options options = {
		.loop = worker->loop,
		.accepted = on_accepted,
		.context = port,
		.conn_count_max = SIZE_MAX, /* see admit() */
	};
	enum err err;
	int fd;

	*port = (struct port){
		.worker = worker,
		.tls = server->is_tls[place] ? server->tls.tls : NULL,
	};
	err = sockets_copy(&server->sockets, place, turn, &fd);
	if (err == ERR_NONE)
		err = listener_new(&options, fd, &port->listener);
	if (err == ERR_NONE)
		worker->port_count++;
	return err;
}

/* This loop's turns at the sockets there; each socket is somebody's. */
static enum err
open_place(struct worker *worker, size_t place)
{
	struct server *server = worker->server;
	size_t count = server->worker_count;
	size_t turns = sockets_turns(&server->sockets, place, count);
	enum err err = ERR_NONE;

	for (size_t turn = (size_t)(worker - server->workers);
	     turn < turns && err == ERR_NONE; turn += count)
		err = open_port(worker, place, turn);
	return err;
}

/* All that open_place() will need: connections point to them. */
static enum err
make_ports(struct worker *worker)
{
	struct server *server = worker->server;
	size_t count = 0;

	for (size_t i = 0; i < server->address_count; i++)
		count +=
		    sockets_turns(&server->sockets, i, server->worker_count);
	worker->ports = calloc(count + 1, sizeof(*worker->ports));
	return worker->ports == NULL ? ERR_MEMORY : ERR_NONE;
}

static void
on_turn(struct loop_post *post)
{
	struct worker *worker =
	    (struct worker *)(void *)((char *)post -
	                              offsetof(struct worker, turn));

	atomic_store(&worker->has_turned, true);
}

static void
on_hush(struct loop_post *post)
{
	struct worker *worker =
	    (struct worker *)(void *)((char *)post -
	                              offsetof(struct worker, hush));

	for (size_t i = 0; i < worker->port_count; i++)
		listener_close(worker->ports[i].listener);
	worker->session.is_ending = true;
	atomic_store(&worker->is_hushed, true);
}

static enum err
open_worker(struct worker *worker)
{
	struct server *server = worker->server;

	worker->loop = loop_new();
	if (worker->loop == NULL)
		return ERR_MEMORY;
	if (make_ports(worker) != ERR_NONE)
		return ERR_MEMORY;
	worker->shed.run = on_shed;
	worker->turn.run = on_turn;
	worker->hush.run = on_hush;
	atomic_store(&worker->has_turned, true);
	worker->session = (struct session_config){
		.handler = &server->handler,
		.interim = &server->interim,
		.guard = &server->guard,
		.loop = worker->loop,
		.now_ms = worker_now_ms,
		.wall_s = worker_wall_s,
		.log = on_log,
		.context = worker,
		.idle_ms = time_of(server->options->idle_timeout_ms),
		.head_ms = time_of(server->options->header_timeout_ms),
		.body_ms = time_of(server->options->body_timeout_ms),
		.send_ms = time_of(server->options->send_timeout_ms),
		.stop_ms =
		    server->options->stop_timeout_ms > SERVER_LAST_CALL_MS
		        ? server->options->stop_timeout_ms - SERVER_LAST_CALL_MS
		        : 0,
		.rate_min = server->options->rate_min,
		.stream_count_max = (uint32_t)server->options->stream_count_max,
		.is_end_departure =
		    server->options->on_disconnect == ON_DISCONNECT_CANCEL,
		.session_count = (uint64_t)(worker - server->workers) << 48,
	};
	for (size_t i = 0; i < server->address_count; i++) {
		enum err err = open_place(worker, i);

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
	(void)sem_post(&worker->has_ended);
	return NULL;
}

static size_t
processor_count(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : (size_t)count;
}

size_t
server_worker_count(const struct server_options *options)
{
	size_t count = (size_t)options->thread_count;

	if (count == 0)
		count = processor_count();
	return count > SERVER_THREAD_COUNT_MAX ? SERVER_THREAD_COUNT_MAX
	                                       : count;
}

/* The connections leave a quarter of the descriptors to the files. */
static size_t
connection_count_max(const struct server_options *options)
{
	size_t count_max = (size_t)options->connection_count_max;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return count_max;
	limit.rlim_cur -= limit.rlim_cur / 4;
	return count_max < limit.rlim_cur ? count_max : limit.rlim_cur;
}

static enum err
open_crowd(struct server *server)
{
	struct crowd_options options = {
		.count_max = connection_count_max(server->options),
		.count_each_max =
		    (size_t)server->options->connection_count_each_max,
	};

	server->dav.random(options.secrets, sizeof(options.secrets));
	server->crowd = crowd_new(&options);
	return server->crowd == NULL ? ERR_MEMORY : ERR_NONE;
}

enum err
server_workers_start(struct server *server)
{
	size_t count = server_worker_count(server->options);
	enum err err = open_crowd(server);

	if (err != ERR_NONE)
		return err;
	server->workers = calloc(count, sizeof(*server->workers));
	if (server->workers == NULL)
		return ERR_MEMORY;
	server->worker_count = count;
	for (size_t i = 0; i < count; i++) {
		server->workers[i].server = server;
		err = open_worker(&server->workers[i]);
		if (err != ERR_NONE)
			return err;
	}
	for (size_t i = 0; i < count; i++) {
		struct worker *worker = &server->workers[i];

		CHECK(sem_init(&worker->has_ended, 0, 0) == 0);
		if (pthread_create(&worker->thread, NULL, work, worker) != 0)
			return ERR_SYSTEM;
		worker->is_started = true;
	}
	return ERR_NONE;
}

const struct metrics_lane *
server_worker_lane(const struct server *server, size_t index)
{
	CHECK(index < server->worker_count);
	return &server->workers[index].lane;
}

void
server_workers_hush(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++)
		if (server->workers[i].is_started)
			loop_post(
			    server->workers[i].loop, &server->workers[i].hush);
}

bool
server_workers_are_alone(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++)
		if (server->workers[i].is_started &&
		    !atomic_load(&server->workers[i].is_hushed))
			return false;
	return server->crowd == NULL || crowd_count(server->crowd) == 0;
}

void
server_workers_stop(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++)
		if (server->workers[i].loop != NULL)
			loop_stop(server->workers[i].loop);
}

bool
server_workers_are_alive(struct server *server)
{
	bool all_turned = true;

	for (size_t i = 0; i < server->worker_count; i++) {
		struct worker *worker = &server->workers[i];

		/* Only one that came back can be sent again. */
		if (atomic_exchange(&worker->has_turned, false))
			loop_post(worker->loop, &worker->turn);
		else
			all_turned = false;
	}
	return all_turned;
}

/* Returns whether its thread has ended in time. */
static bool
join(struct worker *worker, const struct timespec *end)
{
	int failed;

	do
		failed =
		    sem_clockwait(&worker->has_ended, CLOCK_MONOTONIC, end);
	while (failed != 0 && errno == EINTR);
	if (failed != 0)
		return false;
	(void)pthread_join(worker->thread, NULL);
	(void)sem_destroy(&worker->has_ended);
	worker->is_started = false;
	return true;
}

bool
server_workers_join(struct server *server, const struct timespec *end)
{
	bool all_ended = true;

	for (size_t i = 0; i < server->worker_count; i++) {
		struct worker *worker = &server->workers[i];

		if (worker->is_started && !join(worker, end))
			all_ended = false;
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
		free(server->workers[i].ports);
	}
	free(server->workers);
	crowd_free(server->crowd);
}
