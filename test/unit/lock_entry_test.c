/*
 * lock_entry_test.c - the promises of dav/lock_entry.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dav/lock_entry.h"

static struct lock_tree tree;

static struct lock_entry *
hang(const char *path, const char *token, bool is_shared, bool is_infinite)
{
	const struct lock lock = {
		.token = str_of(token),
		.path = str_of(path),
		.owner = str_of("owner"),
		.principal = str_of(""),
		.is_shared = is_shared,
		.is_infinite = is_infinite,
	};
	struct lock_entry *entry = lock_entry_new(&lock, 7);

	assert_non_null(entry);
	assert_int_equal(lock_entry_hang(&tree, entry), ERR_NONE);
	return entry;
}

static void
drop(struct lock_entry *entry)
{
	lock_entry_take_out(&tree, entry);
	assert_null(entry->place);
	free(entry);
}

static void
keeps_texts_of_its_own(void **state)
{
	char path[] = "/a";
	char token[] = "t:";
	const struct lock lock = { .token = str_of(token),
		.path = str_of(path) };
	struct lock_entry *entry = lock_entry_new(&lock, 7);

	(void)state;
	path[1] = 'x';
	token[0] = 'x';
	assert_true(str_is(entry->lock.path, "/a"));
	assert_true(str_is(entry->lock.token, "t:"));
	assert_int_equal(entry->lock.owner.len, 0);
	assert_int_equal(entry->expires_s, 7);
	free(entry);
}

static void
gives_the_locks_that_apply(void **state)
{
	static const struct {
		const char *path;
		const char *want; /* the first octets of the tokens */
	} rows[] = {
		{ "/", "0" },
		{ "/a", "1" },
		{ "/a/b", "12" },
		{ "/a/b/c", "1" },
		{ "/a/b/c/d", "1" },
		{ "/ab", "" },
		{ "/x/y", "" },
	};
	struct lock_entry *entries[3];

	(void)state;
	assert_int_equal(lock_place_init(&tree), ERR_NONE);
	entries[0] = hang("/", "0", true, false);
	entries[1] = hang("/a", "1", true, true);
	entries[2] = hang("/a/b", "2", true, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str path = str_of(rows[i].path);
		struct lock_way way = lock_entry_way(&tree, path);

		for (const char *want = rows[i].want; *want != '\0'; want++) {
			const struct lock_entry *entry = lock_entry_next(&way);

			assert_non_null(entry);
			assert_int_equal(entry->lock.token.data[0], *want);
			assert_ptr_equal(
			    lock_entry_find(&tree, path, entry->lock.token),
			    entry);
		}
		assert_null(lock_entry_next(&way));
		assert_null(lock_entry_next(&way));
	}
	assert_null(lock_entry_find(&tree, str_of("/a/b/c"), str_of("2")));
	for (size_t i = 0; i < 3; i++)
		drop(entries[i]);
	lock_place_done(&tree);
}

static void
holds_several_at_one_place(void **state)
{
	struct lock_entry *a;
	struct lock_entry *b;
	struct lock_entry *c;

	(void)state;
	assert_int_equal(lock_place_init(&tree), ERR_NONE);
	a = hang("/x", "a", true, false);
	b = hang("/x", "b", true, false);
	c = hang("/x", "c", true, false);
	drop(b);
	assert_ptr_equal(lock_entry_find(&tree, str_of("/x"), str_of("a")), a);
	assert_ptr_equal(lock_entry_find(&tree, str_of("/x"), str_of("c")), c);
	assert_null(lock_entry_find(&tree, str_of("/x"), str_of("b")));
	drop(a);
	drop(c);
	assert_int_equal(tree.place_count, 0);
	lock_place_done(&tree);
}

/* RFC 4918, 9.10.5, and what "the resource is locked" means there. */
static void
knows_which_locks_go_together(void **state)
{
	static const struct {
		const char *path; /* of the lock there is */
		bool is_shared;
		bool is_infinite;
		const char *new_path;
		bool new_is_shared;
		bool new_is_infinite;
		bool is_conflict;
	} rows[] = {
		{ "/a", true, false, "/a", true, false, false },
		{ "/a", true, false, "/a", false, false, true },
		{ "/a", false, false, "/a", true, false, true },
		{ "/a", false, false, "/a", false, false, true },
		/* below it: only where it is deep */
		{ "/a", false, false, "/a/b", false, true, false },
		{ "/a", false, true, "/a/b", false, false, true },
		{ "/a", false, true, "/a/b/c", true, false, true },
		{ "/a", true, true, "/a/b/c", true, false, false },
		/* above it: only if the new one is deep */
		{ "/a/b/c", false, false, "/a", false, false, false },
		{ "/a/b/c", false, false, "/a", false, true, true },
		{ "/a/b/c", false, false, "/", true, true, true },
		{ "/a/b/c", true, false, "/a", true, true, false },
		{ "/a/b/c", true, false, "/a", false, true, true },
		/* beside it */
		{ "/a", false, true, "/ab", false, true, false },
		{ "/ab", false, true, "/a", false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lock_spec spec = {
			.path = str_of(rows[i].new_path),
			.is_shared = rows[i].new_is_shared,
			.is_infinite = rows[i].new_is_infinite,
		};
		struct lock_entry *entry;

		assert_int_equal(lock_place_init(&tree), ERR_NONE);
		entry = hang(
		    rows[i].path, "t", rows[i].is_shared, rows[i].is_infinite);
		if ((lock_entry_conflict(&tree, &spec) != NULL) !=
		    rows[i].is_conflict)
			fail_msg("row %zu", i);
		drop(entry);
		lock_place_done(&tree);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_texts_of_its_own),
		cmocka_unit_test(gives_the_locks_that_apply),
		cmocka_unit_test(holds_several_at_one_place),
		cmocka_unit_test(knows_which_locks_go_together),
	};

	return cmocka_run_group_tests_name("lock_entry", tests, NULL, NULL);
}
