/*
 * answer_test.c - the promises of dav/answer.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/store.h"

struct look {
	struct arena arena;
	struct request request;
	struct response response;
	struct call call;
};

static void
begin(struct look *look)
{
	*look = (struct look){ .request = { .arena = &look->arena } };
	arena_init(&look->arena, REQUEST_MEMORY_MAX);
	response_init(&look->response, &look->arena);
	look->call.request = &look->request;
	look->call.response = &look->response;
}

static void
end(struct look *look)
{
	response_done(&look->response);
	arena_done(&look->arena);
}

static void
has_one_status_for_each_code(void **state)
{
	static const struct {
		enum err err;
		int status;
	} rows[] = {
		{ ERR_MEMORY, 503 },
		{ ERR_LIMIT, 507 },
		{ ERR_RANGE, 500 },
		{ ERR_SYNTAX, 400 },
		{ ERR_AGAIN, 500 },
		{ ERR_CLOSED, 500 },
		{ ERR_CANCELLED, 424 },
		{ ERR_ABSENT, 404 },
		{ ERR_EXISTS, 405 },
		{ ERR_PARENT, 409 },
		{ ERR_COLLECTION, 405 },
		{ ERR_FILE, 409 },
		{ ERR_NAME, 403 },
		{ ERR_DENIED, 403 },
		{ ERR_READ_ONLY, 403 },
		{ ERR_SPACE, 507 },
		{ ERR_CONFLICT, 403 },
		{ ERR_LOCKED, 423 },
		{ ERR_TOKEN, 409 },
		{ ERR_BUSY, 503 },
		{ ERR_STORAGE, 500 },
		{ ERR_SYSTEM, 500 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(answer_status_of(rows[i].err), rows[i].status);
	expect_assert_failure(answer_status_of(ERR_NONE));
}

static void
drops_what_was_set_before_a_problem(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	response_field_text(&look.response, "ETag", "\"x\"");
	assert_int_equal(answer_error(&look.call, ERR_STORAGE), STEP_ANSWERED);
	assert_int_equal(look.response.status, 500);
	assert_null(fields_find(&look.response.fields, "ETag"));
	end(&look);
}

static void
says_when_to_come_back(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	(void)answer_error(&look.call, ERR_BUSY);
	assert_int_equal(look.response.status, 503);
	assert_non_null(fields_find(&look.response.fields, "Retry-After"));
	end(&look);
}

static void
names_the_condition_and_the_resource(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	(void)answer_condition(
	    &look.call, 423, "lock-token-submitted", str_of("/a b"));
	assert_int_equal(look.response.status, 423);
	assert_true(str_is(buf_str(&look.response.bytes),
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:error xmlns:D=\"DAV:\"><D:lock-token-submitted>"
	    "<D:href>/a%20b</D:href>"
	    "</D:lock-token-submitted></D:error>\n"));
	end(&look);
	begin(&look);
	(void)answer_condition(
	    &look.call, 403, "propfind-finite-depth", str_of(NULL));
	assert_true(str_is(buf_str(&look.response.bytes),
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:error xmlns:D=\"DAV:\"><D:propfind-finite-depth>"
	    "</D:propfind-finite-depth></D:error>\n"));
	end(&look);
}

static void
never_sends_half_a_document(void **state)
{
	struct look look;

	(void)state;
	begin(&look);
	buf_add_text(&look.response.bytes, "<half");
	look.response.bytes.err = ERR_LIMIT;
	(void)answer_xml(&look.call, 207);
	assert_int_equal(look.response.status, 507);
	assert_true(str_starts(
	    buf_str(&look.response.bytes), str_of("{\"status\":507")));
	end(&look);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_one_status_for_each_code),
		cmocka_unit_test(drops_what_was_set_before_a_problem),
		cmocka_unit_test(says_when_to_come_back),
		cmocka_unit_test(names_the_condition_and_the_resource),
		cmocka_unit_test(never_sends_half_a_document),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
