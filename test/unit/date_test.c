/*
 * date_test.c - the promises of http/date.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/date.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define NOW_S INT64_C(1795381985) /* 2026-11-22T21:13:05Z */

static void
writes_dates(void **state)
{
	static const struct {
		int64_t wall_s;
		const char *http;
		const char *iso;
	} rows[] = {
		{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT",
		    "1994-11-06T08:49:37Z" },
		{ NOW_S, "Sun, 22 Nov 2026 21:13:05 GMT",
		    "2026-11-22T21:13:05Z" },
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z" },
		{ -1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT",
		    "2000-02-29T00:00:00Z" },
		{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT",
		    "2100-03-01T00:00:00Z" },
		{ DATE_WALL_S_MIN, "Mon, 01 Jan 1601 00:00:00 GMT",
		    "1601-01-01T00:00:00Z" },
		{ DATE_WALL_S_MAX, "Fri, 31 Dec 9999 23:59:59 GMT",
		    "9999-12-31T23:59:59Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char http[DATE_SIZE];
		char iso[DATE_ISO_SIZE];

		date_format(rows[i].wall_s, http);
		date_format_iso(rows[i].wall_s, iso);
		assert_string_equal(http, rows[i].http);
		assert_string_equal(iso, rows[i].iso);
	}
}

static void
writes_the_nearest_of_what_cannot_be_written(void **state)
{
	char iso[DATE_ISO_SIZE];

	(void)state;
	date_format_iso(DATE_WALL_S_MIN - 1, iso);
	assert_string_equal(iso, "1601-01-01T00:00:00Z");
	date_format_iso(INT64_MIN, iso);
	assert_string_equal(iso, "1601-01-01T00:00:00Z");
	date_format_iso(DATE_WALL_S_MAX + 1, iso);
	assert_string_equal(iso, "9999-12-31T23:59:59Z");
	date_format_iso(INT64_MAX, iso);
	assert_string_equal(iso, "9999-12-31T23:59:59Z");
}

static void
reads_what_it_writes(void **state)
{
	const int64_t step_s = INT64_C(86400) * 17 + 3661;

	(void)state;
	for (int64_t wall_s = DATE_WALL_S_MIN; wall_s <= DATE_WALL_S_MAX;
	     wall_s += step_s) {
		char text[DATE_SIZE];
		int64_t again_s = 0;

		date_format(wall_s, text);
		assert_int_equal(
		    date_parse(str_of(text), NOW_S, &again_s), ERR_NONE);
		assert_true(again_s == wall_s);
	}
}

static void
reads_the_three_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t wall_s;
	} rows[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Sun Nov 06 08:49:37 1994", 784111777 },
		{ "Wed Nov 16 08:49:37 1994", 784975777 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t wall_s = 0;

		assert_int_equal(
		    date_parse(str_of(rows[i].text), NOW_S, &wall_s), ERR_NONE);
		assert_true(wall_s == rows[i].wall_s);
	}
}

/* The day and the time of now: 50 years ahead is the last that is ahead. */
static void
takes_two_digits_for_the_last_such_year_within_fifty(void **state)
{
	static const struct {
		const char *text;
		int64_t now_s;
		const char *want;
	} rows[] = {
		{ "Sunday, 22-Nov-76 21:13:05 GMT", NOW_S,
		    "2076-11-22T21:13:05Z" },
		{ "Tuesday, 22-Nov-77 21:13:05 GMT", NOW_S,
		    "1977-11-22T21:13:05Z" },
		{ "Saturday, 01-Jan-00 00:00:00 GMT", NOW_S,
		    "2000-01-01T00:00:00Z" },
		{ "Friday, 01-Jan-10 00:00:00 GMT", NOW_S,
		    "2010-01-01T00:00:00Z" },
		{ "Friday, 01-Jan-99 00:00:00 GMT", NOW_S,
		    "1999-01-01T00:00:00Z" },
		{ "Wednesday, 01-Jan-10 00:00:00 GMT", 3786912000,
		    "2110-01-01T00:00:00Z" }, /* asked in 2090 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char iso[DATE_ISO_SIZE];
		int64_t wall_s = 0;

		assert_int_equal(
		    date_parse(str_of(rows[i].text), rows[i].now_s, &wall_s),
		    ERR_NONE);
		date_format_iso(wall_s, iso);
		assert_string_equal(iso, rows[i].want);
	}
}

static void
refuses_all_else(void **state)
{
	static const char *const rows[] = {
		"",
		"Sun",
		"1994-11-06T08:49:37Z",
		"784111777",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06 Nov 01994 08:49:37 GMT",
		"Mon, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 07-Nov-94 08:49:37 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Thu, 29 Feb 1900 00:00:00 GMT",
		"Wed, 31 Nov 1994 00:00:00 GMT",
		"Mon, 00 Nov 1994 00:00:00 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 23:60:00 GMT",
		"Sun, 06 Nov 1994 23:59:61 GMT",
		"Sun, 06 Nov 1994 -1:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov  6 08:49:37 ",
		", 05 Nov 1994 08:49:37 GMT",
		"Sun, 04  1994 08:49:37 GMT",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t wall_s;

		if (date_parse(str_of(rows[i]), NOW_S, &wall_s) != ERR_SYNTAX)
			fail_msg("%s", rows[i]);
	}
}

static void
refuses_years_that_it_cannot_write(void **state)
{
	static const struct {
		const char *text;
		enum err want;
	} rows[] = {
		{ "Mon, 01 Jan 1601 00:00:00 GMT", ERR_NONE },
		{ "Sun, 31 Dec 1600 23:59:59 GMT", ERR_RANGE },
		{ "Sat, 01 Jan 0000 00:00:00 GMT", ERR_RANGE },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", ERR_NONE },
		{ "Fri, 31 Dec 9999 23:59:60 GMT", ERR_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t wall_s;

		assert_int_equal(
		    date_parse(str_of(rows[i].text), NOW_S, &wall_s),
		    rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_dates),
		cmocka_unit_test(writes_the_nearest_of_what_cannot_be_written),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(reads_the_three_forms),
		cmocka_unit_test(
		    takes_two_digits_for_the_last_such_year_within_fifty),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(refuses_years_that_it_cannot_write),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
