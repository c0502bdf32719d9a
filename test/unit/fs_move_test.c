/*
 * fs_move_test.c - a move that replaces is two renames, and one change.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs_rig.h"

enum { TIMES = 50 };

/* Somebody who looks up names without a pause. */
struct looker {
	struct store *store;
	pthread_t thread;
	atomic_bool is_over;
	atomic_uint_fast64_t wrong_count;
};

static void *
look(void *context)
{
	struct looker *looker = context;
	struct store *store = looker->store;
	struct resource resource;

	while (!atomic_load(&looker->is_over))
		if (store->ops->look(
		        store, str_of("/from/replaced"), &resource) == ERR_NONE)
			atomic_fetch_add(&looker->wrong_count, 1);
	return NULL;
}

/* Somebody who lists them: /from is a file, whatever it replaces. */
static void *
list(void *context)
{
	struct looker *looker = context;
	struct store *store = looker->store;
	struct lister *lister;
	struct lister_entry entry;

	while (!atomic_load(&looker->is_over)) {
		assert_int_equal(
		    store->ops->list(store, str_of("/"), &lister), ERR_NONE);
		while (store->ops->list_next(lister, &entry) == ERR_NONE)
			if (entry.err == ERR_NONE &&
			    str_is(entry.name, "from") &&
			    entry.resource.is_collection)
				atomic_fetch_add(&looker->wrong_count, 1);
		store->ops->list_free(lister);
	}
	return NULL;
}

/* Between the renames others get the time to look. */
static void
yield(void *context, const char *what)
{
	(void)context;
	if (strcmp(what, "after rename") == 0)
		(void)usleep(200);
}

/* Moves again and again, while somebody does that: nothing wrong is seen. */
static void
move_before(void **state, void *(*does)(void *context),
    void (*move)(struct store *store))
{
	struct fs_rig *rig = fs_rig_of(state);
	struct looker looker = { .is_over = false };

	fs_rig_close(rig);
	rig->options.step = yield;
	fs_rig_open(rig);
	looker.store = rig->base.store;
	assert_int_equal(
	    pthread_create(&looker.thread, NULL, does, &looker), 0);
	for (int i = 0; i < TIMES; i++)
		move(looker.store);
	atomic_store(&looker.is_over, true);
	assert_int_equal(pthread_join(looker.thread, NULL), 0);
	assert_int_equal(atomic_load(&looker.wrong_count), 0);
	assert_string_equal(store_tool_get(looker.store, "/from"), "(absent)");
}

static void
move_collection(struct store *store)
{
	store_tool_mkcol(store, "/from");
	if (store_tool_look_err(store, "/to") == ERR_ABSENT)
		store_tool_mkcol(store, "/to");
	store_tool_put(store, "/to/replaced", "old");
	assert_int_equal(store_tool_move(store, "/from", "/to"), ERR_NONE);
}

static void
shows_nobody_what_it_replaces_under_the_old_name(void **state)
{
	move_before(state, look, move_collection);
}

static void
move_file(struct store *store)
{
	store_tool_put(store, "/from", "new");
	store_tool_mkcol(store, "/to");
	assert_int_equal(store_tool_move(store, "/from", "/to"), ERR_NONE);
	assert_int_equal(store_tool_remove(store, "/to"), ERR_NONE);
}

static void
lists_nothing_that_it_replaces_under_the_old_name(void **state)
{
	move_before(state, list, move_file);
}

/* rename(2) does nothing with two names of one file. */
static void
takes_one_name_of_two_away(void **state)
{
	static const char *const places[] = { "/a", "/c/a" };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_mkcol(store, "/c");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[FS_RIG_PATH_SIZE];

		store_tool_put(store, places[i], "text");
		store_tool_set(store, places[i], "p", "moved");
		memcpy(path, fs_rig_path(rig, places[i]), sizeof(path));
		(void)unlink(fs_rig_path(rig, "/b"));
		assert_int_equal(link(path, fs_rig_path(rig, "/b")), 0);
		assert_int_equal(
		    store_tool_move(store, places[i], "/b"), ERR_NONE);
		assert_string_equal(
		    store_tool_get(store, places[i]), "(absent)");
		assert_string_equal(store_tool_get(store, "/b"), "text");
		assert_string_equal(store_tool_props(store, "/b"), "p=moved ");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    shows_nobody_what_it_replaces_under_the_old_name,
		    fs_rig_setup, fs_rig_teardown),
		cmocka_unit_test_setup_teardown(
		    lists_nothing_that_it_replaces_under_the_old_name,
		    fs_rig_setup, fs_rig_teardown),
		cmocka_unit_test_setup_teardown(
		    takes_one_name_of_two_away, fs_rig_setup, fs_rig_teardown),
	};

	return cmocka_run_group_tests_name("fs_move", tests, NULL, NULL);
}
