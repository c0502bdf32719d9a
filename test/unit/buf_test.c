/*
 * buf_test.c - bytes that grow up to a stated maximum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
builds_text_from_pieces(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_add_text(&buf, "HTTP/");
	buf_add(&buf, NULL, 0);
	buf_add_str(&buf, str_of("1."));
	buf_add_char(&buf, '1');
	buf_add_char(&buf, ' ');
	buf_add_u64(&buf, 102);
	buf_printf(&buf, " %s%c", "Processing", '!');
	assert_int_equal(buf.err, ERR_NONE);
	assert_true(str_is(buf_str(&buf), "HTTP/1.1 102 Processing!"));
	buf_done(&buf);
	assert_true(str_is_empty(buf_str(&buf)));
}

static void
writes_numbers_of_any_size(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_add_u64(&buf, 0);
	buf_add_char(&buf, ' ');
	buf_add_u64(&buf, UINT64_MAX);
	assert_true(str_is(buf_str(&buf), "0 18446744073709551615"));
	buf_done(&buf);
}

static void
takes_all_that_fits_and_nothing_of_what_does_not(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_add_text(&buf, "abc");
	buf_add_text(&buf, "d");
	assert_int_equal(buf.err, ERR_NONE);
	buf_add_text(&buf, "");
	assert_int_equal(buf.err, ERR_NONE);
	buf_add_text(&buf, "e");
	assert_int_equal(buf.err, ERR_LIMIT);
	assert_true(str_is(buf_str(&buf), "abcd"));
	buf_done(&buf);
}

static void
ignores_all_after_an_error(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_add_text(&buf, "abcde");
	buf_add_text(&buf, "a");
	buf_add_u64(&buf, 1);
	buf_printf(&buf, "%d", 1);
	assert_null(buf_room(&buf, 1));
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.err, ERR_LIMIT);
	buf_clear(&buf);
	buf_add_text(&buf, "abcd");
	assert_int_equal(buf.err, ERR_NONE);
	assert_true(str_is(buf_str(&buf), "abcd"));
	buf_done(&buf);
}

/* One octet more is needed while it prints: for the NUL. */
static void
prints_what_leaves_one_octet_free(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_printf(&buf, "%s", "abc");
	assert_int_equal(buf.err, ERR_NONE);
	assert_int_equal(buf.len, 3);
	buf_clear(&buf);
	buf_printf(&buf, "%s", "abcd");
	assert_int_equal(buf.err, ERR_LIMIT);
	buf_done(&buf);
}

static void
grows_to_its_maximum_and_no_further(void **state)
{
	enum { MAX = 100000 };
	struct buf buf;

	(void)state;
	buf_init(&buf, MAX);
	for (int i = 0; i < MAX; i++)
		buf_add_char(&buf, (char)i);
	assert_int_equal(buf.err, ERR_NONE);
	assert_int_equal(buf.capacity, MAX);
	for (int i = 0; i < MAX; i++)
		assert_int_equal(buf.data[i], (char)i);
	buf_add_char(&buf, 'x');
	assert_int_equal(buf.err, ERR_LIMIT);
	buf_done(&buf);
}

static void
gives_room_to_write_in(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	buf_add_text(&buf, "a");
	memcpy(buf_room(&buf, 999), "bc", 2);
	buf_grew(&buf, 2);
	assert_true(str_is(buf_str(&buf), "abc"));
	expect_assert_failure(buf_grew(&buf, 998));
	assert_null(buf_room(&buf, 998));
	assert_int_equal(buf.err, ERR_LIMIT);
	buf_done(&buf);
}

static void
drops_what_was_used_from_its_front(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	buf_cut(&buf, 0);
	buf_add_text(&buf, "abcdef");
	buf_cut(&buf, 0);
	buf_cut(&buf, 2);
	assert_true(str_is(buf_str(&buf), "cdef"));
	expect_assert_failure(buf_cut(&buf, 5));
	buf_cut(&buf, 4);
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
}

static void
needs_a_maximum(void **state)
{
	struct buf buf;

	(void)state;
	expect_assert_failure(buf_init(&buf, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_text_from_pieces),
		cmocka_unit_test(writes_numbers_of_any_size),
		cmocka_unit_test(
		    takes_all_that_fits_and_nothing_of_what_does_not),
		cmocka_unit_test(ignores_all_after_an_error),
		cmocka_unit_test(prints_what_leaves_one_octet_free),
		cmocka_unit_test(grows_to_its_maximum_and_no_further),
		cmocka_unit_test(gives_room_to_write_in),
		cmocka_unit_test(drops_what_was_used_from_its_front),
		cmocka_unit_test(needs_a_maximum),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
