/*
 * stream_plain_test.c - octets on a socket as they are.  How files and heads
 * go out together is in conn_test.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/conn.h"
#include "net/stream_plain.h"

enum { LARGE = 16 * 1024 * 1024 };

struct rig {
	struct stream *stream;
	int fd; /* the peer's */
};

static void
rig_init(struct rig *rig)
{
	int fds[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	rig->stream = stream_plain_new(fds[0]);
	rig->fd = fds[1];
	assert_non_null(rig->stream);
	assert_int_equal(rig->stream->ops->open(rig->stream), STREAM_DONE);
	assert_false(rig->stream->is_tls);
	assert_int_equal(rig->stream->principal.len, 0);
	assert_int_equal(rig->stream->alpn.len, 0);
}

static void
rig_done(struct rig *rig)
{
	int fd = rig->stream->fd;

	rig->stream->ops->free(rig->stream);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	if (rig->fd != -1)
		assert_int_equal(close(rig->fd), 0);
}

static void
reads_what_comes_until_the_end(void **state)
{
	char octets[STREAM_READ_SIZE_MIN];
	struct rig rig;
	size_t size;

	(void)state;
	rig_init(&rig);
	assert_int_equal(
	    rig.stream->ops->read(rig.stream, octets, sizeof(octets), &size),
	    STREAM_WANTS_INPUT);
	assert_int_equal(send(rig.fd, "abc", 3, 0), 3);
	assert_int_equal(
	    rig.stream->ops->read(rig.stream, octets, sizeof(octets), &size),
	    STREAM_DONE);
	assert_int_equal(size, 3);
	assert_memory_equal(octets, "abc", 3);
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(
	    rig.stream->ops->read(rig.stream, octets, sizeof(octets), &size),
	    STREAM_ENDED);
	rig_done(&rig);
}

static void
waits_when_the_peer_does_not_read(void **state)
{
	char *body = test_calloc(1, LARGE);
	const struct conn_output output = { .body = str_make(body, LARGE),
		.fd = -1 };
	enum stream_status status;
	struct rig rig;
	size_t size;

	(void)state;
	rig_init(&rig);
	do
		status = rig.stream->ops->write(rig.stream, &output, &size);
	while (status == STREAM_DONE);
	assert_int_equal(status, STREAM_WANTS_OUTPUT);
	assert_int_equal(close(rig.fd), 0);
	rig.fd = -1;
	assert_int_equal(
	    rig.stream->ops->write(rig.stream, &output, &size), STREAM_BROKEN);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_DONE);
	rig_done(&rig);
	test_free(body);
}

static void
breaks_when_a_file_has_become_shorter(void **state)
{
	static const uint64_t sizes[] = { 1, LARGE };
	int file = memfd_create("stream_plain_test", MFD_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct conn_output output = { .fd = file,
			.file_size = sizes[i] };
		struct rig rig;
		size_t size;

		rig_init(&rig);
		assert_int_equal(
		    rig.stream->ops->write(rig.stream, &output, &size),
		    STREAM_BROKEN);
		rig_done(&rig);
	}
	assert_int_equal(close(file), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_comes_until_the_end),
		cmocka_unit_test(waits_when_the_peer_does_not_read),
		cmocka_unit_test(breaks_when_a_file_has_become_shorter),
	};

	return cmocka_run_group_tests_name("stream_plain", tests, NULL, NULL);
}
