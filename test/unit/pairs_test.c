/*
 * pairs_test.c - Status-URI and Progress, as anyone writes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/pairs.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* "423 </a>|201 </b>" */
static void
describe(const char *value, char *out, size_t size)
{
	struct str rest = str_of(value);
	struct pair pair;
	size_t used = 0;

	out[0] = '\0';
	while (pairs_next(&rest, &pair))
		used += (size_t)snprintf(out + used, size - used, "%s%d %.*s",
		    used == 0 ? "" : "|", pair.status, STR_ARG(pair.uri));
}

static void
reads_pairs_however_they_are_written(void **state)
{
	static const struct {
		const char *value;
		const char *pairs;
	} rows[] = {
		{ "", "" },
		{ "423 <http://h/a>", "423 http://h/a" },
		{ "423 <http://h/a> 201 <http://h/b>",
		    "423 http://h/a|201 http://h/b" },
		{ "423 </a>, 201 </b>", "423 /a|201 /b" },
		{ "423</a>201</b>", "423 /a|201 /b" },
		{ "  423  \t </a>  ", "423 /a" },
		{ "999 <x>", "999 x" },
		{ "099 <x>", "" },
		{ "42 <x>", "" },
		{ "4230 <x>", "" },
		{ "423", "" },
		{ "423 <", "" },
		{ "423 <>", "" },
		{ "423 <x", "" },
		{ "423 x> 201 <b>", "201 b" },
		{ "nonsense 201 <b>", "201 b" },
		{ "201 <a> nonsense 404 <c>", "201 a|404 c" },
		{ "201 201 <a>", "201 a" },
	};
	char found[256];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		describe(rows[i].value, found, sizeof(found));
		assert_string_equal(found, rows[i].pairs);
	}
}

static void
reads_progress(void **state)
{
	static const struct {
		const char *value;
		bool is_progress;
		uint64_t done;
		uint64_t total;
	} rows[] = {
		{ "120/4000", true, 120, 4000 },
		{ " 5 / 16 \"remark\"", true, 5, 16 },
		{ "120/", true, 120, 0 },
		{ "120", true, 120, 0 },
		{ "5/4", true, 5, 0 },
		{ "5/5", true, 5, 5 },
		{ "5/x", true, 5, 0 },
		{ "0/0", true, 0, 0 },
		{ "9223372036854775807/", true, INT64_MAX, 0 },
		{ "9223372036854775808/", false, 7, 7 },
		{ "", false, 7, 7 },
		{ "x/5", false, 7, 7 },
		{ "-1/5", false, 7, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t done = 7;
		uint64_t total = 7;

		assert_int_equal(
		    pairs_progress(str_of(rows[i].value), &done, &total),
		    rows[i].is_progress);
		assert_int_equal(done, rows[i].done);
		assert_int_equal(total, rows[i].total);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_pairs_however_they_are_written),
		cmocka_unit_test(reads_progress),
	};

	return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
