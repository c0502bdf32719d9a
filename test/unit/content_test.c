/*
 * content_test.c - content, out of its framing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/content.h"
#include "http/request.h"

/* All content of the input, fed in steps; what is left is in *rest. */
static enum err
read_all(struct content *content, struct str *rest, size_t step,
    struct buf *out_content)
{
	enum err err = ERR_AGAIN;
	size_t at = 0;

	while (err == ERR_AGAIN && at < rest->len) {
		struct str part = str_from(*rest, at);
		size_t before = part.len < step ? part.len : step;

		part.len = before;
		for (;;) {
			struct str piece;

			err = content_next(content, &part, &piece);
			if (err != ERR_NONE || piece.len == 0)
				break;
			buf_add_str(out_content, piece);
		}
		at += before - part.len;
	}
	*rest = str_from(*rest, at);
	return err;
}

static void
cuts_the_content_off_whatever_follows(void **state)
{
	static const struct {
		uint64_t size;
		const char *input;
	} rows[] = {
		{ 5, "abcdeGET" },
		{ 0, "GET" },
		{ BODY_SIZE_UNKNOWN,
		    "2\r\nab\r\n3\r\ncde\r\n0\r\nA: b\r\n\r\nGET" },
		{ BODY_SIZE_UNKNOWN, "0\r\n\r\nGET" },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t step = 1; step < 40; step++) {
			struct str rest = str_of(rows[i].input);
			struct content content;
			struct buf got;

			buf_init(&got, 100);
			content_init(&content, rows[i].size);
			assert_int_equal(
			    read_all(&content, &rest, step, &got), ERR_NONE);
			assert_true(content_is_done(&content));
			assert_true(str_is(rest, "GET"));
			assert_true(
			    str_is(buf_str(&got), i % 2 == 0 ? "abcde" : ""));
			buf_done(&got);
		}
	}
}

static void
is_not_done_before_its_last_octet(void **state)
{
	static const struct {
		uint64_t size;
		const char *input;
	} rows[] = {
		{ 5, "abcd" },
		{ INT64_MAX, "abc" },
		{ BODY_SIZE_UNKNOWN, "2\r\nab\r\n0\r\n\r" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct str rest = str_of(rows[i].input);
		struct content content;
		struct buf got;

		buf_init(&got, 100);
		content_init(&content, rows[i].size);
		assert_int_equal(
		    read_all(&content, &rest, 100, &got), ERR_AGAIN);
		assert_false(content_is_done(&content));
		assert_int_equal(rest.len, 0);
		buf_done(&got);
	}
}

static void
tells_of_framing_that_is_wrong(void **state)
{
	struct str rest = str_of("x\r\n");
	struct content content;
	struct str piece;

	(void)state;
	content_init(&content, BODY_SIZE_UNKNOWN);
	assert_int_equal(content_next(&content, &rest, &piece), ERR_SYNTAX);
	assert_int_equal(content_next(&content, &rest, &piece), ERR_SYNTAX);
	assert_false(content_is_done(&content));
}

static void
is_short_when_its_rest_is_known_to_be(void **state)
{
	struct str input = str_of("a");
	struct content content;
	struct str piece;

	(void)state;
	content_init(&content, 10);
	assert_true(content_is_short(&content, 10));
	assert_false(content_is_short(&content, 9));
	assert_int_equal(content_next(&content, &input, &piece), ERR_NONE);
	assert_true(content_is_short(&content, 9));
	content_init(&content, BODY_SIZE_UNKNOWN);
	assert_false(content_is_short(&content, UINT64_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_the_content_off_whatever_follows),
		cmocka_unit_test(is_not_done_before_its_last_octet),
		cmocka_unit_test(tells_of_framing_that_is_wrong),
		cmocka_unit_test(is_short_when_its_rest_is_known_to_be),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
