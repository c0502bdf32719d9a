/*
 * stream_rig.c - see stream_rig.h.
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

static const char *const alpn[] = { "http/1.1", NULL };

void
stream_rig_init(struct stream_rig *rig, enum tls_client_auth client_auth)
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

	*rig = (struct stream_rig){ .fd = -1 };
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
void
stream_rig_connect(struct stream_rig *rig, const char *own)
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

void
stream_rig_disconnect(struct stream_rig *rig)
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

void
stream_rig_done(struct stream_rig *rig)
{
	SSL_SESSION_free(rig->session);
	SSL_CTX_free(rig->context);
	tls_free(rig->tls);
	tls_rig_done(&rig->files);
}

/* Both shake hands: what the server's side came to. */
enum stream_status
stream_rig_shake(struct stream_rig *rig)
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

void
stream_rig_open(struct stream_rig *rig)
{
	stream_rig_init(rig, TLS_CLIENT_OPTIONAL);
	stream_rig_connect(rig, NULL);
	assert_int_equal(stream_rig_shake(rig), STREAM_DONE);
}

void
stream_rig_close(struct stream_rig *rig)
{
	stream_rig_disconnect(rig);
	stream_rig_done(rig);
}

enum stream_status
stream_rig_read(struct stream_rig *rig, char out[READ_SIZE], size_t *out_size)
{
	return rig->stream->ops->read(rig->stream, out, READ_SIZE, out_size);
}
