/*
 * units_test.c - durations and sizes as people write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/units.h"

static void
reads_durations(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		int64_t ms;
	} rows[] = {
		{ "0", ERR_NONE, 0 },
		{ "0s", ERR_NONE, 0 },
		{ "500ms", ERR_NONE, 500 },
		{ "20s", ERR_NONE, 20000 },
		{ "5m", ERR_NONE, 300000 },
		{ "24h", ERR_NONE, 86400000 },
		{ "366d", ERR_NONE, INT64_C(366) * 86400000 },
		{ "367d", ERR_RANGE, -1 },
		{ "31622400s", ERR_NONE, INT64_C(366) * 86400000 },
		{ "31622401s", ERR_RANGE, -1 },
		{ "99999999999999999999ms", ERR_RANGE, -1 },
		{ "", ERR_SYNTAX, -1 },
		{ "20", ERR_SYNTAX, -1 },
		{ "s", ERR_SYNTAX, -1 },
		{ "-1s", ERR_SYNTAX, -1 },
		{ "1.5s", ERR_SYNTAX, -1 },
		{ "1 s", ERR_SYNTAX, -1 },
		{ " 1s", ERR_SYNTAX, -1 },
		{ "1S", ERR_SYNTAX, -1 },
		{ "1h30m", ERR_SYNTAX, -1 },
		{ "1sec", ERR_SYNTAX, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = -1;

		assert_int_equal(
		    units_duration(str_of(rows[i].text), &ms), rows[i].err);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void
reads_sizes(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		uint64_t size;
	} rows[] = {
		{ "0", ERR_NONE, 0 },
		{ "512", ERR_NONE, 512 },
		{ "64k", ERR_NONE, 65536 },
		{ "10m", ERR_NONE, 10485760 },
		{ "2g", ERR_NONE, UINT64_C(2) << 30 },
		{ "1t", ERR_NONE, UINT64_C(1) << 40 },
		{ "9223372036854775807", ERR_NONE, INT64_MAX },
		{ "9223372036854775808", ERR_RANGE, 1 },
		{ "8388607t", ERR_NONE, UINT64_C(8388607) << 40 },
		{ "8388608t", ERR_RANGE, 1 },
		{ "", ERR_SYNTAX, 1 },
		{ "k", ERR_SYNTAX, 1 },
		{ "1K", ERR_SYNTAX, 1 },
		{ "1kb", ERR_SYNTAX, 1 },
		{ "-1", ERR_SYNTAX, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t size = 1;

		assert_int_equal(
		    units_size(str_of(rows[i].text), &size), rows[i].err);
		assert_int_equal(size, rows[i].size);
	}
}

static void
writes_what_is_read_as_the_same(void **state)
{
	static const char *const durations[] = { "0", "500ms", "20s", "90s",
		"5m", "1h", "1d", "366d", "1001ms" };
	static const char *const sizes[] = { "0", "1", "1023", "64k", "10m",
		"2g", "1t", "8388607t", "9223372036854775807" };
	char text[UNITS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		int64_t ms;

		assert_int_equal(
		    units_duration(str_of(durations[i]), &ms), ERR_NONE);
		units_duration_text(ms, text);
		assert_string_equal(text, durations[i]);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t size;

		assert_int_equal(units_size(str_of(sizes[i]), &size), ERR_NONE);
		units_size_text(size, text);
		assert_string_equal(text, sizes[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(writes_what_is_read_as_the_same),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
