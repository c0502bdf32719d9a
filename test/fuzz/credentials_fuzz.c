/*
 * credentials_fuzz.c - any text as an Authorization field.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "http/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credentials got;
	struct arena arena;
	enum err err;

	arena_init(&arena, 256 * 1024);
	err =
	    credentials_parse(str_make((const char *)data, size), &arena, &got);
	if (err == ERR_NONE && got.scheme == CREDENTIALS_BASIC) {
		CHECK(got.name.len > 0);
		CHECK(got.name.len <= PRINCIPAL_SIZE_MAX);
		CHECK(got.password.len <= CREDENTIALS_SIZE_MAX);
		CHECK(!str_has(got.name, ':'));
		for (size_t i = 0; i < got.password.len; i++)
			CHECK((unsigned char)got.password.data[i] >= 0x20);
		for (size_t i = 0; i < got.name.len; i++)
			CHECK((unsigned char)got.name.data[i] >= 0x20);
	} else if (err == ERR_NONE) {
		CHECK(got.token.len > 0);
		CHECK(got.token.len <= CREDENTIALS_SIZE_MAX);
		CHECK(!str_has(got.token, ' '));
	}
	arena_done(&arena);
	return 0;
}
