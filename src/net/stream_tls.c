/*
 * stream_tls.c - see stream_tls.h.
 */
#include "net/stream_tls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "net/conn.h"
#include "net/stream_plain.h"
#include "net/tls.h"
#include "net/tls_principal.h"

enum { RECORD_SIZE = SSL3_RT_MAX_PLAIN_LENGTH };

_Static_assert(
    (int)STREAM_READ_SIZE_MIN >= (int)RECORD_SIZE, "a read takes a record");

struct stream_tls {
	struct stream stream; /* first */
	SSL *ssl;
	struct tls_pinned *pinned;
	size_t blocked_size; /* of the record that waits for the socket */
	bool is_broken;
	bool is_in_kernel; /* which encrypts what is written to the socket */
	char *principal;   /* NULL: nobody */
};

static struct stream_tls *
tls_of(struct stream *stream)
{
	return (struct stream_tls *)stream;
}

static enum stream_status
status_of(struct stream_tls *s, int result)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_WANTS_INPUT;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_WANTS_OUTPUT;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_ENDED;
	default:
		s->is_broken = true;
		return STREAM_BROKEN;
	}
}

/* Only a read may find the end: elsewhere something is missing. */
static enum stream_status
unless_ended(struct stream_tls *s, enum stream_status status)
{
	if (status != STREAM_ENDED)
		return status;
	s->is_broken = true;
	return STREAM_BROKEN;
}

/* Only a certificate that was verified says who is there. */
static bool
know_peer(struct stream_tls *s)
{
	const X509 *certificate = SSL_get0_peer_certificate(s->ssl);
	char name[PRINCIPAL_SIZE_MAX + 1];
	const unsigned char *alpn = NULL;
	unsigned alpn_size = 0;

	SSL_get0_alpn_selected(s->ssl, &alpn, &alpn_size);
	s->stream.alpn = str_make((const char *)alpn, alpn_size);
	if (certificate == NULL || SSL_get_verify_result(s->ssl) != X509_V_OK ||
	    !tls_principal_of(certificate, name))
		return true;
	s->principal = strdup(name);
	s->stream.principal = str_of(s->principal);
	return s->principal != NULL;
}

static enum stream_status
tls_open(struct stream *stream)
{
	struct stream_tls *s = tls_of(stream);
	int result;

	if (s->is_broken)
		return STREAM_BROKEN;
	ERR_clear_error();
	result = SSL_do_handshake(s->ssl);
	if (result != 1)
		return unless_ended(s, status_of(s, result));
	s->is_in_kernel = BIO_get_ktls_send(SSL_get_wbio(s->ssl));
	return know_peer(s) ? STREAM_DONE : STREAM_BROKEN;
}

/*
 * Whole records, as many as fit: nothing that was decrypted stays behind where
 * no event would tell of it.  What else happened is told next time.
 */
static enum stream_status
tls_read(struct stream *stream, char *out, size_t size_max, size_t *out_size)
{
	struct stream_tls *s = tls_of(stream);
	enum stream_status status = STREAM_DONE;
	size_t at = 0;

	CHECK(size_max >= STREAM_READ_SIZE_MIN);
	while (status == STREAM_DONE && size_max - at >= RECORD_SIZE) {
		size_t size;
		int result;

		ERR_clear_error();
		result = SSL_read_ex(s->ssl, out + at, size_max - at, &size);
		if (result == 1)
			at += size;
		else
			status = status_of(s, result);
	}
	stream->has_more =
	    at > 0 && (status == STREAM_ENDED || status == STREAM_BROKEN);
	if (at == 0)
		return status;
	*out_size = at;
	return STREAM_DONE;
}

/* How much of the part goes into the record, at most. */
static size_t
fit(uint64_t part_size, size_t left)
{
	return part_size < left ? (size_t)part_size : left;
}

/*
 * The next octets of the output, at most size_max: in their own place if they
 * lie together, else copied into the record.  Empty: the file is shorter than
 * it was.
 */
static struct str
gather(const struct conn_output *output, size_t size_max, char *record)
{
	size_t head_size = fit(output->head.len, size_max);
	size_t body_size = fit(output->body.len, size_max - head_size);
	size_t at = head_size + body_size;
	size_t file_size =
	    output->fd == -1 ? 0 : fit(output->file_size, size_max - at);
	ssize_t size;

	if (head_size == size_max || body_size + file_size == 0)
		return str_make(output->head.data, head_size);
	if (head_size + file_size == 0)
		return str_make(output->body.data, body_size);
	if (head_size > 0)
		memcpy(record, output->head.data, head_size);
	if (body_size > 0)
		memcpy(record + head_size, output->body.data, body_size);
	if (file_size == 0)
		return str_make(record, at);
	size = pread(
	    output->fd, record + at, file_size, (off_t)output->file_offset);
	if (size <= 0)
		return str_make(record, at);
	return str_make(record, at + (size_t)size);
}

/*
 * One record at a time.  One that was made already and waits for the socket
 * is offered again, for OpenSSL wants to see no less than it has taken.
 */
static enum stream_status
tls_write(
    struct stream *stream, const struct conn_output *output, size_t *out_size)
{
	struct stream_tls *s = tls_of(stream);
	char record[RECORD_SIZE];
	struct str octets;
	int result;

	if (s->is_in_kernel)
		return stream_plain_write(stream, output, out_size);
	octets = gather(output,
	    s->blocked_size > 0 ? s->blocked_size : RECORD_SIZE, record);
	if (octets.len == 0 || octets.len < s->blocked_size)
		return STREAM_BROKEN;
	ERR_clear_error();
	result = SSL_write_ex(s->ssl, octets.data, octets.len, out_size);
	if (result == 1) {
		s->blocked_size = 0;
		return STREAM_DONE;
	}
	s->blocked_size = octets.len;
	return unless_ended(s, status_of(s, result));
}

/* What was cut off in the middle of a record has no decent end. */
static enum stream_status
tls_close(struct stream *stream)
{
	struct stream_tls *s = tls_of(stream);
	int result;

	if (s->is_broken || s->blocked_size > 0)
		return STREAM_BROKEN;
	ERR_clear_error();
	result = SSL_shutdown(s->ssl);
	if (result >= 0)
		return STREAM_DONE;
	return unless_ended(s, status_of(s, result));
}

static void
tls_free_stream(struct stream *stream)
{
	struct stream_tls *s = tls_of(stream);

	SSL_free(s->ssl);
	tls_unpin(s->pinned);
	(void)close(stream->fd);
	free(s->principal);
	free(s);
}

static const struct stream_ops tls_ops = {
	.open = tls_open,
	.read = tls_read,
	.write = tls_write,
	.close = tls_close,
	.free = tls_free_stream,
};

struct stream *
stream_tls_new(struct tls *tls, int fd)
{
	struct stream_tls *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)close(fd);
		return NULL;
	}
	s->stream =
	    (struct stream){ .ops = &tls_ops, .fd = fd, .is_tls = true };
	s->pinned = tls_pin(tls);
	s->ssl = tls_session(s->pinned);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1) {
		tls_free_stream(&s->stream);
		return NULL;
	}
	SSL_set_accept_state(s->ssl);
	return &s->stream;
}
