/*
 * store_suite_meta.c - see store_suite_meta.h.
 */
#include "store_suite_meta.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store_tool.h"

static void
keeps_properties_apart(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_put(store, "/f", "");
	store_tool_put(store, "/g", "");
	store_tool_set(store, "/f", "b", "<b/>");
	store_tool_set(store, "/f", "a", "<a/>");
	store_tool_set(store, "/f", "a", "<a>2</a>");
	store_tool_set(store, "/", "r", "<r/>");
	assert_string_equal(
	    store_tool_props(store, "/f"), "a=<a>2</a> b=<b/> ");
	assert_string_equal(store_tool_props(store, "/g"), "");
	assert_string_equal(store_tool_props(store, "/"), "r=<r/> ");
	assert_string_equal(store_tool_list(store, "/"), "f* g ");
	store_tool_set(store, "/f", "a", NULL);
	store_tool_set(store, "/f", "never", NULL);
	assert_string_equal(store_tool_props(store, "/f"), "b=<b/> ");
	store_tool_put(store, "/f", "new content");
	assert_string_equal(store_tool_props(store, "/f"), "b=<b/> ");
}

static void
tells_namespaces_apart(void **state)
{
	const struct prop_change changes[] = {
		{ .prop = { STR("urn:1"), STR("p"), STR("one") } },
		{ .prop = { STR("urn:2"), STR("p"), STR("two") } },
		{ .prop = { STR("urn:1"), STR("p"), STR("three") } },
		{ .prop = { STR("urn:2"), STR("p"), STR("") },
		    .is_removed = true },
	};
	struct store *store = store_tool_of(state);

	store_tool_put(store, "/f", "");
	assert_int_equal(
	    store->ops->props_change(store, str_of("/f"), changes, 4),
	    ERR_NONE);
	assert_string_equal(store_tool_props(store, "/f"), "p=three ");
}

static void
properties_go_with_their_resource(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	store_tool_put(store, "/c-", "");
	store_tool_set(store, "/c", "p", "c");
	store_tool_set(store, "/c/a", "p", "a");
	store_tool_set(store, "/c/d/b", "p", "b");
	store_tool_set(store, "/c-", "p", "neighbour");
	store_tool_set(store, "/old", "p", "old");
	store_tool_set(store, "/old/rest", "p", "rest");

	assert_int_equal(store_tool_copy(store, "/c", "/old"), ERR_NONE);
	assert_string_equal(store_tool_props(store, "/old"), "p=c ");
	assert_string_equal(store_tool_props(store, "/old/a"), "p=a ");
	assert_string_equal(store_tool_props(store, "/old/d/b"), "p=b ");
	assert_string_equal(store_tool_props(store, "/c/d/b"), "p=b ");

	assert_int_equal(store_tool_move(store, "/c", "/new"), ERR_NONE);
	assert_string_equal(store_tool_props(store, "/new/d/b"), "p=b ");
	assert_string_equal(store_tool_list(store, "/new"), "a* d/ ");
	assert_int_equal(store_tool_remove(store, "/old"), ERR_NONE);
	assert_int_equal(store_tool_remove(store, "/oldfile"), ERR_NONE);
	store_tool_plant(store);
	assert_string_equal(store_tool_props(store, "/c"), "");
	assert_string_equal(store_tool_props(store, "/c/d/b"), "");

	assert_int_equal(store_tool_remove(store, "/new"), ERR_NONE);
	store_tool_mkcol(store, "/new");
	store_tool_put(store, "/new/a", "");
	assert_string_equal(store_tool_props(store, "/new"), "");
	assert_string_equal(store_tool_props(store, "/new/a"), "");
	assert_string_equal(store_tool_props(store, "/c-"), "p=neighbour ");
}

static void
limits_properties(void **state)
{
	struct store *store = store_tool_of(state);
	char *xml = calloc(1, PROP_SIZE_MAX + 2);
	char name[16];

	assert_non_null(xml);
	memset(xml, 'x', PROP_SIZE_MAX);
	store_tool_put(store, "/f", "");
	store_tool_set(store, "/f", "p", xml);
	xml[PROP_SIZE_MAX] = 'x';
	assert_int_equal(store_tool_try_set(store, "/f", "q", xml), ERR_LIMIT);
	free(xml);
	store_tool_set(store, "/f", "p", NULL);
	for (int i = 0; i < PROP_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "p%d", i);
		store_tool_set(store, "/f", name, "x");
	}
	assert_int_equal(
	    store_tool_try_set(store, "/f", "more", "x"), ERR_LIMIT);
	store_tool_set(store, "/f", "p0", "instead");
}

static void
changes_all_properties_or_none(void **state)
{
	struct store *store = store_tool_of(state);
	char *xml = calloc(1, PROP_SIZE_MAX + 2);
	const struct prop_change changes[] = {
		{ .prop = { STR(""), STR("p"), STR("new") } },
		{ .prop = { STR(""), STR("q"), { xml, PROP_SIZE_MAX + 1 } } },
	};

	assert_non_null(xml);
	store_tool_put(store, "/f", "");
	store_tool_set(store, "/f", "p", "old");
	assert_int_equal(
	    store->ops->props_change(store, str_of("/f"), changes, 2),
	    ERR_LIMIT);
	assert_string_equal(store_tool_props(store, "/f"), "p=old ");
	free(xml);
}

static enum err
stop_at_once(void *context, const struct prop *prop)
{
	(void)prop;
	(*(int *)context)++;
	return ERR_CANCELLED;
}

static void
stops_when_told(void **state)
{
	struct store *store = store_tool_of(state);
	int count = 0;

	store_tool_put(store, "/f", "");
	store_tool_set(store, "/f", "a", "x");
	store_tool_set(store, "/f", "b", "x");
	assert_int_equal(
	    store->ops->props(store, str_of("/f"), stop_at_once, &count),
	    ERR_CANCELLED);
	assert_int_equal(count, 1);
	assert_string_equal(store_tool_props(store, "/f"), "a=x b=x ");
}

static void
keeps_locks_by_token(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_lock(store, "t1", "/f");
	store_tool_lock(store, "t2", "/f");
	store_tool_lock(store, "t1", "/g");
	assert_string_equal(store_tool_locks(store), "t1@/g t2@/f ");
	assert_int_equal(store->ops->lock_drop(store, str_of("t1")), ERR_NONE);
	assert_int_equal(
	    store->ops->lock_drop(store, str_of("never")), ERR_NONE);
	assert_string_equal(store_tool_locks(store), "t2@/f ");
}

static void
locks_go_but_do_not_travel(void **state)
{
	struct store *store = store_tool_of(state);

	store_tool_plant(store);
	store_tool_lock(store, "t1", "/c");
	store_tool_lock(store, "t2", "/c/d/b");
	store_tool_lock(store, "t3", "/old/rest");
	store_tool_lock(store, "t4", "/f");
	assert_int_equal(store_tool_copy(store, "/c", "/copy"), ERR_NONE);
	assert_string_equal(
	    store_tool_locks(store), "t1@/c t2@/c/d/b t3@/old/rest t4@/f ");
	assert_int_equal(store_tool_copy(store, "/c", "/old"), ERR_NONE);
	assert_string_equal(store_tool_locks(store), "t1@/c t2@/c/d/b t4@/f ");
	store_tool_lock(store, "t3", "/old/d");
	assert_int_equal(store_tool_move(store, "/c", "/old"), ERR_NONE);
	assert_string_equal(store_tool_locks(store), "t4@/f ");
	assert_int_equal(store_tool_remove(store, "/f"), ERR_NONE);
	assert_string_equal(store_tool_locks(store), "");
}

int
store_suite_meta_run(
    const char *name, int (*setup)(void **state), int (*teardown)(void **state))
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_properties_apart),
		cmocka_unit_test(tells_namespaces_apart),
		cmocka_unit_test(properties_go_with_their_resource),
		cmocka_unit_test(limits_properties),
		cmocka_unit_test(changes_all_properties_or_none),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(keeps_locks_by_token),
		cmocka_unit_test(locks_go_but_do_not_travel),
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
