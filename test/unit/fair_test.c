/*
 * fair_test.c - the promises of op/fair.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/fair.h"

static const struct str ann = STR("ann");
static const struct str bob = STR("bob");
static const struct str nobody = STR("");

enum { COUNT_MAX = 4, RUNNING_MAX = 2 };

/* Enters one that is ready. */
static void
put(struct fair *fair, struct fair_item *item, struct str who)
{
	assert_int_equal(fair_enter(fair, who, item), ERR_NONE);
	fair_ready(fair, item);
}

static void
takes_turns_between_principals(void **state)
{
	struct fair fair;
	struct fair_item a[3] = { 0 };
	struct fair_item b[2] = { 0 };
	struct fair_item c[1] = { 0 };

	(void)state;
	fair_init(&fair, COUNT_MAX, 9);
	for (size_t i = 0; i < 3; i++)
		put(&fair, &a[i], ann);
	for (size_t i = 0; i < 2; i++)
		put(&fair, &b[i], bob);
	put(&fair, &c[0], nobody);
	assert_ptr_equal(fair_take(&fair), &a[0]);
	assert_ptr_equal(fair_take(&fair), &b[0]);
	assert_ptr_equal(fair_take(&fair), &c[0]);
	assert_ptr_equal(fair_take(&fair), &a[1]);
	assert_ptr_equal(fair_take(&fair), &b[1]);
	assert_ptr_equal(fair_take(&fair), &a[2]);
	assert_null(fair_take(&fair));
	for (size_t i = 0; i < 3; i++)
		fair_leave(&fair, &a[i]);
	for (size_t i = 0; i < 2; i++)
		fair_leave(&fair, &b[i]);
	fair_leave(&fair, &c[0]);
	fair_done(&fair);
}

static void
lets_nobody_run_more_than_the_limit(void **state)
{
	struct fair fair;
	struct fair_item a[RUNNING_MAX + 1] = { 0 };
	struct fair_item b = { 0 };

	(void)state;
	fair_init(&fair, COUNT_MAX, RUNNING_MAX);
	for (size_t i = 0; i <= RUNNING_MAX; i++)
		put(&fair, &a[i], ann);
	assert_ptr_equal(fair_take(&fair), &a[0]);
	assert_ptr_equal(fair_take(&fair), &a[1]);
	assert_null(fair_take(&fair));
	put(&fair, &b, bob);
	assert_ptr_equal(fair_take(&fair), &b);
	fair_leave(&fair, &a[0]);
	assert_ptr_equal(fair_take(&fair), &a[2]);
	fair_leave(&fair, &a[1]);
	fair_leave(&fair, &a[2]);
	fair_leave(&fair, &b);
	fair_done(&fair);
}

static void
lets_nobody_enter_more_than_the_limit(void **state)
{
	struct fair fair;
	struct fair_item a[COUNT_MAX + 1] = { 0 };

	(void)state;
	fair_init(&fair, COUNT_MAX, RUNNING_MAX);
	for (size_t i = 0; i < COUNT_MAX; i++)
		assert_int_equal(fair_enter(&fair, ann, &a[i]), ERR_NONE);
	assert_int_equal(fair_enter(&fair, ann, &a[COUNT_MAX]), ERR_BUSY);
	assert_int_equal(fair_enter(&fair, bob, &a[COUNT_MAX]), ERR_NONE);
	for (size_t i = 0; i <= COUNT_MAX; i++)
		fair_leave(&fair, &a[i]);
	fair_done(&fair);
}

static void
forgets_what_was_withdrawn(void **state)
{
	struct fair fair;
	struct fair_item a[3] = { 0 };

	(void)state;
	fair_init(&fair, COUNT_MAX, 9);
	for (size_t i = 0; i < 3; i++)
		put(&fair, &a[i], ann);
	fair_withdraw(&fair, &a[1]);
	assert_ptr_equal(fair_take(&fair), &a[0]);
	assert_ptr_equal(fair_take(&fair), &a[2]);
	assert_null(fair_take(&fair));
	for (size_t i = 0; i < 3; i++)
		fair_leave(&fair, &a[i]);
	fair_done(&fair);
}

static void
stops_on_a_step_that_cannot_be(void **state)
{
	struct fair fair;
	struct fair_item a = { 0 };

	(void)state;
	fair_init(&fair, COUNT_MAX, RUNNING_MAX);
	assert_int_equal(fair_enter(&fair, ann, &a), ERR_NONE);
	expect_assert_failure(fair_withdraw(&fair, &a));
	expect_assert_failure(fair_done(&fair));
	fair_ready(&fair, &a);
	expect_assert_failure(fair_ready(&fair, &a));
	expect_assert_failure(fair_leave(&fair, &a));
	assert_ptr_equal(fair_take(&fair), &a);
	expect_assert_failure(fair_withdraw(&fair, &a));
	fair_leave(&fair, &a);
	fair_done(&fair);
	expect_assert_failure(fair_init(&fair, 0, 1));
	expect_assert_failure(fair_init(&fair, 1, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_turns_between_principals),
		cmocka_unit_test(lets_nobody_run_more_than_the_limit),
		cmocka_unit_test(lets_nobody_enter_more_than_the_limit),
		cmocka_unit_test(forgets_what_was_withdrawn),
		cmocka_unit_test(stops_on_a_step_that_cannot_be),
	};

	return cmocka_run_group_tests_name("fair", tests, NULL, NULL);
}
