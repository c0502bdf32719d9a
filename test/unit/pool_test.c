/*
 * pool_test.c - jobs on threads.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/pool.h"

enum { JOB_COUNT = 2000, THREAD_COUNT = 4 };

struct task {
	struct job job;
	struct pool *pool;
	struct task *follower; /* submitted by this one; or NULL */
	atomic_int *counter;
	int order; /* when it ran, from 0 on */
};

static void
run(struct job *job)
{
	struct task *task = (struct task *)job;

	task->order = atomic_fetch_add(task->counter, 1);
	if (task->follower != NULL)
		pool_submit(task->pool, &task->follower->job);
}

static void
runs_each_job_once_before_it_is_gone(void **state)
{
	static struct task tasks[JOB_COUNT];
	atomic_int counter = 0;
	struct pool *pool = pool_new(THREAD_COUNT);

	(void)state;
	assert_non_null(pool);
	for (int i = 0; i < JOB_COUNT; i++) {
		tasks[i] = (struct task){ .job.run = run, .counter = &counter };
		pool_submit(pool, &tasks[i].job);
	}
	pool_free(pool);
	assert_int_equal(counter, JOB_COUNT);
}

static void
starts_jobs_in_their_order(void **state)
{
	static struct task tasks[JOB_COUNT];
	atomic_int counter = 0;
	struct pool *pool = pool_new(1);

	(void)state;
	for (int i = 0; i < JOB_COUNT; i++) {
		tasks[i] = (struct task){ .job.run = run, .counter = &counter };
		pool_submit(pool, &tasks[i].job);
	}
	pool_free(pool);
	for (int i = 0; i < JOB_COUNT; i++)
		assert_int_equal(tasks[i].order, i);
}

static void
runs_what_a_job_submits_also_while_it_ends(void **state)
{
	static struct task tasks[JOB_COUNT];
	atomic_int counter = 0;
	struct pool *pool = pool_new(THREAD_COUNT);

	(void)state;
	for (int i = 0; i < JOB_COUNT; i++) {
		tasks[i] = (struct task){ .job.run = run,
			.pool = pool,
			.follower = i + 1 < JOB_COUNT ? &tasks[i + 1] : NULL,
			.counter = &counter };
	}
	pool_submit(pool, &tasks[0].job);
	pool_free(pool);
	assert_int_equal(counter, JOB_COUNT);
}

struct source {
	struct pool *pool;
	struct task tasks[JOB_COUNT];
	atomic_int *counter;
};

static void *
submit_all(void *argument)
{
	struct source *source = argument;

	for (int i = 0; i < JOB_COUNT; i++) {
		source->tasks[i] =
		    (struct task){ .job.run = run, .counter = source->counter };
		pool_submit(source->pool, &source->tasks[i].job);
	}
	return NULL;
}

static void
takes_jobs_from_any_thread(void **state)
{
	static struct source sources[THREAD_COUNT];
	pthread_t threads[THREAD_COUNT];
	atomic_int counter = 0;
	struct pool *pool = pool_new(THREAD_COUNT);

	(void)state;
	for (int i = 0; i < THREAD_COUNT; i++) {
		sources[i].pool = pool;
		sources[i].counter = &counter;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, submit_all, &sources[i]),
		    0);
	}
	for (int i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pool_free(pool);
	assert_int_equal(counter, THREAD_COUNT * JOB_COUNT);
}

/* A job that begins, and lasts until it is let go. */
struct gate {
	struct job job;
	pthread_mutex_t closed;
	pthread_barrier_t begun;
};

static void
run_gate(struct job *job)
{
	struct gate *gate = (struct gate *)job;

	(void)pthread_barrier_wait(&gate->begun);
	assert_int_equal(pthread_mutex_lock(&gate->closed), 0);
	assert_int_equal(pthread_mutex_unlock(&gate->closed), 0);
}

static void
counts_what_waits_for_a_thread(void **state)
{
	static struct task tasks[2];
	static struct gate gate = { .job.run = run_gate,
		.closed = PTHREAD_MUTEX_INITIALIZER };
	atomic_int counter = 0;
	struct pool *pool = pool_new(1);

	(void)state;
	assert_int_equal(pool_waiting_count(pool), 0);
	assert_int_equal(pthread_barrier_init(&gate.begun, NULL, 2), 0);
	assert_int_equal(pthread_mutex_lock(&gate.closed), 0);
	pool_submit(pool, &gate.job);
	(void)pthread_barrier_wait(&gate.begun);
	assert_int_equal(pool_waiting_count(pool), 0);
	for (int i = 0; i < 2; i++) {
		tasks[i] = (struct task){ .job.run = run, .counter = &counter };
		pool_submit(pool, &tasks[i].job);
	}
	assert_int_equal(pool_waiting_count(pool), 2);
	assert_int_equal(pthread_mutex_unlock(&gate.closed), 0);
	pool_free(pool);
	assert_int_equal(counter, 2);
	(void)pthread_barrier_destroy(&gate.begun);
}

static void
needs_a_thread(void **state)
{
	(void)state;
	expect_assert_failure(pool_new(0));
	pool_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_each_job_once_before_it_is_gone),
		cmocka_unit_test(starts_jobs_in_their_order),
		cmocka_unit_test(runs_what_a_job_submits_also_while_it_ends),
		cmocka_unit_test(takes_jobs_from_any_thread),
		cmocka_unit_test(counts_what_waits_for_a_thread),
		cmocka_unit_test(needs_a_thread),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
