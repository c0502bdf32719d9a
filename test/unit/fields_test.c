/*
 * fields_test.c - the promises of http/fields.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/fields.h"

struct fixture {
	struct arena arena;
	struct fields fields;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	arena_init(&f->arena, REQUEST_MEMORY_MAX);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f);
	return 0;
}

static enum err
add(struct fixture *f, const char *name, const char *value)
{
	return fields_add(&f->fields, &f->arena, str_of(name), str_of(value));
}

static void
assert_joined(struct fixture *f, const char *name, const char *want)
{
	struct str value;

	assert_int_equal(
	    fields_join(&f->fields, &f->arena, name, &value), ERR_NONE);
	assert_true(str_is(value, want));
}

static void
finds_a_name_in_any_case(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "Host", "a"), ERR_NONE);
	assert_int_equal(add(f, "hOST", "b"), ERR_NONE);
	assert_true(str_is(fields_get(&f->fields, "HOST"), "a"));
	assert_ptr_equal(fields_find(&f->fields, "host"), &f->fields.items[0]);
	assert_int_equal(fields_count(&f->fields, "Host"), 2);
}

static void
says_when_there_is_none(void **state)
{
	struct fixture *f = *state;
	struct str value;

	assert_int_equal(add(f, "Hosts", "a"), ERR_NONE);
	assert_null(fields_find(&f->fields, "Host"));
	assert_null(fields_get(&f->fields, "Host").data);
	assert_int_equal(fields_count(&f->fields, "Host"), 0);
	assert_int_equal(
	    fields_join(&f->fields, &f->arena, "Host", &value), ERR_NONE);
	assert_null(value.data);
}

static void
takes_the_last_field_and_not_one_more(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < FIELD_COUNT_MAX; i++)
		assert_int_equal(add(f, "Name", "value"), ERR_NONE);
	assert_int_equal(add(f, "Name", "value"), ERR_LIMIT);
	assert_int_equal(fields_count(&f->fields, "Name"), FIELD_COUNT_MAX);
	assert_true(
	    str_is(f->fields.items[FIELD_COUNT_MAX - 1].value, "value"));
}

static void
joins_all_lines_in_their_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "If", "a"), ERR_NONE);
	assert_joined(f, "If", "a");
	assert_int_equal(add(f, "Other", "x"), ERR_NONE);
	assert_int_equal(add(f, "iF", "b, c"), ERR_NONE);
	assert_joined(f, "If", "a, b, c");
}

/* That an empty line was there must show: it can make a list malformed. */
static void
joins_empty_lines_too(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, "TE", ""), ERR_NONE);
	assert_int_equal(add(f, "TE", "a"), ERR_NONE);
	assert_int_equal(add(f, "TE", ""), ERR_NONE);
	assert_joined(f, "TE", ", a, ");
}

static void
says_when_the_arena_is_full(void **state)
{
	struct fixture *f = *state;
	struct arena small;
	struct fields few = { 0 };
	struct str value;

	assert_int_equal(add(f, "A", "x"), ERR_NONE);
	assert_int_equal(add(f, "A", "y"), ERR_NONE);
	arena_init(&small, 1);
	assert_int_equal(
	    fields_add(&few, &small, str_of("A"), str_of("x")), ERR_LIMIT);
	assert_int_equal(
	    fields_join(&f->fields, &small, "A", &value), ERR_LIMIT);
	arena_done(&small);
}

static void
finds_a_token_on_any_line_of_a_list(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *token;
		bool want;
	} rows[] = {
		{ "close", true },
		{ "keep-alive", true },
		{ "upgrade", true },
		{ "clos", false },
		{ "closed", false },
		{ "x-close", false },
	};

	assert_int_equal(add(f, "Connection", "Keep-Alive ,\tCLOSE"), ERR_NONE);
	assert_int_equal(add(f, "connection", ",, upgrade"), ERR_NONE);
	assert_int_equal(add(f, "Other", "x-close"), ERR_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    fields_has_token(&f->fields, "Connection", rows[i].token),
		    rows[i].want);
}

static void
stops_on_a_field_without_a_name(void **state)
{
	struct fixture *f = *state;

	expect_assert_failure((void)(add(f, "", "x") == ERR_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    finds_a_name_in_any_case, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    says_when_there_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    takes_the_last_field_and_not_one_more, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    joins_all_lines_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    joins_empty_lines_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    says_when_the_arena_is_full, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    finds_a_token_on_any_line_of_a_list, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    stops_on_a_field_without_a_name, setup, teardown),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
