/*
 * range_test.c - the promises of http/range.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/range.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A verdict and its ranges as text: "whole", "none", "0+5 7+1". */
static void
assert_resolved(struct str value, uint64_t size, const char *want)
{
	struct range ranges[RANGE_COUNT_MAX];
	size_t count = 0;
	struct buf got;

	buf_init(&got, 4096);
	switch (range_resolve(value, size, ranges, &count)) {
	case RANGE_WHOLE:
		buf_add_text(&got, "whole");
		break;
	case RANGE_UNSATISFIABLE:
		buf_add_text(&got, "none");
		break;
	case RANGE_PARTIAL:
		for (size_t i = 0; i < count; i++)
			buf_printf(&got, "%s%ju+%ju", i == 0 ? "" : " ",
			    (uintmax_t)ranges[i].offset,
			    (uintmax_t)ranges[i].size);
		break;
	}
	if (!str_is(buf_str(&got), want))
		fail_msg("%.*s of %ju: %.*s, not %s", STR_ARG(value),
		    (uintmax_t)size, STR_ARG(buf_str(&got)), want);
	buf_done(&got);
}

struct row {
	const char *value;
	const char *want;
};

static void
assert_rows(const struct row *rows, size_t count, uint64_t size)
{
	for (size_t i = 0; i < count; i++)
		assert_resolved(str_of(rows[i].value), size, rows[i].want);
}

static void
resolves_one_range(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-0", "0+1" },
		{ "bytes=0-", "0+10" },
		{ "bytes=0-9", "0+10" },
		{ "bytes=0-10", "0+10" },
		{ "bytes=9-9", "9+1" },
		{ "bytes=9-", "9+1" },
		{ "bytes=10-", "none" },
		{ "bytes=10-20", "none" },
		{ "bytes=3-5", "3+3" },
		{ "bytes=-1", "9+1" },
		{ "bytes=-10", "0+10" },
		{ "bytes=-11", "0+10" },
		{ "bytes=-0", "none" },
		{ "BYTES=1-2", "1+2" },
		{ "bytes= 1-2 ", "1+2" },
		{ "bytes=,1-2,\t,", "1+2" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 10);
}

static void
survives_huge_numbers(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-18446744073709551615", "0+10" },
		{ "bytes=0-18446744073709551616", "0+10" },
		{ "bytes=9-99999999999999999999999", "9+1" },
		{ "bytes=-99999999999999999999999", "0+10" },
		{ "bytes=99999999999999999999999-", "none" },
		{ "bytes=99999999999999999999998-99999999999999999999999",
		    "none" },
		{ "bytes=18446744073709551616-5", "whole" },
		{ "bytes=0-99999999999999999999999x", "whole" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 10);
	assert_resolved(
	    str_of("bytes=0-"), UINT64_MAX, "0+18446744073709551615");
	assert_resolved(str_of("bytes=-18446744073709551615"), UINT64_MAX,
	    "0+18446744073709551615");
}

static void
sends_all_for_what_is_no_range(void **state)
{
	static const struct row rows[] = {
		{ "", "whole" },
		{ "bytes", "whole" },
		{ "bytes=", "whole" },
		{ "bytes=,", "whole" },
		{ "bytes 0-1", "whole" },
		{ "bytes =0-1", "whole" },
		{ "lines=0-1", "whole" },
		{ "bytes=-", "whole" },
		{ "bytes=5", "whole" },
		{ "bytes=2-1", "whole" },
		{ "bytes=a-b", "whole" },
		{ "bytes=0x1-2", "whole" },
		{ "bytes=+1-2", "whole" },
		{ "bytes=1 - 2", "whole" },
		{ "bytes=--1", "whole" },
		{ "bytes=1-2-3", "whole" },
		{ "bytes=1-2;3-4", "whole" },
		{ "bytes=1-2 3-4", "whole" },
		{ "bytes=1-2,x", "whole" },
		{ "bytes=20-30,x", "whole" },
		{ "bytes=bytes=1-2", "whole" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 10);
}

static void
sends_an_empty_file_whole(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-", "whole" },
		{ "bytes=0-0", "whole" },
		{ "bytes=-5", "whole" },
		{ "bytes=5-", "whole" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 0);
}

static void
keeps_the_order_of_the_peer(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-1,5-6", "0+2 5+2" },
		{ "bytes=5-6 ,\t0-1", "5+2 0+2" },
		{ "bytes=-1,0-0", "99+1 0+1" },
		{ "bytes=200-,5-6,100-", "5+2" },
		{ "bytes=200-,100-,-0", "none" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 100);
}

static void
makes_one_of_those_that_touch(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-4,5-9", "0+10" }, /* side by side */
		{ "bytes=0-4,6-9", "0+5 6+4" },
		{ "bytes=0-4,4-9", "0+10" },
		{ "bytes=0-9,2-3", "0+10" },
		{ "bytes=2-3,0-9", "0+10" },
		{ "bytes=5-9,0-4", "0+10" },
		{ "bytes=0-1,8-9,20-21,2-7", "0+10 20+2" }, /* fills a gap */
		{ "bytes=20-21,8-9,0-1,2-7", "20+2 0+10" },
		{ "bytes=0-0,50-50,-100", "0+100" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 100);
}

static void
sends_all_when_too_many_overlap(void **state)
{
	static const struct row rows[] = {
		{ "bytes=0-,0-,0-", "0+100" },
		{ "bytes=0-,0-,0-,0-", "whole" },
		{ "bytes=0-1,1-2,9-9,8-9,2-3", "whole" },
		{ "bytes=0-1,2-3,4-5,6-7,8-9", "0+10" }, /* none overlaps */
		{ "bytes=8-9,6-7,4-5,2-3,0-1", "0+10" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows), 100);
}

static void
takes_so_many_ranges_and_not_one_more(void **state)
{
	struct buf value;
	struct buf want;

	(void)state;
	buf_init(&value, 4096);
	buf_init(&want, 4096);
	buf_add_text(&value, "bytes=");
	for (unsigned i = 0; i < RANGE_COUNT_MAX; i++) {
		buf_printf(&value, "%s%u-%u", i == 0 ? "" : ",", 2 * i, 2 * i);
		buf_printf(&want, "%s%u+1", i == 0 ? "" : " ", 2 * i);
	}
	buf_add_char(&want, '\0');
	assert_resolved(buf_str(&value), 1000, want.data);
	buf_add_text(&value, ",900-901");
	assert_resolved(buf_str(&value), 1000, "whole");
	buf_done(&value);
	buf_done(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves_one_range),
		cmocka_unit_test(survives_huge_numbers),
		cmocka_unit_test(sends_all_for_what_is_no_range),
		cmocka_unit_test(sends_an_empty_file_whole),
		cmocka_unit_test(keeps_the_order_of_the_peer),
		cmocka_unit_test(makes_one_of_those_that_touch),
		cmocka_unit_test(sends_all_when_too_many_overlap),
		cmocka_unit_test(takes_so_many_ranges_and_not_one_more),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
