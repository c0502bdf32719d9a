/*
 * pool.c - see pool.h.
 */
#include "net/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t has_work;
	struct job *first;
	struct job **end;
	size_t idle_count;
	size_t waiting_count;
	bool is_stopping;
	size_t thread_count;
	pthread_t threads[];
};

/* NULL: the pool stops and all work is done. */
static struct job *
take(struct pool *pool)
{
	struct job *job;

	(void)pthread_mutex_lock(&pool->mutex);
	while (pool->first == NULL && !pool->is_stopping) {
		pool->idle_count++;
		(void)pthread_cond_wait(&pool->has_work, &pool->mutex);
		pool->idle_count--;
	}
	job = pool->first;
	if (job != NULL) {
		pool->first = job->next;
		pool->waiting_count--;
		if (pool->first == NULL)
			pool->end = &pool->first;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return job;
}

static void *
work(void *argument)
{
	struct pool *pool = argument;

	for (struct job *job = take(pool); job != NULL; job = take(pool))
		job->run(job);
	return NULL;
}

static bool
start(struct pool *pool, size_t thread_count)
{
	sigset_t all;
	sigset_t before;

	/* Signals are for the main thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->thread_count < thread_count) {
		pthread_t *thread = &pool->threads[pool->thread_count];

		if (pthread_create(thread, NULL, work, pool) != 0)
			break;
		pool->thread_count++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pool->thread_count == thread_count;
}

struct pool *
pool_new(size_t thread_count)
{
	struct pool *pool;

	CHECK(thread_count > 0);
	pool = calloc(1, sizeof(*pool) + thread_count * sizeof(pthread_t));
	if (pool == NULL)
		return NULL;
	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->has_work, NULL);
	pool->end = &pool->first;
	if (!start(pool, thread_count)) {
		pool_free(pool);
		return NULL;
	}
	return pool;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->is_stopping = true;
	(void)pthread_cond_broadcast(&pool->has_work);
	(void)pthread_mutex_unlock(&pool->mutex);
	for (size_t i = 0; i < pool->thread_count; i++)
		(void)pthread_join(pool->threads[i], NULL);
	(void)pthread_cond_destroy(&pool->has_work);
	(void)pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

void
pool_submit(struct pool *pool, struct job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	*pool->end = job;
	pool->end = &job->next;
	pool->waiting_count++;
	if (pool->idle_count > 0)
		(void)pthread_cond_signal(&pool->has_work);
	(void)pthread_mutex_unlock(&pool->mutex);
}

size_t
pool_waiting_count(struct pool *pool)
{
	size_t count;

	(void)pthread_mutex_lock(&pool->mutex);
	count = pool->waiting_count;
	(void)pthread_mutex_unlock(&pool->mutex);
	return count;
}
