/*
 * fs_mount_test.c - a store with other file systems mounted inside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fs_rig.h"
#include "op/progress.h"

static bool
mount_inside(struct fs_rig *rig, const char *path)
{
	store_tool_mkcol(rig->base.store, path);
	return mount("none", fs_rig_path(rig, path), "tmpfs", 0, "size=1m") ==
	       0;
}

static void
moves_between_file_systems(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	if (!mount_inside(rig, "/m"))
		skip(); /* only root may mount */
	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/c/f", "x");
	store_tool_set(store, "/c/f", "p", "x");
	store_tool_put(store, "/m/file", "old");
	assert_false(
	    store->ops->is_instant(store, str_of("/c"), str_of("/m/c")));
	assert_false(store->ops->is_instant(store, str_of("/m"), str_of("/n")));
	assert_false(store->ops->is_instant(store, str_of("/m"), str_of("/m")));
	assert_int_equal(store_tool_move(store, "/c", "/m/c"), ERR_NONE);
	assert_int_equal(store_tool_look_err(store, "/c"), ERR_ABSENT);
	assert_string_equal(store_tool_get(store, "/m/c/f"), "x");
	assert_string_equal(store_tool_props(store, "/m/c/f"), "p=x ");
	assert_int_equal(store_tool_copy(store, "/m/c", "/m/file"), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/m"), "c/ file/ ");
	assert_int_equal(store_tool_remove(store, "/m/file"), ERR_NONE);
	assert_int_equal(store_tool_move(store, "/m/c", "/c"), ERR_NONE);
	assert_string_equal(store_tool_props(store, "/c/f"), "p=x ");
	assert_string_equal(store_tool_list(store, "/m"), "");
	fs_rig_close(rig);
	fs_rig_open(rig);  /* sweeps */
	fs_rig_close(rig); /* the reaper may be at work in it */
	assert_int_equal(umount(fs_rig_path(rig, "/m")), 0);
}

static void
moves_no_mount(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	if (!mount_inside(rig, "/m"))
		skip(); /* only root may mount */
	store_tool_put(store, "/m/f", "x");
	assert_int_equal(store_tool_move(store, "/m", "/d"), ERR_MOUNT);
	assert_string_equal(store_tool_get(store, "/m/f"), "x");
	assert_int_equal(store_tool_look_err(store, "/d"), ERR_ABSENT);
	assert_int_equal(umount(fs_rig_path(rig, "/m")), 0);
}

/* Where members have to stay, as their directory's mode says. */
static void
moves_properties_of_what_it_can_only_copy(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store;

	fs_rig_close(rig);
	fs_rig_clear(rig->root);
	assert_int_equal(mkdir(fs_rig_path(rig, "/m"), 0755), 0);
	if (mount("none", fs_rig_path(rig, "/m"), "tmpfs", 0, "mode=0777") != 0)
		skip(); /* only root may mount */
	assert_true(fs_rig_become_nobody());
	fs_rig_open(rig);
	store = rig->base.store;
	store_tool_mkcol(store, "/c");
	store_tool_mkcol(store, "/c/sub");
	store_tool_put(store, "/c/sub/f", "x");
	store_tool_set(store, "/c/sub/f", "p", "x");
	assert_int_equal(chmod(fs_rig_path(rig, "/c"), 0555), 0);
	(void)store_tool_move(store, "/c", "/m/c");
	assert_string_equal(store_tool_get(store, "/m/c/sub/f"), "x");
	assert_string_equal(store_tool_props(store, "/m/c/sub/f"), "p=x ");
	assert_string_equal(store_tool_list(store, "/c/sub"), "");
	assert_int_equal(chmod(fs_rig_path(rig, "/c"), 0755), 0);
	fs_rig_close(rig);
	fs_rig_become_oneself();
	assert_int_equal(umount2(fs_rig_path(rig, "/m"), MNT_DETACH), 0);
}

static void
undoes_what_the_disk_has_no_room_for(void **state)
{
	static char text[300 * 1024];
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;
	enum err err = ERR_NONE;

	memset(text, 'x', sizeof(text) - 1);
	if (!mount_inside(rig, "/m"))
		skip(); /* only root may mount */
	store_tool_mkcol(store, "/c");
	for (int i = 0; i < 5; i++) {
		char path[16];

		(void)snprintf(path, sizeof(path), "/c/%d", i);
		store_tool_put(store, path, text);
	}
	assert_int_equal(store_tool_copy(store, "/c", "/m/c"), ERR_SPACE);
	assert_string_equal(store_tool_list(store, "/m"), "");
	for (int i = 0; i < 5 && err == ERR_NONE; i++) {
		char path[16];

		(void)snprintf(path, sizeof(path), "/m/%d", i);
		err = store_tool_try_put(store, path, text);
	}
	assert_int_equal(err, ERR_SPACE);
	assert_string_equal(store_tool_list(store, "/m"), "0 1 2 ");
	assert_int_equal(store_tool_move(store, "/c", "/m/c"), ERR_SPACE);
	assert_string_equal(store_tool_list(store, "/c"), "0 1 2 3 4 ");
	fs_rig_close(rig);
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/m")), 3);
	assert_int_equal(umount(fs_rig_path(rig, "/m")), 0);
}

static void
removes_what_is_in_a_mount(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;
	struct progress *progress = progress_new();
	struct progress_counts counts;

	if (!mount_inside(rig, "/m")) {
		progress_free(progress);
		skip(); /* only root may mount */
	}
	store_tool_mkcol(store, "/m/c");
	store_tool_put(store, "/m/c/f", "x");
	store_tool_set(store, "/m/c/f", "p", "x");
	assert_int_equal(
	    store->ops->remove(store, str_of("/m"), progress), ERR_NONE);
	progress_read(progress, &counts);
	assert_int_equal(counts.failures, 1); /* the mount itself */
	assert_int_equal(counts.members_done, 3);
	assert_string_equal(store_tool_list(store, "/m"), "");
	store_tool_mkcol(store, "/m/c");
	store_tool_put(store, "/m/c/f", "x");
	assert_string_equal(store_tool_props(store, "/m/c/f"), "");
	progress_free(progress);
	assert_int_equal(umount(fs_rig_path(rig, "/m")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fs_rig_setup, fs_rig_teardown)
		T(moves_between_file_systems),
		T(moves_no_mount),
		T(moves_properties_of_what_it_can_only_copy),
		T(undoes_what_the_disk_has_no_room_for),
		T(removes_what_is_in_a_mount),
	};

	return cmocka_run_group_tests_name("fs_mount", tests, NULL, NULL);
}
