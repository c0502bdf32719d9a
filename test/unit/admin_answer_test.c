/*
 * admin_answer_test.c - the promises of apps/admin_answer.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "apps/admin_answer.h"
#include "dav/lock.h"
#include "fake_store.h"
#include "op_rig.h"

enum { T0 = 1000000, LINE_COUNT_MAX = 8 };

/* A registry, a table of locks, and what was answered last. */
struct scene {
	struct rig rig;
	struct fake_store store;
	struct lock_table *locks;
	struct arena arena;
	json_t *lines[LINE_COUNT_MAX];
	size_t line_count;
	bool is_deaf;
	struct buf notes;
};

static unsigned next_random;

static void
count_up(void *out, size_t size)
{
	memset(out, 0, size);
	memcpy(out, &next_random, sizeof(next_random));
	next_random++;
}

static int
setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	next_random = 0;
	rig_init(&scene->rig);
	rig_start(&scene->rig);
	fake_store_init(&scene->store);
	scene->locks = lock_table_new(&scene->store.store, count_up);
	arena_init(&scene->arena, 1024 * 1024);
	buf_init(&scene->notes, 1024 * 1024);
	*state = scene;
	return scene->locks == NULL;
}

static void
forget(struct scene *scene)
{
	for (size_t i = 0; i < scene->line_count; i++)
		json_decref(scene->lines[i]);
	scene->line_count = 0;
	buf_clear(&scene->notes);
}

static int
teardown(void **state)
{
	struct scene *scene = *state;

	forget(scene);
	buf_done(&scene->notes);
	arena_done(&scene->arena);
	lock_table_free(scene->locks);
	rig_done(&scene->rig);
	free(scene);
	return 0;
}

/* Every line is one JSON object. */
static bool
keep_line(void *context, struct str line)
{
	struct scene *scene = context;

	assert_true(scene->line_count < LINE_COUNT_MAX);
	assert_int_equal(str_find(line, '\n'), line.len - 1);
	scene->lines[scene->line_count] =
	    json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(scene->lines[scene->line_count]));
	scene->line_count++;
	return !scene->is_deaf;
}

static void
keep_note(void *context, struct str what)
{
	struct scene *scene = context;

	buf_add_str(&scene->notes, what);
	buf_add_char(&scene->notes, '\n');
}

static struct admin_answer
answer_of(struct scene *scene)
{
	return (struct admin_answer){
		.registry = scene->rig.registry,
		.locks = scene->locks,
		.wall_s = T0,
		.send = keep_line,
		.note = keep_note,
		.context = scene,
	};
}

static const char *
text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	assert_non_null(value);
	return value;
}

/* Asks, and expects so many rows and that code. */
static const json_t *
ask(struct scene *scene, const char *request, size_t row_count,
    const char *code)
{
	const struct admin_answer answer = answer_of(scene);
	const json_t *end;

	forget(scene);
	admin_answer_give(&answer, str_of(request));
	assert_true(scene->line_count >= 1);
	end = scene->lines[scene->line_count - 1];
	assert_true(json_is_true(json_object_get(end, "end")));
	assert_string_equal(text(end, "code"), code);
	assert_int_equal(scene->line_count, row_count + 1);
	return end;
}

/* An operation that runs until it may end. */
struct running {
	struct job job;
	struct watcher watcher;
	struct operation *operation;
};

static void
start(struct scene *scene, struct running *running, const char *source,
    bool commits)
{
	struct operation_spec spec = spec_of("ann", source, "");

	job_init(&running->job);
	watcher_init(&running->watcher);
	running->job.waits = true;
	running->job.commits = commits;
	running->operation = rig_submit(&scene->rig, &spec, &running->job,
	    &running->watcher, REGISTRY_STARTED);
	(void)sem_wait(&running->job.running);
}

static void
let_end(struct running *running)
{
	(void)sem_post(&running->job.leave);
	watcher_wait(&running->watcher);
}

static void
done(struct running *running)
{
	operation_unref(running->operation);
	watcher_done(&running->watcher);
	job_done(&running->job);
}

static void
ask_of(struct scene *scene, const char *command, struct operation *operation,
    size_t row_count, const char *code)
{
	char request[128];

	(void)snprintf(request, sizeof(request),
	    "{\"command\":\"%s\",\"id\":\"%.*s\"}", command,
	    STR_ARG(operation_id(operation)));
	(void)ask(scene, request, row_count, code);
}

static struct lock
acquire(struct scene *scene, const char *path, bool is_shared)
{
	const struct lock_spec spec = {
		.path = str_of(path),
		.owner = STR("<D:href>ann</D:href>"),
		.principal = STR("ann"),
		.is_shared = is_shared,
		.is_infinite = true,
		.timeout_s = 600,
	};
	struct lock lock;

	assert_int_equal(
	    lock_acquire(scene->locks, &spec, T0 - 100, &scene->arena, &lock),
	    ERR_NONE);
	return lock;
}

static void
refuses_what_is_no_request(void **state)
{
	static const char *const requests[] = {
		"",
		"ops",
		"[]",
		"{\"command\":\"ops\"",
		"{\"command\":\"ops\",\"command\":\"ops\"}",
		"{\"command\":\"reboot\"}",
		"{\"command\":1}",
		"{}",
		"{\"command\":\"unlock\"}",
		"{\"command\":\"unlock\",\"path\":\"/a\",\"token\":\"b\"}",
		"{\"command\":\"unlock\",\"path\":\"a\"}",
		"{\"command\":\"unlock\",\"path\":\"/../a\"}",
		"{\"command\":\"unlock\",\"path\":\"/%zz\"}",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		(void)ask(scene, requests[i], 0, "bad-request");
}

static void
lists_what_has_not_ended_and_counts_the_rest(void **state)
{
	struct scene *scene = *state;
	struct running ended;
	struct running runs;
	const json_t *end;

	start(scene, &ended, "/old", false);
	let_end(&ended);
	start(scene, &runs, "/new x", false);
	end = ask(scene, "{\"command\":\"ops\"}", 1, "ok");
	assert_int_equal(
	    json_integer_value(json_object_get(end, "omitted")), 1);
	assert_string_equal(text(scene->lines[0], "state"), "running");
	assert_string_equal(text(scene->lines[0], "source"), "/new%20x");
	assert_string_equal(text(scene->lines[0], "owner"), "ann");

	end = ask(scene, "{\"command\":\"ops\",\"ended\":true}", 2, "ok");
	assert_int_equal(
	    json_integer_value(json_object_get(end, "omitted")), 0);
	assert_string_equal(text(scene->lines[0], "state"), "done");
	assert_string_equal(text(scene->lines[1], "state"), "running");

	ask_of(scene, "ops", ended.operation, 1, "ok");
	assert_string_equal(text(scene->lines[0], "source"), "/old");
	let_end(&runs);
	done(&ended);
	done(&runs);
}

static void
finds_no_operation_of_another_id(void **state)
{
	static const char *const requests[] = {
		"{\"command\":\"ops\",\"id\":\"00\"}",
		"{\"command\":\"cancel\",\"id\":\"00\"}",
		"{\"command\":\"cancel\",\"id\":7}",
		"{\"command\":\"cancel\"}",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		(void)ask(scene, requests[i], 0, "not-found");
	assert_int_equal(scene->notes.len, 0);
}

static void
cancels_what_runs_and_says_so_once(void **state)
{
	struct scene *scene = *state;
	struct running runs;

	start(scene, &runs, "/a b", false);
	ask_of(scene, "cancel", runs.operation, 1, "ok");
	assert_true(
	    json_is_true(json_object_get(scene->lines[0], "cancelling")));
	assert_true(
	    str_starts(buf_str(&scene->notes), (struct str)STR("cancelled ")));
	assert_true(str_ends(
	    buf_str(&scene->notes), (struct str)STR(" on /a%20b of ann\n")));
	let_end(&runs);
	assert_true(runs.job.saw_cancel);
	ask_of(scene, "cancel", runs.operation, 0, "refused");
	assert_string_equal(text(scene->lines[0], "message"),
	    "it has ended already: cancelled");
	assert_int_equal(scene->notes.len, 0);
	done(&runs);
}

static void
does_not_cancel_what_is_committing(void **state)
{
	struct scene *scene = *state;
	struct running runs;

	start(scene, &runs, "/a", true);
	ask_of(scene, "cancel", runs.operation, 0, "refused");
	assert_int_equal(scene->notes.len, 0);
	let_end(&runs);
	assert_false(runs.job.saw_cancel);
	done(&runs);
}

static void
shows_a_lock_as_it_is(void **state)
{
	struct scene *scene = *state;
	struct lock lock = acquire(scene, "/a b\xff", false);
	const json_t *row;

	(void)ask(scene, "{\"command\":\"locks\"}", 1, "ok");
	row = scene->lines[0];
	assert_true(str_is(lock.token, text(row, "token")));
	assert_string_equal(text(row, "path"), "/a%20b%FF");
	assert_string_equal(text(row, "depth"), "infinity");
	assert_string_equal(text(row, "scope"), "exclusive");
	assert_string_equal(text(row, "owner"), "<D:href>ann</D:href>");
	assert_string_equal(text(row, "principal"), "ann");
	assert_int_equal(
	    json_integer_value(json_object_get(row, "timeout_s")), 600);
	assert_int_equal(
	    json_integer_value(json_object_get(row, "left_s")), 500);
}

static void
shows_no_lock_where_there_is_none(void **state)
{
	(void)ask(*state, "{\"command\":\"locks\"}", 0, "ok");
}

static void
takes_a_lock_away_by_its_token(void **state)
{
	struct scene *scene = *state;
	struct lock lock = acquire(scene, "/a", true);
	char request[128];

	(void)acquire(scene, "/a", true);
	(void)snprintf(request, sizeof(request),
	    "{\"command\":\"unlock\",\"token\":\"%.*s\"}", STR_ARG(lock.token));
	(void)ask(scene, request, 1, "ok");
	assert_true(str_is(lock.token, text(scene->lines[0], "token")));
	assert_int_equal(lock_count(scene->locks), 1);
	assert_null(fake_store_lock(&scene->store, lock.token));
	assert_true(str_starts(
	    buf_str(&scene->notes), (struct str)STR("took away urn:uuid:")));
	(void)ask(scene, request, 0, "not-found");
}

static void
takes_all_locks_of_a_path_away_and_no_other(void **state)
{
	struct scene *scene = *state;

	(void)acquire(scene, "/", true);
	(void)acquire(scene, "/a b", true);
	(void)acquire(scene, "/a b", true);
	(void)acquire(scene, "/a b/c", true);
	(void)ask(
	    scene, "{\"command\":\"unlock\",\"path\":\"/a%20b/\"}", 2, "ok");
	assert_int_equal(lock_count(scene->locks), 2);
	(void)ask(scene, "{\"command\":\"unlock\",\"path\":\"/a%20b/\"}", 0,
	    "not-found");
}

static void
says_that_a_lock_could_not_be_taken_away(void **state)
{
	struct scene *scene = *state;

	(void)acquire(scene, "/a", false);
	scene->store.drop_err = ERR_STORAGE;
	(void)ask(
	    scene, "{\"command\":\"unlock\",\"path\":\"/a\"}", 0, "failed");
	assert_int_equal(lock_count(scene->locks), 1);
	assert_int_equal(scene->notes.len, 0);
}

static void
stops_when_nobody_listens(void **state)
{
	struct scene *scene = *state;
	const struct admin_answer answer = answer_of(scene);

	(void)acquire(scene, "/a", false);
	(void)acquire(scene, "/b", false);
	(void)acquire(scene, "/c", false);
	scene->is_deaf = true;
	admin_answer_give(&answer, str_of("{\"command\":\"locks\"}"));
	assert_int_equal(scene->line_count, 2); /* the first, and the end */
}

static void
tells_a_stranger_only_that(void **state)
{
	struct scene *scene = *state;
	const struct admin_answer answer = answer_of(scene);

	(void)acquire(scene, "/a", false);
	admin_answer_refuse(&answer);
	assert_int_equal(scene->line_count, 1);
	assert_string_equal(text(scene->lines[0], "code"), "refused");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_what_is_no_request),
		TEST(lists_what_has_not_ended_and_counts_the_rest),
		TEST(finds_no_operation_of_another_id),
		TEST(cancels_what_runs_and_says_so_once),
		TEST(does_not_cancel_what_is_committing),
		TEST(shows_a_lock_as_it_is),
		TEST(shows_no_lock_where_there_is_none),
		TEST(takes_a_lock_away_by_its_token),
		TEST(takes_all_locks_of_a_path_away_and_no_other),
		TEST(says_that_a_lock_could_not_be_taken_away),
		TEST(stops_when_nobody_listens),
		TEST(tells_a_stranger_only_that),
	};

	return cmocka_run_group_tests_name("admin_answer", tests, NULL, NULL);
}
