/*
 * jwt.h - signed tokens (RFC 7519) of somebody whose keys we know.
 *
 *	parse -> verify, from any thread -> unref
 *
 * Signatures are verified by cjose, the library of mod_auth_openidc: it reads
 * JWKs, and speaks RSA, PSS, ECDSA and HMAC through the OpenSSL that we have
 * anyway.  It has no EdDSA.  What a token must say is checked here.
 */
#ifndef JWT_H
#define JWT_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

enum { JWT_LEEWAY_S = 60 }; /* for clocks that disagree */

struct jwt_keys; /* a set of keys (RFC 7517, 5); never changes */

/*
 * Keys that we cannot use, or that are too weak, are left out.  ERR_SYNTAX: it
 * is no set of keys; ERR_ABSENT: none can be used; ERR_LIMIT; ERR_MEMORY.
 */
enum err jwt_keys_parse(struct str json, struct jwt_keys **out_keys) MUST_CHECK;
struct jwt_keys *jwt_keys_ref(struct jwt_keys *keys);
void jwt_keys_unref(struct jwt_keys *keys); /* may be NULL */
size_t jwt_keys_count(const struct jwt_keys *keys);

/* What a token must say; the texts are borrowed. */
struct jwt_rules {
	const char *issuer;
	const char *audience;
	const char *claim;   /* whose value is the user */
	unsigned algorithms; /* of jwt_algorithms_parse() */
};

/* "RS256,ES256".  ERR_SYNTAX: one of them is not known here. */
enum err jwt_algorithms_parse(
    const char *list, unsigned *out_algorithms) MUST_CHECK;

struct jwt_claims {
	char name[PRINCIPAL_SIZE_MAX];
	size_t name_size;
	int64_t until_wall_s;
};

/*
 * ERR_DENIED: it is not good, and *out_why says so, for the log.  ERR_ABSENT:
 * it names a key that is not in the set.
 */
enum err jwt_verify(struct jwt_keys *keys, const struct jwt_rules *rules,
    struct str token, int64_t wall_s, struct jwt_claims *out_claims,
    const char **out_why) MUST_CHECK;

#endif
