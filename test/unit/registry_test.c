/*
 * registry_test.c - the promises of op/registry.c: what it takes, keeps and
 * finds.  The same request twice is in registry_attach_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_rig.h"

static void
hands_the_result_to_the_observer(void **state)
{
	struct rig rig;
	struct job job;
	struct watcher watcher;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;
	const struct operation_result *result;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	watcher_init(&watcher);
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	watcher_wait(&watcher);
	assert_ptr_equal(watcher.observer.operation, operation);
	result = operation_result(operation);
	assert_non_null(result);
	assert_int_equal(result->outcome, OPERATION_DONE);
	assert_int_equal(result->status, 201);
	assert_true(str_is(buf_str(&result->fields), "X-Test: yes\r\n"));
	assert_true(str_is(buf_str(&result->body), "made"));
	assert_int_equal(job.free_count, 1);
	operation_unref(operation);
	rig_done(&rig);
	watcher_done(&watcher);
	job_done(&job);
}

static void
tells_how_far_it_has_come(void **state)
{
	struct rig rig;
	struct job job;
	struct watcher watcher;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation_snapshot shot;
	struct operation *operation;
	uint64_t version;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job.waits = true;
	watcher_init(&watcher);
	operation = rig_submit(&rig, &spec, &job, &watcher, REGISTRY_STARTED);
	(void)sem_wait(&job.running);
	rig.now_ms += 3000;
	shot = look(operation);
	assert_int_equal(shot.id.len, OPERATION_ID_SIZE);
	assert_true(str_is(shot.owner, "ann"));
	assert_true(str_is(shot.method, "COPY"));
	assert_true(str_is(shot.source, "/a"));
	assert_int_equal(shot.destination.len, 0);
	assert_int_equal(shot.state, OPERATION_RUNNING);
	assert_int_equal(shot.waits_for, OPERATION_WAIT_NOTHING);
	assert_int_equal(shot.counts.members_done, 1);
	assert_int_equal(shot.counts.members_total, 2);
	assert_int_equal(shot.running_ms, 3000);
	assert_int_equal(shot.created_s, 1700000000);
	assert_int_equal(shot.status, 0);
	assert_int_equal(shot.observer_count, 1);
	assert_null(operation_result(operation));
	version = shot.version;
	rig.wall_s += 4;
	(void)sem_post(&job.leave);
	watcher_wait(&watcher);
	rig.now_ms += 9000;
	shot = look(operation);
	assert_int_equal(shot.state, OPERATION_DONE);
	assert_int_equal(shot.running_ms, 3000);
	assert_int_equal(shot.ended_s, 1700000004);
	assert_int_equal(shot.status, 201);
	assert_true(shot.version > version);
	operation_unref(operation);
	rig_done(&rig);
	watcher_done(&watcher);
	job_done(&job);
}

static struct operation *
run_one(struct rig *rig, const char *owner, const char *fingerprint)
{
	struct job job;
	struct watcher watcher;
	struct operation_spec spec = spec_of(owner, "/kept", fingerprint);
	struct operation *operation;

	job_init(&job);
	watcher_init(&watcher);
	operation = rig_submit(rig, &spec, &job, &watcher, REGISTRY_STARTED);
	watcher_wait(&watcher);
	operation_unobserve(operation, &watcher.observer);
	watcher_done(&watcher);
	job_done(&job);
	return operation;
}

static bool
is_kept(struct rig *rig, struct operation *operation)
{
	struct operation *found =
	    registry_find(rig->registry, operation_id(operation), NULL);

	operation_unref(found);
	return found == operation;
}

static void
keeps_a_result_until_its_time(void **state)
{
	struct rig rig;
	struct operation *operation;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	operation = run_one(&rig, "ann", "f");
	rig.now_ms += REGISTRY_KEEP_MS - 1;
	registry_sweep(rig.registry);
	assert_true(is_kept(&rig, operation));
	rig.now_ms++;
	registry_sweep(rig.registry);
	assert_false(is_kept(&rig, operation));
	/* Who holds it, has it whole. */
	assert_int_equal(operation_result(operation)->status, 201);
	operation_unref(operation);
	rig_done(&rig);
}

static void
keeps_only_so_many(void **state)
{
	struct rig rig;
	struct operation *operations[3];

	(void)state;
	rig_init(&rig);
	rig.options.kept_count_max = 2;
	rig_start(&rig);
	operations[0] = run_one(&rig, "ann", "f");
	operations[1] = run_one(&rig, "ann", "g");
	assert_true(is_kept(&rig, operations[0]));
	operations[2] = run_one(&rig, "ann", "h");
	assert_false(is_kept(&rig, operations[0]));
	assert_true(is_kept(&rig, operations[1]));
	assert_true(is_kept(&rig, operations[2]));
	for (size_t i = 0; i < 3; i++)
		operation_unref(operations[i]);
	rig_done(&rig);
}

static void
keeps_only_so_many_octets(void **state)
{
	struct rig rig;
	struct operation *operation;

	(void)state;
	rig_init(&rig);
	rig.options.kept_size_max = 100; /* less than any weighs */
	rig_start(&rig);
	operation = run_one(&rig, "ann", "f");
	assert_false(is_kept(&rig, operation));
	operation_unref(operation);
	rig_done(&rig);
}

static void
shows_an_operation_to_its_owner_only(void **state)
{
	static const struct str ann = STR("ann");
	static const struct str bob = STR("bob");
	static const struct str nobody = STR("");
	struct rig rig;
	struct operation *operation;
	struct operation *found;
	struct str id;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	operation = run_one(&rig, "ann", "f");
	id = operation_id(operation);
	assert_null(registry_find(rig.registry, id, &bob));
	assert_null(registry_find(rig.registry, id, &nobody));
	id.len--;
	assert_null(registry_find(rig.registry, id, &ann));
	id.len++;
	found = registry_find(rig.registry, id, &ann);
	assert_ptr_equal(found, operation);
	operation_unref(found);
	operation_unref(operation);
	rig_done(&rig);
}

struct seen {
	size_t count;
	size_t count_max;
	struct operation *last;
};

static bool
see(void *context, struct operation *operation)
{
	struct seen *seen = context;

	seen->last = operation;
	return ++seen->count < seen->count_max;
}

static void
lists_the_ended_before_the_live(void **state)
{
	static const struct str ann = STR("ann");
	struct rig rig;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "live");
	struct operation *live;
	struct seen seen = { .count_max = 99 };

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job.waits = true;
	live = rig_submit(&rig, &spec, &job, NULL, REGISTRY_STARTED);
	(void)sem_wait(&job.running);
	operation_unref(run_one(&rig, "ann", ""));
	operation_unref(run_one(&rig, "bob", ""));
	assert_int_equal(
	    registry_list(rig.registry, &ann, see, &seen), ERR_NONE);
	assert_int_equal(seen.count, 2);
	assert_ptr_equal(seen.last, live);
	seen = (struct seen){ .count_max = 99 };
	assert_int_equal(
	    registry_list(rig.registry, NULL, see, &seen), ERR_NONE);
	assert_int_equal(seen.count, 3);
	seen = (struct seen){ .count_max = 2 }; /* see() ends the walk */
	assert_int_equal(
	    registry_list(rig.registry, NULL, see, &seen), ERR_NONE);
	assert_int_equal(seen.count, 2);
	(void)sem_post(&job.leave);
	operation_unref(live);
	rig_done(&rig);
	job_done(&job);
}

static void
finds_what_stands_in_the_way(void **state)
{
	static const struct {
		const char *path;
		const char *owner;
		bool is_blocked;
	} rows[] = {
		{ "/a/b", "ann", true }, { "/ab", "ann", false },
		{ "/a/b", "bob", false }, /* he may not see it */
	};
	struct rig rig;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	job.waits = true;
	operation = rig_submit(&rig, &spec, &job, NULL, REGISTRY_STARTED);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claim claim = {
			.parts = { { .path = str_of(rows[i].path),
			    .mode = CLAIM_EXCLUSIVE } },
			.part_count = 1,
		};
		struct operation *found = registry_find_blocker(
		    rig.registry, &claim, str_of(rows[i].owner));

		assert_true((found == operation) == rows[i].is_blocked);
		operation_unref(found);
	}
	(void)sem_post(&job.leave);
	operation_unref(operation);
	rig_done(&rig);
	job_done(&job);
}

/* With one live, submits another; max counts as in the rows. */
static enum err
submit_second(size_t count_max, size_t count_each_max, const char *owner)
{
	struct rig rig;
	struct job job;
	struct job other;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation_work work = job_work(&other);
	struct registry_ticket ticket = { .operation = NULL };
	enum err err;

	rig_init(&rig);
	rig.options.count_max = count_max;
	rig.options.count_each_max = count_each_max;
	rig_start(&rig);
	job_init(&job);
	job_init(&other);
	job.waits = true;
	operation_unref(rig_submit(&rig, &spec, &job, NULL, REGISTRY_STARTED));
	spec = spec_of(owner, "/b", "g");
	err = registry_submit(rig.registry, &spec, &work, NULL, &ticket);
	(void)sem_post(&job.leave);
	operation_unref(ticket.operation);
	rig_done(&rig);
	job_done(&job);
	job_done(&other);
	return err;
}

static void
refuses_more_than_its_limits(void **state)
{
	(void)state;
	assert_int_equal(submit_second(2, 9, "ann"), ERR_NONE);
	assert_int_equal(submit_second(1, 9, "ann"), ERR_BUSY);
	assert_int_equal(submit_second(9, 2, "ann"), ERR_NONE);
	assert_int_equal(submit_second(9, 1, "ann"), ERR_BUSY);
	assert_int_equal(submit_second(9, 1, "bob"), ERR_NONE);
}

static void
refuses_texts_that_are_too_long(void **state)
{
	static char text[OPERATION_SPEC_SIZE_MAX];
	struct rig rig;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation_work work = job_work(&job);
	struct registry_ticket ticket;

	(void)state;
	rig_init(&rig);
	rig_start(&rig);
	job_init(&job);
	spec.fingerprint = str_make(text, sizeof(text));
	assert_int_equal(
	    registry_submit(rig.registry, &spec, &work, NULL, &ticket),
	    ERR_LIMIT);
	job_done(&job); /* the work was freed */
	job_init(&job);
	spec.fingerprint.len = sizeof(text) / 2;
	operation_unref(rig_submit(&rig, &spec, &job, NULL, REGISTRY_STARTED));
	rig_done(&rig);
	job_done(&job);
}

static void
refuses_options_that_cannot_be(void **state)
{
	static const struct {
		size_t thread_count;
		size_t count_max;
		int64_t keep_ms;
		enum err err;
	} rows[] = {
		{ 1, 1, 0, ERR_NONE },
		{ 0, 1, 0, ERR_RANGE },
		{ OPERATION_THREAD_COUNT_MAX + 1, 1, 0, ERR_RANGE },
		{ 1, 0, 0, ERR_RANGE },
		{ 1, OPERATION_COUNT_MAX, 0, ERR_NONE },
		{ 1, OPERATION_COUNT_MAX + 1, 0, ERR_RANGE },
		{ 1, 1, -1, ERR_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		rig.options.thread_count = rows[i].thread_count;
		rig.options.count_max = rows[i].count_max;
		rig.options.keep_ms = rows[i].keep_ms;
		assert_int_equal(
		    registry_new(&rig.options, &rig.registry), rows[i].err);
		if (rows[i].err == ERR_NONE)
			rig_done(&rig);
		else
			claim_table_free(rig.claims);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_the_result_to_the_observer),
		cmocka_unit_test(tells_how_far_it_has_come),
		cmocka_unit_test(keeps_a_result_until_its_time),
		cmocka_unit_test(keeps_only_so_many),
		cmocka_unit_test(keeps_only_so_many_octets),
		cmocka_unit_test(shows_an_operation_to_its_owner_only),
		cmocka_unit_test(lists_the_ended_before_the_live),
		cmocka_unit_test(finds_what_stands_in_the_way),
		cmocka_unit_test(refuses_more_than_its_limits),
		cmocka_unit_test(refuses_texts_that_are_too_long),
		cmocka_unit_test(refuses_options_that_cannot_be),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
