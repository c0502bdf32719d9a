/*
 * recover_test.c - the promises of op/recover.c: what a registry knows after
 * a restart.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op_rig.h"

/* A journal in memory, which outlives the registry as a disk would. */
enum { SHEET_COUNT = 8 };

struct sheet {
	char id[OPERATION_ID_SIZE];
	char *record; /* NULL: free */
	size_t size;
};

struct book {
	pthread_mutex_t lock;
	struct sheet sheets[SHEET_COUNT];
	bool is_full; /* every put fails */
};

static struct sheet *
sheet_of(struct book *book, struct str id)
{
	struct sheet *empty = NULL;

	assert_int_equal(id.len, OPERATION_ID_SIZE);
	for (size_t i = 0; i < SHEET_COUNT; i++) {
		struct sheet *sheet = &book->sheets[i];

		if (sheet->record == NULL)
			empty = sheet;
		else if (memcmp(sheet->id, id.data, id.len) == 0)
			return sheet;
	}
	return empty;
}

static enum err
book_put(void *context, struct str id, struct str record)
{
	struct book *book = context;
	struct sheet *sheet;

	if (book->is_full)
		return ERR_SPACE;
	(void)pthread_mutex_lock(&book->lock);
	sheet = sheet_of(book, id);
	free(sheet->record);
	memcpy(sheet->id, id.data, id.len);
	sheet->record = malloc(record.len);
	memcpy(sheet->record, record.data, record.len);
	sheet->size = record.len;
	(void)pthread_mutex_unlock(&book->lock);
	return ERR_NONE;
}

static enum err
book_drop(void *context, struct str id)
{
	struct book *book = context;
	struct sheet *sheet;

	(void)pthread_mutex_lock(&book->lock);
	sheet = sheet_of(book, id);
	free(sheet->record);
	sheet->record = NULL;
	(void)pthread_mutex_unlock(&book->lock);
	return ERR_NONE;
}

static enum err
book_each(void *context,
    enum err (*see)(void *seer, struct str id, struct str record), void *seer)
{
	struct book *book = context;

	/* Backwards: any order must do. */
	for (size_t i = SHEET_COUNT; i > 0; i--) {
		struct sheet *sheet = &book->sheets[i - 1];
		enum err err;

		if (sheet->record == NULL)
			continue;
		err = see(seer, str_make(sheet->id, OPERATION_ID_SIZE),
		    str_make(sheet->record, sheet->size));
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static size_t
book_count(const struct book *book)
{
	size_t count = 0;

	for (size_t i = 0; i < SHEET_COUNT; i++)
		if (book->sheets[i].record != NULL)
			count++;
	return count;
}

/* The journal is const to a registry, and lasts longer than it. */
struct scene {
	struct book book;
	struct journal journal;
	struct rig rig;
	char id[OPERATION_ID_SIZE];
};

static void
scene_init(struct scene *scene)
{
	scene->book = (struct book){ .lock = PTHREAD_MUTEX_INITIALIZER };
	scene->journal = (struct journal){ .put = book_put,
		.drop = book_drop,
		.each = book_each,
		.context = &scene->book };
	rig_init(&scene->rig);
	scene->rig.options.journal = &scene->journal;
	rig_start(&scene->rig);
}

static void
scene_done(struct scene *scene)
{
	rig_done(&scene->rig);
	for (size_t i = 0; i < SHEET_COUNT; i++)
		free(scene->book.sheets[i].record);
}

/*
 * A new server with the book as it is now; the old one is ended first, and
 * what it then writes is lost, as in a crash.
 */
static void
crash(struct scene *scene, struct job *running)
{
	struct registry_options options = scene->rig.options;
	int64_t now_s;

	scene->book.is_full = true;
	if (running != NULL)
		(void)sem_post(&running->leave);
	now_s = scene->rig.wall_s;
	rig_done(&scene->rig);
	scene->book.is_full = false;
	rig_init(&scene->rig);
	scene->rig.wall_s = now_s;
	options.claims = scene->rig.claims;
	options.context = &scene->rig;
	scene->rig.options = options;
	rig_start(&scene->rig);
	assert_int_equal(registry_recover(scene->rig.registry), ERR_NONE);
}

static struct operation *
found(struct scene *scene)
{
	struct operation *operation = registry_find(
	    scene->rig.registry, str_make(scene->id, sizeof(scene->id)), NULL);

	assert_non_null(operation);
	return operation;
}

/* Submits a job, and remembers its id. */
static void
begin(struct scene *scene, const struct operation_spec *spec, struct job *job,
    struct watcher *watcher)
{
	struct operation *operation =
	    rig_submit(&scene->rig, spec, job, watcher, REGISTRY_STARTED);

	memcpy(scene->id, operation_id(operation).data, sizeof(scene->id));
	operation_unref(operation);
}

static void
run_to_the_end(struct scene *scene, const char *fingerprint, int status)
{
	struct job job;
	struct watcher watcher;
	struct operation_spec spec = spec_of("ann", "/a", fingerprint);

	spec.key = str_of("k");
	job_init(&job);
	job.status = status;
	watcher_init(&watcher);
	begin(scene, &spec, &job, &watcher);
	watcher_wait(&watcher);
	crash(scene, NULL);
	watcher_done(&watcher);
	job_done(&job);
}

static void
keeps_a_result_across_a_restart(void **state)
{
	struct scene s;
	struct operation *operation;
	const struct operation_result *result;

	(void)state;
	scene_init(&s);
	run_to_the_end(&s, "f", 201);
	operation = found(&s);
	result = operation_result(operation);
	assert_int_equal(look(operation).state, OPERATION_DONE);
	assert_false(look(operation).is_interrupted);
	assert_true(str_is(look(operation).owner, "ann"));
	assert_true(str_is(look(operation).source, "/a"));
	assert_int_equal(look(operation).counts.members_done, 2);
	assert_int_equal(result->status, 201);
	assert_true(str_is(buf_str(&result->fields), "X-Test: yes\r\n"));
	assert_true(str_is(buf_str(&result->body), "made"));
	operation_unref(operation);
	scene_done(&s);
}

static void
replays_a_key_across_a_restart(void **state)
{
	struct scene s;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;

	(void)state;
	scene_init(&s);
	run_to_the_end(&s, "f", 201);
	job_init(&job);
	spec.key = str_of("k");
	operation = rig_submit(&s.rig, &spec, &job, NULL, REGISTRY_REPLAYED);
	assert_int_equal(operation_result(operation)->status, 201);
	operation_unref(operation);
	scene_done(&s);
	job_done(&job);
}

static void
forgets_what_is_too_old(void **state)
{
	static const struct {
		int64_t age_s;
		size_t kept_count;
	} rows[] = {
		{ REGISTRY_KEEP_MS / 1000 - 1, 1 },
		{ REGISTRY_KEEP_MS / 1000, 0 },
		{ -1000, 1 }, /* the clock was set back */
		{ INT64_MAX / 2, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		scene_init(&s);
		run_to_the_end(&s, "f", 201);
		s.rig.wall_s += rows[i].age_s;
		registry_stop(s.rig.registry, REGISTRY_STOP_WAIT);
		registry_free(s.rig.registry);
		rig_start(&s.rig);
		assert_int_equal(registry_recover(s.rig.registry), ERR_NONE);
		assert_int_equal(book_count(&s.book), rows[i].kept_count);
		scene_done(&s);
	}
}

static void
cut_short(struct scene *scene, bool commits)
{
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");

	job_init(&job);
	job.waits = true;
	job.commits = commits;
	begin(scene, &spec, &job, NULL);
	(void)sem_wait(&job.running);
	crash(scene, &job);
	job_done(&job);
}

static void
says_that_it_was_cut_short(void **state)
{
	struct scene s;
	struct operation *operation;

	(void)state;
	scene_init(&s);
	cut_short(&s, false);
	operation = found(&s);
	assert_int_equal(look(operation).state, OPERATION_FAILED);
	assert_true(look(operation).is_interrupted);
	assert_int_equal(look(operation).status, OPERATION_STATUS_CANCELLED);
	operation_unref(operation);
	crash(&s, NULL); /* and says so again */
	operation = found(&s);
	assert_int_equal(look(operation).state, OPERATION_FAILED);
	assert_true(look(operation).is_interrupted);
	operation_unref(operation);
	scene_done(&s);
}

static void
says_that_it_was_finished(void **state)
{
	struct scene s;
	struct operation *operation;

	(void)state;
	scene_init(&s);
	cut_short(&s, true);
	operation = found(&s);
	assert_int_equal(look(operation).state, OPERATION_DONE);
	assert_int_equal(look(operation).status, OPERATION_STATUS_COMMITTED);
	operation_unref(operation);
	scene_done(&s);
}

static void
runs_again_what_was_cut_short(void **state)
{
	struct scene s;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");

	(void)state;
	scene_init(&s);
	cut_short(&s, false);
	job_init(&job);
	operation_unref(
	    rig_submit(&s.rig, &spec, &job, NULL, REGISTRY_STARTED));
	scene_done(&s);
	job_done(&job);
}

static void
answer(void *context, const struct operation_snapshot *was,
    struct operation_result *out_result)
{
	(void)context;
	assert_int_equal(was->state, OPERATION_COMMITTING);
	assert_true(str_is(was->source, "/a"));
	assert_int_equal(out_result->outcome, OPERATION_DONE);
	out_result->status = 207;
	buf_add_text(&out_result->body, "found out");
}

static void
asks_what_became_of_it(void **state)
{
	struct scene s;
	struct operation *operation;
	const struct operation_result *result;

	(void)state;
	scene_init(&s);
	s.rig.options.interrupted = answer;
	cut_short(&s, true);
	operation = found(&s);
	result = operation_result(operation);
	assert_int_equal(result->status, 207);
	assert_true(str_is(buf_str(&result->body), "found out"));
	operation_unref(operation);
	scene_done(&s);
}

static bool
is_true(void *context, const struct operation *earlier)
{
	(void)context;
	(void)earlier;
	return true;
}

static void
finds_the_newest_of_equals(void **state)
{
	struct scene s;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;
	struct watcher watcher;

	(void)state;
	scene_init(&s);
	for (int status = 201; status <= 203; status++) {
		job_init(&job);
		job.status = status;
		watcher_init(&watcher);
		begin(&s, &spec, &job, &watcher);
		watcher_wait(&watcher);
		operation = found(&s);
		operation_unobserve(operation, &watcher.observer);
		operation_unref(operation);
		job_done(&job);
		s.rig.wall_s++;
	}
	crash(&s, NULL);
	spec.still_true = is_true;
	job_init(&job);
	operation = rig_submit(&s.rig, &spec, &job, NULL, REGISTRY_REPLAYED);
	assert_int_equal(look(operation).status, 203);
	operation_unref(operation);
	scene_done(&s);
	job_done(&job);
}

static void
passes_over_what_it_cannot_read(void **state)
{
	static const struct {
		const char *id;
		const char *record;
	} rows[] = {
		{ "0123456789abcdef0123456789abcdef", "rubbish" },
		{ "0123456789ABCDEF0123456789abcdef", "tarry-op-1\n" },
		{ "not hex at all, but of that size", "" },
	};
	struct scene s;

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)book_put(
		    &s.book, str_of(rows[i].id), str_of(rows[i].record));
	assert_int_equal(registry_recover(s.rig.registry), ERR_NONE);
	scene_done(&s);
}

static void
works_when_nothing_can_be_written(void **state)
{
	struct scene s;
	struct job job;
	struct watcher watcher;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	struct operation *operation;

	(void)state;
	scene_init(&s);
	s.book.is_full = true;
	job_init(&job);
	watcher_init(&watcher);
	begin(&s, &spec, &job, &watcher);
	watcher_wait(&watcher);
	operation = found(&s);
	assert_int_equal(look(operation).status, 201);
	operation_unref(operation);
	scene_done(&s);
	watcher_done(&watcher);
	job_done(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_result_across_a_restart),
		cmocka_unit_test(replays_a_key_across_a_restart),
		cmocka_unit_test(forgets_what_is_too_old),
		cmocka_unit_test(says_that_it_was_cut_short),
		cmocka_unit_test(says_that_it_was_finished),
		cmocka_unit_test(runs_again_what_was_cut_short),
		cmocka_unit_test(asks_what_became_of_it),
		cmocka_unit_test(finds_the_newest_of_equals),
		cmocka_unit_test(passes_over_what_it_cannot_read),
		cmocka_unit_test(works_when_nothing_can_be_written),
	};

	return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
