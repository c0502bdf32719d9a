/*
 * h2_budget_test.c - so many, and so many more each second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/h2_budget.h"

static bool
can_spend(struct h2_budget *budget, unsigned count, int64_t now_ms)
{
	for (unsigned i = 0; i < count; i++)
		if (!h2_budget_spend(budget, now_ms))
			return false;
	return true;
}

static void
bears_its_maximum_and_not_one_more(void **state)
{
	struct h2_budget budget;

	(void)state;
	h2_budget_init(&budget, 5, 2, 1000);
	assert_true(can_spend(&budget, 5, 1000));
	assert_false(h2_budget_spend(&budget, 1999));
}

static void
fills_by_the_second_up_to_its_maximum(void **state)
{
	struct h2_budget budget;

	(void)state;
	h2_budget_init(&budget, 5, 2, 1000);
	assert_true(can_spend(&budget, 5, 1000));
	assert_true(can_spend(&budget, 2, 2000));
	assert_false(h2_budget_spend(&budget, 2999));
	assert_true(can_spend(&budget, 4, 4500)); /* of 2 s, half kept */
	assert_false(h2_budget_spend(&budget, 4500));
	assert_true(h2_budget_spend(&budget, 5000));
	assert_true(can_spend(&budget, 5, INT64_MAX / 2));
	assert_false(h2_budget_spend(&budget, INT64_MAX / 2));
}

static void
earns_no_more_than_its_maximum(void **state)
{
	struct h2_budget budget;

	(void)state;
	h2_budget_init(&budget, 5, 2, 1000);
	assert_true(can_spend(&budget, 2, 1000));
	h2_budget_earn(&budget, 1);
	assert_true(can_spend(&budget, 4, 1000));
	assert_false(h2_budget_spend(&budget, 1000));
	h2_budget_earn(&budget, UINT32_MAX);
	assert_true(can_spend(&budget, 5, 1000));
	assert_false(h2_budget_spend(&budget, 1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bears_its_maximum_and_not_one_more),
		cmocka_unit_test(fills_by_the_second_up_to_its_maximum),
		cmocka_unit_test(earns_no_more_than_its_maximum),
	};

	return cmocka_run_group_tests_name("h2_budget", tests, NULL, NULL);
}
