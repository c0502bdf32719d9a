/*
 * chunk_test.c - the promises of http/chunk.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/chunk.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct result {
	enum err err; /* ERR_NONE: done; ERR_AGAIN: not yet */
	struct buf content;
	size_t rest_size; /* what follows the body */
};

static void
feed(struct chunk *chunk, struct str input, struct result *result)
{
	struct str piece;

	do {
		result->err = chunk_next(chunk, &input, &piece);
		if (result->err == ERR_NONE)
			buf_add_str(&result->content, piece);
	} while (result->err == ERR_NONE && piece.len > 0);
	result->rest_size += input.len;
}

/* Decodes input as it comes when it is cut in two places. */
static void
decode(struct str input, size_t cut, size_t cut_again, struct result *result)
{
	struct chunk chunk;

	*result = (struct result){ .err = ERR_AGAIN };
	buf_init(&result->content, 2 * HEAD_SIZE_MAX);
	chunk_init(&chunk);
	feed(&chunk, str_make(input.data, cut), result);
	feed(&chunk, str_make(input.data + cut, cut_again - cut), result);
	feed(&chunk, str_from(input, cut_again), result);
	assert_int_equal(chunk_is_done(&chunk), result->err == ERR_NONE);
}

static void
assert_decoded(struct str input, enum err want_err, const char *want)
{
	struct result result;

	decode(input, 0, 0, &result);
	if (result.err != want_err || !str_is(buf_str(&result.content), want))
		fail_msg("%.*s: %s", STR_ARG(input), err_text(result.err));
	buf_done(&result.content);
}

static void
gives_the_content(void **state)
{
	static const struct {
		const char *input;
		const char *content;
	} rows[] = {
		{ "0\r\n\r\n", "" },
		{ "000\r\n\r\n", "" },
		{ "1\r\na\r\n0\r\n\r\n", "a" },
		{ "a\r\n0123456789\r\n0\r\n\r\n", "0123456789" },
		{ "B\r\n0123456789a\r\n0\r\n\r\n", "0123456789a" },
		{ "3\r\nabc\r\n2\r\n\r\n\r\n0\r\n\r\n", "abc\r\n" },
		{ "1;x\r\na\r\n0;y=\"z\";\t\r\n\r\n", "a" },
		{ "1;\r\na\r\n0;\xff\r\n\r\n", "a" },
		{ "0000000000000001\r\na\r\n0\r\n\r\n", "a" },
		{ "1\r\na\r\n0\r\nA: b\r\nC:\r\n\r\n", "a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_decoded(
		    str_of(rows[i].input), ERR_NONE, rows[i].content);
}

static void
waits_for_the_end(void **state)
{
	static const char whole[] = "2;x\r\nab\r\n0\r\nA: b\r\n\r\n";

	(void)state;
	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		struct result result;

		decode((struct str){ whole, size }, 0, 0, &result);
		assert_int_equal(result.err, ERR_AGAIN);
		assert_int_equal(result.rest_size, 0);
		buf_done(&result.content);
	}
}

static void
refuses_what_is_malformed(void **state)
{
	static const char *const rows[] = { "\r\n", "g\r\n", " 0\r\n", "0 \r\n",
		"+1\r\n", "-1\r\n", "0x1\r\n", "1 ;a\r\n", ";a\r\n", "1\n",
		"1\r\r\n", "1\ra", "1;a\nb", "1;a\rb", "1;\x01", "1;\x7f",
		"1\t\r\n", "0\r\n ", "0\r\n\n", "0\r\n\r\r", "0\r\n: a",
		"0\r\nA :", "0\r\nA\r\n", "0\r\nA: b\n", "0\r\nA: b\rc",
		"0\r\nA: b\x01", "0\r\nA: b\r\n c", "0\r\nA: b\r\n\tc",
		"0\r\nA: b\r\n\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_decoded(str_of(rows[i]), ERR_SYNTAX, "");
	assert_decoded((struct str){ "1;\0", 3 }, ERR_SYNTAX, "");
}

static void
wants_a_line_end_behind_the_data(void **state)
{
	static const char *const rows[] = { "1\r\naa\r\n", "1\r\na\n",
		"1\r\na\ra", "1\r\na0\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_decoded(str_of(rows[i]), ERR_SYNTAX, "a");
}

static void
takes_the_largest_size_and_not_one_more(void **state)
{
	static const struct {
		const char *input;
		enum err err;
		const char *content;
	} rows[] = {
		{ "7fffffffffffffff\r\nab", ERR_AGAIN, "ab" },
		{ "8000000000000000\r\nab", ERR_RANGE, "" },
		{ "ffffffffffffffff\r\nab", ERR_RANGE, "" },
		{ "00000000000000001\r\nab", ERR_RANGE, "" },
		{ "1\r\na\r\n7ffffffffffffffe\r\nb", ERR_AGAIN, "ab" },
		{ "1\r\na\r\n7fffffffffffffff\r\nb", ERR_RANGE, "a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_decoded(
		    str_of(rows[i].input), rows[i].err, rows[i].content);
}

/* prefix, filled up to size octets, then suffix. */
static void
assert_filled(
    const char *prefix, size_t size, const char *suffix, enum err want)
{
	struct buf input;

	buf_init(&input, 2 * HEAD_SIZE_MAX);
	buf_add_text(&input, prefix);
	while (input.len < size)
		buf_add_char(&input, 'x');
	buf_add_text(&input, suffix);
	assert_decoded(buf_str(&input), want, "");
	buf_done(&input);
}

static void
takes_the_longest_line_and_not_one_more(void **state)
{
	(void)state;
	assert_filled("0;", CHUNK_LINE_SIZE_MAX, "\r\n\r\n", ERR_NONE);
	assert_filled("0;", CHUNK_LINE_SIZE_MAX + 1, "\r\n\r\n", ERR_SYNTAX);
}

static void
takes_the_longest_trailer_and_not_one_more(void **state)
{
	static const char start[] = "0\r\nA: b\r\nA:";
	const size_t size = sizeof("0\r\n") - 1 + TRAILER_SIZE_MAX - 2;

	(void)state;
	assert_filled(start, size, "\r\n\r\n", ERR_NONE);
	assert_filled(start, size + 1, "\r\n\r\n", ERR_SYNTAX);
}

static void
leaves_what_follows_the_body(void **state)
{
	static const char input[] = "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
	struct chunk chunk;
	struct str rest = { input, sizeof(input) - 1 };
	struct str piece;

	(void)state;
	chunk_init(&chunk);
	assert_int_equal(chunk_next(&chunk, &rest, &piece), ERR_NONE);
	assert_true(str_is(piece, "a"));
	assert_false(chunk_is_done(&chunk));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(chunk_next(&chunk, &rest, &piece), ERR_NONE);
		assert_int_equal(piece.len, 0);
		assert_true(chunk_is_done(&chunk));
		assert_true(str_is(rest, "GET / HTTP/1.1\r\n"));
	}
}

static void
never_recovers_from_an_error(void **state)
{
	struct chunk chunk;
	struct str bad = STR("x");
	struct str good = STR("0\r\n\r\n");
	struct str piece;

	(void)state;
	chunk_init(&chunk);
	assert_int_equal(chunk_next(&chunk, &bad, &piece), ERR_SYNTAX);
	assert_int_equal(chunk_next(&chunk, &good, &piece), ERR_SYNTAX);
	assert_int_equal(good.len, 5);
}

static void
decodes_the_same_at_every_split(void **state)
{
	static const char *const rows[] = {
		"3;a=b\r\nabc\r\n0004\r\n\r\n\r\n\r\n0\r\nA: b\r\n\r\nGET",
		"1\r\na\r\n1\r\nbb",
		"2\r\nab\r\nfffffffffffffffff\r\n",
		"2\r\nab\r\n0\r\nA: b\r\n c\r\n\r\n",
	};

	(void)state;
	for (size_t row = 0; row < COUNT(rows); row++) {
		struct str input = str_of(rows[row]);
		struct result want;

		decode(input, 0, 0, &want);
		for (size_t i = 0; i <= input.len; i++) {
			for (size_t j = i; j <= input.len; j++) {
				struct result got;

				decode(input, i, j, &got);
				assert_int_equal(got.err, want.err);
				assert_int_equal(got.rest_size, want.rest_size);
				assert_true(str_equal(buf_str(&got.content),
				    buf_str(&want.content)));
				buf_done(&got.content);
			}
		}
		buf_done(&want.content);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_content),
		cmocka_unit_test(waits_for_the_end),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(wants_a_line_end_behind_the_data),
		cmocka_unit_test(takes_the_largest_size_and_not_one_more),
		cmocka_unit_test(takes_the_longest_line_and_not_one_more),
		cmocka_unit_test(takes_the_longest_trailer_and_not_one_more),
		cmocka_unit_test(leaves_what_follows_the_body),
		cmocka_unit_test(never_recovers_from_an_error),
		cmocka_unit_test(decodes_the_same_at_every_split),
	};

	return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
