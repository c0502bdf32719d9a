/*
 * stream_tls_test.c - octets through TLS, with a client at the other end of a
 * pair of sockets.  Neither side waits: the test lets them take turns.
 */
#include "tls_rig.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/buf.h"
#include "net/conn.h"
#include "net/stream.h"
#include "net/stream_tls.h"

enum {
	MIB = 1024 * 1024,
	TURN_COUNT_MAX = 20,
	READ_SIZE = 64 * 1024
};

static const char *const alpn[] = { "http/1.1", NULL };

struct rig {
	struct tls_rig files;
	struct tls_options options;
	struct tls *tls;
	SSL_CTX *context; /* of the client */
	SSL_SESSION *session;
	struct stream *stream;
	SSL *client;
	int fd;
};

static void
rig_init(struct rig *rig, enum tls_client_auth client_auth)
{
	static const struct tls_rig_wish wishes[] = {
		{ .name = "a", .common_name = "a.test" },
		{ .name = "ca", .common_name = "CA", .is_ca = true },
		{ .name = "ann", .common_name = "ann", .issuer = "ca" },
		{ .name = "eve", .common_name = "ann" },
		{ .name = "late",
		    .common_name = "ann",
		    .issuer = "ca",
		    .from_days = -9,
		    .to_days = -1 },
	};
	struct buf why;

	*rig = (struct rig){ .fd = -1 };
	tls_rig_init(&rig->files);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		tls_rig_make(&rig->files, &wishes[i]);
	rig->options = (struct tls_options){ .pair_count = 1, .alpn = alpn };
	rig->options.pairs[0] = tls_rig_pair(&rig->files, "a");
	rig->options.client_ca = tls_rig_path(&rig->files, "ca.crt");
	rig->options.client_auth = client_auth;
	buf_init(&why, 4096);
	assert_int_equal(tls_new(&rig->options, 0, &why, &rig->tls), ERR_NONE);
	buf_done(&why);
}

/* A new connection; nothing was said yet. */
static void
rig_connect(struct rig *rig, const char *own)
{
	int fds[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	rig->stream = stream_tls_new(rig->tls, fds[0]);
	assert_non_null(rig->stream);
	assert_true(rig->stream->is_tls);
	rig->fd = fds[1];
	if (rig->context == NULL)
		rig->context = tls_rig_client(&rig->files, "a", own);
	rig->client = SSL_new(rig->context);
	assert_non_null(rig->client);
	assert_int_equal(SSL_set_fd(rig->client, rig->fd), 1);
	if (rig->session != NULL)
		assert_int_equal(SSL_set_session(rig->client, rig->session), 1);
	SSL_set_connect_state(rig->client);
}

static void
rig_disconnect(struct rig *rig)
{
	int fd = rig->stream->fd;

	rig->stream->ops->free(rig->stream);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	/* Else OpenSSL would throw the session away. */
	SSL_set_shutdown(
	    rig->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(rig->client);
	if (rig->fd != -1)
		assert_int_equal(close(rig->fd), 0);
}

static void
rig_done(struct rig *rig)
{
	SSL_SESSION_free(rig->session);
	SSL_CTX_free(rig->context);
	tls_free(rig->tls);
	tls_rig_done(&rig->files);
}

/* Both shake hands: what the server's side came to. */
static enum stream_status
rig_shake(struct rig *rig)
{
	for (int i = 0; i < TURN_COUNT_MAX; i++) {
		enum stream_status status;

		(void)SSL_do_handshake(rig->client);
		status = rig->stream->ops->open(rig->stream);
		if (status != STREAM_WANTS_INPUT)
			return status;
	}
	return STREAM_WANTS_INPUT;
}

static void
rig_open(struct rig *rig)
{
	rig_init(rig, TLS_CLIENT_OPTIONAL);
	rig_connect(rig, NULL);
	assert_int_equal(rig_shake(rig), STREAM_DONE);
}

static void
rig_close(struct rig *rig)
{
	rig_disconnect(rig);
	rig_done(rig);
}

static enum stream_status
rig_read(struct rig *rig, char out[READ_SIZE], size_t *out_size)
{
	return rig->stream->ops->read(rig->stream, out, READ_SIZE, out_size);
}

static void
knows_whom_a_verified_certificate_names(void **state)
{
	static const struct {
		const char *own;
		enum tls_client_auth auth;
		enum stream_status status;
		const char *principal;
	} rows[] = {
		{ NULL, TLS_CLIENT_OPTIONAL, STREAM_DONE, "" },
		{ "ann", TLS_CLIENT_OPTIONAL, STREAM_DONE, "ann" },
		{ "eve", TLS_CLIENT_OPTIONAL, STREAM_BROKEN, "" },
		{ "late", TLS_CLIENT_OPTIONAL, STREAM_BROKEN, "" },
		{ NULL, TLS_CLIENT_REQUIRED, STREAM_BROKEN, "" },
		{ "ann", TLS_CLIENT_REQUIRED, STREAM_DONE, "ann" },
		{ "eve", TLS_CLIENT_REQUIRED, STREAM_BROKEN, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION;
		     version++) {
			struct rig rig;

			rig_init(&rig, rows[i].auth);
			rig_connect(&rig, rows[i].own);
			(void)SSL_set_max_proto_version(rig.client, version);
			assert_int_equal(rig_shake(&rig), rows[i].status);
			assert_true(
			    str_is(rig.stream->principal, rows[i].principal));
			rig_close(&rig);
		}
	}
}

static void
knows_the_protocol_that_was_agreed_upon(void **state)
{
	static const unsigned char offered[] = "\x02h2\x08http/1.1";
	struct rig rig;

	(void)state;
	rig_init(&rig, TLS_CLIENT_OPTIONAL);
	rig_connect(&rig, NULL);
	assert_int_equal(
	    SSL_set_alpn_protos(rig.client, offered, sizeof(offered) - 1), 0);
	assert_int_equal(rig_shake(&rig), STREAM_DONE);
	assert_true(str_is(rig.stream->alpn, "http/1.1"));
	rig_disconnect(&rig);
	rig_connect(&rig, NULL);
	assert_int_equal(rig_shake(&rig), STREAM_DONE);
	assert_int_equal(rig.stream->alpn.len, 0);
	rig_close(&rig);
}

static void
knows_again_who_comes_back_with_a_ticket(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION;
	     version++) {
		struct rig rig;
		char octet;

		rig_init(&rig, TLS_CLIENT_REQUIRED);
		rig.context = tls_rig_client(&rig.files, "a", "ann");
		(void)SSL_CTX_set_max_proto_version(rig.context, version);
		rig_connect(&rig, "ann");
		assert_int_equal(rig_shake(&rig), STREAM_DONE);
		(void)SSL_read(rig.client, &octet, 1); /* the ticket */
		assert_int_equal(SSL_session_reused(rig.client), 0);
		rig.session = SSL_get1_session(rig.client);
		rig_disconnect(&rig);
		rig_connect(&rig, "ann");
		assert_int_equal(rig_shake(&rig), STREAM_DONE);
		assert_int_equal(SSL_session_reused(rig.client), 1);
		assert_true(str_is(rig.stream->principal, "ann"));
		rig_close(&rig);
	}
}

static void
forgets_tickets_with_a_reload(void **state)
{
	struct rig rig;
	struct buf why;
	char octet;

	(void)state;
	rig_open(&rig);
	(void)SSL_read(rig.client, &octet, 1);
	rig.session = SSL_get1_session(rig.client);
	rig_disconnect(&rig);
	buf_init(&why, 4096);
	assert_int_equal(tls_reload(rig.tls, 0, &why), ERR_NONE);
	buf_done(&why);
	rig_connect(&rig, NULL);
	assert_int_equal(rig_shake(&rig), STREAM_DONE);
	assert_int_equal(SSL_session_reused(rig.client), 0);
	rig_close(&rig);
}

static void
breaks_at_what_is_no_handshake(void **state)
{
	static const struct str rows[] = {
		STR(""), STR("GET / HTTP/1.1\r\n\r\n"),
		STR("\x16\x03\x01\xff\xff garbage"),
		STR("\x80\x2e\x01\x00\x02"),
		STR("\x15\x03\x03\x00\x02\x02\x28"), /* an alert */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_init(&rig, TLS_CLIENT_OPTIONAL);
		rig_connect(&rig, NULL);
		assert_int_equal(send(rig.fd, rows[i].data, rows[i].len, 0),
		    (ssize_t)rows[i].len);
		assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
		assert_int_equal(
		    rig.stream->ops->open(rig.stream), STREAM_BROKEN);
		assert_int_equal(
		    rig.stream->ops->open(rig.stream), STREAM_BROKEN);
		assert_int_equal(
		    rig.stream->ops->close(rig.stream), STREAM_BROKEN);
		rig_close(&rig);
	}
}

static void
waits_for_a_handshake_octet_by_octet(void **state)
{
	struct rig rig;
	char hello[2048];
	BIO *memory = BIO_new(BIO_s_mem());
	int size;

	(void)state;
	rig_init(&rig, TLS_CLIENT_OPTIONAL);
	rig_connect(&rig, NULL);
	assert_int_equal(rig.stream->ops->open(rig.stream), STREAM_WANTS_INPUT);
	SSL_set0_wbio(rig.client, memory);
	(void)SSL_do_handshake(rig.client);
	size = BIO_read(memory, hello, sizeof(hello));
	assert_true(size > 100);
	for (int i = 0; i < size; i++) {
		assert_int_equal(
		    rig.stream->ops->open(rig.stream), STREAM_WANTS_INPUT);
		assert_int_equal(send(rig.fd, hello + i, 1, 0), 1);
	}
	SSL_set0_wbio(rig.client, BIO_new_socket(rig.fd, BIO_NOCLOSE));
	assert_int_equal(rig_shake(&rig), STREAM_DONE);
	rig_close(&rig);
}

static void
reads_all_that_has_come_and_then_the_end(void **state)
{
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;

	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_WANTS_INPUT);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(SSL_write(rig.client, "def", 3), 3);
	assert_true(SSL_shutdown(rig.client) >= 0);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 6);
	assert_memory_equal(octets, "abcdef", 6);
	assert_true(rig.stream->has_more); /* the socket has nothing */
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_ENDED);
	assert_false(rig.stream->has_more);
	rig_close(&rig);
}

/* Each read has room for what it decrypts: no event would tell of the rest. */
static void
leaves_nothing_behind_in_the_middle_of_a_record(void **state)
{
	enum { SIZE = 15000, COUNT = 6 };
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;
	size_t total = 0;

	(void)state;
	rig_open(&rig);
	memset(octets, 'x', sizeof(octets));
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(SSL_write(rig.client, octets, SIZE), SIZE);
	while (rig_read(&rig, octets, &size) == STREAM_DONE) {
		assert_int_equal(size % SIZE, 0);
		assert_false(rig.stream->has_more);
		total += size;
	}
	assert_int_equal(total, SIZE * COUNT);
	expect_assert_failure((void)rig.stream->ops->read(
	    rig.stream, octets, STREAM_READ_SIZE_MIN - 1, &size));
	rig_close(&rig);
}

static void
takes_a_socket_that_ends_for_the_end(void **state)
{
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;

	(void)state;
	rig_open(&rig);
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_ENDED);
	rig_close(&rig);
}

static void
breaks_at_a_forged_record(void **state)
{
	static const char forged[] = "\x17\x03\x03\x00\x20"
	                             "0123456789abcdef0123456789abcdef";
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;

	(void)state;
	rig_open(&rig);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(send(rig.fd, forged, sizeof(forged) - 1, 0),
	    (ssize_t)sizeof(forged) - 1);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 3);
	assert_true(rig.stream->has_more);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_BROKEN);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_BROKEN);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_BROKEN);
	rig_close(&rig);
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
drop(struct conn_output *output, size_t size)
{
	size_t part = size < output->head.len ? size : output->head.len;

	output->head = str_from(output->head, part);
	size -= part;
	part = size < output->body.len ? size : output->body.len;
	output->body = str_from(output->body, part);
	size -= part;
	assert_true(size <= output->file_size);
	output->file_offset += size;
	output->file_size -= size;
}

/* Writes it to a peer that reads when it must; what the peer has read. */
static size_t
deliver(struct rig *rig, struct conn_output *output, char *out, size_t out_size)
{
	size_t at = 0;
	size_t size;

	while (output->head.len + output->body.len + output->file_size > 0) {
		enum stream_status status =
		    rig->stream->ops->write(rig->stream, output, &size);

		if (status == STREAM_DONE) {
			drop(output, size);
			continue;
		}
		assert_int_equal(status, STREAM_WANTS_OUTPUT);
		if (SSL_read_ex(rig->client, out + at, out_size - at, &size) ==
		    1)
			at += size;
	}
	while (SSL_read_ex(rig->client, out + at, out_size - at, &size) == 1)
		at += size;
	return at;
}

static void
writes_heads_bodies_and_files_in_order_to_a_slow_reader(void **state)
{
	static const struct {
		size_t head, body, file;
	} rows[] = {
		{ 1, 0, 0 },
		{ 0, 1, 0 },
		{ 0, 0, 1 },
		{ 100, 200, 0 },
		{ 100, 0, 300 },
		{ 0, 200, 300 },
		{ 100, 200, 300 },
		{ 16384, 1, 0 },
		{ 16383, 1, 1 },
		{ 16385, 16385, 16385 },
		{ 100, 3 * MIB, 0 },
		{ 100, 0, 3 * MIB },
		{ 100, 100, 3 * MIB },
		{ MIB, MIB, MIB },
	};
	char *head = pattern(MIB);
	char *body = pattern(3 * MIB);
	char *got = test_malloc(4 * MIB);
	int file = memfd_create("stream_tls_test", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(file, body, 3 * MIB), 3 * MIB);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t all = rows[i].head + rows[i].body + rows[i].file;
		struct conn_output output = {
			.head = str_make(head, rows[i].head),
			.body = str_make(body, rows[i].body),
			.fd = rows[i].file > 0 ? file : -1,
			.file_size = rows[i].file,
		};
		struct rig rig;

		rig_open(&rig);
		assert_int_equal(deliver(&rig, &output, got, 4 * MIB), all);
		assert_memory_equal(got, head, rows[i].head);
		assert_memory_equal(got + rows[i].head, body, rows[i].body);
		assert_memory_equal(
		    got + all - rows[i].file, body, rows[i].file);
		rig_close(&rig);
	}
	assert_int_equal(close(file), 0);
	test_free(head);
	test_free(body);
	test_free(got);
}

static void
breaks_when_a_file_has_become_shorter(void **state)
{
	int file = memfd_create("stream_tls_test", MFD_CLOEXEC);
	const struct conn_output output = { .fd = file, .file_size = 1 };
	struct rig rig;
	size_t size;

	(void)state;
	rig_open(&rig);
	assert_int_equal(
	    rig.stream->ops->write(rig.stream, &output, &size), STREAM_BROKEN);
	rig_close(&rig);
	assert_int_equal(close(file), 0);
}

/* Until the socket takes no more. */
static void
fill(struct rig *rig, const struct conn_output *output)
{
	enum stream_status status;
	size_t size;

	do
		status = rig->stream->ops->write(rig->stream, output, &size);
	while (status == STREAM_DONE);
	assert_int_equal(status, STREAM_WANTS_OUTPUT);
}

static void
reads_while_a_write_waits(void **state)
{
	char *body = test_calloc(1, MIB);
	const struct conn_output output = { .body = str_make(body, MIB),
		.fd = -1 };
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;

	(void)state;
	rig_open(&rig);
	fill(&rig, &output);
	/* New keys are asked for, and must wait for their turn. */
	assert_int_equal(
	    SSL_key_update(rig.client, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 3);
	while (SSL_read_ex(rig.client, octets, sizeof(octets), &size) == 1)
		continue;
	fill(&rig, &output);
	assert_int_equal(
	    SSL_read_ex(rig.client, octets, sizeof(octets), &size), 1);
	rig_close(&rig);
	test_free(body);
}

static void
tells_the_peer_that_no_more_comes(void **state)
{
	struct rig rig;
	char octet;
	int result;

	(void)state;
	rig_open(&rig);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_DONE);
	result = SSL_read(rig.client, &octet, 1);
	assert_int_equal(
	    SSL_get_error(rig.client, result), SSL_ERROR_ZERO_RETURN);
	rig_close(&rig);
}

static void
gives_no_decent_end_to_what_was_cut_off(void **state)
{
	char *body = test_calloc(1, MIB);
	const struct conn_output output = { .body = str_make(body, MIB),
		.fd = -1 };
	struct rig rig;

	(void)state;
	rig_open(&rig);
	fill(&rig, &output);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_BROKEN);
	rig_close(&rig);
	test_free(body);
}

static void
does_not_negotiate_again(void **state)
{
	char octets[READ_SIZE];
	struct rig rig;
	size_t size;

	(void)state;
	rig_init(&rig, TLS_CLIENT_OPTIONAL);
	rig_connect(&rig, NULL);
	(void)SSL_set_max_proto_version(rig.client, TLS1_2_VERSION);
	assert_int_equal(rig_shake(&rig), STREAM_DONE);
	(void)SSL_do_handshake(rig.client);
	assert_int_equal(SSL_renegotiate(rig.client), 1);
	(void)SSL_do_handshake(rig.client);
	assert_int_equal(rig_read(&rig, octets, &size), STREAM_WANTS_INPUT);
	assert_int_equal(SSL_do_handshake(rig.client), -1);
	assert_int_equal(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_whom_a_verified_certificate_names),
		cmocka_unit_test(knows_the_protocol_that_was_agreed_upon),
		cmocka_unit_test(knows_again_who_comes_back_with_a_ticket),
		cmocka_unit_test(forgets_tickets_with_a_reload),
		cmocka_unit_test(breaks_at_what_is_no_handshake),
		cmocka_unit_test(waits_for_a_handshake_octet_by_octet),
		cmocka_unit_test(reads_all_that_has_come_and_then_the_end),
		cmocka_unit_test(
		    leaves_nothing_behind_in_the_middle_of_a_record),
		cmocka_unit_test(takes_a_socket_that_ends_for_the_end),
		cmocka_unit_test(breaks_at_a_forged_record),
		cmocka_unit_test(
		    writes_heads_bodies_and_files_in_order_to_a_slow_reader),
		cmocka_unit_test(breaks_when_a_file_has_become_shorter),
		cmocka_unit_test(reads_while_a_write_waits),
		cmocka_unit_test(tells_the_peer_that_no_more_comes),
		cmocka_unit_test(gives_no_decent_end_to_what_was_cut_off),
		cmocka_unit_test(does_not_negotiate_again),
	};
	sigset_t pipe_signal;

	/* As the server does: OpenSSL knows no MSG_NOSIGNAL. */
	(void)sigemptyset(&pipe_signal);
	(void)sigaddset(&pipe_signal, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	return cmocka_run_group_tests_name("stream_tls", tests, NULL, NULL);
}
