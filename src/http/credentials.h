/*
 * credentials.h - what an Authorization field says (RFC 7617, RFC 6750).
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum credentials_scheme {
	CREDENTIALS_BASIC,  /* name and password */
	CREDENTIALS_BEARER, /* token */
};

struct credentials {
	enum credentials_scheme scheme;
	struct str name; /* no control characters in these two */
	struct str password;
	struct str token;
};

/*
 * The texts of a name and a password are in the arena, a token is a part of
 * value.  ERR_ABSENT: another scheme.  ERR_SYNTAX: not well-formed, or without
 * a name.  ERR_LIMIT: a name longer than PRINCIPAL_SIZE_MAX, a password or a
 * token longer than CREDENTIALS_SIZE_MAX, or the arena is full.
 */
enum err credentials_parse(struct str value, struct arena *arena,
    struct credentials *out_credentials) MUST_CHECK;

#endif
