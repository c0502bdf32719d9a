/*
 * runner_test.c - the promises of op/runner.c: the way through claim, queue
 * and thread, and how it is left.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "op_rig.h"

/* Three jobs at most, each with its watcher and its operation. */
enum { JOB_COUNT = 3 };

struct scene {
	struct rig rig;
	struct job jobs[JOB_COUNT];
	struct watcher watchers[JOB_COUNT];
	struct operation *operations[JOB_COUNT];
};

static void
scene_init(struct scene *scene)
{
	rig_init(&scene->rig);
	for (size_t i = 0; i < JOB_COUNT; i++) {
		job_init(&scene->jobs[i]);
		scene->jobs[i].waits = true;
		watcher_init(&scene->watchers[i]);
		scene->operations[i] = NULL;
	}
}

/* Its fingerprint is its own: nothing is attached here. */
static void
scene_submit(
    struct scene *scene, size_t i, const char *owner, const char *source)
{
	static const char *const prints[JOB_COUNT] = { "f", "g", "h" };
	struct operation_spec spec = spec_of(owner, source, prints[i]);

	scene->operations[i] = rig_submit(&scene->rig, &spec, &scene->jobs[i],
	    &scene->watchers[i], REGISTRY_STARTED);
}

static void
scene_done(struct scene *scene)
{
	for (size_t i = 0; i < JOB_COUNT; i++) {
		(void)sem_post(&scene->jobs[i].leave);
		operation_unref(scene->operations[i]);
	}
	rig_done(&scene->rig);
	for (size_t i = 0; i < JOB_COUNT; i++) {
		if (scene->operations[i] == NULL)
			continue;
		assert_int_equal(scene->watchers[i].done_count, 1);
		watcher_done(&scene->watchers[i]);
		job_done(&scene->jobs[i]);
	}
}

static void
waits_for_a_claim_without_a_thread(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/a/b");
	assert_int_equal(look(s.operations[1]).waits_for, OPERATION_WAIT_CLAIM);
	scene_submit(&s, 2, "ann", "/c"); /* the second of two threads */
	(void)sem_wait(&s.jobs[2].running);
	assert_int_equal(s.jobs[1].run_count, 0);
	(void)sem_post(&s.jobs[0].leave);
	(void)sem_wait(&s.jobs[1].running);
	scene_done(&s);
}

static void
queues_what_is_over_the_limit_of_its_owner(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	s.rig.options.thread_count_each = 1;
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/b");
	scene_submit(&s, 2, "bob", "/c");
	(void)sem_wait(&s.jobs[2].running);
	assert_int_equal(look(s.operations[1]).state, OPERATION_QUEUED);
	assert_int_equal(
	    look(s.operations[1]).waits_for, OPERATION_WAIT_THREAD);
	(void)sem_post(&s.jobs[0].leave);
	(void)sem_wait(&s.jobs[1].running);
	scene_done(&s);
}

static void
cancels_at_once_what_waits_for_a_claim(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/a");
	scene_submit(&s, 2, "ann", "/a/b");
	registry_cancel(s.rig.registry, s.operations[1]);
	assert_int_equal(look(s.operations[1]).state, OPERATION_CANCELLED);
	assert_int_equal(
	    look(s.operations[1]).status, OPERATION_STATUS_CANCELLED);
	assert_int_equal(s.watchers[1].done_count, 1);
	assert_int_equal(s.jobs[1].refuse_count, 1);
	assert_int_equal(s.jobs[1].free_count, 1);
	registry_cancel(s.rig.registry, s.operations[1]); /* harmless */
	(void)sem_post(&s.jobs[0].leave);
	(void)sem_wait(&s.jobs[2].running); /* did not wait for it */
	assert_int_equal(s.jobs[1].run_count, 0);
	scene_done(&s);
}

static void
cancels_at_once_what_waits_for_a_thread(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	s.rig.options.thread_count = 1;
	s.jobs[1].is_refused_with_status = true;
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/b");
	scene_submit(&s, 2, "ann", "/b/c"); /* waits for its claim */
	assert_int_equal(
	    look(s.operations[1]).waits_for, OPERATION_WAIT_THREAD);
	registry_cancel(s.rig.registry, s.operations[1]);
	assert_int_equal(look(s.operations[1]).state, OPERATION_CANCELLED);
	assert_int_equal(look(s.operations[1]).status, 423);
	assert_int_equal(/* its claim was given back */
	    look(s.operations[2]).waits_for, OPERATION_WAIT_THREAD);
	assert_int_equal(s.jobs[1].run_count, 0);
	scene_done(&s);
}

static void
cancels_what_runs_at_its_next_member(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	assert_false(look(s.operations[0]).is_cancelling);
	registry_cancel(s.rig.registry, s.operations[0]);
	assert_true(look(s.operations[0]).is_cancelling);
	assert_int_equal(look(s.operations[0]).state, OPERATION_RUNNING);
	(void)sem_post(&s.jobs[0].leave);
	watcher_wait(&s.watchers[0]);
	assert_true(s.jobs[0].saw_cancel);
	assert_int_equal(look(s.operations[0]).state, OPERATION_CANCELLED);
	assert_false(look(s.operations[0]).is_cancelling);
	assert_int_equal(look(s.operations[0]).status, 201);
	scene_done(&s);
}

static void
attaches_nobody_to_what_is_being_cancelled(void **state)
{
	struct scene s;
	struct operation_spec spec = spec_of("ann", "/a", "f");

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	registry_cancel(s.rig.registry, s.operations[0]);
	s.operations[1] = rig_submit(
	    &s.rig, &spec, &s.jobs[1], &s.watchers[1], REGISTRY_STARTED);
	(void)sem_post(&s.jobs[0].leave);
	(void)sem_wait(&s.jobs[1].running);
	scene_done(&s);
}

static void
does_not_cancel_what_is_committing(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	s.jobs[0].commits = true;
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	assert_int_equal(look(s.operations[0]).state, OPERATION_COMMITTING);
	assert_int_equal(s.watchers[0].changed_count, 2);
	registry_cancel(s.rig.registry, s.operations[0]);
	assert_false(look(s.operations[0]).is_cancelling);
	(void)sem_post(&s.jobs[0].leave);
	watcher_wait(&s.watchers[0]);
	assert_int_equal(look(s.operations[0]).state, OPERATION_DONE);
	scene_done(&s);
}

static void
abandons_what_nobody_observes(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	registry_abandon(s.rig.registry, s.operations[0]);
	assert_false(look(s.operations[0]).is_cancelling);
	operation_unobserve(s.operations[0], &s.watchers[0].observer);
	registry_abandon(s.rig.registry, s.operations[0]);
	assert_true(look(s.operations[0]).is_cancelling);
	s.watchers[0].done_count = 1; /* what scene_done() looks for */
	scene_done(&s);
}

static void
never_sends_part_of_an_answer(void **state)
{
	struct scene s;
	char *body = malloc(OPERATION_RESULT_SIZE_MAX + 2);

	(void)state;
	assert_non_null(body);
	for (size_t i = 0; i <= OPERATION_RESULT_SIZE_MAX; i++)
		body[i] = 'x';
	body[OPERATION_RESULT_SIZE_MAX + 1] = '\0';
	scene_init(&s);
	rig_start(&s.rig);
	s.jobs[0].body = body; /* one too many */
	s.jobs[1].body = body + 1;
	for (size_t i = 0; i < 2; i++) {
		s.jobs[i].waits = false;
		scene_submit(&s, i, "ann", "/a");
		watcher_wait(&s.watchers[i]);
	}
	assert_int_equal(
	    look(s.operations[0]).status, OPERATION_STATUS_OVERSIZED);
	assert_int_equal(operation_result(s.operations[0])->body.len, 0);
	assert_int_equal(look(s.operations[1]).status, 201);
	assert_int_equal(operation_result(s.operations[1])->body.len,
	    OPERATION_RESULT_SIZE_MAX);
	scene_done(&s);
	free(body);
}

static void
stops_when_what_runs_has_ended(void **state)
{
	static const enum registry_stop rows[] = { REGISTRY_STOP_WAIT,
		REGISTRY_STOP_CANCEL };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;
		struct registry_ticket ticket;
		struct operation_spec spec = spec_of("ann", "/z", "z");
		struct operation_work work;

		scene_init(&s);
		rig_start(&s.rig);
		s.jobs[1].waits = false;
		scene_submit(&s, 0, "ann", "/a");
		scene_submit(&s, 1, "ann", "/a/b");
		(void)sem_wait(&s.jobs[0].running);
		(void)sem_post(&s.jobs[0].leave);
		registry_stop(s.rig.registry, rows[i]);
		assert_int_equal(s.watchers[0].done_count, 1);
		assert_int_equal(s.watchers[1].done_count, 1);
		work = job_work(&s.jobs[2]);
		assert_int_equal(registry_submit(s.rig.registry, &spec, &work,
		                     NULL, &ticket),
		    ERR_CLOSED);
		assert_int_equal(s.jobs[2].free_count, 1);
		operation_unref(s.operations[0]);
		operation_unref(s.operations[1]);
		registry_free(s.rig.registry);
		claim_table_free(s.rig.claims);
	}
}

static void
cancels_what_runs_when_stopped_so(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	rig_start(&s.rig);
	s.jobs[0].waits = false;
	s.jobs[0].is_until_cancelled = true;
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/a");
	registry_stop(s.rig.registry, REGISTRY_STOP_CANCEL);
	assert_int_equal(look(s.operations[0]).state, OPERATION_CANCELLED);
	assert_int_equal(look(s.operations[1]).state, OPERATION_CANCELLED);
	assert_int_equal(s.jobs[1].run_count, 0);
	operation_unref(s.operations[0]);
	operation_unref(s.operations[1]);
	registry_free(s.rig.registry);
	claim_table_free(s.rig.claims);
}

static void
runs_a_thousand_that_were_queued(void **state)
{
	enum { COUNT = 1000 };
	struct rig rig;
	struct job job;
	struct watcher *watchers = calloc(COUNT, sizeof(*watchers));
	struct operation **operations =
	    calloc(COUNT, sizeof(struct operation *));

	(void)state;
	assert_non_null(watchers);
	assert_non_null(operations);
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	for (size_t i = 0; i < COUNT; i++) {
		struct operation_spec spec =
		    spec_of(i % 2 ? "ann" : "bob", i % 3 ? "/a" : "/b", "");

		watcher_init(&watchers[i]);
		operations[i] = rig_submit(
		    &rig, &spec, &job, &watchers[i], REGISTRY_STARTED);
	}
	for (size_t i = 0; i < COUNT; i++) {
		watcher_wait(&watchers[i]);
		operation_unref(operations[i]);
	}
	rig_done(&rig);
	assert_int_equal(job.run_count, COUNT);
	assert_int_equal(job.free_count, COUNT);
	free(watchers);
	free(operations);
}

/* Four threads submit, cancel, observe and leave at random. */
enum { STORM_THREAD_COUNT = 4, STORM_ROUND_COUNT = 400 };

struct storm {
	struct rig *rig;
	struct job *job;
	unsigned seed;
	unsigned submitted_count;
};

static void
storm_once(struct storm *storm)
{
	static const char *const paths[] = { "/a", "/a/b", "/c", "/c/d" };
	static const char *const prints[] = { "", "f", "g", "h" };
	struct registry *registry = storm->rig->registry;
	struct operation_spec spec = spec_of(
	    rand_r(&storm->seed) % 2 ? "ann" : "bob",
	    paths[rand_r(&storm->seed) % 4], prints[rand_r(&storm->seed) % 4]);
	struct operation_work work = job_work(storm->job);
	struct watcher watcher;
	struct registry_ticket ticket;
	int choice = rand_r(&storm->seed) % 4;

	watcher_init(&watcher);
	if (registry_submit(
	        registry, &spec, &work, &watcher.observer, &ticket) != ERR_NONE)
		return;
	storm->submitted_count++;
	if (choice == 0)
		registry_cancel(registry, ticket.operation);
	if (choice == 1) {
		operation_unobserve(ticket.operation, &watcher.observer);
		registry_abandon(registry, ticket.operation);
	} else {
		watcher_wait(&watcher);
	}
	operation_unobserve(ticket.operation, &watcher.observer);
	operation_unref(ticket.operation);
	watcher_done(&watcher);
}

static void *
storm_often(void *context)
{
	for (int i = 0; i < STORM_ROUND_COUNT; i++)
		storm_once(context);
	return NULL;
}

static void
ends_everything_once_in_a_storm(void **state)
{
	struct rig rig;
	struct job job;
	struct storm storms[STORM_THREAD_COUNT];
	pthread_t ids[STORM_THREAD_COUNT];
	unsigned submitted_count = 0;

	(void)state;
	rig_init(&rig);
	rig.options.kept_count_max = 50;
	rig_start(&rig);
	job_init(&job);
	for (unsigned i = 0; i < STORM_THREAD_COUNT; i++) {
		storms[i] = (struct storm){ &rig, &job, i + 1, 0 };
		assert_int_equal(
		    pthread_create(&ids[i], NULL, storm_often, &storms[i]), 0);
	}
	for (size_t i = 0; i < STORM_THREAD_COUNT; i++) {
		(void)pthread_join(ids[i], NULL);
		submitted_count += storms[i].submitted_count;
	}
	rig_done(&rig);
	assert_int_equal(
	    submitted_count, STORM_THREAD_COUNT * STORM_ROUND_COUNT);
	assert_int_equal(job.free_count, submitted_count);
}

static void
waits_for_what_runs_as_long_as_it_may(void **state)
{
	struct timespec past = { .tv_sec = 0 };
	struct timespec future;
	struct scene s;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &future);
	future.tv_sec += 60;
	scene_init(&s);
	rig_start(&s.rig);
	s.jobs[1].waits = false;
	scene_submit(&s, 0, "ann", "/a");
	(void)sem_wait(&s.jobs[0].running);
	scene_submit(&s, 1, "ann", "/a");
	registry_drain(s.rig.registry, &past);
	assert_int_equal(look(s.operations[0]).state, OPERATION_RUNNING);
	assert_int_equal(look(s.operations[1]).state, OPERATION_CANCELLED);
	(void)sem_post(&s.jobs[0].leave);
	registry_drain(s.rig.registry, &future);
	assert_int_equal(look(s.operations[0]).state, OPERATION_DONE);
	registry_stop(s.rig.registry, REGISTRY_STOP_CANCEL);
	operation_unref(s.operations[0]);
	operation_unref(s.operations[1]);
	registry_free(s.rig.registry);
	claim_table_free(s.rig.claims);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_a_claim_without_a_thread),
		cmocka_unit_test(queues_what_is_over_the_limit_of_its_owner),
		cmocka_unit_test(cancels_at_once_what_waits_for_a_claim),
		cmocka_unit_test(cancels_at_once_what_waits_for_a_thread),
		cmocka_unit_test(cancels_what_runs_at_its_next_member),
		cmocka_unit_test(attaches_nobody_to_what_is_being_cancelled),
		cmocka_unit_test(does_not_cancel_what_is_committing),
		cmocka_unit_test(abandons_what_nobody_observes),
		cmocka_unit_test(never_sends_part_of_an_answer),
		cmocka_unit_test(stops_when_what_runs_has_ended),
		cmocka_unit_test(cancels_what_runs_when_stopped_so),
		cmocka_unit_test(waits_for_what_runs_as_long_as_it_may),
		cmocka_unit_test(runs_a_thousand_that_were_queued),
		cmocka_unit_test(ends_everything_once_in_a_storm),
	};

	return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
