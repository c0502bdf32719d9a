/*
 * sandbox_test.c - what becomes of a kernel that lacks a wall, and which
 * places are allowed.
 */
#include <errno.h>
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

#include "apps/sandbox.h"
#include "apps/sandbox_landlock.h"
#include "apps/sandbox_seccomp.h"

/* A kernel as the test wants it, and what it was asked for. */
static struct {
	int no_new_privs;
	int level;
	int landlock;
	int seccomp;
	unsigned landlock_count;
	unsigned seccomp_count;
	unsigned count;
} kernel;

static int
fake_no_new_privs(void)
{
	kernel.count++;
	return kernel.no_new_privs;
}

static int
fake_level(void)
{
	return kernel.level;
}

static int
fake_landlock(const struct sandbox *sandbox, int level)
{
	(void)sandbox;
	assert_int_equal(level, kernel.level);
	kernel.count++;
	kernel.landlock_count++;
	return kernel.landlock;
}

static int
fake_seccomp(const struct sandbox *sandbox)
{
	(void)sandbox;
	kernel.count++;
	kernel.seccomp_count++;
	return kernel.seccomp;
}

static const struct sandbox_kernel fake = {
	.no_new_privs = fake_no_new_privs,
	.landlock_level = fake_level,
	.landlock = fake_landlock,
	.seccomp = fake_seccomp,
};

/* The real ones are not linked. */
int
sandbox_landlock_level(void)
{
	return -ENOSYS;
}

int
sandbox_landlock_enter(const struct sandbox *sandbox, int level)
{
	(void)sandbox;
	return level;
}

int
sandbox_seccomp_enter(const struct sandbox *sandbox)
{
	(void)sandbox;
	return ENOSYS;
}

static void
bears_what_is_missing_unless_it_is_required(void **state)
{
	static const struct {
		int no_new_privs;
		int level;
		int landlock;
		int seccomp;
		enum err required;
	} rows[] = {
		{ 0, 2, 0, 0, ERR_NONE },
		{ 0, 7, 0, 0, ERR_NONE },
		{ EINVAL, 7, 0, 0, ERR_DENIED },
		{ 0, -ENOSYS, 0, 0, ERR_DENIED },
		{ 0, -EOPNOTSUPP, 0, 0, ERR_DENIED },
		{ 0, 1, 0, 0, ERR_DENIED }, /* no file could be moved */
		{ 0, 7, EPERM, 0, ERR_DENIED },
		{ 0, 7, 0, EINVAL, ERR_DENIED },
		{ EINVAL, -ENOSYS, 0, EINVAL, ERR_DENIED },
	};
	struct sandbox sandbox;

	(void)state;
	sandbox_init(&sandbox);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int mode = SANDBOX_AUTO; mode <= SANDBOX_REQUIRE; mode++) {
			kernel.no_new_privs = rows[i].no_new_privs;
			kernel.level = rows[i].level;
			kernel.landlock = rows[i].landlock;
			kernel.seccomp = rows[i].seccomp;
			kernel.landlock_count = kernel.seccomp_count = 0;
			assert_int_equal(sandbox_enter(&sandbox, &fake,
			                     (enum sandbox_mode)mode),
			    mode == SANDBOX_REQUIRE ? rows[i].required
			                            : ERR_NONE);
			/* One that is missing does not take another along. */
			assert_int_equal(kernel.seccomp_count, 1);
			assert_int_equal(kernel.landlock_count,
			    rows[i].level >= SANDBOX_LANDLOCK_LEVEL_MIN);
		}
	}
}

static void
does_nothing_when_it_is_off(void **state)
{
	struct sandbox sandbox;

	(void)state;
	sandbox_init(&sandbox);
	kernel.count = 0;
	kernel.no_new_privs = EINVAL;
	assert_int_equal(sandbox_enter(&sandbox, &fake, SANDBOX_OFF), ERR_NONE);
	assert_int_equal(kernel.count, 0);
}

static bool
has(const struct sandbox *sandbox, const char *path)
{
	struct stat wanted;
	struct stat found;

	assert_int_equal(stat(path, &wanted), 0);
	for (size_t i = 0; i < sandbox->count; i++)
		if (fstat(sandbox->places[i].fd, &found) == 0 &&
		    found.st_ino == wanted.st_ino &&
		    found.st_dev == wanted.st_dev)
			return true;
	return false;
}

/* A directory with a/file, b/ and the link b/link to that file. */
struct tree {
	char top[32];
	char paths[4][64];
};

static void
tree_make(struct tree *tree)
{
	(void)snprintf(tree->top, sizeof(tree->top), "%s",
	    "/tmp/sandbox-test-XXXXXX"); /* tidy: allow */
	assert_non_null(mkdtemp(tree->top));
	(void)snprintf(tree->paths[0], 64, "%s/a", tree->top);
	(void)snprintf(tree->paths[1], 64, "%s/a/file", tree->top);
	(void)snprintf(tree->paths[2], 64, "%s/b", tree->top);
	(void)snprintf(tree->paths[3], 64, "%s/b/link", tree->top);
	assert_int_equal(mkdir(tree->paths[0], 0700), 0);
	assert_int_equal(mkdir(tree->paths[2], 0700), 0);
	assert_int_equal(
	    close(open(tree->paths[1], O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(symlink("../a/file", tree->paths[3]), 0);
}

static void
tree_remove(const struct tree *tree)
{
	(void)unlink(tree->paths[1]);
	(void)unlink(tree->paths[3]);
	(void)rmdir(tree->paths[0]);
	(void)rmdir(tree->paths[2]);
	assert_int_equal(rmdir(tree->top), 0);
}

static void
allows_what_replaces_a_named_file(void **state)
{
	struct sandbox sandbox;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	sandbox_init(&sandbox);
	sandbox_allow_named(&sandbox, SANDBOX_READ, tree.paths[3]);
	sandbox_allow_named(&sandbox, SANDBOX_READ, NULL);
	assert_true(has(&sandbox, tree.paths[0])); /* where it really is */
	assert_true(has(&sandbox, tree.paths[1]));
	assert_true(has(&sandbox, tree.paths[2]));
	assert_false(has(&sandbox, tree.top));
	sandbox_done(&sandbox);
	tree_remove(&tree);
}

static void
does_not_allow_a_home_for_one_file_in_it(void **state)
{
	struct sandbox sandbox;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	assert_int_equal(setenv("HOME", tree.paths[0], 1), 0);
	sandbox_init(&sandbox);
	sandbox_allow_named(&sandbox, SANDBOX_READ, tree.paths[1]);
	sandbox_allow_named(&sandbox, SANDBOX_READ, "/etc/passwd");
	assert_true(has(&sandbox, tree.paths[1]));
	assert_true(has(&sandbox, "/etc/passwd"));
	assert_false(has(&sandbox, tree.paths[0]));
	assert_false(has(&sandbox, "/etc"));
	sandbox_done(&sandbox);
	tree_remove(&tree);
}

static void
leaves_out_what_is_not_there_and_what_is_too_much(void **state)
{
	struct sandbox sandbox;

	(void)state;
	sandbox_init(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_READ, "/nowhere");
	assert_int_equal(sandbox.count, 0);
	for (int i = 0; i <= SANDBOX_PLACE_COUNT_MAX; i++)
		sandbox_allow(&sandbox, SANDBOX_READ, "/");
	assert_int_equal(sandbox.count, SANDBOX_PLACE_COUNT_MAX);
	sandbox_done(&sandbox);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bears_what_is_missing_unless_it_is_required),
		cmocka_unit_test(does_nothing_when_it_is_off),
		cmocka_unit_test(allows_what_replaces_a_named_file),
		cmocka_unit_test(does_not_allow_a_home_for_one_file_in_it),
		cmocka_unit_test(
		    leaves_out_what_is_not_there_and_what_is_too_much),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
