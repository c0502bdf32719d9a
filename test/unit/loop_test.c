/*
 * loop_test.c - one thread's loop, and the way to reach it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/loop.h"

enum { THREAD_COUNT = 4, POST_COUNT = 2000 };

struct note {
	struct loop_post post;
	struct loop *loop;
	int *counter; /* of the loop's thread */
	int more;     /* how often it posts itself again */
	bool was_mine;
	int order;
};

static void
on_note(struct loop_post *post)
{
	struct note *note = (struct note *)post;

	note->was_mine = loop_is_mine(note->loop);
	note->order = (*note->counter)++;
	if (note->more-- > 0)
		loop_post(note->loop, post);
}

static struct note
note_of(struct loop *loop, int *counter)
{
	return (struct note){
		.post.run = on_note, .loop = loop, .counter = counter
	};
}

static void *
run(void *argument)
{
	loop_run(argument);
	return NULL;
}

/* It has run all that was posted, and stops. */
static void
on_last(struct loop_post *post)
{
	loop_stop(((struct note *)post)->loop);
}

static void
runs_what_is_posted_in_its_order_on_its_thread(void **state)
{
	static struct note notes[POST_COUNT];
	struct loop *loop = loop_new();
	struct note last = { .post.run = on_last, .loop = loop };
	int counter = 0;
	pthread_t thread;

	(void)state;
	assert_non_null(loop);
	assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
	for (int i = 0; i < POST_COUNT; i++) {
		notes[i] = note_of(loop, &counter);
		loop_post(loop, &notes[i].post);
	}
	loop_post(loop, &last.post);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < POST_COUNT; i++) {
		assert_int_equal(notes[i].order, i);
		assert_true(notes[i].was_mine);
	}
	assert_false(loop_is_mine(loop));
	loop_free(loop);
}

struct source {
	struct loop *loop;
	struct note notes[POST_COUNT];
	int *counter;
};

static void *
post_all(void *argument)
{
	struct source *source = argument;

	for (int i = 0; i < POST_COUNT; i++) {
		source->notes[i] = note_of(source->loop, source->counter);
		loop_post(source->loop, &source->notes[i].post);
	}
	return NULL;
}

static void
loses_no_post_of_any_thread(void **state)
{
	static struct source sources[THREAD_COUNT];
	struct loop *loop = loop_new();
	struct note last = { .post.run = on_last, .loop = loop };
	pthread_t threads[THREAD_COUNT + 1];
	int counter = 0;

	(void)state;
	assert_int_equal(
	    pthread_create(&threads[THREAD_COUNT], NULL, run, loop), 0);
	for (int i = 0; i < THREAD_COUNT; i++) {
		sources[i].loop = loop;
		sources[i].counter = &counter;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, post_all, &sources[i]),
		    0);
	}
	for (int i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	loop_post(loop, &last.post);
	assert_int_equal(pthread_join(threads[THREAD_COUNT], NULL), 0);
	assert_int_equal(counter, THREAD_COUNT * POST_COUNT);
	loop_free(loop);
}

static void
lets_a_post_post_itself_again(void **state)
{
	struct loop *loop = loop_new();
	int counter = 0;
	struct note note = note_of(loop, &counter);
	struct note last = { .post.run = on_last, .loop = loop };
	pthread_t thread;

	(void)state;
	note.more = 10;
	loop_post(loop, &note.post);
	assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
	loop_post(loop, &last.post);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(counter >= 1);
	loop_free(loop);
}

static void
on_hold(struct loop_post *post)
{
	struct note *note = (struct note *)post;

	loop_hold(note->loop);
	loop_stop(note->loop);
	(*note->counter)++;
}

static void
on_release(struct loop_post *post)
{
	struct note *note = (struct note *)post;

	assert_true(loop_is_stopping(note->loop));
	(*note->counter)++;
	loop_release(note->loop);
}

static void
ends_only_when_what_was_held_is_released(void **state)
{
	struct loop *loop = loop_new();
	int counter = 0;
	struct note hold = note_of(loop, &counter);
	struct note release = note_of(loop, &counter);
	pthread_t thread;

	(void)state;
	hold.post.run = on_hold;
	release.post.run = on_release;
	loop_post(loop, &hold.post);
	assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
	while (!loop_is_stopping(loop))
		continue;
	loop_post(loop, &release.post); /* it may have ended, were it not */
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(counter, 2);
	loop_free(loop);
}

struct door {
	struct loop_closer closer;
	struct loop *loop;
	int told_count;
};

static void
on_told(struct loop_closer *closer)
{
	struct door *door = (struct door *)closer;

	door->told_count++;
	loop_remove_closer(door->loop, closer);
}

static void
tells_each_closer_once_and_none_that_left(void **state)
{
	enum { COUNT = 5, LEFT = 2 };
	struct loop *loop = loop_new();
	struct door doors[COUNT];

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		doors[i] = (struct door){ { .stop = on_told }, loop, 0 };
		loop_add_closer(loop, &doors[i].closer);
	}
	loop_remove_closer(loop, &doors[LEFT].closer);
	loop_remove_closer(loop, &doors[0].closer);
	loop_add_closer(loop, &doors[0].closer);
	loop_stop(loop); /* before it runs: it ends at once */
	loop_run(loop);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(doors[i].told_count, i != LEFT);
	loop_run(loop); /* nothing is left to be done */
	loop_free(loop);
	loop_free(NULL);
}

static void
needs_a_hold_to_release(void **state)
{
	struct loop *loop = loop_new();

	(void)state;
	expect_assert_failure(loop_release(loop));
	loop_free(loop);
}

static void
knows_the_time(void **state)
{
	struct loop *loop = loop_new();

	(void)state;
	assert_true(loop_now_ms(loop) >= 0);
	assert_true(loop_wall_s(loop) > 1600000000);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    runs_what_is_posted_in_its_order_on_its_thread),
		cmocka_unit_test(loses_no_post_of_any_thread),
		cmocka_unit_test(lets_a_post_post_itself_again),
		cmocka_unit_test(ends_only_when_what_was_held_is_released),
		cmocka_unit_test(tells_each_closer_once_and_none_that_left),
		cmocka_unit_test(needs_a_hold_to_release),
		cmocka_unit_test(knows_the_time),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
