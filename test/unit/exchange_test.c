/*
 * exchange_test.c - steps that end on other threads, while peers come and go:
 * every exchange is released once, and its loop waits for it.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/exchange.h"
#include "http/guard.h"
#include "http/interim_policy.h"
#include "http/session.h"
#include "net/conn.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/pool.h"
#include "net/stream_plain.h"

enum { PEER_COUNT = 300, WAY_COUNT = 4, PATIENCE_S = 20 };

#define REQUEST "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nTarry"

/* A server of one loop, all of whose work is done on a pool. */
struct server {
	struct loop *loop;
	struct pool *pool;
	struct listener *listener;
	struct address address;
	struct handler handler;
	struct session_config config;
	struct interim_policy policy;
	struct guard guard;
	pthread_t thread;
	atomic_int started, released, taken, finished;
};

/* Lives in the arena of its exchange. */
struct work {
	struct job job;
	struct exchange *x;
	struct server *server;
	struct str octets;
};

static void
run_step(struct job *job)
{
	struct work *work = (struct work *)job;
	struct exchange *x = work->x;

	switch (x->step) {
	case EXCHANGE_START:
		exchange_accept(x);
		return;
	case EXCHANGE_BODY:
		/* They are there as long as the step lasts. */
		for (size_t i = 0; i < work->octets.len; i++)
			CHECK(work->octets.data[i] == "Tarry"[i]);
		atomic_fetch_add(&work->server->taken, (int)work->octets.len);
		exchange_took(x);
		return;
	case EXCHANGE_FINISH:
		atomic_fetch_add(&work->server->finished, 1);
		x->response.status = 201;
		x->response.body = RESPONSE_PULLED;
		x->response.pulled_size = BODY_SIZE_UNKNOWN;
		exchange_answer(x);
		return;
	case EXCHANGE_PULL:
		buf_add_text(&x->response.bytes, "made");
		exchange_pulled(x, true);
		return;
	case EXCHANGE_IDLE:
		UNREACHABLE("no step to run");
	}
}

static void
submit(struct work *work)
{
	work->job.run = run_step;
	pool_submit(work->server->pool, &work->job);
}

static void
on_start(void *context, struct exchange *x)
{
	struct server *server = context;
	struct work *work = arena_alloc(&x->arena, sizeof(*work));

	CHECK(work != NULL);
	atomic_fetch_add(&server->started, 1);
	x->work = work;
	work->x = x;
	work->server = server;
	submit(work);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	struct work *work = x->work;

	(void)context;
	CHECK(octets.len <= 5);
	work->octets = octets;
	submit(work);
}

static void
on_step(void *context, struct exchange *x)
{
	(void)context;
	submit(x->work);
}

static void
on_pull(void *context, struct exchange *x, size_t size_max)
{
	(void)size_max;
	on_step(context, x);
}

static void
on_abort(void *context, struct exchange *x)
{
	(void)context;
	CHECK(x->is_detached);
}

static void
on_release(void *context, struct exchange *x)
{
	struct server *server = context;

	atomic_fetch_add(&server->released, 1);
	exchange_free(x);
}

static uint64_t
on_progress(void *context, struct exchange *x)
{
	(void)context;
	(void)x;
	return 0;
}

static int64_t
now_of(void *context)
{
	struct server *server = context;

	return loop_now_ms(server->loop);
}

static int64_t
wall_of(void *context)
{
	struct server *server = context;

	return loop_wall_s(server->loop);
}

static void
on_log(void *context, const struct exchange *x, int64_t now_ms)
{
	(void)context;
	CHECK(now_ms >= x->log.started_ms);
}

static void *
attach(void *context, struct conn *conn)
{
	struct server *server = context;

	return session_new(
	    &server->config, conn, conn_peer(conn), now_of(server));
}

static void
on_closed(void *context)
{
	struct server *server = context;

	listener_released(server->listener);
}

static void
on_accepted(void *context, int fd)
{
	struct server *server = context;
	struct conn_options options = { .loop = server->loop,
		.protocol = &session_protocol,
		.attach = attach,
		.context = server,
		.closed = on_closed };

	CHECK(conn_new(&options, stream_plain_new(fd)) != NULL);
}

static void *
run(void *argument)
{
	loop_run(argument);
	return NULL;
}

static void
listen_on(struct server *server)
{
	struct listener_options options = { .loop = server->loop,
		.accepted = on_accepted,
		.context = server,
		.conn_count_max = PEER_COUNT };
	int fd;

	assert_int_equal(
	    listener_parse("127.0.0.1:0", &server->address), ERR_NONE);
	assert_int_equal(listener_probe(&server->address), ERR_NONE);
	assert_int_equal(listener_bind(&server->address, &fd), ERR_NONE);
	assert_int_equal(
	    listener_new(&options, fd, &server->listener), ERR_NONE);
}

static void
server_start(struct server *server)
{
	*server = (struct server){
		.loop = loop_new(),
		.pool = pool_new(3),
		.handler = { .start = on_start,
		    .body = on_body,
		    .finish = on_step,
		    .pull = on_pull,
		    .abort = on_abort,
		    .release = on_release,
		    .progress = on_progress,
		    .context = server },
		.config = { .handler = &server->handler,
		    .interim = &server->policy,
		    .guard = &server->guard,
		    .now_ms = now_of,
		    .wall_s = wall_of,
		    .log = on_log,
		    .context = server,
		    .idle_ms = 60000,
		    .head_ms = 60000,
		    .body_ms = 60000,
		    .send_ms = 60000 },
	};
	server->config.loop = server->loop;
	interim_policy_init(&server->policy);
	assert_int_equal(guard_init(&server->guard), ERR_NONE);
	listen_on(server);
	assert_int_equal(
	    pthread_create(&server->thread, NULL, run, server->loop), 0);
}

static void
server_stop(struct server *server)
{
	loop_stop(server->loop);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	pool_free(server->pool);
	loop_free(server->loop);
	guard_done(&server->guard);
}

static int
come(const struct server *server)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                     sizeof(patience)),
	    0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&server->address.storage,
	        server->address.size),
	    0);
	return fd;
}

static void
say(int fd, size_t size)
{
	assert_int_equal(send(fd, REQUEST, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Until the chunks of the response have ended. */
static void
hear_response(int fd)
{
	char got[1024] = "";
	size_t size = 0;

	while (strstr(got, "\r\n0\r\n\r\n") == NULL) {
		ssize_t part = recv(fd, got + size, sizeof(got) - 1 - size, 0);

		assert_true(part > 0);
		size += (size_t)part;
		got[size] = '\0';
	}
	assert_memory_equal(got, "HTTP/1.1 201 ", 13);
	assert_non_null(strstr(got, "\r\n4\r\nmade\r\n"));
}

static void
go_at_once(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
	    0);
	assert_int_equal(close(fd), 0);
}

static void
releases_each_exchange_once_whatever_peers_do(void **state)
{
	enum { SIZE = sizeof(REQUEST) - 1 };
	struct server server;
	int answered = 0;

	(void)state;
	server_start(&server);
	for (int i = 0; i < PEER_COUNT; i++) {
		int fd = come(&server);

		switch (i % WAY_COUNT) {
		case 0: /* two requests, and both answers */
			say(fd, SIZE);
			hear_response(fd);
			say(fd, SIZE);
			hear_response(fd);
			answered += 2;
			assert_int_equal(close(fd), 0);
			break;
		case 1:
			say(fd, SIZE);
			go_at_once(fd);
			break;
		case 2:
			say(fd, SIZE - 2);
			go_at_once(fd);
			break;
		default: /* ends its own side only */
			say(fd, SIZE);
			assert_int_equal(shutdown(fd, SHUT_WR), 0);
			hear_response(fd);
			answered++;
			assert_int_equal(close(fd), 0);
			break;
		}
	}
	server_stop(&server);
	assert_int_equal(server.started, server.released);
	assert_true(server.finished >= answered);
	assert_true(server.taken >= 5 * answered);
}

static void
is_waited_for_when_the_loop_stops(void **state)
{
	struct server server;

	(void)state;
	server_start(&server);
	for (int i = 0; i < PEER_COUNT / WAY_COUNT; i++) {
		int fd = come(&server);

		say(fd, sizeof(REQUEST) - 1);
		go_at_once(fd);
	}
	server_stop(&server);
	assert_int_equal(server.started, server.released);
}

static void
ends_a_step_only_as_that_step_can_end(void **state)
{
	struct exchange *x = exchange_new(NULL);

	(void)state;
	expect_assert_failure(exchange_accept(x));
	x->step = EXCHANGE_START;
	expect_assert_failure(exchange_took(x));
	expect_assert_failure(exchange_pulled(x, true));
	expect_assert_failure(exchange_answer(x)); /* without a status */
	x->response.status = 200;
	exchange_answer(x);
	assert_int_equal(x->event, EXCHANGE_ANSWERED);
	expect_assert_failure(exchange_answer(x)); /* twice */
	x->event = EXCHANGE_NOTHING;
	x->step = EXCHANGE_FINISH;
	expect_assert_failure(exchange_accept(x));
	expect_assert_failure(exchange_break(x));
	x->step = EXCHANGE_PULL;
	expect_assert_failure(exchange_answer(x));
	exchange_pulled(x, false);
	assert_int_equal(x->event, EXCHANGE_PULLED);
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_each_exchange_once_whatever_peers_do),
		cmocka_unit_test(is_waited_for_when_the_loop_stops),
		cmocka_unit_test(ends_a_step_only_as_that_step_can_end),
	};

	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
