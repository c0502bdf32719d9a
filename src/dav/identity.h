/*
 * identity.h - when two requests are one and the same, asked twice.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct call;
struct fields;

/*
 * Adds all that makes a request what it is: method, source, Destination,
 * Depth, Overwrite, If, the conditional fields and handling=strict.  No two
 * different requests give the same octets.  The call was prepared.
 */
void identity_fingerprint(const struct call *call, struct buf *out);

/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a String of
 * RFC 8941, 3.3.3, without parameters.  *out_key has no octets if there is
 * none.  ERR_SYNTAX: malformed, empty, or sent twice.  ERR_LIMIT: longer than
 * IDEMPOTENCY_KEY_SIZE_MAX.  ERR_MEMORY.
 */
enum err identity_key(const struct fields *fields, struct arena *arena,
    struct str *out_key) MUST_CHECK;

#endif
