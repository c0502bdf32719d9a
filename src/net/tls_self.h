/*
 * tls_self.h - a certificate that nobody vouches for, to try TLS out with.
 *
 * It is made anew at each start and never leaves memory.  Who wants to be sure
 * compares the fingerprint.
 */
#ifndef TLS_SELF_H
#define TLS_SELF_H

#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

struct evp_pkey_st;
struct x509_st;

enum { TLS_SELF_DAYS = 90, TLS_SELF_TEXT_SIZE = 96 };

struct tls_self {
	struct x509_st *certificate;
	struct evp_pkey_st *key;
	char fingerprint[TLS_SELF_TEXT_SIZE]; /* SHA-256: "AB:CD:..." */
	char pin[TLS_SELF_TEXT_SIZE];         /* "sha256//BASE64", for curl */
};

/*
 * For these names: "localhost", "127.0.0.1", "::1"; at least one.
 * ERR_MEMORY: OpenSSL could not.
 */
enum err tls_self_init(struct tls_self *self, const char *const *names,
    size_t name_count) MUST_CHECK;
void tls_self_done(struct tls_self *self); /* also of a zeroed one */

/*
 * Writes the pin of any certificate, TLS_SELF_TEXT_SIZE octets at most.
 * ERR_LIMIT: its key is too large; ERR_MEMORY.
 */
enum err tls_self_pin(const struct x509_st *certificate, char *out) MUST_CHECK;

#endif
