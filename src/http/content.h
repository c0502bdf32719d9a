/*
 * content.h - takes the content of an HTTP/1.x request out of its framing:
 * Content-Length, chunked, or none (RFC 9112, 6).
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "http/chunk.h"

struct content {
	bool is_chunked;
	uint64_t left; /* not chunked */
	struct chunk chunk;
};

/* size may be BODY_SIZE_UNKNOWN: chunked. */
void content_init(struct content *content, uint64_t size);

/*
 * Cuts the next piece off *inout_input.  ERR_NONE: *out_piece is content, or
 * empty: it is over.  ERR_AGAIN: the input is used up.  ERR_SYNTAX, ERR_RANGE:
 * see chunk.h; the connection cannot be used any more.
 */
enum err content_next(struct content *content, struct str *inout_input,
    struct str *out_piece) MUST_CHECK;

bool content_is_done(const struct content *content);

/* Whether reading the rest costs at most size octets. */
bool content_is_short(const struct content *content, uint64_t size);

#endif
