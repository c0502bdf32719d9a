/*
 * operation_test.c - the promises of op/operation.c, one test each.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/operation_inside.h"

static int64_t
no_time(void *context)
{
	(void)context;
	return 5;
}

static void
free_work(void *context)
{
	(*(int *)context)++;
}

static void
run_work(void *context, struct operation *operation,
    struct operation_result *out_result)
{
	(void)context;
	(void)operation;
	(void)out_result;
}

struct scene {
	struct operation_home home;
	struct operation *operation;
	int free_count;
};

static void
scene_init(struct scene *scene)
{
	static const unsigned char random[16] = { 0x01, 0xfe, 0x23 };
	struct operation_work work = { .run = run_work,
		.free = free_work,
		.context = &scene->free_count };
	struct operation_spec spec = {
		.owner = STR("ann"), .method = STR("COPY"), .source = STR("/a")
	};

	*scene = (struct scene){ .home = { .lock = PTHREAD_MUTEX_INITIALIZER,
		                     .quiet = PTHREAD_COND_INITIALIZER,
		                     .now_ms = no_time,
		                     .wall_s = no_time } };
	assert_int_equal(operation_new(&scene->home, &spec, &work, random,
	                     &scene->operation),
	    ERR_NONE);
}

static void
scene_done(struct scene *scene)
{
	operation_unref(scene->operation);
	assert_int_equal(scene->free_count, 1);
	assert_int_equal(scene->home.count, 0);
}

static void
end(struct operation *operation, enum operation_state outcome)
{
	struct operation_result result;

	operation_result_init(&result, outcome);
	result.status = 200;
	operation_end(operation, &result);
}

/* Moves it, as the registry does. */
static void
end_and_tell(struct operation *operation)
{
	operation_lock(operation->home);
	operation_start(operation);
	operation_tell(operation);
	end(operation, OPERATION_DONE);
	operation_tell(operation);
	operation_unlock(operation->home);
}

static void
names_every_state(void **state)
{
	(void)state;
	for (int i = OPERATION_QUEUED; i <= OPERATION_CANCELLED; i++)
		assert_non_null(operation_state_name((enum operation_state)i));
	for (int i = OPERATION_WAIT_NOTHING; i <= OPERATION_WAIT_THREAD; i++)
		assert_non_null(operation_wait_name((enum operation_wait)i));
	expect_assert_failure(operation_state_name((enum operation_state)99));
	expect_assert_failure(operation_wait_name((enum operation_wait)99));
}

static void
writes_its_id_in_hex(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	assert_true(str_is(
	    operation_id(s.operation), "01fe2300000000000000000000000000"));
	scene_done(&s);
}

static void
knows_the_final_states(void **state)
{
	(void)state;
	assert_false(operation_state_is_final(OPERATION_QUEUED));
	assert_false(operation_state_is_final(OPERATION_RUNNING));
	assert_false(operation_state_is_final(OPERATION_COMMITTING));
	assert_true(operation_state_is_final(OPERATION_DONE));
	assert_true(operation_state_is_final(OPERATION_FAILED));
	assert_true(operation_state_is_final(OPERATION_CANCELLED));
}

static void
stops_on_a_move_that_cannot_be(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	expect_assert_failure(operation_commit(s.operation));
	operation_start(s.operation);
	expect_assert_failure(operation_start(s.operation));
	operation_commit(s.operation);
	expect_assert_failure(end(s.operation, OPERATION_CANCELLED));
	end(s.operation, OPERATION_DONE);
	expect_assert_failure(end(s.operation, OPERATION_DONE));
	scene_done(&s);
}

static void
stops_on_an_end_that_is_none(void **state)
{
	struct scene s;
	struct operation_result none;

	(void)state;
	scene_init(&s);
	operation_start(s.operation);
	expect_assert_failure(end(s.operation, OPERATION_RUNNING));
	operation_result_init(&none, OPERATION_DONE);
	expect_assert_failure(operation_end(s.operation, &none)); /* 0 */
	scene_done(&s);
}

static void
empties_an_answer_that_did_not_fit(void **state)
{
	struct operation_result result;

	(void)state;
	operation_result_init(&result, OPERATION_DONE);
	result.status = 207;
	buf_add_text(&result.body, "<multistatus>");
	operation_result_seal(&result);
	assert_int_equal(result.status, 207);
	result.fields.err = ERR_LIMIT;
	operation_result_seal(&result);
	assert_int_equal(result.status, OPERATION_STATUS_OVERSIZED);
	assert_int_equal(result.outcome, OPERATION_DONE);
	assert_int_equal(result.body.len, 0);
	operation_result_done(&result);
}

struct watcher {
	struct operation_observer observer;
	struct watcher *other; /* observes, or leaves, when this one is told */
	int done_count;
	int changed_count;
	sem_t entered;
	bool has_returned;
};

static void
count_done(struct operation_observer *observer)
{
	((struct watcher *)observer->context)->done_count++;
}

static void
count_changed(struct operation_observer *observer)
{
	((struct watcher *)observer->context)->changed_count++;
}

static struct watcher
watcher_of(struct watcher *self)
{
	return (struct watcher){ .observer = { .done = count_done,
		                     .changed = count_changed,
		                     .context = self } };
}

static void
tells_each_observer_of_the_end_once(void **state)
{
	struct scene s;
	struct watcher a = watcher_of(&a);
	struct watcher b = watcher_of(&b);
	struct watcher gone = watcher_of(&gone);

	(void)state;
	scene_init(&s);
	b.observer.changed = NULL;
	assert_true(operation_observe(s.operation, &a.observer));
	assert_true(operation_observe(s.operation, &gone.observer));
	assert_true(operation_observe(s.operation, &b.observer));
	operation_unobserve(s.operation, &gone.observer);
	end_and_tell(s.operation);
	assert_int_equal(a.changed_count, 1);
	assert_int_equal(a.done_count, 1);
	assert_int_equal(b.done_count, 1);
	assert_int_equal(gone.changed_count + gone.done_count, 0);
	operation_unobserve(s.operation, &a.observer); /* harmless */
	assert_false(operation_observe(s.operation, &a.observer));
	scene_done(&s);
}

static void
observe_other(struct operation_observer *observer)
{
	struct watcher *watcher = observer->context;

	watcher->changed_count++;
	assert_true(
	    operation_observe(observer->operation, &watcher->other->observer));
}

static void
tells_a_newcomer_only_what_follows(void **state)
{
	struct scene s;
	struct watcher late = watcher_of(&late);
	struct watcher early = watcher_of(&early);

	(void)state;
	scene_init(&s);
	early.other = &late;
	early.observer.changed = observe_other;
	assert_true(operation_observe(s.operation, &early.observer));
	end_and_tell(s.operation);
	assert_int_equal(late.changed_count, 0);
	assert_int_equal(late.done_count, 1);
	scene_done(&s);
}

static void
leave_both(struct operation_observer *observer)
{
	struct watcher *watcher = observer->context;

	watcher->done_count++;
	operation_unobserve(observer->operation, observer);
	operation_unobserve(observer->operation, &watcher->other->observer);
}

static void
lets_observers_leave_inside_a_callback(void **state)
{
	struct scene s;
	struct watcher a = watcher_of(&a);
	struct watcher b = watcher_of(&b);

	(void)state;
	scene_init(&s);
	a.other = &b;
	b.other = &a;
	a.observer.done = leave_both;
	b.observer.done = leave_both;
	assert_true(operation_observe(s.operation, &a.observer));
	assert_true(operation_observe(s.operation, &b.observer));
	end_and_tell(s.operation);
	assert_int_equal(a.done_count + b.done_count, 1);
	scene_done(&s);
}

static void
dawdle(struct operation_observer *observer)
{
	struct watcher *watcher = observer->context;

	(void)sem_post(&watcher->entered);
	for (int i = 0; i < 2000; i++)
		(void)sched_yield();
	watcher->has_returned = true;
}

static void *
end_on_a_thread(void *operation)
{
	end_and_tell(operation);
	return NULL;
}

static void
waits_for_a_callback_that_runs(void **state)
{
	struct scene s;
	struct watcher slow = watcher_of(&slow);
	pthread_t thread;

	(void)state;
	scene_init(&s);
	(void)sem_init(&slow.entered, 0, 0);
	slow.observer.done = dawdle;
	assert_true(operation_observe(s.operation, &slow.observer));
	assert_int_equal(
	    pthread_create(&thread, NULL, end_on_a_thread, s.operation), 0);
	(void)sem_wait(&slow.entered);
	operation_unobserve(s.operation, &slow.observer);
	assert_true(slow.has_returned);
	(void)pthread_join(thread, NULL);
	(void)sem_destroy(&slow.entered);
	scene_done(&s);
}

static void
lives_as_long_as_it_is_held(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	assert_ptr_equal(operation_ref(s.operation), s.operation);
	operation_unref(s.operation);
	assert_int_equal(s.home.count, 1);
	assert_int_equal(s.free_count, 0);
	operation_work_free(s.operation);
	operation_unref(NULL);
	scene_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_state),
		cmocka_unit_test(writes_its_id_in_hex),
		cmocka_unit_test(knows_the_final_states),
		cmocka_unit_test(stops_on_a_move_that_cannot_be),
		cmocka_unit_test(stops_on_an_end_that_is_none),
		cmocka_unit_test(empties_an_answer_that_did_not_fit),
		cmocka_unit_test(tells_each_observer_of_the_end_once),
		cmocka_unit_test(tells_a_newcomer_only_what_follows),
		cmocka_unit_test(lets_observers_leave_inside_a_callback),
		cmocka_unit_test(waits_for_a_callback_that_runs),
		cmocka_unit_test(lives_as_long_as_it_is_held),
	};

	return cmocka_run_group_tests_name("operation", tests, NULL, NULL);
}
