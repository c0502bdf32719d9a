/*
 * claim_test.c - the promises of op/claim.c, one test each.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "op/claim.h"

static void
count_grant(struct claim *claim)
{
	(*(int *)claim->context)++;
}

enum { PATH, TREE, SHARED_TREE };

static struct claim_part
part_of(const char *path, int kind)
{
	return (struct claim_part){
		.path = str_of(path),
		.mode = kind == SHARED_TREE ? CLAIM_SHARED : CLAIM_EXCLUSIVE,
		.is_subtree = kind != PATH,
	};
}

static struct claim
claim_of(const char *path, int kind, int *granted_count)
{
	return (struct claim){
		.parts = { part_of(path, kind) },
		.part_count = 1,
		.granted = count_grant,
		.context = granted_count,
	};
}

static void
knows_what_conflicts(void **state)
{
	static const struct {
		const char *a;
		int a_kind;
		const char *b;
		int b_kind;
		bool want;
	} rows[] = {
		{ "/a", PATH, "/a", PATH, true },
		{ "/a", PATH, "/b", PATH, false },
		{ "/a", PATH, "/a/b", PATH, false },
		{ "/a", TREE, "/a", PATH, true },
		{ "/a", TREE, "/a/b", PATH, true },
		{ "/a", TREE, "/a/b/c", TREE, true },
		{ "/a", TREE, "/ab", PATH, false },
		{ "/a", TREE, "/ab/c", TREE, false },
		{ "/ab", TREE, "/a", PATH, false },
		{ "/a/b", TREE, "/a", PATH, false },
		{ "/a/b", TREE, "/a", TREE, true },
		{ "/", TREE, "/a", PATH, true },
		{ "/", PATH, "/a", PATH, false },
		{ "/", PATH, "/", PATH, true },
		{ "/a", SHARED_TREE, "/a", SHARED_TREE, false },
		{ "/a", SHARED_TREE, "/a/b", SHARED_TREE, false },
		{ "/a", SHARED_TREE, "/a/b", PATH, true },
		{ "/a", SHARED_TREE, "/ab", PATH, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim a = claim_of(rows[i].a, rows[i].a_kind, NULL);
		struct claim b = claim_of(rows[i].b, rows[i].b_kind, NULL);

		assert_int_equal(claim_conflicts(&a, &b), rows[i].want);
		assert_int_equal(claim_conflicts(&b, &a), rows[i].want);
	}
}

static void
grants_at_once_what_is_free(void **state)
{
	struct claim_table *table = claim_table_new();
	int granted = 0;
	struct claim a = claim_of("/a", TREE, &granted);
	struct claim b = claim_of("/ab", TREE, &granted);

	(void)state;
	claim_ask(table, &a);
	claim_ask(table, &b);
	assert_int_equal(granted, 2);
	claim_release(table, &a);
	claim_release(table, &b);
	assert_int_equal(granted, 2);
	claim_table_free(table);
}

static void
grants_in_the_order_of_asking(void **state)
{
	struct claim_table *table = claim_table_new();
	int first = 0;
	int second = 0;
	int third = 0;
	struct claim a = claim_of("/a", PATH, &first);
	struct claim b = claim_of("/a", PATH, &second);
	struct claim c = claim_of("/a", PATH, &third);

	(void)state;
	claim_ask(table, &a);
	claim_ask(table, &b);
	claim_ask(table, &c);
	assert_int_equal(first, 1);
	assert_int_equal(second, 0);
	claim_release(table, &a);
	assert_int_equal(second, 1);
	assert_int_equal(third, 0);
	claim_release(table, &b);
	assert_int_equal(third, 1);
	claim_release(table, &c);
	claim_table_free(table);
}

static void
lets_nobody_overtake_one_that_waits(void **state)
{
	struct claim_table *table = claim_table_new();
	int readers = 0;
	int writer = 0;
	int late = 0;
	struct claim a = claim_of("/a", SHARED_TREE, &readers);
	struct claim b = claim_of("/a/b", SHARED_TREE, &readers);
	struct claim c = claim_of("/a/b/c", PATH, &writer);
	struct claim d = claim_of("/a/b", SHARED_TREE, &late);

	(void)state;
	claim_ask(table, &a);
	claim_ask(table, &b);
	assert_int_equal(readers, 2);
	claim_ask(table, &c);
	claim_ask(table, &d);
	assert_int_equal(late, 0); /* it would starve the writer */
	claim_release(table, &a);
	assert_int_equal(writer, 0);
	claim_release(table, &b);
	assert_int_equal(writer, 1);
	assert_int_equal(late, 0);
	claim_release(table, &c);
	assert_int_equal(late, 1);
	claim_release(table, &d);
	claim_table_free(table);
}

static void
crosses_trees_without_a_deadlock(void **state)
{
	struct claim_table *table = claim_table_new();
	int there = 0;
	int back = 0;
	struct claim a = claim_of("/a", TREE, &there);
	struct claim b = claim_of("/b", TREE, &back);

	(void)state;
	a.parts[a.part_count++] = part_of("/b", TREE);
	b.parts[b.part_count++] = part_of("/a", TREE);
	claim_ask(table, &a);
	claim_ask(table, &b);
	assert_int_equal(there, 1);
	assert_int_equal(back, 0);
	claim_release(table, &a);
	assert_int_equal(back, 1);
	claim_release(table, &b);
	claim_table_free(table);
}

static void
withdraws_only_what_waits(void **state)
{
	struct claim_table *table = claim_table_new();
	int granted = 0;
	int behind = 0;
	struct claim a = claim_of("/a", PATH, &granted);
	struct claim b = claim_of("/a", TREE, &granted);
	struct claim c = claim_of("/a/b", PATH, &behind);

	(void)state;
	claim_ask(table, &a);
	claim_ask(table, &b);
	claim_ask(table, &c);
	assert_false(claim_withdraw(table, &a));
	assert_int_equal(behind, 0);
	assert_true(claim_withdraw(table, &b));
	assert_int_equal(granted, 1);
	assert_int_equal(behind, 1); /* it waited for b only */
	claim_release(table, &a);
	claim_release(table, &c);
	claim_table_free(table);
}

static void
stops_on_a_claim_that_cannot_be(void **state)
{
	struct claim_table *table = claim_table_new();
	int granted = 0;
	struct claim bad = claim_of("a", PATH, &granted);
	struct claim empty = claim_of("", PATH, &granted);
	struct claim a = claim_of("/a", PATH, &granted);

	(void)state;
	expect_assert_failure(claim_ask(table, &bad));
	expect_assert_failure(claim_ask(table, &empty));
	claim_ask(table, &a);
	expect_assert_failure(claim_table_free(table));
	claim_release(table, &a);
	claim_table_free(table);
}

struct probe {
	struct claim_table *table;
	struct claim *other; /* granted already */
};

static void
ask_in_passing(struct claim *claim)
{
	struct probe *probe = claim->context;

	/* Would hang for ever if granted() were called under the mutex. */
	assert_false(claim_withdraw(probe->table, probe->other));
}

static void
tells_outside_its_mutex(void **state)
{
	struct claim_table *table = claim_table_new();
	int granted = 0;
	struct claim a = claim_of("/a", PATH, &granted);
	struct claim free_one = claim_of("/b", PATH, &granted);
	struct probe probe = { table, &free_one };
	struct claim b = claim_of("/a", PATH, NULL);

	(void)state;
	b.granted = ask_in_passing;
	b.context = &probe;
	claim_ask(table, &free_one);
	claim_ask(table, &a);
	claim_ask(table, &b);
	claim_release(table, &a);
	claim_release(table, &b);
	claim_release(table, &free_one);
	claim_table_free(table);
}

/* Four threads claim at random in a small tree. */
enum { THREAD_COUNT = 4, ROUND_COUNT = 3000, PATH_COUNT = 7 };

static const char *const paths[PATH_COUNT] = { "/", "/a", "/ab", "/a/b",
	"/a/b/c", "/d", "/d/e" };

struct storm {
	struct claim_table *table;
	pthread_mutex_t lock;
	struct claim *held[THREAD_COUNT];
	atomic_int clashes;
	atomic_int withdrawn;
};

struct storm_thread {
	struct storm *storm;
	size_t index;
	unsigned seed;
	pthread_mutex_t lock;
	pthread_cond_t granted;
	bool is_granted;
};

static void
wake(struct claim *claim)
{
	struct storm_thread *thread = claim->context;

	(void)pthread_mutex_lock(&thread->lock);
	thread->is_granted = true;
	(void)pthread_cond_signal(&thread->granted);
	(void)pthread_mutex_unlock(&thread->lock);
}

/* What is held must not conflict with what any other holds. */
static void
hold(struct storm *storm, size_t index, struct claim *claim)
{
	(void)pthread_mutex_lock(&storm->lock);
	for (size_t i = 0; i < THREAD_COUNT && claim != NULL; i++)
		if (storm->held[i] != NULL &&
		    claim_conflicts(storm->held[i], claim))
			storm->clashes++;
	storm->held[index] = claim;
	(void)pthread_mutex_unlock(&storm->lock);
}

static void
claim_once(struct storm_thread *thread)
{
	struct storm *storm = thread->storm;
	struct claim claim = { .granted = wake, .context = thread };

	claim.part_count = 1 + (size_t)(rand_r(&thread->seed) % 2);
	for (size_t i = 0; i < claim.part_count; i++)
		claim.parts[i] =
		    part_of(paths[rand_r(&thread->seed) % PATH_COUNT],
		        rand_r(&thread->seed) % 3);
	thread->is_granted = false;
	claim_ask(storm->table, &claim);
	if (rand_r(&thread->seed) % 4 == 0 &&
	    claim_withdraw(storm->table, &claim)) {
		storm->withdrawn++;
		return;
	}
	(void)pthread_mutex_lock(&thread->lock);
	while (!thread->is_granted)
		(void)pthread_cond_wait(&thread->granted, &thread->lock);
	(void)pthread_mutex_unlock(&thread->lock);
	hold(storm, thread->index, &claim);
	hold(storm, thread->index, NULL);
	claim_release(storm->table, &claim);
}

static void *
claim_often(void *context)
{
	for (int i = 0; i < ROUND_COUNT; i++)
		claim_once(context);
	return NULL;
}

static void
keeps_claims_apart_in_a_storm(void **state)
{
	struct storm storm = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct storm_thread threads[THREAD_COUNT];
	pthread_t ids[THREAD_COUNT];

	(void)state;
	storm.table = claim_table_new();
	for (size_t i = 0; i < THREAD_COUNT; i++) {
		threads[i] = (struct storm_thread){
			.storm = &storm,
			.index = i,
			.seed = (unsigned)i + 1,
			.lock = PTHREAD_MUTEX_INITIALIZER,
			.granted = PTHREAD_COND_INITIALIZER,
		};
		assert_int_equal(
		    pthread_create(&ids[i], NULL, claim_often, &threads[i]), 0);
	}
	for (size_t i = 0; i < THREAD_COUNT; i++)
		(void)pthread_join(ids[i], NULL);
	assert_int_equal(storm.clashes, 0);
	claim_table_free(storm.table); /* and nothing is left in it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_conflicts),
		cmocka_unit_test(grants_at_once_what_is_free),
		cmocka_unit_test(grants_in_the_order_of_asking),
		cmocka_unit_test(lets_nobody_overtake_one_that_waits),
		cmocka_unit_test(crosses_trees_without_a_deadlock),
		cmocka_unit_test(withdraws_only_what_waits),
		cmocka_unit_test(stops_on_a_claim_that_cannot_be),
		cmocka_unit_test(tells_outside_its_mutex),
		cmocka_unit_test(keeps_claims_apart_in_a_storm),
	};

	return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
