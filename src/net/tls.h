/*
 * tls.h - how this server proves who it is, and whether its clients must.
 *
 *	new -> (pin, session, unpin for each connection) ... reload -> free
 *
 * A reload reads every file again and puts the new certificates in the place
 * of the old ones, for connections that come; those that are there go on.
 * What cannot be read changes nothing.
 *
 * TLS 1.2 and 1.3, forward secrecy and authenticated encryption only.  The
 * certificate is chosen by the name that the client asks for, the first one
 * is for all others.  Sessions are resumed by tickets, whose keys live as
 * long as the certificates do; so they are renewed twice a day.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"

struct buf;
struct ssl_st;
struct tls;
struct tls_pinned; /* the certificates of one time, as long as they are used */
struct tls_self;

enum { TLS_RENEW_MS = 12 * 3600 * 1000 };

enum tls_client_auth {
	TLS_CLIENT_OPTIONAL, /* what is shown must be good; nothing will do */
	TLS_CLIENT_REQUIRED,
};

/* Files in PEM form: the certificate with what leads to its root, the key. */
struct tls_pair {
	const char *certificate;
	const char *key;
};

/* All of it is borrowed, and outlives the tls. */
struct tls_options {
	struct tls_pair pairs[CERTIFICATE_COUNT_MAX];
	size_t pair_count;
	const struct tls_self *self; /* instead of pairs; or NULL */
	const char *client_ca;       /* a file; NULL: clients are not asked */
	enum tls_client_auth client_auth;
	const char *const *alpn; /* the best first, NULL at the end */
};

/*
 * ERR_SYSTEM, ERR_SYNTAX, ERR_CONFLICT: out_why says which file is wrong, and
 * how.  ERR_MEMORY.  It may say something when all went well, too: then it is
 * a warning.
 */
enum err tls_new(const struct tls_options *options, int64_t now_ms,
    struct buf *out_why, struct tls **out_tls) MUST_CHECK;
void tls_free(struct tls *tls); /* nothing is pinned any more */

/*
 * Whether it is time for a reload: files have changed, and are the same as at
 * the last call, so that nobody is still writing them; or the keys of tickets
 * are old.  One thread asks and reloads.  Errors are those of tls_new(), told
 * once for each change.
 */
bool tls_is_stale(struct tls *tls, int64_t now_ms);
enum err tls_reload(
    struct tls *tls, int64_t now_ms, struct buf *out_why) MUST_CHECK;

/*
 * What curl takes for --pinnedpubkey, TLS_SELF_TEXT_SIZE octets at most: the
 * key of the certificate for who asks for no name.  Errors: tls_self_pin().
 */
enum err tls_public_key(struct tls *tls, char *out) MUST_CHECK;

/* For stream_tls.c, from any thread. */
struct tls_pinned *tls_pin(struct tls *tls);
void tls_unpin(struct tls_pinned *pinned);
/* The server's side of a connection; NULL: no memory. */
struct ssl_st *tls_session(struct tls_pinned *pinned);

#endif
