/*
 * lock_judge_test.c - the promises of dav/lock_judge.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dav/if_header.h"
#include "dav/lock_entry.h"
#include "dav/lock_judge.h"

enum { SEEN_COUNT_MAX = 8, LOCK_MAX = 8 };

static struct lock_tree tree;
static struct lock_entry *entries[LOCK_MAX];
static size_t entry_count;

static int
setup(void **state)
{
	(void)state;
	entry_count = 0;
	return lock_place_init(&tree) != ERR_NONE;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < entry_count; i++) {
		lock_entry_take_out(&tree, entries[i]);
		free(entries[i]);
	}
	lock_place_done(&tree);
	return 0;
}

enum { EXCLUSIVE = 0, SHARED = 1, DEEP = 2 };

static struct lock
acquire(const char *path, unsigned kind, const char *principal)
{
	static const char *const tokens[LOCK_MAX] = { "t:0", "t:1", "t:2",
		"t:3", "t:4", "t:5", "t:6", "t:7" };
	const struct lock lock = {
		.token = str_of(tokens[entry_count]),
		.path = str_of(path),
		.principal = str_of(principal),
		.is_shared = (kind & SHARED) != 0,
		.is_infinite = (kind & DEEP) != 0,
	};
	struct lock_entry *entry = lock_entry_new(&lock, 0);

	assert_non_null(entry);
	assert_int_equal(lock_entry_hang(&tree, entry), ERR_NONE);
	entries[entry_count++] = entry;
	return lock;
}

/* An If header that submits these tokens. */
static struct if_header
submit(struct str first, struct str second)
{
	static struct if_condition headers[2][2];
	static size_t turn; /* a test has two at most */
	struct if_condition *conditions = headers[turn++ % 2];

	conditions[0] = (struct if_condition){ .value = first };
	conditions[1] = (struct if_condition){ .value = second };
	return (
	    struct if_header){ .conditions = conditions, .condition_count = 2 };
}

struct seen {
	size_t count;
	char paths[SEEN_COUNT_MAX][64];
};

static void
see(void *context, struct str lock_root)
{
	struct seen *seen = context;

	assert_true(seen->count < SEEN_COUNT_MAX);
	(void)snprintf(
	    seen->paths[seen->count++], 64, "%.*s", STR_ARG(lock_root));
}

static enum err
check(const char *path, enum lock_scope scope, const struct if_header *it,
    struct seen *seen)
{
	struct lock_query query = {
		.path = str_of(path),
		.scope = scope,
		.principal = str_of("ann"),
		.if_header = it,
		.see = seen == NULL ? NULL : see,
		.context = seen,
	};

	if (seen != NULL)
		seen->count = 0;
	return lock_judge(&tree, &query);
}

/* One lock, and who is stopped by it unless its token is submitted. */
static void
stands_against_what_it_protects(void **state)
{
	static const struct {
		const char *root;
		unsigned kind;
		const char *path;
		enum lock_scope scope;
		bool is_in_the_way;
	} rows[] = {
		{ "/a/b", EXCLUSIVE, "/a/b", LOCK_SCOPE_CONTENT, true },
		{ "/a/b", SHARED, "/a/b", LOCK_SCOPE_CONTENT, true },
		{ "/a/b", EXCLUSIVE, "/a/b", LOCK_SCOPE_MEMBERSHIP, true },
		{ "/a/b", EXCLUSIVE, "/a/bb", LOCK_SCOPE_TREE, false },
		/* a member of it: its membership (7.4), not its content */
		{ "/a/b", EXCLUSIVE, "/a/b/c", LOCK_SCOPE_CONTENT, false },
		{ "/a/b", EXCLUSIVE, "/a/b/c", LOCK_SCOPE_MEMBERSHIP, true },
		{ "/a/b", EXCLUSIVE, "/a/b/c", LOCK_SCOPE_TREE, true },
		{ "/a/b", EXCLUSIVE, "/a/b/c/d", LOCK_SCOPE_TREE, false },
		{ "/a/b", DEEP, "/a/b/c/d", LOCK_SCOPE_CONTENT, true },
		{ "/a/b", DEEP, "/a/b/c/d", LOCK_SCOPE_MEMBERSHIP, true },
		/* what holds it */
		{ "/a/b", DEEP, "/a", LOCK_SCOPE_CONTENT, false },
		{ "/a/b", DEEP, "/a", LOCK_SCOPE_MEMBERSHIP, false },
		{ "/a/b", DEEP, "/a", LOCK_SCOPE_TREE, true },
		{ "/a/b", EXCLUSIVE, "/", LOCK_SCOPE_TREE, true },
		{ "/", EXCLUSIVE, "/a", LOCK_SCOPE_MEMBERSHIP, true },
		{ "/", EXCLUSIVE, "/a", LOCK_SCOPE_CONTENT, false },
		{ "/", EXCLUSIVE, "/", LOCK_SCOPE_MEMBERSHIP, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = { 0 };
		struct if_header it;
		struct lock lock;

		assert_int_equal(setup(state), 0);
		lock = acquire(rows[i].root, rows[i].kind, "ann");
		it = submit(lock.token, lock.token);
		assert_int_equal(
		    check(rows[i].path, rows[i].scope, NULL, &seen),
		    rows[i].is_in_the_way ? ERR_LOCKED : ERR_NONE);
		assert_int_equal(seen.count, rows[i].is_in_the_way);
		if (rows[i].is_in_the_way)
			assert_string_equal(seen.paths[0], rows[i].root);
		assert_int_equal(
		    check(rows[i].path, rows[i].scope, &it, NULL), ERR_NONE);
		assert_int_equal(teardown(state), 0);
	}
}

static void
takes_a_token_from_its_holder_only(void **state)
{
	struct lock bobs = acquire("/a", EXCLUSIVE, "bob");
	struct lock nobodys = acquire("/b", EXCLUSIVE, "");
	struct if_header it = submit(bobs.token, nobodys.token);

	(void)state;
	assert_int_equal(
	    check("/a", LOCK_SCOPE_CONTENT, &it, NULL), ERR_LOCKED);
	assert_int_equal(
	    check("/b", LOCK_SCOPE_CONTENT, &it, NULL), ERR_LOCKED);
}

static void
needs_one_of_several_shared_tokens(void **state)
{
	struct lock bobs = acquire("/a", SHARED | DEEP, "bob");
	struct lock anns = acquire("/a", SHARED, "ann");
	struct if_header it = submit(bobs.token, anns.token);
	struct if_header only_bobs = submit(bobs.token, bobs.token);
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(check("/a", LOCK_SCOPE_CONTENT, &it, NULL), ERR_NONE);
	assert_int_equal(
	    check("/a", LOCK_SCOPE_CONTENT, &only_bobs, &seen), ERR_LOCKED);
	assert_int_equal(seen.count, 1); /* one root, told once */
	/* Ann's does not reach the members. */
	assert_int_equal(
	    check("/a/b", LOCK_SCOPE_CONTENT, &it, NULL), ERR_LOCKED);
}

static void
needs_the_tokens_of_member_and_collection(void **state)
{
	struct lock folder = acquire("/a", EXCLUSIVE, "ann");
	struct lock member = acquire("/a/b", EXCLUSIVE, "ann");
	struct if_header both = submit(folder.token, member.token);
	struct if_header one = submit(member.token, member.token);
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(
	    check("/a/b", LOCK_SCOPE_MEMBERSHIP, &both, NULL), ERR_NONE);
	assert_int_equal(
	    check("/a/b", LOCK_SCOPE_CONTENT, &one, NULL), ERR_NONE);
	assert_int_equal(
	    check("/a/b", LOCK_SCOPE_MEMBERSHIP, &one, &seen), ERR_LOCKED);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.paths[0], "/a");
	assert_int_equal(
	    check("/a/b", LOCK_SCOPE_MEMBERSHIP, NULL, &seen), ERR_LOCKED);
	assert_int_equal(seen.count, 2);
}

static void
tells_each_locked_member_of_a_tree(void **state)
{
	struct lock free_one = acquire("/a/free", EXCLUSIVE, "ann");
	struct if_header it = submit(free_one.token, free_one.token);
	struct seen seen = { 0 };

	(void)state;
	(void)acquire("/a/x/1", EXCLUSIVE, "bob");
	(void)acquire("/a/x/2", SHARED, "bob");
	(void)acquire("/a/x/2", SHARED, "bob");
	(void)acquire("/ab", EXCLUSIVE, "bob");
	assert_int_equal(check("/a", LOCK_SCOPE_TREE, &it, &seen), ERR_LOCKED);
	assert_int_equal(seen.count, 2);
	assert_int_equal(strncmp(seen.paths[0], "/a/x/", 5), 0);
	assert_int_equal(strncmp(seen.paths[1], "/a/x/", 5), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands_against_what_it_protects),
		TEST(takes_a_token_from_its_holder_only),
		TEST(needs_one_of_several_shared_tokens),
		TEST(needs_the_tokens_of_member_and_collection),
		TEST(tells_each_locked_member_of_a_tree),
	};

	return cmocka_run_group_tests_name("lock_judge", tests, NULL, NULL);
}
