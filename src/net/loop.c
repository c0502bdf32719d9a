/*
 * loop.c - see loop.h.
 */
#include "net/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <uv.h>

struct loop {
	uv_loop_t uv;
	uv_async_t async;      /* posts and the wish to stop */
	pthread_mutex_t mutex; /* over posts */
	struct loop_post *posts_first;
	struct loop_post **posts_end;
	struct loop_closer *closers;
	_Atomic(pthread_t) thread;
	atomic_bool is_running;
	atomic_bool is_stopping;
	bool has_told_closers;
	unsigned hold_count;
};

static struct loop_post *
take_posts(struct loop *loop)
{
	struct loop_post *first;

	(void)pthread_mutex_lock(&loop->mutex);
	first = loop->posts_first;
	loop->posts_first = NULL;
	loop->posts_end = &loop->posts_first;
	(void)pthread_mutex_unlock(&loop->mutex);
	return first;
}

static void
tell_closers(struct loop *loop)
{
	if (loop->has_told_closers)
		return;
	loop->has_told_closers = true;
	for (struct loop_closer *closer = loop->closers; closer != NULL;) {
		struct loop_closer *next = closer->next;

		closer->stop(closer);
		closer = next;
	}
	/* Handles that closers left open, and holders, still run the loop. */
	if (loop->hold_count == 0)
		uv_unref((uv_handle_t *)&loop->async);
}

static void
on_async(uv_async_t *async)
{
	struct loop *loop = async->data;

	for (struct loop_post *post = take_posts(loop); post != NULL;) {
		struct loop_post *next = post->next;

		post->run(post); /* may free or post itself again */
		post = next;
	}
	if (atomic_load(&loop->is_stopping))
		tell_closers(loop);
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return NULL;
	}
	if (uv_async_init(&loop->uv, &loop->async, on_async) != 0) {
		(void)uv_loop_close(&loop->uv);
		free(loop);
		return NULL;
	}
	loop->async.data = loop;
	loop->posts_end = &loop->posts_first;
	(void)pthread_mutex_init(&loop->mutex, NULL);
	return loop;
}

void
loop_free(struct loop *loop)
{
	int status;

	if (loop == NULL)
		return;
	uv_close((uv_handle_t *)&loop->async, NULL);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	status = uv_loop_close(&loop->uv);
	CHECK(status == 0); /* else something on it was not closed */
	(void)pthread_mutex_destroy(&loop->mutex);
	free(loop);
}

void
loop_run(struct loop *loop)
{
	atomic_store(&loop->thread, pthread_self());
	atomic_store(&loop->is_running, true);
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	atomic_store(&loop->is_running, false);
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->is_stopping, true);
	(void)uv_async_send(&loop->async);
}

void
loop_post(struct loop *loop, struct loop_post *post)
{
	bool was_empty;

	post->next = NULL;
	(void)pthread_mutex_lock(&loop->mutex);
	was_empty = loop->posts_first == NULL;
	*loop->posts_end = post;
	loop->posts_end = &post->next;
	(void)pthread_mutex_unlock(&loop->mutex);
	if (was_empty)
		(void)uv_async_send(&loop->async);
}

bool
loop_is_mine(const struct loop *loop)
{
	return atomic_load(&loop->is_running) &&
	       pthread_equal(atomic_load(&loop->thread), pthread_self());
}

bool
loop_is_stopping(const struct loop *loop)
{
	return atomic_load(&loop->is_stopping);
}

void
loop_hold(struct loop *loop)
{
	if (loop->hold_count++ == 0)
		uv_ref((uv_handle_t *)&loop->async);
}

void
loop_release(struct loop *loop)
{
	CHECK(loop->hold_count > 0);
	if (--loop->hold_count == 0 && loop->has_told_closers)
		uv_unref((uv_handle_t *)&loop->async);
}

int64_t
loop_now_ms(struct loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

int64_t
loop_wall_s(struct loop *loop)
{
	struct timespec now;

	(void)loop;
	/* Coarse: no more than a memory read, and seconds are asked for. */

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec;
}

struct uv_loop_s *
loop_uv(struct loop *loop)
{
	return &loop->uv;
}

void
loop_add_closer(struct loop *loop, struct loop_closer *closer)
{
	closer->previous = NULL;
	closer->next = loop->closers;
	if (loop->closers != NULL)
		loop->closers->previous = closer;
	loop->closers = closer;
}

void
loop_remove_closer(struct loop *loop, struct loop_closer *closer)
{
	if (closer->previous != NULL)
		closer->previous->next = closer->next;
	else
		loop->closers = closer->next;
	if (closer->next != NULL)
		closer->next->previous = closer->previous;
	*closer = (struct loop_closer){ .stop = closer->stop };
}
