/*
 * prepare_test.c - the promises of dav/prepare.c.  What its checks answer is
 * tested with the methods that ask for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/dav.h"
#include "dav/if_header.h"
#include "dav/method.h"
#include "dav/prepare.h"

struct look {
	struct arena arena;
	struct dav dav;
	struct request request;
	struct response response;
	struct call call;
};

static void
begin(struct look *look, const struct method *method)
{
	*look = (struct look){ .request = { .arena = &look->arena } };
	arena_init(&look->arena, REQUEST_MEMORY_MAX);
	response_init(&look->response, &look->arena);
	look->call.dav = &look->dav;
	look->call.method = method;
	look->call.request = &look->request;
	look->call.path = str_of("/");
	look->call.response = &look->response;
}

static void
add(struct look *look, const char *name, const char *value)
{
	assert_int_equal(fields_add(&look->request.fields, &look->arena,
	                     str_of(name), str_of(value)),
	    ERR_NONE);
}

static void
end(struct look *look)
{
	response_done(&look->response);
	arena_done(&look->arena);
}

static void
reads_depth(void **state)
{
	static const struct {
		const struct method *method;
		const char *value;
		enum step step;
		enum depth want;
	} rows[] = {
		{ &method_propfind, NULL, STEP_ON, DEPTH_INFINITY },
		{ &method_propfind, "0", STEP_ON, DEPTH_0 },
		{ &method_propfind, "1", STEP_ON, DEPTH_1 },
		{ &method_propfind, "infinity", STEP_ON, DEPTH_INFINITY },
		{ &method_propfind, "Infinity", STEP_ON, DEPTH_INFINITY },
		{ &method_propfind, "", STEP_ANSWERED, DEPTH_0 },
		{ &method_propfind, "2", STEP_ANSWERED, DEPTH_0 },
		{ &method_propfind, "-1", STEP_ANSWERED, DEPTH_0 },
		{ &method_propfind, "1,noroot", STEP_ANSWERED, DEPTH_0 },
		{ &method_propfind, "infinityx", STEP_ANSWERED, DEPTH_0 },
		{ &method_copy, "0", STEP_ON, DEPTH_0 },
		{ &method_copy, "1", STEP_ANSWERED, DEPTH_0 },
		{ &method_move, "1", STEP_ANSWERED, DEPTH_0 },
		{ &method_delete, "1", STEP_ANSWERED, DEPTH_0 },
		{ &method_lock, "1", STEP_ANSWERED, DEPTH_0 },
		{ &method_lock, NULL, STEP_ON, DEPTH_INFINITY },
		{ &method_put, NULL, STEP_ON, DEPTH_0 },
		{ &method_put, "1", STEP_ON, DEPTH_1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, rows[i].method);
		if (rows[i].value != NULL)
			add(&look, "Depth", rows[i].value);
		assert_int_equal(prepare_call(&look.call), rows[i].step);
		if (rows[i].step == STEP_ON)
			assert_int_equal(look.call.depth, rows[i].want);
		else
			assert_int_equal(look.response.status, 400);
		end(&look);
	}
}

static void
reads_overwrite(void **state)
{
	static const struct {
		const char *value;
		enum step step;
		bool want;
	} rows[] = {
		{ NULL, STEP_ON, true },
		{ "T", STEP_ON, true },
		{ "t", STEP_ON, true },
		{ "F", STEP_ON, false },
		{ "f", STEP_ON, false },
		{ "", STEP_ANSWERED, false },
		{ "true", STEP_ANSWERED, false },
		{ "0", STEP_ANSWERED, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, &method_copy);
		if (rows[i].value != NULL)
			add(&look, "Overwrite", rows[i].value);
		assert_int_equal(prepare_call(&look.call), rows[i].step);
		if (rows[i].step == STEP_ON)
			assert_int_equal(look.call.overwrite, rows[i].want);
		else
			assert_int_equal(look.response.status, 400);
		end(&look);
	}
}

static void
joins_the_lines_of_an_if_and_refuses_a_broken_one(void **state)
{
	struct look look;

	(void)state;
	begin(&look, &method_put);
	add(&look, "If", "(<urn:a>)");
	add(&look, "If", "(<urn:b>)");
	/* A comma stands between two lines: RFC 4918 has none there. */
	(void)prepare_call(&look.call);
	end(&look);

	begin(&look, &method_put);
	add(&look, "If", "(<urn:a>) (<urn:b>)");
	assert_int_equal(prepare_call(&look.call), STEP_ON);
	assert_int_equal(look.call.if_header->list_count, 2);
	end(&look);

	begin(&look, &method_put);
	add(&look, "If", "(<urn:a>");
	assert_int_equal(prepare_call(&look.call), STEP_ANSWERED);
	assert_int_equal(look.response.status, 400);
	end(&look);
}

static void
reads_the_first_timeout_that_it_knows(void **state)
{
	static const struct {
		const char *value;
		uint32_t want;
	} rows[] = {
		{ NULL, 77 },
		{ "", 77 },
		{ "Second-600", 600 },
		{ "second-600", 600 },
		{ "Second-0", 1 },
		{ "Second-1", 1 },
		{ "Second-604800", LOCK_TIMEOUT_S_MAX },
		{ "Second-604801", LOCK_TIMEOUT_S_MAX },
		{ "Second-4294967296", LOCK_TIMEOUT_S_MAX },
		{ "Second-99999999999999999999999", LOCK_TIMEOUT_S_MAX },
		{ "Infinite", LOCK_TIMEOUT_S_MAX },
		{ "Infinite, Second-600", LOCK_TIMEOUT_S_MAX },
		{ "Second-5, Infinite", 5 },
		{ "Extend-7, Second-8", 8 },
		{ "Second-x, Second-9", 9 },
		{ "Second-", 77 },
		{ "Second--1", 77 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, &method_lock);
		if (rows[i].value != NULL)
			add(&look, "Timeout", rows[i].value);
		assert_int_equal(prepare_timeout(&look.call, 77), rows[i].want);
		end(&look);
	}
}

static void
reads_the_time_of_a_file(void **state)
{
	static const struct {
		const char *value;
		bool is_there;
		bool is_bad;
		int64_t want_ns;
	} rows[] = {
		{ NULL, false, false, 0 },
		{ "0", true, false, 0 },
		{ "1000000000", true, false, 1000000000000000000 },
		{ "1000000000.75", true, false, 1000000000000000000 },
		{ "9223372035", true, false, 9223372035000000000 },
		{ "9223372036", false, true, 0 },
		{ "99999999999999999999", false, true, 0 },
		{ "-1", false, true, 0 },
		{ "", false, true, 0 },
		{ "now", false, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;
		int64_t modified_ns = -1;
		bool is_bad = false;

		begin(&look, &method_put);
		if (rows[i].value != NULL)
			add(&look, "X-OC-Mtime", rows[i].value);
		assert_int_equal(
		    prepare_modified(&look.call, &modified_ns, &is_bad),
		    rows[i].is_there);
		assert_int_equal(is_bad, rows[i].is_bad);
		if (rows[i].is_there)
			assert_true(modified_ns == rows[i].want_ns);
		end(&look);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_depth),
		cmocka_unit_test(reads_overwrite),
		cmocka_unit_test(
		    joins_the_lines_of_an_if_and_refuses_a_broken_one),
		cmocka_unit_test(reads_the_first_timeout_that_it_knows),
		cmocka_unit_test(reads_the_time_of_a_file),
	};

	return cmocka_run_group_tests_name("prepare", tests, NULL, NULL);
}
