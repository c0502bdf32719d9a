/*
 * conn_stream_test.c - what a connection does while its stream shakes hands,
 * has more than the socket tells of, and says its last words.
 */
#include "conn_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"
#include "net/stream_plain.h"

enum { IN_SIZE = 4096, NEVER_MS = 3600 * 1000, SOON_MS = 20 };

/*
 * It opens with "o" of the peer and breaks with "!".  It reads all that the
 * socket has and gives it out octet by octet.  Its last word is "BYE", which
 * it says when it is asked the second time.
 */
struct fake {
	struct stream stream; /* first */
	char in[IN_SIZE];
	size_t in_size, at;
	bool was_asked;
};

static enum stream_status
fake_open(struct stream *stream)
{
	char octet = '!';

	if (recv(stream->fd, &octet, 1, 0) == -1 && errno == EAGAIN)
		return STREAM_WANTS_INPUT;
	stream->alpn = str_of("fake");
	stream->principal = str_of("ann");
	return octet == 'o' ? STREAM_DONE : STREAM_BROKEN;
}

static enum stream_status
fake_read(struct stream *stream, char *out, size_t size_max, size_t *out_size)
{
	struct fake *fake = (struct fake *)stream;

	assert_true(size_max >= STREAM_READ_SIZE_MIN);
	if (fake->at == fake->in_size) {
		ssize_t size = recv(stream->fd, fake->in, IN_SIZE, 0);

		if (size <= 0)
			return size == 0 ? STREAM_ENDED : STREAM_WANTS_INPUT;
		fake->at = 0;
		fake->in_size = (size_t)size;
	}
	out[0] = fake->in[fake->at++];
	*out_size = 1;
	stream->has_more = fake->at < fake->in_size;
	return STREAM_DONE;
}

static enum stream_status
fake_close(struct stream *stream)
{
	struct fake *fake = (struct fake *)stream;

	if (!fake->was_asked) {
		fake->was_asked = true;
		return STREAM_WANTS_OUTPUT;
	}
	assert_int_equal(send(stream->fd, "BYE", 3, MSG_NOSIGNAL), 3);
	return STREAM_DONE;
}

static void
fake_free(struct stream *stream)
{
	assert_int_equal(close(stream->fd), 0);
	free(stream);
}

static const struct stream_ops fake_ops = {
	.open = fake_open,
	.read = fake_read,
	.write = stream_plain_write,
	.close = fake_close,
	.free = fake_free,
};

static struct stream *
fake_new(int fd)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->stream =
	    (struct stream){ .ops = &fake_ops, .fd = fd, .is_tls = true };
	return &fake->stream;
}

static void
open_fake(struct conn_rig *rig, int64_t open_ms)
{
	conn_rig_init(rig, CONN_RIG_ECHO);
	rig->stream_new = fake_new;
	rig->open_ms = open_ms;
	conn_rig_open(rig);
}

/* Nothing but what was said, and then the end, without a reset. */
static void
expect_end(const struct conn_rig *rig, const char *said)
{
	char got[16];

	assert_int_equal(conn_rig_hear(rig, got, sizeof(got)), strlen(said));
	assert_memory_equal(got, said, strlen(said));
}

static void
hang_up(struct conn_rig *rig)
{
	assert_int_equal(close(rig->fd), 0);
	rig->fd = -1;
	conn_rig_done(rig);
}

static void
attaches_the_protocol_when_the_stream_is_open(void **state)
{
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, NEVER_MS);
	conn_rig_say(&rig, "o");
	conn_rig_say(&rig, "a");
	conn_rig_hear_text(&rig, "a");
	assert_true(rig.peer.is_tls);
	assert_true(str_is(rig.peer.principal, "ann"));
	assert_true(str_is(rig.peer.alpn, "fake"));
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	expect_end(&rig, "ENDBYE");
	conn_rig_done(&rig);
	assert_int_equal(rig.attached, 1);
}

static void
reads_what_the_stream_still_has(void **state)
{
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, NEVER_MS);
	conn_rig_say(&rig, "oabcdefgh");
	conn_rig_hear_text(&rig, "abcdefgh");
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	expect_end(&rig, "ENDBYE");
	conn_rig_done(&rig);
}

static void
closes_a_stream_that_does_not_open_in_time(void **state)
{
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, SOON_MS);
	expect_end(&rig, "");
	hang_up(&rig);
	assert_int_equal(rig.attached, 0);
}

/* It may have been told why; to close at once would take that away. */
static void
lets_the_peer_read_why_a_stream_did_not_open(void **state)
{
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, NEVER_MS);
	conn_rig_say(&rig, "! and more that nobody reads");
	expect_end(&rig, "");
	hang_up(&rig);
	assert_int_equal(rig.attached, 0);
}

static void
goes_when_the_peer_goes_before_the_stream_is_open(void **state)
{
	struct linger at_once = { .l_onoff = 1 };
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, NEVER_MS);
	assert_int_equal(setsockopt(rig.fd, SOL_SOCKET, SO_LINGER, &at_once,
	                     sizeof(at_once)),
	    0);
	hang_up(&rig);
	assert_int_equal(rig.attached, 0);
}

static void
closes_what_is_not_open_when_the_loop_stops(void **state)
{
	struct conn_rig rig;

	(void)state;
	open_fake(&rig, NEVER_MS);
	loop_stop(rig.loop);
	expect_end(&rig, "");
	hang_up(&rig);
	assert_int_equal(rig.attached, 0);
	assert_int_equal(rig.stopped, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attaches_the_protocol_when_the_stream_is_open),
		cmocka_unit_test(reads_what_the_stream_still_has),
		cmocka_unit_test(closes_a_stream_that_does_not_open_in_time),
		cmocka_unit_test(lets_the_peer_read_why_a_stream_did_not_open),
		cmocka_unit_test(
		    goes_when_the_peer_goes_before_the_stream_is_open),
		cmocka_unit_test(closes_what_is_not_open_when_the_loop_stops),
	};

	return cmocka_run_group_tests_name("conn_stream", tests, NULL, NULL);
}
