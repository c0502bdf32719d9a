/*
 * fs_copy_test.c - what a copy has of a file, and what it tells meanwhile.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs_rig.h"
#include "op/progress.h"

enum {
	BLOCK_SIZE = 512, /* of st_blocks */
	MIB = 1024 * 1024,
	LARGE_SIZE = 40 * MIB, /* more than one piece */
};

static const char mark[] = "data";

static off_t
used_size(struct fs_rig *rig, const char *path)
{
	struct stat now;

	assert_int_equal(stat(fs_rig_path(rig, path), &now), 0);
	return (off_t)now.st_blocks * BLOCK_SIZE;
}

/* A mark at each offset, and holes around them. */
static void
write_sparse(struct fs_rig *rig, const char *path, const off_t *offsets,
    size_t count, off_t size)
{
	int fd =
	    open(fs_rig_path(rig, path), O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_int_not_equal(fd, -1);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
		    pwrite(fd, mark, sizeof(mark), offsets[i]), sizeof(mark));
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(fsync(fd), 0); /* so that it has its blocks */
	assert_int_equal(close(fd), 0);
}

static void
write_dense(struct fs_rig *rig, const char *path, off_t size)
{
	int fd =
	    open(fs_rig_path(rig, path), O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(posix_fallocate(fd, 0, size), 0);
	assert_int_equal(close(fd), 0);
}

static void
expect_marks(struct fs_rig *rig, const char *path, const off_t *offsets,
    size_t count, off_t size)
{
	char text[sizeof(mark)];
	struct stat now;
	int fd = open(fs_rig_path(rig, path), O_RDONLY);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &now), 0);
	assert_int_equal(now.st_size, size);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(
		    pread(fd, text, sizeof(text), offsets[i]), sizeof(text));
		assert_memory_equal(text, mark, sizeof(mark));
	}
	assert_int_equal(close(fd), 0);
}

static void
keeps_holes_as_holes(void **state)
{
	static const off_t inside[] = { 8 * MIB, 30 * MIB };
	static const off_t begin[] = { 0 };
	static const off_t end[] = { LARGE_SIZE - (off_t)sizeof(mark) };
	static const struct {
		const off_t *offsets;
		size_t count;
	} rows[] = { { inside, 2 }, { begin, 1 }, { end, 1 }, { NULL, 0 } };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store_tool_mkcol(store, "/c");
		write_sparse(
		    rig, "/c/f", rows[i].offsets, rows[i].count, LARGE_SIZE);
		assert_int_equal(
		    store_tool_copy(store, "/c/f", "/one"), ERR_NONE);
		assert_int_equal(
		    store_tool_copy(store, "/c", "/tree"), ERR_NONE);
		expect_marks(
		    rig, "/one", rows[i].offsets, rows[i].count, LARGE_SIZE);
		expect_marks(
		    rig, "/tree/f", rows[i].offsets, rows[i].count, LARGE_SIZE);
		if (used_size(rig, "/c/f") < LARGE_SIZE / 2) {
			assert_true(used_size(rig, "/one") < LARGE_SIZE / 2);
			assert_true(used_size(rig, "/tree/f") < LARGE_SIZE / 2);
		} /* else this file system has no holes */
		assert_int_equal(store_tool_remove(store, "/c"), ERR_NONE);
		assert_int_equal(store_tool_remove(store, "/one"), ERR_NONE);
		assert_int_equal(store_tool_remove(store, "/tree"), ERR_NONE);
	}
}

static void
expect_counted(struct store *store, const char *source, uint64_t size)
{
	const struct copy_options options = { .source = str_of(source),
		.destination = str_of("/copy") };
	struct progress *progress = progress_new();
	struct progress_counts counts;
	bool is_created;

	assert_non_null(progress);
	assert_int_equal(
	    store->ops->copy(store, &options, progress, &is_created), ERR_NONE);
	progress_read(progress, &counts);
	assert_int_equal(counts.bytes_done, size);
	assert_int_equal(counts.bytes_total, size);
	progress_free(progress);
	assert_int_equal(store_tool_remove(store, "/copy"), ERR_NONE);
}

static void
counts_each_octet_once(void **state)
{
	static const off_t offsets[] = { 8 * MIB, 30 * MIB };
	struct fs_rig *rig = fs_rig_of(state);
	struct store *store = rig->base.store;

	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/c/empty", "");
	store_tool_put(store, "/c/small", "12345");
	write_dense(rig, "/c/large", LARGE_SIZE + 1);
	write_sparse(rig, "/c/sparse", offsets, 2, LARGE_SIZE);
	expect_counted(store, "/c/empty", 0);
	expect_counted(store, "/c/small", 5);
	expect_counted(store, "/c/large", LARGE_SIZE + 1);
	expect_counted(store, "/c/sparse", LARGE_SIZE);
	expect_counted(store, "/c", 5 + 2 * (uint64_t)LARGE_SIZE + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fs_rig_setup, fs_rig_teardown)
		T(keeps_holes_as_holes),
		T(counts_each_octet_once),
#undef T
	};

	return cmocka_run_group_tests_name("fs_copy", tests, NULL, NULL);
}
