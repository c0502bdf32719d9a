/*
 * lock_test.c - the promises of dav/lock.c, over a store that is one array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/if_header.h"
#include "dav/lock.h"
#include "fake_store.h"

enum { T0 = 1000000, TIMEOUT = 600 };

static struct fake_store store;
static struct lock_table *table;
static struct arena arena;
static unsigned next_random;

static void
count_up(void *out, size_t size)
{
	memset(out, 0xff, size);
	memcpy(out, &next_random, sizeof(next_random));
	next_random++;
}

static int
setup(void **state)
{
	(void)state;
	fake_store_init(&store);
	arena_init(&arena, 1024 * 1024);
	table = lock_table_new(&store.store, count_up);
	next_random = 0;
	return table == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	lock_table_free(table);
	arena_done(&arena);
	return 0;
}

enum { EXCLUSIVE = 0, SHARED = 1, DEEP = 2 };

static struct lock_spec
spec_of(const char *path, unsigned kind, const char *principal)
{
	return (struct lock_spec){
		.path = str_of(path),
		.owner = str_of("<x/>"),
		.principal = str_of(principal),
		.is_shared = (kind & SHARED) != 0,
		.is_infinite = (kind & DEEP) != 0,
		.timeout_s = TIMEOUT,
	};
}

static struct lock
acquire(const char *path, unsigned kind, const char *principal)
{
	struct lock_spec spec = spec_of(path, kind, principal);
	struct lock lock;

	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_NONE);
	return lock;
}

static void
gives_a_lock_that_the_store_keeps(void **state)
{
	struct lock lock = acquire("/a", DEEP, "ann");
	const struct fake_lock *kept = fake_store_lock(&store, lock.token);

	(void)state;
	assert_int_equal(lock.token.len, LOCK_TOKEN_SIZE);
	assert_true(str_is(
	    lock.token, "urn:uuid:00000000-ffff-4fff-bfff-ffffffffffff"));
	assert_true(str_is(lock.path, "/a"));
	assert_true(str_is(lock.owner, "<x/>"));
	assert_true(lock.is_infinite);
	assert_int_equal(lock.left_s, TIMEOUT);
	assert_non_null(kept);
	assert_int_equal(kept->record.expires_s, T0 + TIMEOUT);
	assert_true(kept->record.is_infinite);
	assert_int_equal(lock_count(table), 1);
}

static void
gives_no_lock_that_the_store_refused(void **state)
{
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");
	struct lock lock;

	(void)state;
	store.save_err = ERR_SPACE;
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_SPACE);
	assert_int_equal(lock_count(table), 0);
}

static void
names_the_root_in_the_way(void **state)
{
	struct lock_spec spec = spec_of("/a", SHARED | DEEP, "ann");
	struct lock lock;
	struct str root;

	(void)state;
	assert_false(lock_finds_conflict(table, &spec, T0, &arena, &root));
	(void)acquire("/a/b/c", EXCLUSIVE, "ann");
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_LOCKED);
	assert_true(lock_finds_conflict(table, &spec, T0, &arena, &root));
	assert_true(str_is(root, "/a/b/c"));
	spec.is_infinite = false;
	assert_false(lock_finds_conflict(table, &spec, T0, &arena, &root));
}

static void
has_a_limit_of_locks_on_one_resource(void **state)
{
	struct lock_spec spec = spec_of("/a", SHARED, "");
	struct lock lock;

	(void)state;
	for (size_t i = 0; i < LOCK_COUNT_MAX; i++)
		(void)acquire("/a", SHARED, "");
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_LIMIT);
	spec.path = str_of("/b");
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_NONE);
}

static void
refuses_a_timeout_out_of_range(void **state)
{
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");
	struct lock lock;

	(void)state;
	spec.timeout_s = 0;
	expect_assert_failure(
	    (void)!lock_acquire(table, &spec, T0, &arena, &lock));
	spec.timeout_s = LOCK_TIMEOUT_S_MAX + 1;
	expect_assert_failure(
	    (void)!lock_acquire(table, &spec, T0, &arena, &lock));
	spec.timeout_s = LOCK_TIMEOUT_S_MAX;
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_NONE);
}

static void
is_gone_when_its_time_has_come(void **state)
{
	struct lock lock = acquire("/a", EXCLUSIVE, "ann");

	(void)state;
	assert_true(
	    lock_applies(table, lock.path, lock.token, T0 + TIMEOUT - 1));
	assert_false(lock_applies(table, lock.path, lock.token, T0 + TIMEOUT));
	assert_int_equal(lock_count(table), 0);
	/* The next that writes anyway takes its record along. */
	assert_int_equal(store.lock_count, 1);
	(void)acquire("/b", EXCLUSIVE, "ann");
	assert_null(fake_store_lock(&store, lock.token));
	assert_int_equal(store.lock_count, 1);
}

static void
only_the_expired_go(void **state)
{
	struct lock_spec spec = spec_of("/a/long", EXCLUSIVE, "");
	struct lock longer;

	(void)state;
	(void)acquire("/a/short", EXCLUSIVE, "");
	(void)acquire("/a", SHARED, "");
	(void)acquire("/z/short", EXCLUSIVE, "");
	spec.timeout_s = TIMEOUT + 1;
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &longer), ERR_NONE);
	assert_true(
	    lock_applies(table, longer.path, longer.token, T0 + TIMEOUT));
	assert_int_equal(lock_count(table), 1);
	assert_false(
	    lock_applies(table, longer.path, longer.token, T0 + TIMEOUT + 1));
	assert_int_equal(lock_count(table), 0);
}

static void
starts_its_time_anew_when_refreshed(void **state)
{
	struct lock lock = acquire("/a", DEEP, "ann");
	struct lock_spec spec = spec_of("/a/b", EXCLUSIVE, "ann");
	struct lock again;
	int64_t later = T0 + TIMEOUT - 1;

	(void)state;
	spec.timeout_s = 2 * TIMEOUT;
	assert_int_equal(
	    lock_refresh(table, &spec, lock.token, later, &arena, &again),
	    ERR_NONE);
	assert_true(str_is(again.path, "/a"));
	assert_true(again.is_infinite);
	assert_int_equal(again.timeout_s, 2 * TIMEOUT);
	assert_true(lock_applies(
	    table, lock.path, lock.token, later + 2 * TIMEOUT - 1));
	assert_int_equal(fake_store_lock(&store, lock.token)->record.expires_s,
	    later + 2 * TIMEOUT);
	assert_false(
	    lock_applies(table, lock.path, lock.token, later + 2 * TIMEOUT));
}

static void
may_be_made_shorter_by_a_refresh(void **state)
{
	struct lock lock = acquire("/a", EXCLUSIVE, "");
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");

	(void)state;
	spec.timeout_s = 1;
	assert_int_equal(
	    lock_refresh(table, &spec, lock.token, T0, &arena, &lock),
	    ERR_NONE);
	assert_false(lock_applies(table, lock.path, lock.token, T0 + 1));
}

static void
is_refreshed_and_released_by_its_holder_alone(void **state)
{
	static const struct {
		const char *path;
		const char *principal;
		const char *token; /* NULL: the right one */
		enum err want;
	} rows[] = {
		{ "/b", "ann", NULL, ERR_TOKEN },
		{ "/a/b", "ann", NULL, ERR_TOKEN }, /* its depth is 0 */
		{ "/a", "bob", NULL, ERR_TOKEN },
		{ "/a", "", NULL, ERR_TOKEN },
		{ "/a", "ann", "urn:uuid:x", ERR_TOKEN },
		{ "/a", "ann", NULL, ERR_NONE },
	};
	struct lock lock = acquire("/a", EXCLUSIVE, "ann");
	struct lock again;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lock_spec spec =
		    spec_of(rows[i].path, EXCLUSIVE, rows[i].principal);
		struct str token =
		    rows[i].token == NULL ? lock.token : str_of(rows[i].token);

		assert_int_equal(
		    lock_refresh(table, &spec, token, T0, &arena, &again),
		    rows[i].want);
		assert_int_equal(
		    lock_release(table, spec.path, token, spec.principal, T0),
		    rows[i].want);
	}
	assert_int_equal(lock_count(table), 0);
	assert_int_equal(store.lock_count, 0);
}

static void
is_released_anywhere_in_its_scope(void **state)
{
	struct lock lock = acquire("/a", DEEP, "");

	(void)state;
	assert_int_equal(
	    lock_release(table, str_of("/a/b/c"), lock.token, str_of(""), T0),
	    ERR_NONE);
	assert_int_equal(lock_count(table), 0);
}

static void
stays_when_the_store_fails_to_drop_it(void **state)
{
	struct lock lock = acquire("/a", EXCLUSIVE, "");

	(void)state;
	store.drop_err = ERR_STORAGE;
	assert_int_equal(
	    lock_release(table, lock.path, lock.token, str_of(""), T0),
	    ERR_STORAGE);
	assert_true(lock_applies(table, lock.path, lock.token, T0));
}

static struct lock other; /* what happens while the store works */

static void
release_other(void *context)
{
	(void)context;
	store.saving = NULL;
	store.dropping = NULL;
	assert_int_equal(
	    lock_release(table, other.path, other.token, str_of(""), T0),
	    ERR_NONE);
}

static void
remove_tree(void *context)
{
	(void)context;
	lock_tree_gone(table, str_of("/a"));
}

static void
leaves_no_record_of_a_lock_that_went_meanwhile(void **state)
{
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");
	struct lock lock;

	(void)state;
	other = acquire("/a", EXCLUSIVE, "");
	store.saving = release_other;
	assert_int_equal(
	    lock_refresh(table, &spec, other.token, T0, &arena, &lock),
	    ERR_TOKEN);
	assert_int_equal(store.lock_count, 0);

	store.saving = remove_tree;
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_BUSY);
	assert_int_equal(store.lock_count, 0);
	assert_int_equal(lock_count(table), 0);

	store.saving = NULL;
	other = acquire("/a", EXCLUSIVE, "");
	store.dropping = release_other;
	assert_int_equal(
	    lock_release(table, other.path, other.token, str_of(""), T0),
	    ERR_TOKEN);
	assert_int_equal(lock_count(table), 0);
}

static void
stands_while_it_is_being_saved(void *context)
{
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");
	struct lock lock;

	(void)context;
	store.saving = NULL;
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &arena, &lock), ERR_LOCKED);
}

static void
is_not_given_twice_at_once(void **state)
{
	(void)state;
	store.saving = stands_while_it_is_being_saved;
	(void)acquire("/a", EXCLUSIVE, "");
	assert_int_equal(lock_count(table), 1);
}

static void
survives_a_restart(void **state)
{
	struct lock early = acquire("/a", DEEP, "");
	struct lock_spec spec = spec_of("/b", EXCLUSIVE, "");
	struct lock late;

	(void)state;
	assert_int_equal(
	    lock_acquire(table, &spec, T0 + 100, &arena, &late), ERR_NONE);
	lock_table_free(table);
	table = lock_table_new(&store.store, count_up);
	assert_int_equal(lock_table_load(table, T0 + TIMEOUT), ERR_NONE);
	assert_int_equal(lock_count(table), 1);
	assert_true(lock_applies(table, late.path, late.token, T0 + TIMEOUT));
	assert_null(fake_store_lock(&store, early.token));
}

static void
does_not_survive_what_it_locked(void **state)
{
	struct lock lock = acquire("/a", EXCLUSIVE, "");
	static const struct {
		enum err err;
		size_t count;
	} rows[] = { { ERR_DENIED, 1 }, { ERR_ABSENT, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lock_table_free(table);
		table = lock_table_new(&store.store, count_up);
		store.look_err = rows[i].err;
		assert_int_equal(lock_table_load(table, T0), ERR_NONE);
		assert_int_equal(lock_count(table), rows[i].count);
	}
	assert_null(fake_store_lock(&store, lock.token));
}

static void
refuses_a_record_that_makes_no_sense(void **state)
{
	(void)state;
	(void)acquire("/a", DEEP, "");
	lock_table_free(table);
	table = lock_table_new(&store.store, count_up);
	store.locks[0].record.path = str_of("");
	assert_int_equal(lock_table_load(table, T0), ERR_STORAGE);
}

/* The rules are lock_judge.c's; here it counts that they are asked in time. */
static void
stands_until_it_expires(void **state)
{
	struct lock lock = acquire("/a", EXCLUSIVE, "ann");
	struct if_condition condition = { .value = lock.token };
	struct if_header it = { .conditions = &condition,
		.condition_count = 1 };
	struct lock_query query = {
		.path = str_of("/a"),
		.principal = str_of("ann"),
		.wall_s = T0 + TIMEOUT - 1,
	};

	(void)state;
	assert_int_equal(lock_check(table, &query), ERR_LOCKED);
	query.if_header = &it;
	assert_int_equal(lock_check(table, &query), ERR_NONE);
	query.if_header = NULL;
	query.wall_s++;
	assert_int_equal(lock_check(table, &query), ERR_NONE);
}

struct counted {
	size_t count;
	uint32_t left_s;
};

static void
count_lock(void *context, const struct lock *lock)
{
	struct counted *counted = context;

	counted->count++;
	counted->left_s = lock->left_s;
}

static void
shows_the_locks_and_what_is_left_of_them(void **state)
{
	struct counted counted = { 0 };

	(void)state;
	lock_each(table, str_of("/a"), T0, count_lock, &counted);
	assert_int_equal(counted.count, 0);
	(void)acquire("/a", SHARED | DEEP, "");
	(void)acquire("/a", SHARED, "");
	(void)acquire("/a/b", SHARED, "");
	lock_each(table, str_of("/a/b"), T0 + 100, count_lock, &counted);
	assert_int_equal(counted.count, 2);
	assert_int_equal(counted.left_s, TIMEOUT - 100);
	/* A clock that was set back gives nobody more. */
	lock_each(table, str_of("/a/b"), T0 - 100, count_lock, &counted);
	assert_int_equal(counted.left_s, TIMEOUT);
}

static void
shows_all_the_locks_there_are(void **state)
{
	struct counted counted = { 0 };

	(void)state;
	lock_all(table, T0, count_lock, &counted);
	assert_int_equal(counted.count, 0);
	(void)acquire("/", SHARED, "");
	(void)acquire("/a/b", SHARED, "ann");
	(void)acquire("/a/b", SHARED, "bob");
	(void)acquire("/c", DEEP, "");
	lock_all(table, T0 + 100, count_lock, &counted);
	assert_int_equal(counted.count, 4);
	assert_int_equal(counted.left_s, TIMEOUT - 100);
	counted.count = 0;
	lock_all(table, T0 + TIMEOUT, count_lock, &counted);
	assert_int_equal(counted.count, 0);
}

static void
goes_with_its_tree(void **state)
{
	struct lock stays = acquire("/ab", EXCLUSIVE, "");

	(void)state;
	(void)acquire("/a", SHARED, "");
	(void)acquire("/a", SHARED, "");
	(void)acquire("/a/b/c", EXCLUSIVE, "");
	lock_tree_gone(table, str_of("/x"));
	assert_int_equal(lock_count(table), 4);
	lock_tree_gone(table, str_of("/a"));
	assert_int_equal(lock_count(table), 1);
	assert_true(lock_applies(table, stays.path, stays.token, T0));
	lock_tree_gone(table, str_of("/"));
	assert_int_equal(lock_count(table), 0);
}

static void
says_so_when_the_memory_ends(void **state)
{
	struct lock_spec spec = spec_of("/a", EXCLUSIVE, "");
	struct arena small;
	struct lock lock;

	(void)state;
	arena_init(&small, 64);
	assert_int_equal(
	    lock_acquire(table, &spec, T0, &small, &lock), ERR_LIMIT);
	assert_int_equal(lock_count(table), 0);
	arena_done(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gives_a_lock_that_the_store_keeps),
		TEST(gives_no_lock_that_the_store_refused),
		TEST(names_the_root_in_the_way),
		TEST(has_a_limit_of_locks_on_one_resource),
		TEST(refuses_a_timeout_out_of_range),
		TEST(is_gone_when_its_time_has_come),
		TEST(only_the_expired_go),
		TEST(starts_its_time_anew_when_refreshed),
		TEST(may_be_made_shorter_by_a_refresh),
		TEST(is_refreshed_and_released_by_its_holder_alone),
		TEST(is_released_anywhere_in_its_scope),
		TEST(stays_when_the_store_fails_to_drop_it),
		TEST(leaves_no_record_of_a_lock_that_went_meanwhile),
		TEST(is_not_given_twice_at_once),
		TEST(survives_a_restart),
		TEST(does_not_survive_what_it_locked),
		TEST(refuses_a_record_that_makes_no_sense),
		TEST(stands_until_it_expires),
		TEST(shows_the_locks_and_what_is_left_of_them),
		TEST(shows_all_the_locks_there_are),
		TEST(goes_with_its_tree),
		TEST(says_so_when_the_memory_ends),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
