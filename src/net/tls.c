/*
 * tls.c - see tls.h.
 */
#include "net/tls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/str.h"
#include "net/tls_context.h"
#include "net/tls_self.h"

enum {
	FILE_COUNT_MAX = 2 * CERTIFICATE_COUNT_MAX + 1,
	ALPN_SIZE_MAX = 64, /* our own short list */
};

/* What a file looked like; all zero: it was not there. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct tls_pinned {
	atomic_size_t pin_count;
	SSL_CTX *contexts[CERTIFICATE_COUNT_MAX];
	size_t context_count;
	unsigned char alpn[ALPN_SIZE_MAX]; /* RFC 7301, 3.1 */
	unsigned alpn_size;
};

struct tls {
	const struct tls_options *options;
	pthread_mutex_t mutex;             /* over present */
	struct tls_pinned *present;        /* pinned once for this place */
	struct stamp read[FILE_COUNT_MAX]; /* by the last reload */
	struct stamp seen[FILE_COUNT_MAX]; /* by the last tls_is_stale() */
	int64_t renew_ms;
};

struct tls_pinned *
tls_pin(struct tls *tls)
{
	struct tls_pinned *pinned;

	(void)pthread_mutex_lock(&tls->mutex);
	pinned = tls->present;
	(void)atomic_fetch_add(&pinned->pin_count, 1);
	(void)pthread_mutex_unlock(&tls->mutex);
	return pinned;
}

void
tls_unpin(struct tls_pinned *pinned)
{
	if (pinned == NULL || atomic_fetch_sub(&pinned->pin_count, 1) > 1)
		return;
	for (size_t i = 0; i < pinned->context_count; i++)
		SSL_CTX_free(pinned->contexts[i]);
	free(pinned);
}

struct ssl_st *
tls_session(struct tls_pinned *pinned)
{
	return SSL_new(pinned->contexts[0]);
}

enum err
tls_public_key(struct tls *tls, char *out)
{
	struct tls_pinned *pinned = tls_pin(tls);
	enum err err =
	    tls_self_pin(SSL_CTX_get0_certificate(pinned->contexts[0]), out);

	tls_unpin(pinned);
	return err;
}

/* The first certificate is for whoever asks for none of the names. */
static int
choose_certificate(SSL *ssl, int *alert, void *context)
{
	struct tls_pinned *pinned = context;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	for (size_t i = 0; i < pinned->context_count; i++) {
		SSL_CTX *candidate = pinned->contexts[i];

		if (X509_check_host(SSL_CTX_get0_certificate(candidate), name,
		        strlen(name), 0, NULL) != 1)
			continue;
		(void)SSL_set_SSL_CTX(ssl, candidate);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* Whoever offers protocols, and none of ours, would not understand us. */
static int
choose_protocol(SSL *ssl, const unsigned char **out_name,
    unsigned char *out_size, const unsigned char *offered, unsigned size,
    void *context)
{
	const struct tls_pinned *pinned = context;
	unsigned char *name = NULL;

	(void)ssl;
	if (SSL_select_next_proto(&name, out_size, pinned->alpn,
	        pinned->alpn_size, offered, size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out_name = name;
	return SSL_TLSEXT_ERR_OK;
}

static void
write_alpn(const char *const *names, struct tls_pinned *pinned)
{
	for (; *names != NULL; names++) {
		size_t size = strlen(*names);

		CHECK(size > 0);
		CHECK(pinned->alpn_size + 1 + size <= ALPN_SIZE_MAX);
		pinned->alpn[pinned->alpn_size] = (unsigned char)size;
		memcpy(pinned->alpn + pinned->alpn_size + 1, *names, size);
		pinned->alpn_size += (unsigned)size + 1;
	}
}

/* Every context, since the one that was chosen answers the rest. */
static void
set_callbacks(struct tls_pinned *pinned)
{
	for (size_t i = 0; i < pinned->context_count; i++) {
		SSL_CTX *context = pinned->contexts[i];

		(void)SSL_CTX_set_tlsext_servername_callback(
		    context, choose_certificate);
		(void)SSL_CTX_set_tlsext_servername_arg(context, pinned);
		SSL_CTX_set_alpn_select_cb(context, choose_protocol, pinned);
	}
}

/* Reads all files; pinned once. */
static enum err
read_all(const struct tls_options *options, struct buf *why,
    struct tls_pinned **out_pinned)
{
	size_t count = options->self != NULL ? 1 : options->pair_count;
	struct tls_pinned *pinned = calloc(1, sizeof(*pinned));
	enum err err = ERR_NONE;

	if (pinned == NULL)
		return ERR_MEMORY;
	atomic_init(&pinned->pin_count, 1);
	while (err == ERR_NONE && pinned->context_count < count) {
		size_t i = pinned->context_count;

		err = tls_context_new(options, i, why, &pinned->contexts[i]);
		if (err == ERR_NONE)
			pinned->context_count++;
	}
	if (err != ERR_NONE) {
		tls_unpin(pinned);
		return err;
	}
	write_alpn(options->alpn, pinned);
	set_callbacks(pinned);
	*out_pinned = pinned;
	return ERR_NONE;
}

static void
look_at(const char *file, struct stamp *out)
{
	struct stat status;

	*out = (struct stamp){ 0 };
	if (file == NULL || stat(file, &status) == -1)
		return;
	out->device = status.st_dev;
	out->inode = status.st_ino;
	out->size = status.st_size;
	out->changed = status.st_ctim;
}

static void
look_at_all(const struct tls_options *options, struct stamp out[FILE_COUNT_MAX])
{
	for (size_t i = 0; i < options->pair_count; i++) {
		look_at(options->pairs[i].certificate, &out[2 * i]);
		look_at(options->pairs[i].key, &out[2 * i + 1]);
	}
	look_at(options->client_ca, &out[FILE_COUNT_MAX - 1]);
}

static bool
is_same(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool
are_same(const struct stamp *a, const struct stamp *b)
{
	for (size_t i = 0; i < FILE_COUNT_MAX; i++)
		if (!is_same(&a[i], &b[i]))
			return false;
	return true;
}

bool
tls_is_stale(struct tls *tls, int64_t now_ms)
{
	struct stamp now[FILE_COUNT_MAX] = { 0 };
	bool are_still;

	if (now_ms >= tls->renew_ms)
		return true;
	look_at_all(tls->options, now);
	are_still = are_same(now, tls->seen);
	memcpy(tls->seen, now, sizeof(now));
	return are_still && !are_same(now, tls->read);
}

/* Looks before it reads: what changes meanwhile is read once more. */
static enum err
read_anew(struct tls *tls, int64_t now_ms, struct buf *why,
    struct tls_pinned **out_pinned)
{
	tls->renew_ms = now_ms + TLS_RENEW_MS;
	look_at_all(tls->options, tls->read);
	memcpy(tls->seen, tls->read, sizeof(tls->seen));
	return read_all(tls->options, why, out_pinned);
}

enum err
tls_reload(struct tls *tls, int64_t now_ms, struct buf *out_why)
{
	struct tls_pinned *fresh;
	struct tls_pinned *old;
	enum err err = read_anew(tls, now_ms, out_why, &fresh);

	if (err != ERR_NONE)
		return err;
	(void)pthread_mutex_lock(&tls->mutex);
	old = tls->present;
	tls->present = fresh;
	(void)pthread_mutex_unlock(&tls->mutex);
	tls_unpin(old);
	return ERR_NONE;
}

enum err
tls_new(const struct tls_options *options, int64_t now_ms, struct buf *out_why,
    struct tls **out_tls)
{
	struct tls *tls;
	enum err err;

	CHECK(options->self != NULL || options->pair_count > 0);
	CHECK(options->pair_count <= CERTIFICATE_COUNT_MAX);
	tls = calloc(1, sizeof(*tls));
	if (tls == NULL)
		return ERR_MEMORY;
	tls->options = options;
	err = read_anew(tls, now_ms, out_why, &tls->present);
	if (err != ERR_NONE) {
		free(tls);
		return err;
	}
	(void)pthread_mutex_init(&tls->mutex, NULL);
	*out_tls = tls;
	return ERR_NONE;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	tls_unpin(tls->present);
	(void)pthread_mutex_destroy(&tls->mutex);
	free(tls);
}
