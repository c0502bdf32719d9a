/*
 * throttle_test.c - how fast passwords can be guessed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/throttle.h"

enum { T0 = 1000000, HERE = 11, THERE = 12, ANN = 21, BOB = 22 };

static int
set_up(void **state)
{
	struct throttle *throttle = calloc(1, sizeof(*throttle));

	*state = throttle;
	return throttle != NULL && throttle_init(throttle) == ERR_NONE ? 0 : -1;
}

static int
tear_down(void **state)
{
	throttle_done(*state);
	free(*state);
	return 0;
}

static struct throttle_try
attempt(uint64_t address, uint64_t name)
{
	return (struct throttle_try){ .address = address,
		.name = name,
		.pair = name == 0 ? 0 : address * 1000 + name };
}

/* How long it has to wait; what is let through fails. */
static int64_t
try_wrong(
    struct throttle *throttle, uint64_t address, uint64_t name, int64_t at_ms)
{
	struct throttle_try it = attempt(address, name);

	return throttle_enter(throttle, &it, at_ms);
}

static void
succeed(
    struct throttle *throttle, uint64_t address, uint64_t name, int64_t at_ms)
{
	struct throttle_try it = attempt(address, name);

	assert_int_equal(throttle_enter(throttle, &it, at_ms), 0);
	throttle_passed(throttle, &it, at_ms);
}

static void
slows_down_an_address_after_twenty(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < THROTTLE_ADDRESS_COUNT; i++)
		assert_int_equal(try_wrong(*state, HERE, 100 + i, T0), 0);
	assert_int_equal(try_wrong(*state, HERE, ANN, T0), 1000);
	assert_int_equal(try_wrong(*state, HERE, ANN, T0 + 999), 1);
	assert_int_equal(try_wrong(*state, THERE, ANN, T0), 0);
}

static void
slows_down_a_name_after_ten(void **state)
{
	for (uint64_t i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(try_wrong(*state, 100 + i, ANN, T0), 0);
	assert_int_equal(try_wrong(*state, HERE, ANN, T0), 1000);
	assert_int_equal(try_wrong(*state, HERE, BOB, T0), 0);
}

static void
lets_one_through_later_and_later(void **state)
{
	int64_t at_ms = T0;
	int64_t wait_ms = 1000;

	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(try_wrong(*state, HERE, ANN, at_ms), 0);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(try_wrong(*state, HERE, ANN, at_ms), wait_ms);
		at_ms += wait_ms;
		assert_int_equal(try_wrong(*state, HERE, ANN, at_ms - 1), 1);
		assert_int_equal(try_wrong(*state, HERE, ANN, at_ms), 0);
		wait_ms *= 2;
		if (wait_ms > THROTTLE_WAIT_MS_MAX)
			wait_ms = THROTTLE_WAIT_MS_MAX;
	}
	assert_int_equal(wait_ms, THROTTLE_WAIT_MS_MAX);
}

static void
forgets_after_a_quarter_of_an_hour(void **state)
{
	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(try_wrong(*state, HERE, ANN, T0), 0);
	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(
		    try_wrong(*state, HERE, ANN, T0 + THROTTLE_FORGET_MS), 0);
	assert_int_equal(
	    try_wrong(*state, HERE, ANN, T0 + THROTTLE_FORGET_MS), 1000);
}

static void
does_not_count_what_was_right(void **state)
{
	for (int i = 0; i < 10 * THROTTLE_ADDRESS_COUNT; i++)
		succeed(*state, HERE, ANN, T0);
	assert_int_equal(try_wrong(*state, HERE, BOB, T0), 0);
	assert_int_equal(try_wrong(*state, THERE, ANN, T0), 0);
}

static void
does_not_count_what_nobody_could_tell(void **state)
{
	for (int i = 0; i < 10 * THROTTLE_ADDRESS_COUNT; i++) {
		struct throttle_try it = attempt(HERE, ANN);

		assert_int_equal(throttle_enter(*state, &it, T0), 0);
		throttle_excused(*state, &it);
	}
}

static void
does_not_lock_an_owner_out_at_home(void **state)
{
	succeed(*state, HERE, ANN, T0);
	for (uint64_t i = 0; i < 1000; i++)
		(void)try_wrong(*state, 100 + i, ANN, T0 + 1);
	assert_true(try_wrong(*state, THERE, ANN, T0 + 1) > 0);
	succeed(*state, HERE, ANN, T0 + 1);
}

static void
does_not_lock_an_owner_out_for_a_neighbour(void **state)
{
	succeed(*state, HERE, ANN, T0);
	for (uint64_t i = 0; i < 1000; i++)
		(void)try_wrong(*state, HERE, 100 + i, T0 + 1);
	assert_true(try_wrong(*state, HERE, BOB, T0 + 1) > 0);
	succeed(*state, HERE, ANN, T0 + 1);
}

static void
slows_down_guesses_from_a_good_place_too(void **state)
{
	succeed(*state, HERE, ANN, T0);
	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(try_wrong(*state, HERE, ANN, T0), 0);
	assert_int_equal(try_wrong(*state, HERE, ANN, T0), 1000);
	/* ... which are nobody's but its own. */
	assert_int_equal(try_wrong(*state, THERE, ANN, T0), 0);
	/* And once it is right it begins anew. */
	succeed(*state, HERE, ANN, T0 + 1000);
	assert_int_equal(try_wrong(*state, HERE, ANN, T0 + 1000), 0);
}

static void
a_place_is_good_for_a_day(void **state)
{
	static const struct {
		int64_t after_ms;
		bool is_good;
	} rows[] = {
		{ THROTTLE_GOOD_MS - 1, true },
		{ THROTTLE_GOOD_MS, false },
	};

	for (uint64_t i = 0; i < 2; i++) {
		int64_t at_ms = T0 + rows[i].after_ms;
		uint64_t name = ANN + i;

		succeed(*state, HERE, name, T0);
		for (int j = 0; j < THROTTLE_NAME_COUNT; j++)
			(void)try_wrong(*state, THERE, name, at_ms);
		assert_int_equal(
		    try_wrong(*state, HERE, name, at_ms) == 0, rows[i].is_good);
	}
}

static void
counts_no_zero(void **state)
{
	for (int i = 0; i < 1000; i++)
		assert_int_equal(try_wrong(*state, 0, 0, T0), 0);
}

static void
a_flood_of_names_does_not_forget_good_places(void **state)
{
	succeed(*state, HERE, ANN, T0);
	for (uint64_t i = 0; i < 4 * THROTTLE_SLOT_COUNT; i++)
		(void)try_wrong(*state, 1000 + i, 1000 + i, T0 + 1);
	for (uint64_t i = 0; i < THROTTLE_NAME_COUNT; i++)
		(void)try_wrong(*state, 100 + i, ANN, T0 + 1);
	succeed(*state, HERE, ANN, T0 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(slows_down_an_address_after_twenty),
		TEST(slows_down_a_name_after_ten),
		TEST(lets_one_through_later_and_later),
		TEST(forgets_after_a_quarter_of_an_hour),
		TEST(does_not_count_what_was_right),
		TEST(does_not_count_what_nobody_could_tell),
		TEST(does_not_lock_an_owner_out_at_home),
		TEST(does_not_lock_an_owner_out_for_a_neighbour),
		TEST(slows_down_guesses_from_a_good_place_too),
		TEST(a_place_is_good_for_a_day),
		TEST(counts_no_zero),
		TEST(a_flood_of_names_does_not_forget_good_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
