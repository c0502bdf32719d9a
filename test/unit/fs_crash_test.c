/*
 * fs_crash_test.c - killed at any step, the fs store has one of two states:
 * that before the change or that after it, with the properties and locks that
 * belong to it.
 *
 * A child process exits at the n-th step, for n = 1, 2, 3 ... until it gets
 * through; and so do the children that repair what it left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs_rig.h"

enum { TEXT_SIZE = 4096, STEP_COUNT_MAX = 200, CRASHED = 3, DONE = 0 };

enum {
	WITHOUT_PROPS = 1, /* and without locks */
	ON_MOUNT = 2,      /* at /m */
	WITH_LINK = 4,     /* /link is another name of /file */
};

struct scenario {
	const char *name;
	enum err (*change)(struct store *store);
	unsigned setting; /* of these: */
};

static void
plant(struct store *store, const struct scenario *scenario)
{
	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/c/f", "new f");
	store_tool_mkcol(store, "/c/d");
	store_tool_put(store, "/c/d/g", "new g");
	store_tool_mkcol(store, "/old");
	store_tool_put(store, "/old/f", "old f");
	store_tool_put(store, "/old/h", "old h");
	store_tool_put(store, "/file", "file");
	if (scenario->setting & ON_MOUNT)
		store_tool_put(store, "/m/file", "in m");
	if (scenario->setting & WITHOUT_PROPS)
		return;
	store_tool_set(store, "/c", "p", "c");
	store_tool_set(store, "/c/d/g", "p", "g");
	store_tool_set(store, "/old", "p", "old");
	store_tool_set(store, "/old/f", "q", "old f");
	store_tool_set(store, "/file", "p", "file");
	store_tool_lock(store, "t1", "/c/f");
	store_tool_lock(store, "t2", "/old/h");
	store_tool_lock(store, "t3", "/file");
}

/* All that there is, in words. */
static void
describe(struct store *store, char text[TEXT_SIZE])
{
	static const char *const paths[] = { "/", "/c", "/c/d", "/old",
		"/old/d", "/new", "/new/d", "/m", "/m/c", "/m/c/d", "/c/f",
		"/c/d/g", "/old/f", "/old/h", "/old/d/g", "/new/f", "/new/d/g",
		"/m/c/f", "/m/c/d/g", "/file", "/m/file", "/link" };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *content = store_tool_get(store, paths[i]);

		if (strcmp(content, "(absent)") == 0)
			continue;
		if (strcmp(content, "(collection)") == 0)
			content = store_tool_list(store, paths[i]);
		len += (size_t)snprintf(text + len, TEXT_SIZE - len,
		    "%s: %s [%s]\n", paths[i], content,
		    store_tool_props(store, paths[i]));
		assert_true(len < TEXT_SIZE);
	}
	(void)snprintf(text + len, TEXT_SIZE - len, "locks: %s\n",
	    store_tool_locks(store));
}

static enum err
remove_file(struct store *store)
{
	return store_tool_remove(store, "/file");
}

static enum err
remove_collection(struct store *store)
{
	return store_tool_remove(store, "/old");
}

static enum err
move_to_new(struct store *store)
{
	return store_tool_move(store, "/c", "/new");
}

static enum err
move_onto_collection(struct store *store)
{
	return store_tool_move(store, "/c", "/old");
}

static enum err
move_onto_file(struct store *store)
{
	return store_tool_move(store, "/c", "/file");
}

static enum err
move_file_onto_file(struct store *store)
{
	return store_tool_move(store, "/file", "/old/f");
}

static enum err
move_onto_another_name(struct store *store)
{
	return store_tool_move(store, "/file", "/link");
}

static enum err
move_file_onto_collection(struct store *store)
{
	return store_tool_move(store, "/file", "/old");
}

static enum err
copy_to_new(struct store *store)
{
	return store_tool_copy(store, "/c", "/new");
}

static enum err
copy_onto_collection(struct store *store)
{
	return store_tool_copy(store, "/c", "/old");
}

static enum err
copy_file_onto_file(struct store *store)
{
	return store_tool_copy(store, "/file", "/old/f");
}

static enum err
put_new(struct store *store)
{
	return store_tool_try_put(store, "/old/new", "x");
}

static enum err
put_over(struct store *store)
{
	return store_tool_try_put(store, "/file", "x");
}

static enum err
make_new(struct store *store)
{
	return store->ops->make_collection(store, str_of("/new"));
}

static enum err
set_props(struct store *store)
{
	return store_tool_try_set(store, "/file", "p", "changed");
}

static enum err
move_across(struct store *store)
{
	return store_tool_move(store, "/c", "/m/c");
}

static enum err
move_across_onto_file(struct store *store)
{
	return store_tool_move(store, "/c", "/m/file");
}

static enum err
move_back(struct store *store)
{
	return store_tool_move(store, "/m/file", "/old");
}

static enum err
copy_across(struct store *store)
{
	return store_tool_copy(store, "/c", "/m/file");
}

static enum err
remove_across(struct store *store)
{
	return store_tool_remove(store, "/m/file");
}

static const struct scenario scenarios[] = {
	{ "remove a file", remove_file, 0 },
	{ "remove a collection", remove_collection, 0 },
	{ "remove, without props", remove_collection, WITHOUT_PROPS },
	{ "move to a new name", move_to_new, 0 },
	{ "move onto a collection", move_onto_collection, 0 },
	{ "move onto it, without props", move_onto_collection, WITHOUT_PROPS },
	{ "move a collection onto a file", move_onto_file, 0 },
	{ "move a file onto a file", move_file_onto_file, 0 },
	{ "move a file onto a collection", move_file_onto_collection, 0 },
	{ "move a file onto its other name", move_onto_another_name,
	    WITH_LINK },
	{ "copy to a new name", copy_to_new, 0 },
	{ "copy onto a collection", copy_onto_collection, 0 },
	{ "copy onto it, without props", copy_onto_collection, WITHOUT_PROPS },
	{ "copy a file onto a file", copy_file_onto_file, 0 },
	{ "upload a new file", put_new, 0 },
	{ "upload over a file", put_over, 0 },
	{ "make a collection", make_new, 0 },
	{ "change properties", set_props, 0 },
	{ "move to another file system", move_across, ON_MOUNT },
	{ "the same, without props", move_across, WITHOUT_PROPS | ON_MOUNT },
	{ "move onto a file there", move_across_onto_file, ON_MOUNT },
	{ "move from there", move_back, ON_MOUNT },
	{ "copy onto a file there", copy_across, ON_MOUNT },
	{ "remove there", remove_across, ON_MOUNT },
};

/* Exits at the step that is due; of all threads of the child. */
static void
count_down(void *context, const char *what)
{
	(void)what;
	if (__atomic_sub_fetch((int *)context, 1, __ATOMIC_SEQ_CST) == 0)
		_exit(CRASHED);
}

/* Opens, changes (if there is a change to make) and closes; or crashes. */
static bool
run_child(struct fs_rig *rig, enum err (*change)(struct store *store), int step)
{
	pid_t child = fork();
	int status;

	assert_true(child != -1);
	if (child == 0) {
		struct store *store;
		bool is_good;

		rig->options.step = count_down;
		rig->options.step_context = &step;
		if (fs_open(&rig->options, NULL, &store) != ERR_NONE)
			_exit(1);
		is_good = change == NULL || change(store) == ERR_NONE;
		step = 0; /* never due again */
		store->ops->free(store);
		_exit(is_good ? DONE : 2);
	}
	assert_true(waitpid(child, &status, 0) == child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != CRASHED)
		assert_int_equal(WEXITSTATUS(status), DONE);
	return WEXITSTATUS(status) == DONE;
}

static void
link_file(struct fs_rig *rig)
{
	char path[FS_RIG_PATH_SIZE];

	memcpy(path, fs_rig_path(rig, "/file"), sizeof(path));
	assert_int_equal(link(path, fs_rig_path(rig, "/link")), 0);
}

static void
replant(struct fs_rig *rig, const struct scenario *scenario)
{
	fs_rig_close(rig);
	if (scenario->setting & ON_MOUNT) {
		/* What has been swept is swept; the rest goes with it. */
		(void)umount2(fs_rig_path(rig, "/m"), MNT_DETACH);
	}
	fs_rig_clear(rig->root);
	fs_rig_open(rig);
	if (scenario->setting & ON_MOUNT) {
		store_tool_mkcol(rig->base.store, "/m");
		assert_int_equal(mount("none", fs_rig_path(rig, "/m"), "tmpfs",
		                     0, "size=1m"),
		    0);
	}
	plant(rig->base.store, scenario);
	if (scenario->setting & WITH_LINK)
		link_file(rig);
	fs_rig_close(rig);
}

/* The two permitted states. */
struct states {
	char before[TEXT_SIZE];
	char after[TEXT_SIZE];
};

static void
learn(
    struct fs_rig *rig, const struct scenario *scenario, struct states *states)
{
	replant(rig, scenario);
	fs_rig_open(rig);
	describe(rig->base.store, states->before);
	assert_int_equal(scenario->change(rig->base.store), ERR_NONE);
	describe(rig->base.store, states->after);
	assert_string_not_equal(states->before, states->after);
}

static void
judge(struct fs_rig *rig, const struct scenario *scenario,
    const struct states *states, int step)
{
	char text[TEXT_SIZE];

	fs_rig_open(rig);
	describe(rig->base.store, text);
	if (strcmp(text, states->before) != 0 &&
	    strcmp(text, states->after) != 0)
		print_error("%s, step %d:\n%s\nbefore:\n%s\nafter:\n%s",
		    scenario->name, step, text, states->before, states->after);
	assert_true(strcmp(text, states->before) == 0 ||
	            strcmp(text, states->after) == 0);
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/.tarry/stage")), 0);
	fs_rig_close(rig);
}

static void
has_one_of_two_states(struct fs_rig *rig, const struct scenario *scenario)
{
	static struct states states;
	bool is_done = false;
	int step;

	learn(rig, scenario, &states);
	for (step = 1; !is_done; step++) {
		assert_true(step < STEP_COUNT_MAX);
		replant(rig, scenario);
		is_done = run_child(rig, scenario->change, step);
		for (int i = 1; !run_child(rig, NULL, i); i++)
			assert_true(i < STEP_COUNT_MAX);
		judge(rig, scenario, &states, step);
	}
	assert_true(step > 2); /* there was something to crash at */
	replant(rig, scenario);
	if (scenario->setting & ON_MOUNT)
		(void)umount2(fs_rig_path(rig, "/m"), MNT_DETACH);
}

static void
run_rows(struct fs_rig *rig, bool needs_mount)
{
	rig->options.sync = FS_SYNC_FULL;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!!(scenarios[i].setting & ON_MOUNT) == needs_mount)
			has_one_of_two_states(rig, &scenarios[i]);
}

static void
survives_a_crash_at_any_step(void **state)
{
	run_rows(fs_rig_of(state), false);
}

static void
survives_a_crash_between_file_systems(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);

	store_tool_mkcol(rig->base.store, "/m");
	if (mount("none", fs_rig_path(rig, "/m"), "tmpfs", 0, "size=1m") == -1)
		skip(); /* only root may mount */
	run_rows(rig, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(survives_a_crash_at_any_step,
		    fs_rig_setup, fs_rig_teardown),
		cmocka_unit_test_setup_teardown(
		    survives_a_crash_between_file_systems, fs_rig_setup,
		    fs_rig_teardown),
	};

	/* A process is killed, not a machine: memory is disk enough. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	return cmocka_run_group_tests_name("fs_crash", tests, NULL, NULL);
}
