/*
 * op_list_test.c - the promises of op/op_list.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/op_list.h"
#include "op/operation_inside.h"

/* The ends of those in the list, as the digits of a number. */
static int
ends_of(const struct op_list *list)
{
	int digits = 0;
	const struct operation *operation;

	for (operation = list->first; operation != NULL;
	     operation = operation->next)
		digits = digits * 10 + (int)operation->ended_ms;
	return digits;
}

static void
inserts_in_the_order_of_ends(void **state)
{
	struct op_list list = { NULL, NULL, 0, 0 };
	struct operation a = { .ended_ms = 2 };
	struct operation b = { .ended_ms = 3 };
	struct operation c = { .ended_ms = 1 };
	struct operation d = { .ended_ms = 2 };

	(void)state;
	op_list_insert(&list, &a);
	op_list_insert(&list, &b);
	op_list_insert(&list, &c);
	op_list_insert(&list, &d);
	assert_int_equal(ends_of(&list), 1223);
	assert_ptr_equal(a.next, &d);
	assert_ptr_equal(list.last, &b);
}

static void
removes_from_every_place(void **state)
{
	struct op_list list = { NULL, NULL, 0, 0 };
	struct operation items[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		items[i] = (struct operation){ .ended_ms = i + 1 };
		op_list_append(&list, &items[i]);
	}
	assert_int_equal(ends_of(&list), 1234);
	op_list_remove(&list, &items[1]);
	assert_int_equal(ends_of(&list), 134);
	op_list_remove(&list, &items[0]);
	assert_int_equal(ends_of(&list), 34);
	op_list_remove(&list, &items[3]);
	assert_int_equal(ends_of(&list), 3);
	assert_ptr_equal(list.last, &items[2]);
	op_list_remove(&list, &items[2]);
	assert_null(list.first);
	assert_null(list.last);
	expect_assert_failure(op_list_remove(&list, &items[2]));
}

static void
weighs_what_is_in_it(void **state)
{
	struct op_list list = { NULL, NULL, 0, 0 };
	struct operation a = { .kept_size = 5 };
	struct operation b = { .kept_size = 7 };

	(void)state;
	op_list_append(&list, &a);
	op_list_append(&list, &b);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.size, 12);
	op_list_remove(&list, &a);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.size, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inserts_in_the_order_of_ends),
		cmocka_unit_test(removes_from_every_place),
		cmocka_unit_test(weighs_what_is_in_it),
	};

	return cmocka_run_group_tests_name("op_list", tests, NULL, NULL);
}
