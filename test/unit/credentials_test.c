/*
 * credentials_test.c - what an Authorization field says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/credentials.h"

enum { MEMORY_MAX = 256 * 1024 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/";

static void
reads_names_passwords_and_tokens(void **state)
{
	static const struct {
		const char *value;
		const char *name;
		const char *password;
		const char *token;
	} rows[] = {
		/* RFC 7617, 2 and 2.1. */
		{ "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin",
		    "open sesame", "" },
		{ "Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3", "" },
		{ "basic   YTpi", "a", "b", "" },
		{ "BASIC YTpiOmM=", "a", "b:c", "" },
		{ "Basic YTo=", "a", "", "" },
		{ "Bearer mF_9.B5f-4.1JqM", "", "", "mF_9.B5f-4.1JqM" },
		{ "bearer a~+/==", "", "", "a~+/==" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct credentials got;
		struct arena arena;

		arena_init(&arena, MEMORY_MAX);
		assert_int_equal(
		    credentials_parse(str_of(rows[i].value), &arena, &got),
		    ERR_NONE);
		assert_int_equal(got.scheme, rows[i].token[0] == '\0'
		                                 ? CREDENTIALS_BASIC
		                                 : CREDENTIALS_BEARER);
		assert_true(str_is(got.name, rows[i].name));
		assert_true(str_is(got.password, rows[i].password));
		assert_true(str_is(got.token, rows[i].token));
		arena_done(&arena);
	}
}

static void
refuses_the_rest(void **state)
{
	static const struct {
		const char *value;
		enum err want;
	} rows[] = {
		{ "", ERR_ABSENT },
		{ "Digest username=\"a\"", ERR_ABSENT },
		{ "Basicx YTpi", ERR_ABSENT },
		{ "Basic", ERR_SYNTAX },
		{ "Basic ", ERR_SYNTAX },
		{ "Basic YTp", ERR_SYNTAX },
		{ "Basic YT*i", ERR_SYNTAX },
		{ "Basic YTpi YTpi", ERR_SYNTAX },
		{ "Basic YT==pi==", ERR_SYNTAX },
		{ "Basic ====", ERR_SYNTAX },
		{ "Basic YWI=", ERR_SYNTAX },     /* no colon */
		{ "Basic OmI=", ERR_SYNTAX },     /* no name */
		{ "Basic YQA6Yg==", ERR_SYNTAX }, /* a NUL in the name */
		{ "Basic YTpiCg==", ERR_SYNTAX }, /* a line's end */
		{ "Basic YTpifw==", ERR_SYNTAX }, /* DEL */
		{ "Bearer", ERR_SYNTAX },
		{ "Bearer ==", ERR_SYNTAX },
		{ "Bearer a b", ERR_SYNTAX },
		{ "Bearer a=b", ERR_SYNTAX },
		{ "Bearer a,b", ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct credentials got;
		struct arena arena;

		arena_init(&arena, MEMORY_MAX);
		assert_int_equal(
		    credentials_parse(str_of(rows[i].value), &arena, &got),
		    rows[i].want);
		arena_done(&arena);
	}
}

/* "Basic " and base64 of name_size times 'a', ':', password_size of 'b'. */
static enum err
parse_long(size_t name_size, size_t password_size)
{
	static char plain[PRINCIPAL_SIZE_MAX + CREDENTIALS_SIZE_MAX + 8];
	static char value[2 * sizeof(plain)] = "Basic ";
	size_t size = name_size + 1 + password_size;
	size_t at = strlen("Basic ");
	struct credentials got;
	struct arena arena;
	enum err err;

	memset(plain, 0, sizeof(plain));
	memset(plain, 'a', name_size);
	plain[name_size] = ':';
	memset(plain + name_size + 1, 'b', password_size);
	for (size_t i = 0; i < size; i += 3) {
		const unsigned char *in = (const unsigned char *)plain + i;
		uint32_t bits = (uint32_t)in[0] << 16 | in[1] << 8 | in[2];

		value[at++] = digits[bits >> 18];
		value[at++] = digits[bits >> 12 & 63];
		value[at++] = i + 1 < size ? digits[bits >> 6 & 63] : '=';
		value[at++] = i + 2 < size ? digits[bits & 63] : '=';
	}
	arena_init(&arena, MEMORY_MAX);
	err = credentials_parse(str_make(value, at), &arena, &got);
	arena_done(&arena);
	return err;
}

static void
limits_the_size_of_each(void **state)
{
	static char token[8 + CREDENTIALS_SIZE_MAX] = "Bearer ";
	struct credentials got;
	struct arena arena;

	(void)state;
	assert_int_equal(parse_long(PRINCIPAL_SIZE_MAX, 8), ERR_NONE);
	assert_int_equal(parse_long(PRINCIPAL_SIZE_MAX + 1, 8), ERR_LIMIT);
	assert_int_equal(parse_long(8, CREDENTIALS_SIZE_MAX), ERR_NONE);
	assert_int_equal(parse_long(8, CREDENTIALS_SIZE_MAX + 1), ERR_LIMIT);
	memset(token + 7, 'a', CREDENTIALS_SIZE_MAX + 1);
	arena_init(&arena, MEMORY_MAX);
	assert_int_equal(
	    credentials_parse(
	        str_make(token, 7 + CREDENTIALS_SIZE_MAX), &arena, &got),
	    ERR_NONE);
	assert_int_equal(
	    credentials_parse(
	        str_make(token, 8 + CREDENTIALS_SIZE_MAX), &arena, &got),
	    ERR_LIMIT);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_passwords_and_tokens),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(limits_the_size_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
