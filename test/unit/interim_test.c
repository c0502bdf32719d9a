/*
 * interim_test.c - the promises of http/interim.c.
 *
 * Time is a plain number here, so an hour of waiting costs nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/interim.h"

enum {
	T0 = 1000,
	THRESHOLD = 20000,
	INTERVAL = 15000,
	LATE = 900000,
	SECOND = 1000,
	V1 = 1, /* versions of the progress */
	V2 = 2,
};

static const struct interim_plan plan = { true, false, 90, THRESHOLD,
	INTERVAL };
static const struct interim_plan asked = { true, true, 100, THRESHOLD,
	INTERVAL };

/* Sends the 102 that is due; it leaves at once. */
static void
send(struct interim *it, int64_t now_ms, uint64_t version)
{
	interim_started(it, now_ms, version);
	interim_flushed(it, now_ms);
}

static void
waits_for_the_threshold(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &plan, T0);
	assert_int_equal(interim_next_ms(&it), T0 + THRESHOLD);
	assert_false(interim_due(&it, T0 + THRESHOLD - 1, V1));
	assert_true(interim_due(&it, T0 + THRESHOLD, V1));
}

static void
keeps_the_interval_whatever_the_progress(void **state)
{
	struct interim it;
	int64_t now_ms = T0 + THRESHOLD;

	(void)state;
	interim_init(&it, &plan, T0);
	for (uint64_t version = 1; version <= 20; version++) {
		send(&it, now_ms, version);
		assert_false(
		    interim_due(&it, now_ms + INTERVAL - 1, version + 1));
		now_ms += INTERVAL;
		assert_int_equal(interim_next_ms(&it), now_ms);
		assert_true(interim_due(&it, now_ms, version));
	}
}

static void
never_stacks_two_on_a_slow_peer(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &plan, T0);
	interim_started(&it, T0 + THRESHOLD, V1);
	assert_true(interim_next_ms(&it) == INTERIM_NEVER);
	assert_false(interim_due(&it, LATE, V2));
	interim_flushed(&it, LATE);
	assert_false(interim_due(&it, LATE + INTERVAL - 1, V2));
	assert_true(interim_due(&it, LATE + INTERVAL, V2));
	assert_int_equal(it.count, 1);
}

static void
never_speaks_without_leave(void **state)
{
	static const struct interim_plan rows[] = {
		{ false, false, 90, THRESHOLD, INTERVAL },
		{ false, true, 90, THRESHOLD, INTERVAL },
		{ true, false, 0, THRESHOLD, INTERVAL },
	};
	struct interim it;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		interim_init(&it, &rows[i], T0);
		assert_true(interim_next_ms(&it) == INTERIM_NEVER);
		assert_false(interim_due(&it, INT64_MAX, V1));
		interim_spend(&it); /* a 100 may still be said */
		interim_close(&it);
		assert_false(interim_due(&it, INT64_MAX, V2));
	}
}

static void
never_speaks_after_the_final_head(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &plan, T0);
	interim_started(&it, T0 + THRESHOLD, V1);
	interim_close(&it);
	interim_flushed(&it, LATE);
	assert_false(interim_due(&it, INT64_MAX, V2));
	assert_true(interim_next_ms(&it) == INTERIM_NEVER);
	assert_string_equal(interim_state_name(it.state), "closed");
}

static void
falls_silent_when_the_budget_is_spent(void **state)
{
	struct interim_plan small = plan;
	struct interim it;
	int64_t now_ms = T0 + THRESHOLD;

	(void)state;
	small.budget = 5;
	interim_init(&it, &small, T0);
	for (int i = 0; i < 5; i++) {
		assert_true(interim_due(&it, now_ms, V1));
		send(&it, now_ms, V1);
		now_ms += 60 * SECOND;
	}
	assert_int_equal(it.state, INTERIM_OFF);
	assert_true(interim_next_ms(&it) == INTERIM_NEVER);
	assert_false(interim_due(&it, INT64_MAX, V2));
	interim_close(&it);
}

static void
counts_a_100_in_the_budget(void **state)
{
	struct interim_plan small = plan;
	struct interim it;

	(void)state;
	small.budget = 2;
	interim_init(&it, &small, T0);
	interim_spend(&it);
	assert_true(interim_due(&it, T0 + THRESHOLD, V1));
	send(&it, T0 + THRESHOLD, V1);
	assert_int_equal(it.count, 1);
	assert_int_equal(it.spent, 2);
	assert_int_equal(it.state, INTERIM_OFF);

	small.budget = 1;
	interim_init(&it, &small, T0);
	interim_spend(&it);
	assert_false(interim_due(&it, T0 + THRESHOLD, V1));
}

static void
may_spend_while_a_102_is_in_flight(void **state)
{
	struct interim_plan small = plan;
	struct interim it;

	(void)state;
	small.budget = 2;
	interim_init(&it, &small, T0);
	interim_started(&it, LATE, V1);
	interim_spend(&it);
	assert_int_equal(it.state, INTERIM_IN_FLIGHT);
	interim_flushed(&it, LATE);
	assert_int_equal(it.state, INTERIM_OFF);
}

static void
doubles_the_interval_of_a_small_budget(void **state)
{
	static const struct {
		uint32_t budget;
		int64_t interval_ms;
		int64_t want_ms[5];
	} rows[] = {
		{ 10, 15000, { 15000, 30000, 60000, 60000, 60000 } },
		{ 10, 20000, { 20000, 40000, 60000, 60000, 60000 } },
		{ 8, 1000, { 1000, 2000, 4000, 8000, 16000 } },
		{ 8, 60000, { 60000, 60000, 60000, 60000, 60000 } },
		{ 8, 90000, { 90000, 90000, 90000, 90000, 90000 } },
		{ 11, 15000, { 15000, 15000, 15000, 15000, 15000 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct interim_plan row = { true, false, rows[i].budget,
			THRESHOLD, rows[i].interval_ms };
		struct interim it;
		int64_t now_ms = T0 + THRESHOLD;

		interim_init(&it, &row, T0);
		for (size_t k = 0; k < 5; k++) {
			send(&it, now_ms, V1);
			assert_int_equal(
			    interim_next_ms(&it) - now_ms, rows[i].want_ms[k]);
			now_ms = interim_next_ms(&it);
		}
	}
}

static void
tells_whoever_asked_at_once(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &asked, T0);
	assert_int_equal(interim_next_ms(&it), T0);
	assert_true(interim_due(&it, T0, 0));
}

static void
tells_whoever_asked_each_change_once_a_second(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &asked, T0);
	send(&it, T0, V1);
	assert_false(interim_due(&it, T0 + SECOND - 1, V2));
	assert_true(interim_due(&it, T0 + SECOND, V2));
	send(&it, T0 + SECOND, V2);
	assert_int_equal(interim_next_ms(&it), T0 + 2 * SECOND);
}

static void
beats_for_whoever_asked_without_any_change(void **state)
{
	struct interim it;
	int64_t now_ms = T0;
	int64_t looks = 0;

	(void)state;
	interim_init(&it, &asked, T0);
	send(&it, T0, V1);
	while (now_ms < T0 + INTERVAL) {
		assert_true(interim_next_ms(&it) > now_ms);
		now_ms = interim_next_ms(&it);
		looks++;
		assert_int_equal(
		    interim_due(&it, now_ms, V1), now_ms >= T0 + INTERVAL);
	}
	assert_int_equal(now_ms, T0 + INTERVAL);
	assert_int_equal(looks, INTERVAL / SECOND);
}

static void
sees_a_change_a_second_after_it_looked(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &asked, T0);
	send(&it, T0, V1);
	assert_false(interim_due(&it, T0 + SECOND, V1));
	assert_false(interim_due(&it, T0 + 2 * SECOND - 1, V2));
	assert_true(interim_due(&it, T0 + 2 * SECOND, V2));
}

static void
does_not_look_past_the_heartbeat(void **state)
{
	struct interim_plan odd = asked;
	struct interim it;

	(void)state;
	odd.interval_ms = 1500;
	interim_init(&it, &odd, T0);
	send(&it, T0, V1);
	assert_false(interim_due(&it, T0 + SECOND, V1));
	assert_int_equal(interim_next_ms(&it), T0 + 1500);
	assert_true(interim_due(&it, T0 + 1500, V1));
}

static void
keeps_half_of_the_budget_for_the_heartbeat(void **state)
{
	struct interim it;
	int64_t now_ms = T0;

	(void)state;
	interim_init(&it, &asked, T0);
	for (uint64_t version = 1; version < 50; version++) {
		send(&it, now_ms, version);
		now_ms += SECOND;
		assert_int_equal(interim_next_ms(&it), now_ms);
	}
	send(&it, now_ms, 50);
	assert_int_equal(interim_next_ms(&it), now_ms + INTERVAL);
	assert_false(interim_due(&it, now_ms + INTERVAL - 1, 51));
	assert_true(interim_due(&it, now_ms + INTERVAL, 51));
}

/* Fills every 102 as far as it may be; says how many fit a large one. */
static int
fill(const struct interim_plan *filled)
{
	struct interim it;
	int64_t now_ms = T0;
	size_t total = 0;
	int large = 0;

	interim_init(&it, filled, T0);
	while (interim_next_ms(&it) != INTERIM_NEVER) {
		size_t size = interim_fields_size_max(&it);

		assert_true(size >= INTERIM_FIELDS_SIZE_MIN);
		assert_true(size <= INTERIM_FIELDS_SIZE_MAX);
		large += size == INTERIM_FIELDS_SIZE_MAX;
		total += size;
		now_ms = interim_next_ms(&it);
		interim_fields_spend(&it, size);
		send(&it, now_ms, it.progress_version + 1);
	}
	assert_int_equal(it.count, filled->budget);
	assert_true(total <= INTERIM_FIELDS_TOTAL_MAX);
	return large;
}

static void
bounds_the_fields_and_keeps_some_for_each(void **state)
{
	struct interim_plan few = plan;
	struct interim it;

	(void)state;
	few.budget = 10;
	assert_int_equal(fill(&few), 10);
	assert_int_equal(fill(&plan), 7);
	assert_int_equal(fill(&asked), 6);

	interim_init(&it, &plan, T0);
	expect_assert_failure(
	    interim_fields_spend(&it, INTERIM_FIELDS_SIZE_MAX + 1));
}

static void
stops_on_a_move_that_cannot_be(void **state)
{
	struct interim it;

	(void)state;
	interim_init(&it, &plan, T0);
	expect_assert_failure(interim_started(&it, T0, V1)); /* too early */
	expect_assert_failure(interim_flushed(&it, LATE));   /* none begun */
	interim_started(&it, LATE, V1);
	expect_assert_failure(interim_started(&it, LATE, V2)); /* a second */
	expect_assert_failure(interim_flushed(&it, T0)); /* back in time */
	interim_close(&it);
	expect_assert_failure(interim_spend(&it));
	expect_assert_failure(interim_close(&it)); /* a second final head */
}

static void
refuses_times_out_of_range(void **state)
{
	static const struct {
		int64_t threshold_ms;
		int64_t interval_ms;
		enum err want;
	} rows[] = {
		{ 0, INTERIM_INTERVAL_MS_MIN, ERR_NONE },
		{ INTERIM_THRESHOLD_MS, INTERIM_INTERVAL_MS, ERR_NONE },
		{ INTERIM_DELAY_MS_MAX, INTERIM_DELAY_MS_MAX, ERR_NONE },
		{ -1, INTERVAL, ERR_RANGE },
		{ INTERIM_DELAY_MS_MAX + 1, INTERVAL, ERR_RANGE },
		{ 0, INTERIM_INTERVAL_MS_MIN - 1, ERR_RANGE },
		{ 0, INTERIM_DELAY_MS_MAX + 1, ERR_RANGE },
	};
	struct interim_plan bad = { true, false, 90, -1, INTERVAL };
	struct interim it;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    interim_check(rows[i].threshold_ms, rows[i].interval_ms),
		    rows[i].want);
	expect_assert_failure(interim_init(&it, &bad, T0));
}

static void
names_every_state(void **state)
{
	(void)state;
	for (int i = INTERIM_OFF; i <= INTERIM_CLOSED; i++)
		assert_non_null(interim_state_name((enum interim_state)i));
	expect_assert_failure(interim_state_name((enum interim_state)99));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_threshold),
		cmocka_unit_test(keeps_the_interval_whatever_the_progress),
		cmocka_unit_test(never_stacks_two_on_a_slow_peer),
		cmocka_unit_test(never_speaks_without_leave),
		cmocka_unit_test(never_speaks_after_the_final_head),
		cmocka_unit_test(falls_silent_when_the_budget_is_spent),
		cmocka_unit_test(counts_a_100_in_the_budget),
		cmocka_unit_test(may_spend_while_a_102_is_in_flight),
		cmocka_unit_test(doubles_the_interval_of_a_small_budget),
		cmocka_unit_test(tells_whoever_asked_at_once),
		cmocka_unit_test(tells_whoever_asked_each_change_once_a_second),
		cmocka_unit_test(beats_for_whoever_asked_without_any_change),
		cmocka_unit_test(sees_a_change_a_second_after_it_looked),
		cmocka_unit_test(does_not_look_past_the_heartbeat),
		cmocka_unit_test(keeps_half_of_the_budget_for_the_heartbeat),
		cmocka_unit_test(bounds_the_fields_and_keeps_some_for_each),
		cmocka_unit_test(stops_on_a_move_that_cannot_be),
		cmocka_unit_test(refuses_times_out_of_range),
		cmocka_unit_test(names_every_state),
	};

	return cmocka_run_group_tests_name("interim", tests, NULL, NULL);
}
