/*
 * tls_rig.h - certificates made for a test, in a folder that goes with it, and
 * the client's side of a connection.
 */
#ifndef TLS_RIG_H
#define TLS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "net/tls.h"

enum { TLS_RIG_PATH_SIZE = 128 };

/* NAME.crt and NAME.key in the folder. */
struct tls_rig_wish {
	const char *name;
	const char *common_name;  /* NULL: none; cut at a NUL or not: size */
	int common_name_size;     /* 0: up to its NUL */
	const char *alternatives; /* "DNS:a.test,email:a@b.test"; or NULL */
	const char *issuer;       /* the name of another one; NULL: itself */
	const char *passphrase;   /* of the key; NULL: none */
	int from_days, to_days;   /* of today; both 0: yesterday to tomorrow */
	unsigned rsa_bits;        /* 0: an elliptic curve */
	bool is_ca;
};

struct tls_rig {
	char folder[32];
	char paths[16][TLS_RIG_PATH_SIZE]; /* handed out in turn */
	unsigned path_count;
};

void tls_rig_init(struct tls_rig *rig);
void tls_rig_done(struct tls_rig *rig);
void tls_rig_make(struct tls_rig *rig, const struct tls_rig_wish *wish);
void tls_rig_write(struct tls_rig *rig, const char *file, const char *text);

/* The path of a file there; good until sixteen more were asked for. */
const char *tls_rig_path(struct tls_rig *rig, const char *file);
struct tls_pair tls_rig_pair(struct tls_rig *rig, const char *name);
X509 *tls_rig_certificate(struct tls_rig *rig, const char *name);

/* For the client.  ca: whom it trusts; own: what it shows; both may be NULL. */
SSL_CTX *tls_rig_client(struct tls_rig *rig, const char *ca, const char *own);

#endif
