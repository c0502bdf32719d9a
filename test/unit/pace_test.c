/*
 * pace_test.c - how fast, and how long still.
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

#include "client/pace.h"

static void
knows_nothing_at_first(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	assert_int_equal(pace_left_s(&pace), -1);
	pace_at(&pace, 1000, 0, 100);
	assert_int_equal(pace_left_s(&pace), -1);
}

static void
an_even_pace_is_told_exactly(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	for (int i = 0; i <= 10; i++)
		pace_at(&pace, 1000 + 1000 * i, (uint64_t)(10 * i), 200);
	assert_true(pace.rate > 9.9 && pace.rate < 10.1);
	assert_int_equal(pace_left_s(&pace), 10);
}

static void
news_that_come_late_are_no_standstill(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	pace_at(&pace, 0, 0, 200);
	for (int64_t ms = 200; ms < 2000; ms += 200)
		pace_at(&pace, ms, 0, 200);
	pace_at(&pace, 2000, 20, 200);
	assert_true(pace.rate > 9.9 && pace.rate < 10.1);
}

static void
a_standstill_is_seen_in_the_end(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	pace_at(&pace, 0, 0, 200);
	pace_at(&pace, 1000, 10, 200);
	pace_at(&pace, 3999, 10, 200);
	assert_true(pace.rate > 9.9);
	pace_at(&pace, 4000, 10, 200);
	assert_true(pace.rate < 9.9);
}

static void
a_smaller_number_begins_anew(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	pace_at(&pace, 0, 100, 200);
	pace_at(&pace, 1000, 110, 200);
	pace_at(&pace, 2000, 1, 200);
	assert_int_equal(pace_left_s(&pace), -1);
}

static void
without_a_total_nothing_is_promised(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace);
	pace_at(&pace, 0, 0, 0);
	pace_at(&pace, 1000, 10, 0);
	assert_int_equal(pace_left_s(&pace), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_nothing_at_first),
		cmocka_unit_test(an_even_pace_is_told_exactly),
		cmocka_unit_test(news_that_come_late_are_no_standstill),
		cmocka_unit_test(a_standstill_is_seen_in_the_end),
		cmocka_unit_test(a_smaller_number_begins_anew),
		cmocka_unit_test(without_a_total_nothing_is_promised),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
