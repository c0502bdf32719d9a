/*
 * chunk_fuzz.c - a chunked body and what follows it: wherever it is cut, the
 * content, the end and the error are the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	enum err err;
	struct buf content;
	size_t used_size; /* octets of the body, if it has come to its end */
};

static void
feed(struct chunk *chunk, struct str input, struct result *result)
{
	size_t size = input.len;
	struct str piece;

	do {
		result->err = chunk_next(chunk, &input, &piece);
		if (result->err == ERR_NONE)
			buf_add_str(&result->content, piece);
	} while (result->err == ERR_NONE && piece.len > 0);
	CHECK(input.len <= size);
	result->used_size += size - input.len;
}

static void
decode(struct str input, size_t step, struct result *result)
{
	struct chunk chunk;

	*result = (struct result){ .err = ERR_AGAIN };
	buf_init(&result->content, input.len + 1);
	chunk_init(&chunk);
	while (input.len > 0 && result->err == ERR_AGAIN) {
		size_t size = step < input.len ? step : input.len;

		feed(&chunk, str_make(input.data, size), result);
		input = str_from(input, size);
	}
	CHECK(chunk_is_done(&chunk) == (result->err == ERR_NONE));
	CHECK(result->content.err == ERR_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = { (const char *)data, size };
	struct result want;

	decode(input, size, &want);
	CHECK(want.err == ERR_NONE || want.err == ERR_AGAIN ||
	      want.err == ERR_SYNTAX || want.err == ERR_RANGE);
	CHECK(want.used_size == size || want.err != ERR_AGAIN);
	for (size_t step = 1; step < size; step += 1 + step / 2) {
		struct result got;

		decode(input, step, &got);
		CHECK(got.err == want.err);
		CHECK(got.used_size == want.used_size);
		CHECK(str_equal(buf_str(&got.content), buf_str(&want.content)));
		buf_done(&got.content);
	}
	buf_done(&want.content);
	return 0;
}
