/*
 * chunk.h - takes the chunked framing off a body (RFC 9112, 7.1).
 *
 *	init -> next, next ... until an empty piece
 *
 *	SIZE -;-> EXTENSION -CR-> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *	SIZE_LF, size 0 -> TRAILER -> NAME -> VALUE -> VALUE_LF -> TRAILER
 *	TRAILER -CR-> END_LF -> DONE
 *
 * Strict: no white space, sign or "0x" in a size, no line end but CRLF.
 * Extensions and trailers are checked and dropped.  However the octets are cut
 * into inputs, the content is the same and so is the error.
 */
#ifndef CHUNK_H
#define CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum { CHUNK_DIGIT_COUNT_MAX = 16 };

#define CHUNK_CONTENT_SIZE_MAX ((uint64_t)INT64_MAX) /* of one body */

enum chunk_state {
	CHUNK_SIZE,      /* in the digits */
	CHUNK_EXTENSION, /* behind the ";" */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER, /* at the start of a line */
	CHUNK_NAME,
	CHUNK_VALUE,
	CHUNK_VALUE_LF,
	CHUNK_END_LF,
	CHUNK_DONE,
};

struct chunk {
	enum chunk_state state;
	uint64_t left;         /* of the chunk */
	uint64_t content_size; /* of all chunks begun */
	size_t digit_count;
	size_t line_size; /* of the chunk's first line so far */
	size_t trailer_size;
	enum err err; /* ends it in any state */
};

void chunk_init(struct chunk *chunk);

/*
 * Cuts the next piece of content off *inout_input, and the framing before it.
 *
 * ERR_NONE:   *out_piece is content, a view of the input; or it is empty: the
 *             body is over, and *inout_input is what follows it
 * ERR_AGAIN:  the input is used up
 * ERR_SYNTAX: malformed, or a line beyond CHUNK_LINE_SIZE_MAX, or trailers
 *             beyond TRAILER_SIZE_MAX
 * ERR_RANGE:  a size of more than CHUNK_DIGIT_COUNT_MAX digits, or content
 *             beyond CHUNK_CONTENT_SIZE_MAX
 *
 * After an error every call returns the same one.
 */
enum err chunk_next(struct chunk *chunk, struct str *inout_input,
    struct str *out_piece) MUST_CHECK;

bool chunk_is_done(const struct chunk *chunk);

#endif
