/*
 * fs_test.c - the promises of a store, kept by store/fs.c; and what it
 * promises about the directory that it serves.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs_rig.h"
#include "op/progress.h"
#include "store_suite.h"

enum { WIDTH = 3000 }; /* so many directories cannot all wait at once */

/* What somebody else does to the directory. */
static void
write_file(struct fs_rig *rig, const char *path, const char *text)
{
	FILE *file = fopen(fs_rig_path(rig, path), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
link_to(struct fs_rig *rig, const char *target, const char *path)
{
	assert_int_equal(symlink(target, fs_rig_path(rig, path)), 0);
}

static void
reopen_following_links(struct fs_rig *rig)
{
	fs_rig_close(rig);
	rig->options.symlinks = FS_SYMLINKS_INSIDE;
	fs_rig_open(rig);
}

static void
serves_what_others_put_there(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	assert_int_equal(mkdir(fs_rig_path(rig, "/theirs"), 0755), 0);
	write_file(rig, "/theirs/f", "hello");
	write_file(rig, "/theirs/\xff\x01", "odd");
	assert_string_equal(store_tool_get(store, "/theirs/f"), "hello");
	assert_string_equal(store_tool_get(store, "/theirs/\xff\x01"), "odd");
	assert_string_equal(store_tool_list(store, "/theirs"), "f \xff\x01 ");
	assert_int_equal(
	    store_tool_move(store, "/theirs/\xff\x01", "/x"), ERR_NONE);
	assert_string_equal(store_tool_get(store, "/x"), "odd");
	assert_int_equal(store_tool_remove(store, "/theirs"), ERR_NONE);
	assert_int_not_equal(access(fs_rig_path(rig, "/theirs"), F_OK), 0);
}

static void
forgets_properties_of_what_others_removed(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_put(store, "/f", "");
	store_tool_set(store, "/f", "p", "x");
	store_tool_mkcol(store, "/c");
	store_tool_set(store, "/c", "p", "x");
	assert_int_equal(unlink(fs_rig_path(rig, "/f")), 0);
	assert_int_equal(rmdir(fs_rig_path(rig, "/c")), 0);
	store_tool_put(store, "/f", "");
	store_tool_mkcol(store, "/c");
	assert_string_equal(store_tool_props(store, "/f"), "");
	assert_string_equal(store_tool_props(store, "/c"), "");
}

static void
hides_what_is_no_file(void **state)
{
	static const char *const names[] = { "/fifo", "/link", "/dangling",
		"/linkdir" };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_mkcol(store, "/d");
	store_tool_put(store, "/d/f", "x");
	assert_int_equal(mkfifo(fs_rig_path(rig, "/fifo"), 0666), 0);
	link_to(rig, "d/f", "/link");
	link_to(rig, "nowhere", "/dangling");
	link_to(rig, "d", "/linkdir");
	assert_string_equal(store_tool_list(store, "/"), "d/ ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = names[i];

		assert_int_equal(store_tool_look_err(store, name), ERR_ABSENT);
		assert_string_equal(store_tool_get(store, name), "(absent)");
		assert_int_equal(store_tool_remove(store, name), ERR_ABSENT);
		assert_int_equal(
		    store_tool_move(store, name, "/x"), ERR_ABSENT);
		assert_int_equal(
		    store_tool_copy(store, name, "/x"), ERR_ABSENT);
		assert_int_equal(
		    store_tool_try_put(store, name, "x"), ERR_NAME);
		assert_int_equal(
		    store_tool_copy(store, "/d/f", name), ERR_NAME);
		assert_int_equal(
		    store_tool_move(store, "/d/f", name), ERR_NAME);
	}
	assert_string_equal(store_tool_get(store, "/linkdir/f"), "(absent)");
	assert_int_equal(
	    store_tool_try_put(store, "/linkdir/g", "x"), ERR_PARENT);
}

static void
copies_nothing_that_it_hides(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_mkcol(store, "/d");
	assert_int_equal(mkfifo(fs_rig_path(rig, "/d/fifo"), 0666), 0);
	link_to(rig, "/etc/passwd", "/d/link");
	write_file(rig, "/d/.tarry-stage-1", "litter");
	store_tool_put(store, "/d/f", "x");
	assert_int_equal(store_tool_copy(store, "/d", "/e"), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/d"), "f ");
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/e")), 1);
}

static void
follows_links_that_stay_inside(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store;

	reopen_following_links(rig);
	store = rig->base.store;
	store_tool_mkcol(store, "/d");
	store_tool_put(store, "/d/f", "inside");
	link_to(rig, "d/f", "/link");
	link_to(rig, "d", "/linkdir");
	link_to(rig, "/etc/passwd", "/absolute");
	link_to(rig, "../..", "/above");
	link_to(rig, ".tarry", "/state");
	link_to(rig, ".tarry/meta.db", "/database");
	assert_string_equal(store_tool_list(store, "/"), "d/ link linkdir/ ");
	assert_string_equal(store_tool_get(store, "/link"), "inside");
	assert_string_equal(store_tool_get(store, "/linkdir/f"), "inside");
	assert_string_equal(store_tool_get(store, "/absolute"), "(absent)");
	assert_int_equal(store_tool_remove(store, "/absolute"), ERR_ABSENT);
	assert_int_equal(store_tool_try_put(store, "/absolute", "x"), ERR_NAME);
	assert_string_equal(store_tool_get(store, "/above/x"), "(absent)");
	assert_string_equal(store_tool_get(store, "/database"), "(absent)");
	assert_string_equal(
	    store_tool_get(store, "/state/meta.db"), "(absent)");
	assert_int_equal(
	    store_tool_try_put(store, "/state/f", "x"), ERR_PARENT);
	store_tool_put(store, "/linkdir/g", "x");
	assert_string_equal(store_tool_get(store, "/d/g"), "x");
}

static void
never_changes_what_a_link_points_at(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store;

	reopen_following_links(rig);
	store = rig->base.store;
	store_tool_mkcol(store, "/d");
	store_tool_put(store, "/d/f", "stays");
	link_to(rig, "d/f", "/link");
	link_to(rig, "d", "/linkdir");
	store_tool_put(store, "/link", "new");
	assert_string_equal(store_tool_get(store, "/d/f"), "stays");
	assert_string_equal(store_tool_get(store, "/link"), "new");
	assert_int_equal(store_tool_remove(store, "/linkdir"), ERR_NONE);
	assert_string_equal(store_tool_get(store, "/d/f"), "stays");
}

static void
keeps_the_mode_of_what_it_replaces(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;
	struct stat stat_of;

	write_file(rig, "/f", "x");
	assert_int_equal(chmod(fs_rig_path(rig, "/f"), 0640), 0);
	store_tool_put(store, "/f", "new");
	assert_int_equal(stat(fs_rig_path(rig, "/f"), &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 07777, 0640);
	assert_int_equal(store_tool_copy(store, "/f", "/g"), ERR_NONE);
	assert_int_equal(stat(fs_rig_path(rig, "/g"), &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 07777, 0640);
}

static void
remembers_across_a_restart(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_put(store, "/f", "x");
	store_tool_set(store, "/f", "p", "kept");
	store_tool_lock(store, "t", "/f");
	fs_rig_close(rig);
	fs_rig_open(rig);
	store = rig->base.store;
	assert_string_equal(store_tool_props(store, "/f"), "p=kept ");
	assert_string_equal(store_tool_locks(store), "t@/f ");
	assert_string_equal(store_tool_list(store, "/"), "f* ");
}

static void
leaves_nothing_in_the_state(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;
	struct upload *upload;

	store_tool_mkcol(store, "/c");
	store_tool_mkcol(store, "/d");
	store_tool_put(store, "/c/f", "x");
	assert_int_equal(
	    store->ops->upload(store, str_of("/g"), &upload), ERR_NONE);
	store->ops->upload_free(upload);
	assert_int_equal(store_tool_copy(store, "/c", "/d"), ERR_NONE);
	assert_int_equal(store_tool_remove(store, "/c"), ERR_NONE);
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/.tarry/stage")), 0);
	/* The reaper deletes, now or at the next start. */
	for (int i = 0;
	     i < 1000 && fs_rig_count(fs_rig_path(rig, "/.tarry/trash")) > 0;
	     i++) {
		fs_rig_close(rig);
		fs_rig_open(rig);
	}
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/.tarry/trash")), 0);
}

static void
copies_deep_and_wide_trees(void **state)
{
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/copy") };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;
	struct progress *progress = progress_new();
	struct progress_counts counts;
	char path[4096] = "/c";
	size_t len = 2;
	bool is_created;

	assert_non_null(progress);
	assert_int_equal(mkdir(fs_rig_path(rig, path), 0755), 0);
	for (int i = 0; i < WIDTH; i++) {
		(void)snprintf(path + len, sizeof(path) - len, "/w%d", i);
		assert_int_equal(mkdir(fs_rig_path(rig, path), 0755), 0);
	}
	/* Of TREE_DEPTH_MAX nested ones, one is too many. */
	for (int i = 0; i < TREE_DEPTH_MAX; i++) {
		memcpy(path + len, "/d", 3);
		len += 2;
		assert_int_equal(mkdir(fs_rig_path(rig, path), 0755), 0);
	}
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created), ERR_NONE);
	progress_read(progress, &counts);
	assert_int_equal(counts.failures, 1);
	assert_int_equal(counts.members_done, 1 + WIDTH + TREE_DEPTH_MAX);
	assert_int_equal(counts.members_total, counts.members_done);
	progress_free(progress);
	assert_int_equal(fs_rig_count(fs_rig_path(rig, "/copy")),
	    WIDTH + TREE_DEPTH_MAX - 1);
	assert_int_equal(store_tool_remove(store, "/c"), ERR_NONE);
}

static void
undoes_a_strict_copy_that_fails(void **state)
{
	struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/copy"),
		.is_strict = true };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store;
	bool is_created;

	reopen_following_links(rig);
	store = rig->base.store;
	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/c/f", "x");
	link_to(rig, ".", "/c/loop");
	assert_int_equal(
	    store->ops->copy(store, &options, NULL, &is_created), ERR_CONFLICT);
	assert_int_equal(store_tool_look_err(store, "/copy"), ERR_ABSENT);
	options.is_strict = false;
	assert_int_equal(
	    store->ops->copy(store, &options, NULL, &is_created), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/copy"), "f ");
}

static void
refuses_a_second_server(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *second;
	struct buf text;

	buf_init(&text, 1024);
	assert_int_equal(fs_open(&rig->options, &text, &second), ERR_BUSY);
	assert_true(str_starts(buf_str(&text), str_of("cannot serve")));
	buf_done(&text);
}

static void
tells_why_it_cannot_open(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct fs_options options = { .root = "/nowhere/at/all" };
	struct store *store;
	char path[2 * FS_RIG_PATH_SIZE];
	struct buf text;

	buf_init(&text, 1024);
	assert_int_equal(fs_open(&options, &text, &store), ERR_ABSENT);
	assert_true(text.len > 0);
	write_file(rig, "/f", "");
	(void)snprintf(path, sizeof(path), "%s", fs_rig_path(rig, "/f"));
	options.root = path;
	assert_int_equal(fs_open(&options, &text, &store), ERR_FILE);
	options.root = rig->root;
	(void)snprintf(path, sizeof(path), "%s", fs_rig_path(rig, "/state"));
	options.state = path;
	assert_int_equal(fs_open(&options, &text, &store), ERR_CONFLICT);
	buf_done(&text);
}

static void
keeps_its_state_elsewhere(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	char path[2 * FS_RIG_PATH_SIZE];

	fs_rig_close(rig);
	fs_rig_clear(rig->root);
	(void)snprintf(path, sizeof(path), "%s/state", rig->top);
	rig->options.state = path;
	fs_rig_open(rig);
	store_tool_put(rig->base.store, "/f", "x");
	store_tool_set(rig->base.store, "/f", "p", "x");
	assert_int_equal(fs_rig_count(rig->root), 1);
	fs_rig_close(rig);
	rig->options.state = NULL;
}

static void
serves_what_it_may_not_change(void **state)
{
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store;

	fs_rig_close(rig);
	fs_rig_clear(rig->root);
	write_file(rig, "/f", "read me");
	if (!fs_rig_become_nobody())
		skip();
	assert_int_equal(chmod(rig->root, 0555), 0);
	fs_rig_open(rig);
	store = rig->base.store;
	assert_true(fs_is_read_only(store));
	assert_string_equal(store_tool_get(store, "/f"), "read me");
	assert_string_equal(store_tool_list(store, "/"), "f ");
	assert_string_equal(store_tool_props(store, "/f"), "");
	assert_string_equal(store_tool_locks(store), "");
	assert_int_equal(store_tool_try_put(store, "/f", "x"), ERR_READ_ONLY);
	assert_int_equal(store_tool_remove(store, "/f"), ERR_READ_ONLY);
	assert_int_equal(store_tool_copy(store, "/f", "/g"), ERR_READ_ONLY);
	assert_int_equal(store_tool_move(store, "/f", "/g"), ERR_READ_ONLY);
	assert_int_equal(
	    store_tool_try_set(store, "/f", "p", "x"), ERR_READ_ONLY);
	assert_int_equal(
	    store->ops->make_collection(store, str_of("/c")), ERR_READ_ONLY);
	assert_int_equal(
	    store->ops->touch(store, str_of("/f"), 0), ERR_READ_ONLY);
	fs_rig_close(rig);
	assert_int_equal(chmod(rig->root, 0755), 0);
	fs_rig_become_oneself();
}

static void
reports_members_that_it_may_not_read(void **state)
{
	const struct copy_options options = { .source = str_of("/c"),
		.destination = str_of("/copy") };
	struct fs_rig *rig = fs_rig_of(state);
	struct progress *progress = progress_new();
	struct progress_counts counts;
	struct store *store;
	bool is_created;

	fs_rig_close(rig);
	fs_rig_clear(rig->root);
	if (!fs_rig_become_nobody())
		skip();
	fs_rig_open(rig);
	store = rig->base.store;
	store_tool_mkcol(store, "/c");
	store_tool_mkcol(store, "/c/closed");
	store_tool_put(store, "/c/secret", "x");
	store_tool_put(store, "/c/open", "x");
	assert_int_equal(chmod(fs_rig_path(rig, "/c/secret"), 0), 0);
	assert_int_equal(chmod(fs_rig_path(rig, "/c/closed"), 0), 0);
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created), ERR_NONE);
	progress_read(progress, &counts);
	assert_int_equal(counts.failures, 2);
	assert_int_equal(counts.members_done, 4);
	assert_string_equal(store_tool_list(store, "/copy"), "open ");
	assert_string_equal(
	    store_tool_list(store, "/c"), "closed/ open secret ");
	assert_int_equal(
	    store_tool_try_put(store, "/c/secret", "y"), ERR_DENIED);
	/* A collection whose own mode forbids to move it. */
	assert_int_equal(chmod(fs_rig_path(rig, "/copy"), 0555), 0);
	assert_int_equal(
	    store->ops->remove(store, str_of("/copy"), NULL), ERR_NONE);
	assert_string_equal(store_tool_list(store, "/copy"), "open ");
	assert_int_equal(chmod(fs_rig_path(rig, "/c/closed"), 0755), 0);
	assert_int_equal(chmod(fs_rig_path(rig, "/copy"), 0755), 0);
	fs_rig_close(rig);
	fs_rig_become_oneself();
	progress_free(progress);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fs_rig_setup, fs_rig_teardown)
		T(serves_what_others_put_there),
		T(forgets_properties_of_what_others_removed),
		T(hides_what_is_no_file),
		T(copies_nothing_that_it_hides),
		T(follows_links_that_stay_inside),
		T(never_changes_what_a_link_points_at),
		T(keeps_the_mode_of_what_it_replaces),
		T(remembers_across_a_restart),
		T(leaves_nothing_in_the_state),
		T(copies_deep_and_wide_trees),
		T(undoes_a_strict_copy_that_fails),
		T(refuses_a_second_server),
		T(tells_why_it_cannot_open),
		T(keeps_its_state_elsewhere),
		T(serves_what_it_may_not_change),
		T(reports_members_that_it_may_not_read),
#undef T
	};
	int failed = store_suite_run("fs", fs_rig_setup, fs_rig_teardown);

	return failed +
	       cmocka_run_group_tests_name("fs_directory", tests, NULL, NULL);
}
