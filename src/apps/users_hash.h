/*
 * users_hash.h - the hashes of passwords that we take: crypt(5).
 */
#ifndef USERS_HASH_H
#define USERS_HASH_H

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum users_hash_kind {
	USERS_HASH_YESCRYPT,
	USERS_HASH_BCRYPT,
	USERS_HASH_SHA512,
	USERS_HASH_SHA256,
};

enum { USERS_HASH_KIND_COUNT = USERS_HASH_SHA256 + 1 };

/* NULL, and the kind; or why it is not taken, in words. */
const char *users_hash_flaw(struct str hash, enum users_hash_kind *out_kind);

/* ERR_DENIED: that is not the password.  ERR_MEMORY. */
enum err users_hash_verify(struct str hash, struct str password) MUST_CHECK;

/* The hash of a new password.  ERR_SYSTEM: no random octets. */
enum err users_hash_make(enum users_hash_kind kind, struct str password,
    struct buf *out_hash) MUST_CHECK;

#endif
