/*
 * table_test.c - the promises of apps/table.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "apps/table.h"

static const char *const heads[] = { "NAME", "SIZE", NULL };

/* What is printed of one row. */
static void
assert_shown(const char *name, const char *size, const char *want)
{
	struct table table;
	char *text = NULL;
	size_t text_size = 0;
	FILE *out = open_memstream(&text, &text_size);

	assert_non_null(out);
	table_init(&table, heads);
	table_add(&table, str_of(name));
	table_add(&table, str_of(size));
	assert_int_equal(table_print(&table, out), ERR_NONE);
	(void)fclose(out);
	assert_string_equal(text, want);
	free(text);
	table_done(&table);
}

static void
columns_are_as_wide_as_their_widest_cell(void **state)
{
	(void)state;
	assert_shown("a", "1", "NAME  SIZE\na     1\n");
	assert_shown("abcdef", "1", "NAME    SIZE\nabcdef  1\n");
	assert_shown("", "", "NAME  SIZE\n-     -\n");
}

static void
counts_characters_not_octets(void **state)
{
	(void)state;
	assert_shown("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80zzz", "1",
	    "NAME    SIZE\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80zzz  1\n");
}

/* In pairs: what is shown, and its neighbour that is not. */
static void
shows_nothing_that_would_fool_a_terminal(void **state)
{
	static const struct {
		const char *cell;
		const char *want;
	} rows[] = {
		{ "abcde\x1f", "abcde?" },
		{ "abcde ", "abcde " },
		{ "abcde~", "abcde~" },
		{ "abcde\x7f", "abcde?" },
		{ "abcde\x1b", "abcde?" },
		{ "abcde\xc2\x9f", "abcde?" },
		{ "abcde\xc2\xa0", "abcde\xc2\xa0" },
		{ "abcde\xe2\x80\x8a", "abcde\xe2\x80\x8a" },
		{ "abcde\xe2\x80\x8b", "abcde?" },
		{ "abcde\xe2\x80\x8f", "abcde?" },
		{ "abcde\xe2\x80\x90", "abcde\xe2\x80\x90" },
		{ "abcde\xe2\x80\xa7", "abcde\xe2\x80\xa7" },
		{ "abcde\xe2\x80\xa8", "abcde?" },
		{ "abcde\xe2\x80\xae", "abcde?" },
		{ "abcde\xe2\x80\xaf", "abcde\xe2\x80\xaf" },
		{ "abcde\xe2\x81\x9f", "abcde\xe2\x81\x9f" },
		{ "abcde\xe2\x81\xa0", "abcde?" },
		{ "abcde\xe2\x81\xaf", "abcde?" },
		{ "abcde\xe2\x81\xb0", "abcde\xe2\x81\xb0" },
		{ "abcde\xef\xbb\xbf", "abcde?" },
		{ "abcde\xef\xbb\xbe", "abcde\xef\xbb\xbe" },
		/* What is no UTF-8. */
		{ "abcde\xff", "abcde?" },
		{ "abcde\x80", "abcde?" },
		{ "abcd\xe2\x80", "abcd??" },
	};
	char want[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(
		    want, sizeof(want), "NAME    SIZE\n%s  1\n", rows[i].want);
		assert_shown(rows[i].cell, "1", want);
	}
}

static void
refuses_to_print_half_a_row(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, heads);
	table_add(&table, str_of("a"));
	expect_assert_failure((void)table_print(&table, stdout));
	table_done(&table);
}

static void
says_that_too_much_was_added(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, heads);
	table.cells.size_max = table.cells.len + 2;
	table_add(&table, str_of("a"));
	table_add(&table, str_of("b"));
	assert_int_equal(table_print(&table, stdout), ERR_LIMIT);
	table_done(&table);
}

static void
writes_sizes_short(void **state)
{
	static const struct {
		uint64_t size;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1.0k" },
		{ 1536, "1.5k" },
		{ 10188, "9.9k" },
		{ 10189, "10k" },
		{ 1048063, "1023k" },
		{ 1048064, "1.0m" },
		{ 20 * 1024 * 1024, "20m" },
		{ UINT64_C(3) << 30, "3.0g" },
		{ UINT64_MAX, "16e" },
	};
	char out[TABLE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		table_format_size(rows[i].size, out);
		assert_string_equal(out, rows[i].want);
	}
}

static void
writes_ages_short(void **state)
{
	static const struct {
		int64_t age_s;
		const char *want;
	} rows[] = {
		{ -5, "0s" }, /* the clock was set back */
		{ 59, "59s" },
		{ 60, "1m00s" },
		{ 3599, "59m59s" },
		{ 3600, "1h00m" },
		{ 24 * 3600 - 1, "23h59m" },
		{ 24 * 3600, "1d0h" },
		{ INT64_MAX, "106751991167300d15h" },
	};
	char out[TABLE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		table_format_age(rows[i].age_s, out);
		assert_string_equal(out, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(counts_characters_not_octets),
		cmocka_unit_test(shows_nothing_that_would_fool_a_terminal),
		cmocka_unit_test(refuses_to_print_half_a_row),
		cmocka_unit_test(says_that_too_much_was_added),
		cmocka_unit_test(writes_sizes_short),
		cmocka_unit_test(writes_ages_short),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
