/*
 * registry_attach_test.c - the promises of op/registry.c for a request that
 * comes again, while the first is under way or after its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_rig.h"

static void
attaches_the_same_request_while_it_runs(void **state)
{
	struct rig rig;
	struct job job;
	struct job again;
	struct watcher watcher;
	struct watcher second;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;
	struct operation *other;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job_init(&again);
	job.waits = true;
	watcher_init(&watcher);
	watcher_init(&second);
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	(void)sem_wait(&job.running);
	other = rig_submit(&rig, &spec, &again, &second, REGISTRY_ATTACHED);
	assert_ptr_equal(operation, other);
	assert_int_equal(again.free_count, 1);
	(void)sem_post(&job.leave);
	watcher_wait(&watcher);
	watcher_wait(&second);
	assert_int_equal(job.run_count + again.run_count, 1);
	operation_unref(operation);
	operation_unref(other);
	rig_done(&rig);
	assert_int_equal(watcher.done_count, 1);
	assert_int_equal(second.done_count, 1);
	watcher_done(&watcher);
	watcher_done(&second);
	job_done(&job);
	job_done(&again);
}

/* Submits spec beside one that runs, and says how it was taken. */
static enum registry_how
how_beside(const struct operation_spec *first,
    const struct operation_spec *spec, enum err *out_err)
{
	struct rig rig;
	struct job job;
	struct job other;
	struct operation_work work = job_work(&other);
	struct operation *operation;
	struct registry_ticket ticket = { .how = REGISTRY_STARTED };

	rig_init(&rig);
	rig_start(&rig);
	job_init(&other);
	job_init(&job);
	job.waits = true;
	operation = rig_submit(&rig, first, &job, NULL, REGISTRY_STARTED);
	(void)sem_wait(&job.running);
	*out_err = registry_submit(rig.registry, spec, &work, NULL, &ticket);
	(void)sem_post(&job.leave);
	operation_unref(operation);
	operation_unref(ticket.operation);
	rig_done(&rig);
	job_done(&job);
	job_done(&other);
	return ticket.how;
}

static void
knows_what_is_the_same_request(void **state)
{
	static const struct {
		const char *owner;
		const char *fingerprint;
		const char *payload;
		const char *key;
		enum err err;
		enum registry_how how;
	} rows[] = {
		{ "ann", "f", "p", "", ERR_NONE, REGISTRY_ATTACHED },
		{ "ann", "f", "p", "k", ERR_NONE, REGISTRY_ATTACHED },
		{ "ann", "f", "p", "l", ERR_NONE, REGISTRY_STARTED },
		{ "ann", "f", "q", "", ERR_NONE, REGISTRY_STARTED },
		{ "ann", "g", "p", "", ERR_NONE, REGISTRY_STARTED },
		{ "bob", "f", "p", "k", ERR_NONE, REGISTRY_STARTED },
		{ "", "f", "p", "k", ERR_NONE, REGISTRY_STARTED },
		{ "ann", "g", "p", "k", ERR_CONFLICT, REGISTRY_STARTED },
		{ "ann", "f", "q", "k", ERR_CONFLICT, REGISTRY_STARTED },
		{ "bob", "g", "q", "k", ERR_NONE, REGISTRY_STARTED },
	};
	struct operation_spec first = spec_of("ann", "/a", "f");

	(void)state;
	first.payload = str_of("p");
	first.key = str_of("k");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operation_spec spec =
		    spec_of(rows[i].owner, "/b", rows[i].fingerprint);
		enum err err;

		spec.payload = str_of(rows[i].payload);
		spec.key = str_of(rows[i].key);
		assert_int_equal(how_beside(&first, &spec, &err), rows[i].how);
		assert_int_equal(err, rows[i].err);
	}
}

static void
attaches_nothing_to_what_has_no_fingerprint(void **state)
{
	struct operation_spec spec = spec_of("ann", "/a", "");
	enum err err;

	(void)state;
	spec.part_count = 0; /* the second need not wait for the first */
	assert_int_equal(how_beside(&spec, &spec, &err), REGISTRY_STARTED);
}

static bool
yes(void *context, const struct operation *earlier)
{
	assert_non_null(earlier);
	(*(int *)context)++;
	return true;
}

static bool
no(void *context, const struct operation *earlier)
{
	return !yes(context, earlier);
}

/* Runs it to its end, lets time go by, submits it again. */
static enum registry_how
how_after(const struct operation_spec *spec, enum operation_state outcome,
    int64_t after_ms)
{
	struct rig rig;
	struct job job;
	struct job again;
	struct watcher watcher;
	struct watcher second;
	struct operation_work work = job_work(&again);
	struct registry_ticket ticket;

	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job_init(&again);
	job.outcome = outcome;
	watcher_init(&watcher);
	watcher_init(&second);
	operation_unref(
	    rig_submit(&rig, spec, &job, &watcher, REGISTRY_STARTED));
	watcher_wait(&watcher);
	rig.now_ms += after_ms;
	assert_int_equal(registry_submit(rig.registry, spec, &work,
	                     &second.observer, &ticket),
	    ERR_NONE);
	if (ticket.how == REGISTRY_STARTED)
		watcher_wait(&second);
	else
		assert_int_equal(
		    operation_result(ticket.operation)->status, 201);
	operation_unref(ticket.operation);
	rig_done(&rig);
	assert_int_equal(
	    again.run_count, ticket.how == REGISTRY_STARTED ? 1 : 0);
	watcher_done(&watcher);
	watcher_done(&second);
	job_done(&job);
	job_done(&again);
	return ticket.how;
}

static void
replays_within_the_window_if_it_is_still_true(void **state)
{
	static const struct {
		bool (*still_true)(void *, const struct operation *);
		enum operation_state outcome;
		int64_t after_ms;
		enum registry_how how;
		int asked_count;
	} rows[] = {
		{ yes, OPERATION_DONE, 0, REGISTRY_REPLAYED, 1 },
		{ yes, OPERATION_DONE, 59999, REGISTRY_REPLAYED, 1 },
		{ yes, OPERATION_DONE, 60000, REGISTRY_STARTED, 0 },
		{ no, OPERATION_DONE, 0, REGISTRY_STARTED, 1 },
		{ NULL, OPERATION_DONE, 0, REGISTRY_STARTED, 0 },
		{ yes, OPERATION_FAILED, 0, REGISTRY_STARTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operation_spec spec = spec_of("ann", "/a", "f");
		int asked_count = 0;

		spec.still_true = rows[i].still_true;
		spec.context = &asked_count;
		assert_int_equal(
		    how_after(&spec, rows[i].outcome, rows[i].after_ms),
		    rows[i].how);
		assert_int_equal(asked_count, rows[i].asked_count);
	}
}

static void
replays_a_key_as_long_as_it_is_kept(void **state)
{
	static const struct {
		enum operation_state outcome;
		int64_t after_ms;
		enum registry_how how;
	} rows[] = {
		{ OPERATION_DONE, REGISTRY_KEEP_MS - 1, REGISTRY_REPLAYED },
		{ OPERATION_FAILED, REGISTRY_KEEP_MS - 1, REGISTRY_REPLAYED },
		{ OPERATION_CANCELLED, 0, REGISTRY_STARTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct operation_spec spec = spec_of("ann", "/a", "f");

		spec.key = str_of("k");
		assert_int_equal(
		    how_after(&spec, rows[i].outcome, rows[i].after_ms),
		    rows[i].how);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attaches_the_same_request_while_it_runs),
		cmocka_unit_test(knows_what_is_the_same_request),
		cmocka_unit_test(attaches_nothing_to_what_has_no_fingerprint),
		cmocka_unit_test(replays_within_the_window_if_it_is_still_true),
		cmocka_unit_test(replays_a_key_as_long_as_it_is_kept),
	};

	return cmocka_run_group_tests_name(
	    "registry_attach", tests, NULL, NULL);
}
