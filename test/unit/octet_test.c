/*
 * octet_test.c - the promises of http/octet.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/octet.h"

static void
knows_each_octet_of_a_token(void **state)
{
	static const char tchars[] = "!#$%&'*+-.^_`|~0123456789"
	                             "abcdefghijklmnopqrstuvwxyz"
	                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	(void)state;
	for (int i = 0; i < 256; i++) {
		bool want = memchr(tchars, i, sizeof(tchars) - 1) != NULL;

		assert_int_equal(octet_is_token((char)i), want);
	}
}

static void
lets_no_control_but_a_tab_into_a_value(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		bool is_control = i < 0x20 || i == 0x7f;

		assert_int_equal(octet_is_control((char)i), is_control);
		assert_int_equal(
		    octet_is_value((char)i), !is_control || i == '\t');
	}
}

static void
reads_hexadecimal_digits(void **state)
{
	static const char digits[] = "0123456789abcdef";

	(void)state;
	for (int i = 0; i < 256; i++) {
		bool is_upper = i >= 'A' && i <= 'F';
		const char *at =
		    memchr(digits, is_upper ? i + 32 : i, sizeof(digits) - 1);

		assert_int_equal(
		    octet_hex((char)i), at == NULL ? -1 : (int)(at - digits));
	}
}

static void
judges_whole_texts(void **state)
{
	(void)state;
	assert_true(octet_all_digit(str_of("0123456789")));
	assert_false(octet_all_digit(str_of("")));
	assert_false(octet_all_digit(str_of("1/")));
	assert_false(octet_all_digit(str_of(":1")));
	assert_true(octet_all_token(str_of("PROPFIND")));
	assert_false(octet_all_token(str_of("")));
	assert_false(octet_all_token(str_of("a b")));
	assert_true(octet_all_value(str_of("")));
	assert_true(octet_all_value(str_of("a\t\xff \"")));
	assert_false(octet_all_value(str_make("a\0", 2)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_octet_of_a_token),
		cmocka_unit_test(lets_no_control_but_a_tab_into_a_value),
		cmocka_unit_test(reads_hexadecimal_digits),
		cmocka_unit_test(judges_whole_texts),
	};

	return cmocka_run_group_tests_name("octet", tests, NULL, NULL);
}
