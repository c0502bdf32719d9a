/*
 * digest.h - checks content against the SHA-256 that a server gives of it.
 *
 *	init -> begin (the head) -> add, add ... -> fits -> done
 *
 * Repr-Digest (RFC 9530) and Digest (RFC 3230) are known.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { DIGEST_SIZE = 32 };

struct intake;

struct digest {
	bool is_wanted; /* the server gave one, and all of it comes */
	uint8_t wanted[DIGEST_SIZE];
	uint32_t state[8];
	uint64_t size;
	uint8_t block[64];
};

void digest_init(struct digest *digest);
void digest_done(struct digest *digest);

/* is_whole: what comes is all of it, from its first octet. */
void digest_begin(
    struct digest *digest, bool is_whole, const struct intake *intake);

void digest_add(struct digest *digest, const void *data, size_t size);

/* True, too, if there is nothing to compare with. */
bool digest_fits(struct digest *digest);

/* The SHA-256 of what was added.  Nothing can be added afterwards. */
void digest_end(struct digest *digest, uint8_t out[DIGEST_SIZE]);

/* The value of a field: sha-256=:BASE64: or SHA-256=BASE64. */
bool digest_read(struct str value, uint8_t out[DIGEST_SIZE]);

#endif
