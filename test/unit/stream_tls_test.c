/*
 * stream_tls_test.c - octets through TLS.
 */
#include "stream_rig.h"

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
			struct stream_rig rig;

			stream_rig_init(&rig, rows[i].auth);
			stream_rig_connect(&rig, rows[i].own);
			(void)SSL_set_max_proto_version(rig.client, version);
			assert_int_equal(
			    stream_rig_shake(&rig), rows[i].status);
			assert_true(
			    str_is(rig.stream->principal, rows[i].principal));
			stream_rig_close(&rig);
		}
	}
}

static void
knows_the_protocol_that_was_agreed_upon(void **state)
{
	static const unsigned char offered[] = "\x02h2\x08http/1.1";
	struct stream_rig rig;

	(void)state;
	stream_rig_init(&rig, TLS_CLIENT_OPTIONAL);
	stream_rig_connect(&rig, NULL);
	assert_int_equal(
	    SSL_set_alpn_protos(rig.client, offered, sizeof(offered) - 1), 0);
	assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
	assert_true(str_is(rig.stream->alpn, "http/1.1"));
	stream_rig_disconnect(&rig);
	stream_rig_connect(&rig, NULL);
	assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
	assert_int_equal(rig.stream->alpn.len, 0);
	stream_rig_close(&rig);
}

static void
knows_again_who_comes_back_with_a_ticket(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION;
	     version++) {
		struct stream_rig rig;
		char octet;

		stream_rig_init(&rig, TLS_CLIENT_REQUIRED);
		rig.context = tls_rig_client(&rig.files, "a", "ann");
		(void)SSL_CTX_set_max_proto_version(rig.context, version);
		stream_rig_connect(&rig, "ann");
		assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
		(void)SSL_read(rig.client, &octet, 1); /* the ticket */
		assert_int_equal(SSL_session_reused(rig.client), 0);
		rig.session = SSL_get1_session(rig.client);
		stream_rig_disconnect(&rig);
		stream_rig_connect(&rig, "ann");
		assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
		assert_int_equal(SSL_session_reused(rig.client), 1);
		assert_true(str_is(rig.stream->principal, "ann"));
		stream_rig_close(&rig);
	}
}

static void
forgets_tickets_with_a_reload(void **state)
{
	struct stream_rig rig;
	struct buf why;
	char octet;

	(void)state;
	stream_rig_open(&rig);
	(void)SSL_read(rig.client, &octet, 1);
	rig.session = SSL_get1_session(rig.client);
	stream_rig_disconnect(&rig);
	buf_init(&why, 4096);
	assert_int_equal(tls_reload(rig.tls, 0, &why), ERR_NONE);
	buf_done(&why);
	stream_rig_connect(&rig, NULL);
	assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
	assert_int_equal(SSL_session_reused(rig.client), 0);
	stream_rig_close(&rig);
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
		struct stream_rig rig;

		stream_rig_init(&rig, TLS_CLIENT_OPTIONAL);
		stream_rig_connect(&rig, NULL);
		assert_int_equal(send(rig.fd, rows[i].data, rows[i].len, 0),
		    (ssize_t)rows[i].len);
		assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
		assert_int_equal(
		    rig.stream->ops->open(rig.stream), STREAM_BROKEN);
		assert_int_equal(
		    rig.stream->ops->open(rig.stream), STREAM_BROKEN);
		assert_int_equal(
		    rig.stream->ops->close(rig.stream), STREAM_BROKEN);
		stream_rig_close(&rig);
	}
}

static void
waits_for_a_handshake_octet_by_octet(void **state)
{
	struct stream_rig rig;
	char hello[2048];
	BIO *memory = BIO_new(BIO_s_mem());
	int size;

	(void)state;
	stream_rig_init(&rig, TLS_CLIENT_OPTIONAL);
	stream_rig_connect(&rig, NULL);
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
	assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
	stream_rig_close(&rig);
}

static void
reads_all_that_has_come_and_then_the_end(void **state)
{
	char octets[READ_SIZE];
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_open(&rig);
	assert_int_equal(
	    stream_rig_read(&rig, octets, &size), STREAM_WANTS_INPUT);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(SSL_write(rig.client, "def", 3), 3);
	assert_true(SSL_shutdown(rig.client) >= 0);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 6);
	assert_memory_equal(octets, "abcdef", 6);
	assert_true(rig.stream->has_more); /* the socket has nothing */
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_ENDED);
	assert_false(rig.stream->has_more);
	stream_rig_close(&rig);
}

/* Each read has room for what it decrypts: no event would tell of the rest. */
static void
leaves_nothing_behind_in_the_middle_of_a_record(void **state)
{
	enum { SIZE = 15000, COUNT = 6 };
	char octets[READ_SIZE];
	struct stream_rig rig;
	size_t size;
	size_t total = 0;

	(void)state;
	stream_rig_open(&rig);
	memset(octets, 'x', sizeof(octets));
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(SSL_write(rig.client, octets, SIZE), SIZE);
	while (stream_rig_read(&rig, octets, &size) == STREAM_DONE) {
		assert_int_equal(size % SIZE, 0);
		assert_false(rig.stream->has_more);
		total += size;
	}
	assert_int_equal(total, SIZE * COUNT);
	expect_assert_failure((void)rig.stream->ops->read(
	    rig.stream, octets, STREAM_READ_SIZE_MIN - 1, &size));
	stream_rig_close(&rig);
}

static void
takes_a_socket_that_ends_for_the_end(void **state)
{
	char octets[READ_SIZE];
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_open(&rig);
	assert_int_equal(shutdown(rig.fd, SHUT_WR), 0);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_ENDED);
	stream_rig_close(&rig);
}

static void
breaks_at_a_forged_record(void **state)
{
	static const char forged[] = "\x17\x03\x03\x00\x20"
	                             "0123456789abcdef0123456789abcdef";
	char octets[READ_SIZE];
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_open(&rig);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(send(rig.fd, forged, sizeof(forged) - 1, 0),
	    (ssize_t)sizeof(forged) - 1);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 3);
	assert_true(rig.stream->has_more);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_BROKEN);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_BROKEN);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_BROKEN);
	stream_rig_close(&rig);
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
deliver(struct stream_rig *rig, struct conn_output *output, char *out,
    size_t out_size)
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
		struct stream_rig rig;

		stream_rig_open(&rig);
		assert_int_equal(deliver(&rig, &output, got, 4 * MIB), all);
		assert_memory_equal(got, head, rows[i].head);
		assert_memory_equal(got + rows[i].head, body, rows[i].body);
		assert_memory_equal(
		    got + all - rows[i].file, body, rows[i].file);
		stream_rig_close(&rig);
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
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_open(&rig);
	assert_int_equal(
	    rig.stream->ops->write(rig.stream, &output, &size), STREAM_BROKEN);
	stream_rig_close(&rig);
	assert_int_equal(close(file), 0);
}

/* Until the socket takes no more. */
static void
fill(struct stream_rig *rig, const struct conn_output *output)
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
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_open(&rig);
	fill(&rig, &output);
	/* New keys are asked for, and must wait for their turn. */
	assert_int_equal(
	    SSL_key_update(rig.client, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(rig.client, "abc", 3), 3);
	assert_int_equal(stream_rig_read(&rig, octets, &size), STREAM_DONE);
	assert_int_equal(size, 3);
	while (SSL_read_ex(rig.client, octets, sizeof(octets), &size) == 1)
		continue;
	fill(&rig, &output);
	assert_int_equal(
	    SSL_read_ex(rig.client, octets, sizeof(octets), &size), 1);
	stream_rig_close(&rig);
	test_free(body);
}

static void
tells_the_peer_that_no_more_comes(void **state)
{
	struct stream_rig rig;
	char octet;
	int result;

	(void)state;
	stream_rig_open(&rig);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_DONE);
	result = SSL_read(rig.client, &octet, 1);
	assert_int_equal(
	    SSL_get_error(rig.client, result), SSL_ERROR_ZERO_RETURN);
	stream_rig_close(&rig);
}

static void
gives_no_decent_end_to_what_was_cut_off(void **state)
{
	char *body = test_calloc(1, MIB);
	const struct conn_output output = { .body = str_make(body, MIB),
		.fd = -1 };
	struct stream_rig rig;

	(void)state;
	stream_rig_open(&rig);
	fill(&rig, &output);
	assert_int_equal(rig.stream->ops->close(rig.stream), STREAM_BROKEN);
	stream_rig_close(&rig);
	test_free(body);
}

static void
does_not_negotiate_again(void **state)
{
	char octets[READ_SIZE];
	struct stream_rig rig;
	size_t size;

	(void)state;
	stream_rig_init(&rig, TLS_CLIENT_OPTIONAL);
	stream_rig_connect(&rig, NULL);
	(void)SSL_set_max_proto_version(rig.client, TLS1_2_VERSION);
	assert_int_equal(stream_rig_shake(&rig), STREAM_DONE);
	(void)SSL_do_handshake(rig.client);
	assert_int_equal(SSL_renegotiate(rig.client), 1);
	(void)SSL_do_handshake(rig.client);
	assert_int_equal(
	    stream_rig_read(&rig, octets, &size), STREAM_WANTS_INPUT);
	assert_int_equal(SSL_do_handshake(rig.client), -1);
	assert_int_equal(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	stream_rig_close(&rig);
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
