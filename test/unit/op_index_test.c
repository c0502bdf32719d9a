/*
 * op_index_test.c - the promises of op/op_index.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/op_index.h"

static const struct str ann = STR("ann");
static const struct str bob = STR("bob");
static const struct str one = STR("one");
static const struct str two = STR("two");

static void
finds_by_owner_and_text(void **state)
{
	struct op_index index = { NULL };
	struct op_entry a = { ann, one, &a };
	struct op_entry b = { ann, two, &b };
	struct op_entry c = { bob, one, &c };

	(void)state;
	assert_null(op_index_find(&index, ann, one));
	assert_int_equal(op_index_put(&index, &a), ERR_NONE);
	assert_int_equal(op_index_put(&index, &b), ERR_NONE);
	assert_int_equal(op_index_put(&index, &c), ERR_NONE);
	assert_ptr_equal(op_index_find(&index, ann, one), &a);
	assert_ptr_equal(op_index_find(&index, ann, two), &b);
	assert_ptr_equal(op_index_find(&index, bob, one), &c);
	assert_null(op_index_find(&index, bob, two));
	op_index_drop(&index, &a);
	assert_null(op_index_find(&index, ann, one));
	op_index_drop(&index, &b);
	op_index_drop(&index, &c);
	assert_null(index.root);
}

static void
finds_the_newest_of_equals(void **state)
{
	struct op_index index = { NULL };
	struct op_entry old = { ann, one, &old };
	struct op_entry new = { ann, one, &new };

	(void)state;
	assert_int_equal(op_index_put(&index, &old), ERR_NONE);
	assert_int_equal(op_index_put(&index, &new), ERR_NONE);
	assert_ptr_equal(op_index_find(&index, ann, one), &new);
	op_index_drop(&index, &old); /* stands there no more */
	assert_ptr_equal(op_index_find(&index, ann, one), &new);
	op_index_drop(&index, &new);
	op_index_drop(&index, &new);
	assert_null(index.root);
}

static void
does_not_take_owner_and_text_for_each_other(void **state)
{
	static const struct str ab = STR("ab");
	static const struct str a = STR("a");
	static const struct str bc = STR("bc");
	static const struct str c = STR("c");
	struct op_index index = { NULL };
	struct op_entry entry = { ab, c, &entry };

	(void)state;
	assert_int_equal(op_index_put(&index, &entry), ERR_NONE);
	assert_null(op_index_find(&index, a, bc));
	op_index_drop(&index, &entry);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_owner_and_text),
		cmocka_unit_test(finds_the_newest_of_equals),
		cmocka_unit_test(does_not_take_owner_and_text_for_each_other),
	};

	return cmocka_run_group_tests_name("op_index", tests, NULL, NULL);
}
