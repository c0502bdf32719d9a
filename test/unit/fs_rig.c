/*
 * fs_rig.c - see fs_rig.h.
 */
#include "fs_rig.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/fs_walk.h"

enum { NOBODY = 65534 };

static struct fs_rig rig;

struct fs_rig *
fs_rig_of(void **state)
{
	return *state;
}

enum err
fs_rig_try_open(struct fs_rig *it)
{
	return fs_open(&it->options, NULL, &it->base.store);
}

void
fs_rig_open(struct fs_rig *it)
{
	assert_int_equal(fs_rig_try_open(it), ERR_NONE);
}

void
fs_rig_close(struct fs_rig *it)
{
	if (it->base.store != NULL)
		it->base.store->ops->free(it->base.store);
	it->base.store = NULL;
}

int
fs_rig_setup(void **state)
{
	const char *directory = getenv("TMPDIR");

	rig = (struct fs_rig){ .options.sync = FS_SYNC_OFF };
	(void)snprintf(rig.top, sizeof(rig.top),
	    "%s/fs_test.XXXXXX", /* tidy: allow */
	    directory == NULL ? "/tmp" : directory);
	assert_non_null(mkdtemp(rig.top));
	(void)snprintf(rig.root, sizeof(rig.root), "%.400s/root", rig.top);
	assert_int_equal(mkdir(rig.root, 0755), 0);
	rig.options.root = rig.root;
	fs_rig_open(&rig);
	*state = &rig;
	return 0;
}

/* What is too deep for the walk comes up, for the next one. */
static void
raise_up(int fd, const struct fs_walk_step *step)
{
	char raised[32];
	int i = 0;

	do {
		(void)snprintf(raised, sizeof(raised), "raised%d", i++);
	} while (renameat2(step->dir_fd, step->name, fd, raised,
	             RENAME_NOREPLACE) == -1 &&
	         i < 100);
	assert_true(i < 100);
}

static void
visit(int fd, struct fs_walk_step *step, struct fs_walk *walk, bool *out_again)
{
	int flags = step->kind == FS_WALK_LEAVE ? AT_REMOVEDIR : 0;

	if (str_is_empty(step->path))
		return; /* the directory itself */
	if (step->kind == FS_WALK_DEEP) {
		raise_up(fd, step);
		*out_again = true;
		fs_walk_fail(walk);
	} else if (!step->has_failed) {
		assert_int_equal(unlinkat(step->dir_fd, step->name, flags), 0);
	}
}

static int
walk_once(const char *directory, bool is_removing, bool *out_again)
{
	struct fs_walk_step step;
	struct fs_walk *walk;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = -1; /* without itself */
	enum err err;

	assert_true(fd != -1);
	assert_int_equal(
	    fs_walk_new(fd, ".", str_of(""), FS_WALK_FORCED, &walk), ERR_NONE);
	while ((err = fs_walk_next(walk, &step)) == ERR_NONE) {
		count++;
		if (is_removing)
			visit(fd, &step, walk, out_again);
	}
	assert_int_equal(err, ERR_ABSENT);
	fs_walk_free(walk);
	(void)close(fd);
	return count;
}

void
fs_rig_clear(const char *directory)
{
	bool again = true;

	while (again) {
		again = false;
		(void)walk_once(directory, true, &again);
	}
}

int
fs_rig_count(const char *directory)
{
	bool again = false;

	return walk_once(directory, false, &again);
}

int
fs_rig_teardown(void **state)
{
	struct fs_rig *it = fs_rig_of(state);

	fs_rig_close(it);
	fs_rig_clear(it->top);
	return rmdir(it->top);
}

const char *
fs_rig_path(struct fs_rig *it, const char *path)
{
	static char text[FS_RIG_PATH_SIZE * 2];

	(void)snprintf(text, sizeof(text), "%s%s", it->root, path);
	return text;
}

bool
fs_rig_become_nobody(void)
{
	if (geteuid() != 0)
		return true;
	if (chmod(rig.top, 0755) == -1 || chown(rig.root, NOBODY, NOBODY) == -1)
		return false;
	return seteuid(NOBODY) == 0;
}

void
fs_rig_become_oneself(void)
{
	assert_int_equal(seteuid(getuid()), 0);
}
