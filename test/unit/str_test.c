/*
 * str_test.c - views of text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static const struct str none = { NULL, 0 };

static void
compares_octets_and_lengths(void **state)
{
	struct str with_nul = STR("a\0b");

	(void)state;
	assert_true(str_equal(none, str_of("")));
	assert_true(str_equal(str_of("ab"), str_of("ab")));
	assert_false(str_equal(str_of("ab"), str_of("aB")));
	assert_false(str_equal(str_of("ab"), str_of("abc")));
	assert_false(str_is(with_nul, "a"));
	assert_int_equal(with_nul.len, 3);
	assert_true(str_is(none, ""));
	assert_true(str_is_empty(str_of(NULL)));
}

static void
folds_the_case_of_ascii_alone(void **state)
{
	(void)state;
	assert_true(str_is_nocase(str_of("Content-Type"), "cONTENT-tYPE"));
	assert_false(str_is_nocase(str_of("content-typ"), "content-type"));
	assert_false(str_is_nocase(str_of("content-types"), "content-type"));
	assert_false(str_is_nocase(str_of("\xc3\xa4"), "\xc3\x84"));
	assert_false(str_is_nocase(str_make("a\0b", 3), "a"));
	assert_true(str_starts_nocase(str_of("ABc"), "ab"));
	assert_false(str_starts_nocase(str_of("A"), "ab"));
	assert_true(str_starts_nocase(none, ""));
}

static void
knows_how_a_text_starts_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts(str_of("abc"), str_of("ab")));
	assert_true(str_starts(str_of("ab"), str_of("ab")));
	assert_false(str_starts(str_of("a"), str_of("ab")));
	assert_true(str_starts(none, none));
	assert_true(str_ends(str_of("abc"), str_of("bc")));
	assert_false(str_ends(str_of("c"), str_of("bc")));
	assert_true(str_ends(str_of("abc"), none));
	assert_true(str_has(str_of("abc"), 'c'));
	assert_false(str_has(str_of("abc"), 'd'));
	assert_false(str_has(none, '\0'));
}

static void
orders_the_shorter_first(void **state)
{
	static const char *const sorted[] = { "", "a", "a!", "aa", "b",
		"\xff" };
	enum { COUNT = sizeof(sorted) / sizeof(sorted[0]) };

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < COUNT; j++) {
			int order =
			    str_compare(str_of(sorted[i]), str_of(sorted[j]));

			assert_int_equal(
			    (order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void
goes_no_further_than_the_end(void **state)
{
	(void)state;
	assert_true(str_is(str_from(str_of("abc"), 1), "bc"));
	assert_true(str_is(str_from(str_of("abc"), 3), ""));
	assert_true(str_is(str_from(none, 0), ""));
	expect_assert_failure(str_from(str_of("abc"), 4));
}

static void
trims_spaces_and_tabs_alone(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ " \t ", "" },
		{ " a b\t", "a b" },
		{ "\ra\n", "\ra\n" },
		{ "\va", "\va" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(str_is(str_trim(str_of(rows[i][0])), rows[i][1]));
}

static void
cuts_at_the_first_separator(void **state)
{
	static const char *const rows[][3] = {
		{ "a,b,c", "a", "b,c" },
		{ ",b", "", "b" },
		{ "a,", "a", "" },
		{ "abc", "abc", "" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str rest = str_of(rows[i][0]);

		assert_true(str_is(str_cut(&rest, ','), rows[i][1]));
		assert_true(str_is(rest, rows[i][2]));
	}
}

static void
reads_decimal_digits_up_to_a_maximum(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		enum err err;
		uint64_t value;
	} rows[] = {
		{ "0", 0, ERR_NONE, 0 },
		{ "1", 0, ERR_RANGE, 0 },
		{ "000", 0, ERR_NONE, 0 },
		{ "65535", 65535, ERR_NONE, 65535 },
		{ "65536", 65535, ERR_RANGE, 0 },
		{ "9", 8, ERR_RANGE, 0 },
		{ "18446744073709551615", UINT64_MAX, ERR_NONE, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, ERR_RANGE, 0 },
		{ "99999999999999999999", UINT64_MAX, ERR_RANGE, 0 },
		{ "", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "+1", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "-1", UINT64_MAX, ERR_SYNTAX, 0 },
		{ " 1", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "1 ", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "0x1", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "1/", UINT64_MAX, ERR_SYNTAX, 0 },
		{ "1:", UINT64_MAX, ERR_SYNTAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 0;

		assert_int_equal(
		    str_to_u64(str_of(rows[i].text), rows[i].max, &value),
		    rows[i].err);
		assert_int_equal(value, rows[i].value);
	}
}

static void
puts_one_copy_behind_the_other(void **state)
{
	char memory[] = "......";
	char *room = memory;
	struct str first, second, third;

	(void)state;
	first = str_put(&room, str_of("ab"));
	second = str_put(&room, str_of(NULL));
	third = str_put(&room, str_of("cde"));
	assert_string_equal(memory, "abcde.");
	assert_true(room == memory + 5);
	assert_true(str_is(first, "ab"));
	assert_true(str_is(second, ""));
	assert_true(str_is(third, "cde"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_octets_and_lengths),
		cmocka_unit_test(folds_the_case_of_ascii_alone),
		cmocka_unit_test(knows_how_a_text_starts_and_ends),
		cmocka_unit_test(orders_the_shorter_first),
		cmocka_unit_test(goes_no_further_than_the_end),
		cmocka_unit_test(trims_spaces_and_tabs_alone),
		cmocka_unit_test(cuts_at_the_first_separator),
		cmocka_unit_test(puts_one_copy_behind_the_other),
		cmocka_unit_test(reads_decimal_digits_up_to_a_maximum),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
