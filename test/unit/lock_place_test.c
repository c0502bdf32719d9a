/*
 * lock_place_test.c - the promises of dav/lock_place.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dav/lock_place.h"

static struct lock_tree tree;

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(lock_place_init(&tree), ERR_NONE);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	lock_place_done(&tree);
	return 0;
}

static struct lock_place *
make(const char *path)
{
	struct lock_place *place;

	assert_int_equal(
	    lock_place_make(&tree, str_of(path), &place), ERR_NONE);
	return place;
}

static struct lock_place *
find(const char *path)
{
	return lock_place_find(&tree, str_of(path));
}

static void
finds_what_was_made_and_what_leads_to_it(void **state)
{
	struct lock_place *place = make("/a/b/c");

	(void)state;
	assert_ptr_equal(find("/a/b/c"), place);
	assert_ptr_equal(find("/a/b"), place->parent);
	assert_ptr_equal(find("/"), tree.root);
	assert_null(find("/a/b/c/d"));
	assert_null(find("/a/c"));
	assert_null(find("/a/b/cc"));
	assert_null(find("/b"));
	assert_int_equal(tree.place_count, 3);
	assert_ptr_equal(make("/a/b/c"), place);
	lock_place_prune(&tree, place);
}

static void
frees_what_leads_to_no_lock(void **state)
{
	struct lock_place *c = make("/a/b/c");
	struct lock_place *d = make("/a/d");

	(void)state;
	lock_place_prune(&tree, find("/a"));
	assert_int_equal(tree.place_count, 4);
	lock_place_prune(&tree, c);
	assert_null(find("/a/b"));
	assert_ptr_equal(find("/a/d"), d);
	lock_place_prune(&tree, d);
	assert_int_equal(tree.place_count, 0);
	lock_place_prune(&tree, tree.root);
	assert_ptr_equal(find("/"), tree.root);
}

static void
keeps_a_place_with_a_lock(void **state)
{
	struct lock_place *place = make("/a");

	(void)state;
	place->entries = (struct lock_entry *)(uintptr_t)&tree;
	lock_place_prune(&tree, place);
	assert_ptr_equal(find("/a"), place);
	place->entries = NULL;
	lock_place_prune(&tree, place);
	assert_null(find("/a"));
}

static void
walks_all_below_a_place_and_nothing_else(void **state)
{
	static const char *const paths[] = { "/a/b/c", "/a/b/d", "/a/e", "/f" };
	struct lock_place *top;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		(void)make(paths[i]);
	top = find("/a");
	for (struct lock_place *place = top; place != NULL;
	     place = lock_place_next(place, top))
		count++;
	assert_int_equal(count, 5); /* a, b, c, d, e */
	assert_null(lock_place_next(find("/f"), find("/f")));
	for (size_t i = 0; i < 4; i++)
		lock_place_prune(&tree, find(paths[i]));
}

static void
finds_many(void **state)
{
	char path[32];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "/dir%d/%d", i % 7, i);
		(void)make(path);
	}
	assert_int_equal(tree.place_count, 5007);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "/dir%d/%d", i % 7, i);
		assert_non_null(find(path));
		lock_place_prune(&tree, find(path));
		assert_null(find(path));
	}
	assert_int_equal(tree.place_count, 0);
}

static void
has_a_limit_of_depth(void **state)
{
	struct lock_place *place;
	struct buf path;

	(void)state;
	buf_init(&path, 4096);
	for (size_t i = 0; i < TREE_DEPTH_MAX; i++)
		buf_add_text(&path, "/a");
	assert_int_equal(
	    lock_place_make(&tree, buf_str(&path), &place), ERR_NONE);
	lock_place_prune(&tree, place);
	buf_add_text(&path, "/a");
	assert_int_equal(
	    lock_place_make(&tree, buf_str(&path), &place), ERR_LIMIT);
	assert_int_equal(tree.place_count, 0);
	buf_done(&path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_made_and_what_leads_to_it),
		cmocka_unit_test(frees_what_leads_to_no_lock),
		cmocka_unit_test(keeps_a_place_with_a_lock),
		cmocka_unit_test(walks_all_below_a_place_and_nothing_else),
		cmocka_unit_test(finds_many),
		cmocka_unit_test(has_a_limit_of_depth),
	};

	return cmocka_run_group_tests_name(
	    "lock_place", tests, setup, teardown);
}
