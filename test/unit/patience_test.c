/*
 * patience_test.c - how long a slow peer is waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/patience.h"

enum { T0 = 5000, SIZE_MS = 60000, RATE = 100 };

static struct patience
begun(uint64_t rate)
{
	struct patience it;

	patience_begin(&it, SIZE_MS, rate, T0);
	return it;
}

static void
ends_when_nothing_comes(void **state)
{
	struct patience it = begun(RATE);

	(void)state;
	assert_int_equal(patience_end_ms(&it), T0 + SIZE_MS);
}

static void
an_octet_now_and_then_gains_nothing(void **state)
{
	struct patience it = begun(RATE);

	(void)state;
	patience_feed(&it, 1, T0 + SIZE_MS - 1000);
	assert_int_equal(patience_end_ms(&it), T0 + SIZE_MS + 10);
	patience_feed(&it, 1, T0 + SIZE_MS);
	assert_int_equal(patience_end_ms(&it), T0 + SIZE_MS + 20);
}

static void
goes_on_for_ever_at_the_lowest_rate(void **state)
{
	struct patience it = begun(RATE);
	int64_t now_ms = T0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		now_ms += 1000;
		assert_true(patience_end_ms(&it) > now_ms);
		patience_feed(&it, RATE, now_ms);
	}
	assert_int_equal(patience_end_ms(&it), now_ms + SIZE_MS);
}

static void
ends_below_the_lowest_rate(void **state)
{
	struct patience it = begun(RATE);
	int64_t now_ms = T0;

	(void)state;
	while (patience_end_ms(&it) > now_ms + 1000) {
		now_ms += 1000;
		patience_feed(&it, RATE / 2, now_ms);
		assert_true(now_ms <= T0 + 2 * SIZE_MS);
	}
	assert_true(now_ms >= T0 + 2 * SIZE_MS - 2000);
}

static void
speed_is_not_saved_up(void **state)
{
	struct patience it = begun(RATE);

	(void)state;
	patience_feed(&it, SIZE_MAX, T0);
	patience_feed(&it, 1000 * 1000 * 1000, T0 + 1);
	assert_int_equal(patience_end_ms(&it), T0 + 1 + SIZE_MS);
}

static void
rests_while_it_is_our_turn(void **state)
{
	struct patience it = begun(RATE);

	(void)state;
	patience_rest(&it, T0 + 10000);
	assert_int_equal(patience_end_ms(&it), PATIENCE_NEVER);
	patience_rest(&it, T0 + 500000);
	patience_resume(&it, T0 + 1000000);
	assert_int_equal(patience_end_ms(&it), T0 + 1000000 + SIZE_MS - 10000);
	patience_resume(&it, T0 + 1000001);
	assert_int_equal(patience_end_ms(&it), T0 + 1000000 + SIZE_MS - 10000);
}

static void
counts_octets_that_come_while_it_rests(void **state)
{
	struct patience it = begun(RATE);

	(void)state;
	patience_rest(&it, T0 + 10000);
	patience_feed(&it, 5 * RATE, T0 + 20000);
	patience_resume(&it, T0 + 30000);
	assert_int_equal(patience_end_ms(&it), T0 + 30000 + SIZE_MS - 5000);
}

static void
without_a_rate_each_octet_begins_anew(void **state)
{
	struct patience it = begun(0);

	(void)state;
	patience_feed(&it, 0, T0 + 10000);
	assert_int_equal(patience_end_ms(&it), T0 + SIZE_MS);
	patience_feed(&it, 1, T0 + SIZE_MS - 1);
	assert_int_equal(patience_end_ms(&it), T0 + SIZE_MS - 1 + SIZE_MS);
}

static void
without_a_size_it_has_no_end(void **state)
{
	struct patience it;

	(void)state;
	patience_begin(&it, 0, RATE, T0);
	assert_int_equal(patience_end_ms(&it), PATIENCE_NEVER);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_when_nothing_comes),
		cmocka_unit_test(an_octet_now_and_then_gains_nothing),
		cmocka_unit_test(goes_on_for_ever_at_the_lowest_rate),
		cmocka_unit_test(ends_below_the_lowest_rate),
		cmocka_unit_test(speed_is_not_saved_up),
		cmocka_unit_test(rests_while_it_is_our_turn),
		cmocka_unit_test(counts_octets_that_come_while_it_rests),
		cmocka_unit_test(without_a_rate_each_octet_begins_anew),
		cmocka_unit_test(without_a_size_it_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
