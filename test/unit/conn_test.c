/*
 * conn_test.c - one connection over 127.0.0.1, from the peer's side.
 *
 * The loop has a thread of its own; the test is the peer, and waits for
 * octets, never for time.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/stream_plain.h"

enum {
	PATIENCE_S = 20,
	MIB = 1024 * 1024,
	OUT_MAX = 64 * MIB,
	LINGER_CPU_MS_MAX = 500, /* of two seconds */
};

/* What the protocol does with octets that arrive. */
enum act {
	ACT_ECHO,
	ACT_RESPOND, /* sends head, body and file once, then is over */
	ACT_REFUSE,  /* attach returns NULL */
};

/* A protocol, the loop it is on, and the peer's end. */
struct rig {
	enum act act;
	struct buf out; /* head or echo */
	struct str body;
	int file_fd; /* -1: none */
	uint64_t file_offset;
	uint64_t file_size;
	int64_t wake_ms;  /* after this it is over; 0: never */
	size_t input_max; /* it wants no more until it is kicked */

	/* On the loop's thread until it has ended. */
	size_t sent_size, input_size;
	unsigned ended, stopped, freed, closed, ticked;
	bool is_over;
	bool is_loopback;
	char address[48];
	int64_t due_ms;
	struct timespec cpu; /* of the thread, at its end */

	struct loop *loop;
	struct conn *conn;
	pthread_t thread;
	struct loop_post post;
	int server_fd;
	int fd;
};

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	struct rig *rig = context;

	(void)now_ms;
	assert_true(octets.len > 0);
	rig->input_size += octets.len;
	if (rig->act == ACT_ECHO)
		buf_add_str(&rig->out, octets);
}

static void
on_input_ended(void *context, int64_t now_ms)
{
	struct rig *rig = context;

	(void)now_ms;
	rig->ended++;
	if (rig->act == ACT_ECHO)
		buf_add_text(&rig->out, "END");
	rig->is_over = rig->act == ACT_ECHO;
}

static bool
wants_input(void *context)
{
	struct rig *rig = context;

	return rig->input_max == 0 || rig->input_size < rig->input_max;
}

static bool
on_output(void *context, struct conn_output *out)
{
	struct rig *rig = context;

	if (rig->act == ACT_RESPOND && rig->input_size == 0)
		return false;
	out->head = buf_str(&rig->out);
	out->body = rig->body;
	out->fd = rig->file_fd;
	out->file_offset = rig->file_offset;
	out->file_size = rig->file_size;
	return out->head.len + out->body.len + out->file_size > 0;
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	struct rig *rig = context;
	size_t part = size < rig->out.len ? size : rig->out.len;

	(void)now_ms;
	rig->sent_size += size;
	buf_cut(&rig->out, part);
	size -= part;
	part = size < rig->body.len ? size : rig->body.len;
	rig->body = str_from(rig->body, part);
	size -= part;
	assert_true(size <= rig->file_size);
	rig->file_offset += size;
	rig->file_size -= size;
}

static int64_t
next_ms(void *context)
{
	struct rig *rig = context;

	return rig->wake_ms == 0 ? CONN_NEVER : rig->due_ms;
}

static void
on_tick(void *context, int64_t now_ms)
{
	struct rig *rig = context;

	rig->ticked++;
	rig->is_over = now_ms >= rig->due_ms;
}

static bool
is_over(void *context)
{
	struct rig *rig = context;

	if (rig->out.len + rig->body.len + rig->file_size > 0)
		return false;
	return rig->is_over || (rig->act == ACT_RESPOND && rig->sent_size > 0);
}

static void
on_stop(void *context, int64_t now_ms)
{
	struct rig *rig = context;

	(void)now_ms;
	rig->stopped++;
	rig->is_over = true;
}

static void
on_free(void *context)
{
	struct rig *rig = context;

	rig->freed++;
}

static const struct protocol protocol = {
	.input = on_input,
	.input_ended = on_input_ended,
	.wants_input = wants_input,
	.output = on_output,
	.sent = on_sent,
	.next_ms = next_ms,
	.tick = on_tick,
	.is_over = is_over,
	.stop = on_stop,
	.free = on_free,
};

static void *
attach(void *context, struct conn *conn)
{
	struct rig *rig = context;

	rig->is_loopback = conn_peer(conn)->is_loopback;
	memcpy(rig->address, conn_peer(conn)->address, sizeof(rig->address));
	return rig->act == ACT_REFUSE ? NULL : rig;
}

static void
on_closed(void *context)
{
	struct rig *rig = context;

	rig->closed++;
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &rig->cpu), 0);
	loop_stop(rig->loop);
}

static void
on_open(struct loop_post *post)
{
	struct rig *rig =
	    (struct rig *)(void *)((char *)post - offsetof(struct rig, post));
	struct conn_options options = { .loop = rig->loop,
		.protocol = &protocol,
		.attach = attach,
		.context = rig,
		.closed = on_closed };

	rig->due_ms = loop_now_ms(rig->loop) + rig->wake_ms;
	rig->conn = conn_new(&options, stream_plain_new(rig->server_fd));
}

static void *
run(void *argument)
{
	loop_run(argument);
	return NULL;
}

/* Two ends of a connection over TCP; the second does not block. */
static void
make_pair(int *out_fd, int *out_server_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int small = 32 * 1024;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                     sizeof(patience)),
	    0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	*out_server_fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_int_not_equal(*out_server_fd, -1);
	assert_int_equal(close(listener), 0);
	*out_fd = fd;
}

static void
rig_init(struct rig *rig, enum act act)
{
	*rig = (struct rig){ .act = act,
		.file_fd = -1,
		.loop = loop_new(),
		.post.run = on_open };
	buf_init(&rig->out, OUT_MAX);
}

static void
rig_open(struct rig *rig)
{
	make_pair(&rig->fd, &rig->server_fd);
	loop_post(rig->loop, &rig->post);
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig->loop), 0);
}

/* Waits until the connection is gone. */
static void
rig_done(struct rig *rig)
{
	assert_int_equal(pthread_join(rig->thread, NULL), 0);
	assert_int_equal(rig->closed, 1);
	assert_int_equal(rig->freed, rig->act != ACT_REFUSE);
	loop_free(rig->loop);
	buf_done(&rig->out);
	if (rig->file_fd != -1)
		assert_int_equal(close(rig->file_fd), 0);
	if (rig->fd != -1)
		assert_int_equal(close(rig->fd), 0);
}

static void
say(const struct rig *rig, const char *text)
{
	size_t size = strlen(text);

	assert_int_equal(
	    send(rig->fd, text, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Reads until the peer's side ends. */
static size_t
hear(const struct rig *rig, char *out, size_t size_max)
{
	size_t size = 0;

	for (;;) {
		ssize_t got = recv(rig->fd, out + size, size_max - size, 0);

		assert_int_not_equal(got, -1); /* neither reset nor late */
		if (got == 0)
			return size;
		size += (size_t)got;
	}
}

static void
hear_text(const struct rig *rig, const char *text)
{
	char got[256];
	size_t size = strlen(text);

	assert_int_equal(recv(rig->fd, got, size, MSG_WAITALL), (ssize_t)size);
	assert_memory_equal(got, text, size);
}

static void
brings_octets_both_ways(void **state)
{
	struct rig rig;
	char rest[16];

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig_open(&rig);
	for (int i = 0; i < 100; i++) {
		say(&rig, "to and fro");
		hear_text(&rig, "to and fro");
	}
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(hear(&rig, rest, sizeof(rest)), 3);
	assert_memory_equal(rest, "END", 3);
	rig_done(&rig);
	assert_int_equal(rig.ended, 1);
	assert_true(rig.is_loopback);
	assert_string_equal(rig.address, "127.0.0.1");
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
	struct rig rig;

	(void)state;
	rig_init(&rig, ACT_RESPOND);
	buf_add_text(&rig.out, "head");
	rig.body = str_make(body, SIZE);
	rig_open(&rig);
	say(&rig, "x");
	assert_int_equal(hear(&rig, got, SIZE + 5), SIZE + 4);
	assert_memory_equal(got, "head", 4);
	assert_memory_equal(got + 4, body, SIZE);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	rig_done(&rig);
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
		struct rig rig;

		rig_init(&rig, ACT_RESPOND);
		buf_add_text(&rig.out, "head");
		rig.body = str_make(content, rows[i].body_size);
		rig.file_fd = file_of(content, SIZE);
		rig.file_offset = rows[i].offset;
		rig.file_size = rows[i].size;
		rig_open(&rig);
		say(&rig, "x");
		assert_int_equal(
		    hear(&rig, got, SIZE + 1000), before + rows[i].size);
		assert_memory_equal(got, "head", 4);
		assert_memory_equal(got + 4, content, rows[i].body_size);
		assert_memory_equal(
		    got + before, content + rows[i].offset, rows[i].size);
		assert_int_equal(close(rig.fd), 0);
		rig.fd = -1;
		rig_done(&rig);
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
		struct rig rig;
		char got[100];

		rig_init(&rig, ACT_RESPOND);
		buf_add_text(&rig.out, "head");
		rig.file_fd = file_of("0123456789", 10);
		rig.file_size = sizes[i];
		rig_open(&rig);
		say(&rig, "x");
		assert_int_equal(hear(&rig, got, sizeof(got)), 14);
		assert_memory_equal(got, "head0123456789", 14);
		rig_done(&rig);
	}
}

static void
delivers_the_last_response_to_a_peer_that_still_sends(void **state)
{
	enum { SIZE = 2 * MIB };
	char *upload = test_calloc(1, SIZE);
	char got[100];
	struct rig rig;

	(void)state;
	rig_init(&rig, ACT_RESPOND);
	buf_add_text(&rig.out, "no, thank you");
	rig_open(&rig);
	/* All of it is taken, although nobody wants it. */
	assert_int_equal(send(rig.fd, upload, SIZE, MSG_NOSIGNAL), SIZE);
	assert_int_equal(hear(&rig, got, sizeof(got)), 13);
	assert_memory_equal(got, "no, thank you", 13);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	rig_done(&rig);
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
		struct rig rig;

		rig_init(&rig, ACT_RESPOND);
		rig.file_fd = file_of(body, MIB);
		rig.file_size = sizes[i];
		rig.wake_ms = 100; /* sooner than it stops to linger */
		rig_open(&rig);
		say(&rig, "x");
		assert_int_equal(hear(&rig, got, MIB), sizes[i]);
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
	struct rig rig;

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig_open(&rig);
	say(&rig, "a");
	hear_text(&rig, "a");
	assert_int_equal(setsockopt(rig.fd, SOL_SOCKET, SO_LINGER, &at_once,
	                     sizeof(at_once)),
	    0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	rig_done(&rig);
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
		struct rig rig;

		rig_init(&rig, ACT_RESPOND);
		buf_add_text(&rig.out, "head");
		if (are_files[i]) {
			rig.file_fd = file_of(body, SIZE);
			rig.file_size = SIZE;
		} else {
			rig.body = str_make(body, SIZE);
		}
		rig_open(&rig);
		say(&rig, "x");
		hear_text(&rig, "head");
		assert_int_equal(close(rig.fd), 0);
		rig.fd = -1;
		rig_done(&rig);
	}
	test_free(body);
}

static void
wakes_the_protocol_at_its_time(void **state)
{
	struct rig rig;
	char got[1];

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig.wake_ms = 20;
	rig_open(&rig);
	assert_int_equal(hear(&rig, got, sizeof(got)), 0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	rig_done(&rig);
	assert_in_range(rig.ticked, 1, 3);
}

static void
on_kick(struct loop_post *post)
{
	struct rig *rig =
	    (struct rig *)(void *)((char *)post - offsetof(struct rig, post));

	assert_true(rig->input_size >= rig->input_max);
	assert_true(rig->input_size < rig->input_max + 64 * 1024);
	rig->input_max = 0;
	conn_kick(rig->conn);
}

static void
reads_no_more_than_is_wanted_until_it_is_kicked(void **state)
{
	char got[4];
	struct rig rig;

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig.input_max = 1;
	rig_open(&rig);
	say(&rig, "a");
	hear_text(&rig, "a"); /* now it wants no more */
	say(&rig, "bcd");
	rig.post = (struct loop_post){ .run = on_kick };
	loop_post(rig.loop, &rig.post);
	hear_text(&rig, "bcd");
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(hear(&rig, got, sizeof(got)), 3);
	rig_done(&rig);
}

static void
tells_the_protocol_when_the_loop_stops(void **state)
{
	struct rig rig;
	char got[1];

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig_open(&rig);
	say(&rig, "a");
	hear_text(&rig, "a");
	loop_stop(rig.loop);
	assert_int_equal(hear(&rig, got, sizeof(got)), 0);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	rig_done(&rig);
	assert_int_equal(rig.stopped, 1);
}

static void
closes_what_no_protocol_wants(void **state)
{
	struct rig rig;
	char got[1];

	(void)state;
	rig_init(&rig, ACT_REFUSE);
	rig_open(&rig);
	assert_int_equal(hear(&rig, got, sizeof(got)), 0);
	rig_done(&rig);
	assert_null(rig.conn);
}

static void
says_that_it_is_gone_also_when_it_never_was(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig, ACT_ECHO);
	rig.server_fd = open("/dev/null", O_RDONLY); /* cannot be polled */
	assert_int_not_equal(rig.server_fd, -1);
	on_open(&rig.post);
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
