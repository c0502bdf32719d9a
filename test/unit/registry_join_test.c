/*
 * registry_join_test.c - the promises of op/registry.c for a request that only
 * asks whether it is under way, or was done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_rig.h"

static bool
holds(void *context, const struct operation *earlier)
{
	(void)earlier;
	return *(bool *)context;
}

static void
joins_what_is_under_way_and_starts_nothing(void **state)
{
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation_spec other = spec_of("bob", "/a", "f");
	struct registry_ticket ticket;
	struct operation *operation;
	struct watcher watcher;
	struct rig rig;
	struct job job;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job.waits = true;
	watcher_init(&watcher);
	assert_int_equal(
	    registry_join(rig.registry, &spec, &ticket), ERR_ABSENT);
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	assert_int_equal(
	    registry_join(rig.registry, &other, &ticket), ERR_ABSENT);
	assert_int_equal(registry_join(rig.registry, &spec, &ticket), ERR_NONE);
	assert_int_equal(ticket.how, REGISTRY_ATTACHED);
	assert_ptr_equal(ticket.operation, operation);
	(void)sem_post(&job.leave);
	watcher_wait(&watcher);
	operation_unref(ticket.operation);
	operation_unref(operation);
	rig_done(&rig);
	watcher_done(&watcher);
	job_done(&job);
}

static void
finds_a_result_that_still_holds_or_has_the_key(void **state)
{
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation_spec other = spec_of("ann", "/b", "g");
	struct registry_ticket ticket;
	struct operation *operation;
	struct watcher watcher;
	bool still_true = true;
	struct rig rig;
	struct job job;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	watcher_init(&watcher);
	spec.key = other.key = str_of("k");
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	watcher_wait(&watcher);
	assert_int_equal(
	    registry_join(rig.registry, &other, &ticket), ERR_CONFLICT);
	assert_int_equal(registry_join(rig.registry, &spec, &ticket), ERR_NONE);
	assert_int_equal(ticket.how, REGISTRY_REPLAYED);
	operation_unref(ticket.operation);

	spec.key = str_of(NULL);
	assert_int_equal(
	    registry_join(rig.registry, &spec, &ticket), ERR_ABSENT);
	spec.still_true = holds;
	spec.context = &still_true;
	assert_int_equal(registry_join(rig.registry, &spec, &ticket), ERR_NONE);
	assert_int_equal(ticket.how, REGISTRY_REPLAYED);
	operation_unref(ticket.operation);
	still_true = false;
	assert_int_equal(
	    registry_join(rig.registry, &spec, &ticket), ERR_ABSENT);
	operation_unref(operation);
	rig_done(&rig);
	watcher_done(&watcher);
	job_done(&job);
}

static void
remembers_who_heard_of_it_the_last(void **state)
{
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;
	struct watcher watcher;
	struct rig rig;
	struct job job;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	watcher_init(&watcher);
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	watcher_wait(&watcher);
	assert_int_equal(operation_hearer(operation), 0);
	operation_hear(operation, 3);
	operation_hear(operation, 7);
	assert_int_equal(operation_hearer(operation), 7);
	operation_unref(operation);
	rig_done(&rig);
	watcher_done(&watcher);
	job_done(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_what_is_under_way_and_starts_nothing),
		cmocka_unit_test(
		    finds_a_result_that_still_holds_or_has_the_key),
		cmocka_unit_test(remembers_who_heard_of_it_the_last),
	};

	return cmocka_run_group_tests_name("registry_join", tests, NULL, NULL);
}
