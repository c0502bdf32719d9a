/*
 * conn_test.c - one connection over 127.0.0.1, with a plain stream.
 */
#include "conn_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MIB = 1024 * 1024,
	LINGER_CPU_MS_MAX = 500, /* of two seconds */
};

static void
brings_octets_both_ways(void **state)
{
	struct conn_rig rig;
	char rest[16];

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	conn_rig_open(&rig);
	for (int i = 0; i < 100; i++) {
		conn_rig_say(&rig, "to and fro");
		conn_rig_hear_text(&rig, "to and fro");
	}
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(conn_rig_hear(&rig, rest, sizeof(rest)), 3);
	assert_memory_equal(rest, "END", 3);
	conn_rig_done(&rig);
	assert_int_equal(rig.ended, 1);
	assert_true(rig.peer.is_loopback);
	assert_string_equal(rig.peer.address, "127.0.0.1");
}

/* A number in each four octets, so that a hole or a repetition is seen. */
static char *
pattern(size_t size)
{
	uint32_t *words = test_malloc(size);

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = (uint32_t)i;
	return (char *)words;
}

static void
sends_all_to_a_slow_reader(void **state)
{
	enum { SIZE = 8 * MIB };
	char *body = pattern(SIZE);
	char *got = test_malloc(SIZE + 5);
	struct conn_rig rig;

	(void)state;
	conn_rig_init(&rig, CONN_RIG_RESPOND);
	buf_add_text(&rig.out, "head");
	rig.body = str_make(body, SIZE);
	conn_rig_open(&rig);
	conn_rig_say(&rig, "x");
	assert_int_equal(conn_rig_hear(&rig, got, SIZE + 5), SIZE + 4);
	assert_memory_equal(got, "head", 4);
	assert_memory_equal(got + 4, body, SIZE);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	conn_rig_done(&rig);
	test_free(body);
	test_free(got);
}

static int
file_of(const char *content, size_t size)
{
	int fd = memfd_create("conn_test", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, content, size), (ssize_t)size);
	return fd;
}

static void
sends_a_part_of_a_file_behind_its_head(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t size;
		size_t body_size;
	} rows[] = {
		{ 0, 1, 0 },
		{ 5, 16 * 1024, 0 },
		{ 5, 16 * 1024 + 1, 0 },
		{ 0, 2 * MIB, 0 },
		{ 1, 4 * MIB - 3, 100 },
		{ 0, 100, 100 },
	};
	enum { SIZE = 4 * MIB };
	char *content = pattern(SIZE);
	char *got = test_malloc(SIZE + 1000);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = 4 + rows[i].body_size;
		struct conn_rig rig;

		conn_rig_init(&rig, CONN_RIG_RESPOND);
		buf_add_text(&rig.out, "head");
		rig.body = str_make(content, rows[i].body_size);
		rig.file_fd = file_of(content, SIZE);
		rig.file_offset = rows[i].offset;
		rig.file_size = rows[i].size;
		conn_rig_open(&rig);
		conn_rig_say(&rig, "x");
		assert_int_equal(conn_rig_hear(&rig, got, SIZE + 1000),
		    before + rows[i].size);
		assert_memory_equal(got, "head", 4);
		assert_memory_equal(got + 4, content, rows[i].body_size);
		assert_memory_equal(
		    got + before, content + rows[i].offset, rows[i].size);
		assert_int_equal(close(rig.fd), 0);
		rig.fd = -1;
		conn_rig_done(&rig);
	}
	test_free(content);
	test_free(got);
}

static void
ends_when_a_file_is_shorter_than_it_was(void **state)
{
	static const uint64_t sizes[] = { 11, 100 * 1024 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct conn_rig rig;
		char got[100];

		conn_rig_init(&rig, CONN_RIG_RESPOND);
		buf_add_text(&rig.out, "head");
		rig.file_fd = file_of("0123456789", 10);
		rig.file_size = sizes[i];
		conn_rig_open(&rig);
		conn_rig_say(&rig, "x");
		assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 14);
		assert_memory_equal(got, "head0123456789", 14);
		conn_rig_done(&rig);
	}
}

static void
delivers_the_last_response_to_a_peer_that_still_sends(void **state)
{
	enum { SIZE = 2 * MIB };
	char *upload = test_calloc(1, SIZE);
	char got[100];
	struct conn_rig rig;

	(void)state;
	conn_rig_init(&rig, CONN_RIG_RESPOND);
	buf_add_text(&rig.out, "no, thank you");
	conn_rig_open(&rig);
	/* All of it is taken, although nobody wants it. */
	assert_int_equal(send(rig.fd, upload, SIZE, MSG_NOSIGNAL), SIZE);
	assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 13);
	assert_memory_equal(got, "no, thank you", 13);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	conn_rig_done(&rig);
	test_free(upload);
}

static void
waits_idly_for_a_peer_that_does_not_close_and_not_for_long(void **state)
{
	static const size_t sizes[] = { 10, MIB }; /* MIB: a turn, exactly */
	char *body = test_calloc(1, MIB);
	char *got = test_malloc(MIB);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct conn_rig rig;

		conn_rig_init(&rig, CONN_RIG_RESPOND);
		rig.file_fd = file_of(body, MIB);
		rig.file_size = sizes[i];
		rig.wake_ms = 100; /* sooner than it stops to linger */
		conn_rig_open(&rig);
		conn_rig_say(&rig, "x");
		assert_int_equal(conn_rig_hear(&rig, got, MIB), sizes[i]);
		assert_int_equal(pthread_join(rig.thread, NULL), 0);
		assert_true(loop_now_ms(rig.loop) - rig.due_ms >= 1500);
		assert_int_equal(rig.cpu.tv_sec, 0);
		assert_true(rig.cpu.tv_nsec / 1000000 < LINGER_CPU_MS_MAX);
		assert_int_equal(rig.closed, 1);
		loop_free(rig.loop);
		buf_done(&rig.out);
		assert_int_equal(close(rig.file_fd), 0);
		assert_int_equal(close(rig.fd), 0);
	}
	test_free(body);
	test_free(got);
}

static void
frees_the_protocol_when_the_peer_breaks_off(void **state)
{
	struct linger at_once = { .l_onoff = 1 };
	struct conn_rig rig;

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	conn_rig_open(&rig);
	conn_rig_say(&rig, "a");
	conn_rig_hear_text(&rig, "a");
	assert_int_equal(setsockopt(rig.fd, SOL_SOCKET, SO_LINGER, &at_once,
	                     sizeof(at_once)),
	    0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	conn_rig_done(&rig);
	assert_int_equal(rig.ended, 0);
}

static void
survives_a_peer_that_goes_while_it_is_written_to(void **state)
{
	static const bool are_files[] = { false, true };
	enum { SIZE = 8 * MIB };
	char *body = test_calloc(1, SIZE);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct conn_rig rig;

		conn_rig_init(&rig, CONN_RIG_RESPOND);
		buf_add_text(&rig.out, "head");
		if (are_files[i]) {
			rig.file_fd = file_of(body, SIZE);
			rig.file_size = SIZE;
		} else {
			rig.body = str_make(body, SIZE);
		}
		conn_rig_open(&rig);
		conn_rig_say(&rig, "x");
		conn_rig_hear_text(&rig, "head");
		assert_int_equal(close(rig.fd), 0);
		rig.fd = -1;
		conn_rig_done(&rig);
	}
	test_free(body);
}

static void
wakes_the_protocol_at_its_time(void **state)
{
	struct conn_rig rig;
	char got[1];

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	rig.wake_ms = 20;
	conn_rig_open(&rig);
	assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	conn_rig_done(&rig);
	assert_in_range(rig.ticked, 1, 3);
}

static void
on_kick(struct loop_post *post)
{
	struct conn_rig *rig =
	    (struct conn_rig *)(void *)((char *)post -
	                                offsetof(struct conn_rig, post));

	assert_true(rig->input_size >= rig->input_max);
	assert_true(rig->input_size < rig->input_max + 64 * 1024);
	rig->input_max = 0;
	conn_kick(rig->conn);
}

static void
reads_no_more_than_is_wanted_until_it_is_kicked(void **state)
{
	char got[4];
	struct conn_rig rig;

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	rig.input_max = 1;
	conn_rig_open(&rig);
	conn_rig_say(&rig, "a");
	conn_rig_hear_text(&rig, "a"); /* now it wants no more */
	conn_rig_say(&rig, "bcd");
	rig.post = (struct loop_post){ .run = on_kick };
	loop_post(rig.loop, &rig.post);
	conn_rig_hear_text(&rig, "bcd");
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 3);
	conn_rig_done(&rig);
}

static void
tells_the_protocol_when_the_loop_stops(void **state)
{
	struct conn_rig rig;
	char got[1];

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	conn_rig_open(&rig);
	conn_rig_say(&rig, "a");
	conn_rig_hear_text(&rig, "a");
	loop_stop(rig.loop);
	assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	conn_rig_done(&rig);
	assert_int_equal(rig.stopped, 1);
}

static void
closes_what_no_protocol_wants(void **state)
{
	struct conn_rig rig;
	char got[1];

	(void)state;
	conn_rig_init(&rig, CONN_RIG_REFUSE);
	conn_rig_open(&rig);
	assert_int_equal(conn_rig_hear(&rig, got, sizeof(got)), 0);
	conn_rig_done(&rig);
	assert_null(rig.conn);
}

static void
says_that_it_is_gone_also_when_it_never_was(void **state)
{
	struct conn_rig rig;

	(void)state;
	conn_rig_init(&rig, CONN_RIG_ECHO);
	rig.server_fd = open("/dev/null", O_RDONLY); /* cannot be polled */
	assert_int_not_equal(rig.server_fd, -1);
	conn_rig_on_open(&rig.post);
	assert_null(rig.conn);
	assert_int_equal(rig.closed, 1);
	assert_int_equal(fcntl(rig.server_fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	loop_free(rig.loop);
	buf_done(&rig.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_octets_both_ways),
		cmocka_unit_test(sends_all_to_a_slow_reader),
		cmocka_unit_test(sends_a_part_of_a_file_behind_its_head),
		cmocka_unit_test(ends_when_a_file_is_shorter_than_it_was),
		cmocka_unit_test(
		    delivers_the_last_response_to_a_peer_that_still_sends),
		cmocka_unit_test(
		    waits_idly_for_a_peer_that_does_not_close_and_not_for_long),
		cmocka_unit_test(frees_the_protocol_when_the_peer_breaks_off),
		cmocka_unit_test(
		    survives_a_peer_that_goes_while_it_is_written_to),
		cmocka_unit_test(wakes_the_protocol_at_its_time),
		cmocka_unit_test(
		    reads_no_more_than_is_wanted_until_it_is_kicked),
		cmocka_unit_test(tells_the_protocol_when_the_loop_stops),
		cmocka_unit_test(closes_what_no_protocol_wants),
		cmocka_unit_test(says_that_it_is_gone_also_when_it_never_was),
	};
	sigset_t pipe_signal;

	/* As the server does: sendfile() knows no MSG_NOSIGNAL. */
	(void)sigemptyset(&pipe_signal);
	(void)sigaddset(&pipe_signal, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
