/*
 * op_json_test.c - the promises of op/op_json.c, one test each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "op/op_json.h"
#include "op_rig.h"

static int
status_of(enum err err)
{
	return err == ERR_DENIED ? 403 : 500;
}

static const struct op_json_options options = {
	.base = STR("/.tarry/ops/"),
	.status_of = status_of,
};

struct scene {
	struct rig rig;
	struct job job;
	struct watcher watcher;
	struct operation *operation;
};

/* One that runs, has one of two members done, and waits for leave. */
static void
scene_init(struct scene *scene, struct operation_spec spec)
{
	rig_init(&scene->rig);
	rig_start(&scene->rig);
	job_init(&scene->job);
	scene->job.waits = true;
	watcher_init(&scene->watcher);
	scene->operation = rig_submit(
	    &scene->rig, &spec, &scene->job, &scene->watcher, REGISTRY_STARTED);
	(void)sem_wait(&scene->job.running);
}

static void
scene_done(struct scene *scene)
{
	(void)sem_post(&scene->job.leave);
	operation_unref(scene->operation);
	rig_done(&scene->rig);
	watcher_done(&scene->watcher);
	job_done(&scene->job);
}

static struct operation_spec
spec_here(void)
{
	struct operation_spec spec = spec_of("ann", "/a", "f");

	spec.destination = str_of("/b c");
	return spec;
}

static json_t *
read_back(struct operation *operation)
{
	struct buf out;
	json_t *json;

	buf_init(&out, 64 * 1024);
	assert_int_equal(op_json_write(operation, &options, &out), ERR_NONE);
	json = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	buf_done(&out);
	return json;
}

static void
assert_text(const json_t *json, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(json, name));

	assert_non_null(text);
	assert_string_equal(text, want);
}

static void
assert_number(const json_t *json, const char *name, json_int_t want)
{
	const json_t *number = json_object_get(json, name);

	assert_true(json_is_integer(number));
	assert_int_equal(json_integer_value(number), want);
}

static void
describes_what_runs(void **state)
{
	struct scene s;
	json_t *json;
	const json_t *part;

	(void)state;
	scene_init(&s, spec_here());
	s.rig.now_ms += 4000;
	json = read_back(s.operation);
	assert_text(json, "state", "running");
	assert_text(json, "waits_for", "nothing");
	assert_text(json, "owner", "ann");
	assert_text(json, "method", "COPY");
	assert_text(json, "source", "/a");
	assert_text(json, "destination", "/b%20c");
	assert_text(json, "created", "2023-11-14T22:13:20Z");
	assert_text(json, "started", "2023-11-14T22:13:20Z");
	assert_true(json_is_null(json_object_get(json, "ended")));
	assert_true(json_is_null(json_object_get(json, "status")));
	assert_true(json_is_false(json_object_get(json, "cancelling")));
	assert_number(json, "running_ms", 4000);
	assert_number(json, "observers", 1);
	assert_number(json, "estimate_s", 4);
	part = json_object_get(json, "progress");
	assert_number(part, "members_done", 1);
	assert_number(part, "members_total", 2);
	assert_number(part, "bytes_done", 0);
	assert_true(json_is_null(json_object_get(part, "bytes_total")));
	assert_number(part, "failures", 0);
	part = json_object_get(json, "rate");
	assert_true(
	    json_real_value(json_object_get(part, "members_per_s")) == 0.25);
	json_decref(json);
	scene_done(&s);
}

static void
describes_what_has_ended(void **state)
{
	struct scene s;
	json_t *json;

	(void)state;
	scene_init(&s, spec_here());
	s.rig.now_ms += 4000;
	s.rig.wall_s += 4;
	(void)sem_post(&s.job.leave);
	watcher_wait(&s.watcher);
	json = read_back(s.operation);
	assert_text(json, "state", "done");
	assert_number(json, "status", 201);
	assert_text(json, "ended", "2023-11-14T22:13:24Z");
	assert_true(json_is_null(json_object_get(json, "estimate_s")));
	json_decref(json);
	scene_done(&s);
}

static void
links_to_itself_and_its_response(void **state)
{
	struct scene s;
	json_t *json;
	const json_t *links;
	struct str id;
	char want[100];

	(void)state;
	scene_init(&s, spec_here());
	json = read_back(s.operation);
	links = json_object_get(json, "links");
	id = operation_id(s.operation);
	(void)snprintf(want, sizeof(want), "/.tarry/ops/%.*s", STR_ARG(id));
	assert_text(links, "self", want);
	(void)strncat(want, "/response", sizeof(want) - strlen(want) - 1);
	assert_text(links, "response", want);
	json_decref(json);
	scene_done(&s);
}

static void
knows_no_rate_in_the_first_second(void **state)
{
	struct scene s;
	json_t *json;

	(void)state;
	scene_init(&s, spec_here());
	s.rig.now_ms += 999;
	json = read_back(s.operation);
	assert_true(json_is_null(json_object_get(json, "rate")));
	assert_true(json_is_null(json_object_get(json, "estimate_s")));
	json_decref(json);
	s.rig.now_ms++;
	json = read_back(s.operation);
	assert_true(json_is_object(json_object_get(json, "rate")));
	assert_number(json, "estimate_s", 1);
	json_decref(json);
	scene_done(&s);
}

static void
estimates_by_what_is_slower(void **state)
{
	static const struct {
		uint64_t bytes_done;
		uint64_t bytes_total;
		json_int_t estimate_s;
	} rows[] = {
		{ 0, 1000, 4 }, /* of the octets nothing is known */
		{ 100, 1000, 36 },
		{ 900, 1000, 4 }, /* the members take longer */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;
		struct progress *progress;
		json_t *json;

		scene_init(&s, spec_here());
		s.rig.now_ms += 4000;
		progress = operation_progress(s.operation);
		progress_total(progress, 0, rows[i].bytes_total);
		progress_bytes(progress, rows[i].bytes_done);
		json = read_back(s.operation);
		assert_number(json, "estimate_s", rows[i].estimate_s);
		json_decref(json);
		scene_done(&s);
	}
}

static void
shows_the_first_failures(void **state)
{
	static const struct str path = STR("/a/\xff");
	static const struct str other = STR("/b/x");
	struct scene s;
	struct progress *progress;
	json_t *json;
	const json_t *list;

	(void)state;
	scene_init(&s, spec_here());
	progress = operation_progress(s.operation);
	progress_member_failed(progress, path, ERR_DENIED);
	for (int i = 0; i < OP_JSON_FAILURE_COUNT_MAX; i++)
		progress_destination_failed(progress, other, ERR_STORAGE);
	json = read_back(s.operation);
	list = json_object_get(json, "failures");
	assert_int_equal(json_array_size(list), OP_JSON_FAILURE_COUNT_MAX);
	assert_text(json_array_get(list, 0), "path", "/a/%FF");
	assert_text(json_array_get(list, 0), "side", "source");
	assert_number(json_array_get(list, 0), "status", 403);
	assert_text(json_array_get(list, 0), "reason", "permission denied");
	assert_text(json_array_get(list, 1), "side", "destination");
	assert_number(json_array_get(list, 1), "status", 500);
	assert_number(json_object_get(json, "progress"), "failures",
	    OP_JSON_FAILURE_COUNT_MAX + 1);
	json_decref(json);
	scene_done(&s);
}

static void
bears_names_that_are_no_text(void **state)
{
	struct scene s;
	struct operation_spec spec = spec_of("", "/\x01\"\xc3", "f");
	json_t *json;

	(void)state;
	spec.method = str_of("\xc3");
	scene_init(&s, spec);
	json = read_back(s.operation);
	assert_text(json, "owner", "");
	assert_text(json, "method", "%C3");
	assert_text(json, "source", "/%01%22%C3");
	assert_true(json_is_null(json_object_get(json, "destination")));
	json_decref(json);
	scene_done(&s);
}

static void
bears_an_operation_without_a_source(void **state)
{
	struct scene s;
	struct operation_spec spec = spec_of("ann", "/a", "f");
	json_t *json;

	(void)state;
	spec.source = str_of("");
	scene_init(&s, spec);
	json = read_back(s.operation);
	assert_text(json, "source", "");
	json_decref(json);
	scene_done(&s);
}

static void
lists_those_of_one_owner(void **state)
{
	static const struct {
		const char *owner;
		size_t count;
	} rows[] = { { "ann", 2 }, { "bob", 0 } };
	struct scene s;
	struct job job;
	struct operation_spec spec = spec_of("ann", "/z", "z");

	(void)state;
	scene_init(&s, spec_here());
	job_init(&job);
	operation_unref(
	    rig_submit(&s.rig, &spec, &job, NULL, REGISTRY_STARTED));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str owner = str_of(rows[i].owner);
		struct buf out;
		json_t *json;

		buf_init(&out, 64 * 1024);
		assert_int_equal(
		    op_json_write_list(s.rig.registry, &owner, &options, &out),
		    ERR_NONE);
		json = json_loadb(out.data, out.len, 0, NULL);
		assert_non_null(json);
		assert_int_equal(
		    json_array_size(json_object_get(json, "operations")),
		    rows[i].count);
		json_decref(json);
		buf_done(&out);
	}
	scene_done(&s);
	job_done(&job);
}

static void
says_when_it_does_not_fit(void **state)
{
	struct scene s;
	struct buf out;
	size_t size;

	(void)state;
	scene_init(&s, spec_here());
	buf_init(&out, 64 * 1024);
	assert_int_equal(op_json_write(s.operation, &options, &out), ERR_NONE);
	size = out.len;
	buf_done(&out);
	buf_init(&out, size);
	assert_int_equal(op_json_write(s.operation, &options, &out), ERR_NONE);
	buf_done(&out);
	buf_init(&out, size - 1);
	assert_int_equal(op_json_write(s.operation, &options, &out), ERR_LIMIT);
	buf_done(&out);
	scene_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_what_runs),
		cmocka_unit_test(describes_what_has_ended),
		cmocka_unit_test(links_to_itself_and_its_response),
		cmocka_unit_test(knows_no_rate_in_the_first_second),
		cmocka_unit_test(estimates_by_what_is_slower),
		cmocka_unit_test(shows_the_first_failures),
		cmocka_unit_test(bears_names_that_are_no_text),
		cmocka_unit_test(bears_an_operation_without_a_source),
		cmocka_unit_test(lists_those_of_one_owner),
		cmocka_unit_test(says_when_it_does_not_fit),
	};

	return cmocka_run_group_tests_name("op_json", tests, NULL, NULL);
}
