/*
 * fs_debt_test.c - a change whose properties and locks could not follow at
 * once: they do before anything else is changed.
 *
 * From the rename on no file may grow, and so the database cannot be written.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "fs_rig.h"

static void
let_files_grow(bool is_allowed)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = is_allowed ? limit.rlim_max : 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
fail_after_rename(void *context, const char *what)
{
	(void)context;
	if (strcmp(what, "after rename") == 0)
		let_files_grow(false);
}

static int
setup(void **state)
{
	struct fs_rig *rig;
	struct store *store;

	(void)signal(SIGXFSZ, SIG_IGN); /* an error is enough */
	if (fs_rig_setup(state) != 0)
		return -1;
	rig = fs_rig_of(state);
	fs_rig_close(rig);
	rig->options.step = fail_after_rename;
	fs_rig_open(rig);
	let_files_grow(true); /* whatever the start renamed */
	store = rig->base.store;
	store_tool_mkcol(store, "/c");
	store_tool_set(store, "/c", "p", "c");
	store_tool_lock(store, "t1", "/c");
	store_tool_mkcol(store, "/old");
	store_tool_set(store, "/old", "q", "old");
	return 0;
}

static int
teardown(void **state)
{
	let_files_grow(true);
	return fs_rig_teardown(state);
}

static void
properties_and_locks_follow(void **state)
{
	struct store *store = store_tool_of(state);

	assert_int_equal(store_tool_move(store, "/c", "/old"), ERR_NONE);
	let_files_grow(true);
	assert_string_equal(store_tool_props(store, "/old"), "p=c ");
	assert_string_equal(store_tool_locks(store), "");
}

static void
nothing_else_changes_before(void **state)
{
	struct store *store = store_tool_of(state);

	assert_int_equal(store_tool_move(store, "/c", "/old"), ERR_NONE);
	assert_int_not_equal(
	    store->ops->make_collection(store, str_of("/c")), ERR_NONE);
	let_files_grow(true);
	assert_int_equal(
	    store->ops->make_collection(store, str_of("/c")), ERR_NONE);
	assert_string_equal(store_tool_props(store, "/c"), "");
}

static void
the_next_start_brings_them(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);

	assert_int_equal(
	    store_tool_copy(rig->base.store, "/c", "/old"), ERR_NONE);
	let_files_grow(true);
	fs_rig_close(rig);
	fs_rig_open(rig);
	assert_string_equal(store_tool_props(rig->base.store, "/old"), "p=c ");
	assert_string_equal(store_tool_props(rig->base.store, "/c"), "p=c ");
}

static void
a_name_that_is_used_again_is_left_alone(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);

	assert_int_equal(
	    store_tool_move(rig->base.store, "/c", "/old"), ERR_NONE);
	let_files_grow(true);
	store_tool_mkcol(rig->base.store, "/c");
	store_tool_set(rig->base.store, "/c", "r", "new");
	fs_rig_close(rig);
	fs_rig_open(rig);
	assert_string_equal(
	    store_tool_get(rig->base.store, "/c"), "(collection)");
	assert_string_equal(store_tool_props(rig->base.store, "/c"), "r=new ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(properties_and_locks_follow),
		TEST(nothing_else_changes_before),
		TEST(the_next_start_brings_them),
		TEST(a_name_that_is_used_again_is_left_alone),
	};

	return cmocka_run_group_tests_name("fs_debt", tests, NULL, NULL);
}
