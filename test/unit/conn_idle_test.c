/*
 * conn_idle_test.c - which connection goes when room is needed, and how one is
 * turned away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "net/conn.h"
#include "net/loop.h"
#include "net/stream_plain.h"

enum { COUNT = 4 };

struct side {
	struct conn *conn;
	int fd; /* the peer's */
	bool is_idle;
	bool is_over;
	unsigned freed;
};

struct scene {
	struct loop *loop;
	struct conn_idlers idlers;
	struct side sides[COUNT];
};

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	(void)context;
	(void)octets;
	(void)now_ms;
}

static void
on_time(void *context, int64_t now_ms)
{
	struct side *side = context;

	(void)now_ms;
	side->is_over = true;
}

static bool
wants_input(void *context)
{
	(void)context;
	return true;
}

static bool
on_output(void *context, struct conn_output *out)
{
	(void)context;
	(void)out;
	return false;
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	(void)context;
	(void)size;
	(void)now_ms;
}

static int64_t
next_ms(void *context)
{
	(void)context;
	return CONN_NEVER;
}

static bool
is_idle(void *context)
{
	struct side *side = context;

	return side->is_idle;
}

static bool
is_over(void *context)
{
	struct side *side = context;

	return side->is_over;
}

static void
on_free(void *context)
{
	struct side *side = context;

	side->freed++;
}

static void *
attach(void *context, struct conn *conn)
{
	(void)conn;
	return context;
}

static const struct protocol protocol = {
	.input = on_input,
	.input_ended = on_time,
	.wants_input = wants_input,
	.output = on_output,
	.sent = on_sent,
	.next_ms = next_ms,
	.tick = on_time,
	.is_idle = is_idle,
	.is_over = is_over,
	.stop = on_time,
	.free = on_free,
};

/* All idle since they are there, one after another. */
static void
begin(struct scene *scene)
{
	*scene = (struct scene){ .loop = loop_new() };
	assert_non_null(scene->loop);
	for (size_t i = 0; i < COUNT; i++) {
		struct side *side = &scene->sides[i];
		struct conn_options options = {
			.loop = scene->loop,
			.protocol = &protocol,
			.attach = attach,
			.context = side,
			.idlers = &scene->idlers,
		};
		int fds[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
		    0);
		side->fd = fds[0];
		side->is_idle = true;
		side->conn = conn_new(&options, stream_plain_new(fds[1]));
		assert_non_null(side->conn);
	}
}

static void
end(struct scene *scene)
{
	loop_stop(scene->loop);
	loop_run(scene->loop);
	loop_free(scene->loop);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(scene->sides[i].freed, 1);
		assert_int_equal(close(scene->sides[i].fd), 0);
	}
	assert_null(scene->idlers.oldest);
	assert_null(scene->idlers.newest);
}

static void
set_idle(struct side *side, bool is_idle_now)
{
	side->is_idle = is_idle_now;
	conn_kick(side->conn);
}

static void
assert_closed(const struct side *side)
{
	char octet;

	assert_int_equal(side->freed, 1);
	assert_int_equal(recv(side->fd, &octet, 1, 0), 0);
}

static void
closes_the_one_that_is_idle_for_longest(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	set_idle(&scene.sides[0], false);
	set_idle(&scene.sides[2], false);
	set_idle(&scene.sides[0], true); /* anew: the newest of them */
	assert_true(conn_shed(&scene.idlers));
	assert_closed(&scene.sides[1]);
	assert_true(conn_shed(&scene.idlers));
	assert_closed(&scene.sides[3]);
	assert_true(conn_shed(&scene.idlers));
	assert_closed(&scene.sides[0]);
	assert_false(conn_shed(&scene.idlers));
	assert_int_equal(scene.sides[2].freed, 0);
	end(&scene);
}

static void
closes_none_that_is_at_work(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < COUNT; i++)
		set_idle(&scene.sides[i], false);
	assert_false(conn_shed(&scene.idlers));
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(scene.sides[i].freed, 0);
	end(&scene);
}

static void
forgets_one_that_has_closed(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.sides[0].is_over = true;
	conn_kick(scene.sides[0].conn);
	assert_true(conn_shed(&scene.idlers));
	assert_closed(&scene.sides[1]);
	end(&scene);
}

static void
turns_away_with_last_words(void **state)
{
	char words[16];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	conn_refuse(fds[1], str_of("no room"));
	assert_int_equal(recv(fds[0], words, sizeof(words), 0), 7);
	assert_memory_equal(words, "no room", 7);
	assert_int_equal(recv(fds[0], words, sizeof(words), 0), 0);
	assert_int_equal(close(fds[0]), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes_the_one_that_is_idle_for_longest),
		cmocka_unit_test(closes_none_that_is_at_work),
		cmocka_unit_test(forgets_one_that_has_closed),
		cmocka_unit_test(turns_away_with_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
