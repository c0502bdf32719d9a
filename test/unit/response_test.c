/*
 * response_test.c - the promises of http/response.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/response.h"

struct fixture {
	struct arena arena;
	struct response response;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	arena_init(&f->arena, REQUEST_MEMORY_MAX);
	response_init(&f->response, &f->arena);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	response_done(&f->response);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static void
assert_field(
    const struct response *response, const char *name, const char *want)
{
	assert_true(str_is(fields_get(&response->fields, name), want));
}

static void
begins_with_nothing(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	assert_int_equal(response->status, 0);
	assert_int_equal(response->body, RESPONSE_EMPTY);
	assert_int_equal(response->fd, -1);
	assert_int_equal(response->fields.count, 0);
	assert_int_equal(response->bytes.size_max, OUT_SIZE_MAX);
}

static void
copies_values(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;
	char value[] = "one";

	response_field_text(response, "A", value);
	value[0] = 'x';
	assert_field(response, "A", "one");
	response_field_u64(response, "B", 0);
	assert_field(response, "B", "0");
	response_field_u64(response, "C", UINT64_MAX);
	assert_field(response, "C", "18446744073709551615");
}

static void
lets_no_value_break_a_line(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	response_field(response, "A", str_make("\ra\r\nSet: x\0\x7f\tb\n", 14));
	assert_field(response, "A", "a  Set: x  \tb");
	response_field(response, "B", str_make("\xc3\xa9\xff", 3));
	assert_field(response, "B", "\xc3\xa9\xff");
}

static void
stops_on_a_name_that_is_no_token(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	expect_assert_failure(response_field_text(response, "A B", "x"));
	expect_assert_failure(response_field_text(response, "A:", "x"));
	expect_assert_failure(response_field_text(response, "", "x"));
}

static void
remembers_that_a_field_was_lost(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	for (int i = 0; i < FIELD_COUNT_MAX; i++)
		response_field_text(response, "A", "x");
	assert_false(response->is_short_of_memory);
	response_field_text(response, "A", "x");
	assert_true(response->is_short_of_memory);
}

static void
remembers_that_the_arena_was_full(void **state)
{
	struct arena small;
	struct response poor;

	(void)state;
	arena_init(&small, 1);
	response_init(&poor, &small);
	response_field_text(&poor, "A", "x");
	assert_true(poor.is_short_of_memory);
	response_done(&poor);
	arena_done(&small);
}

static void
closes_its_file_once(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	response->body = RESPONSE_FILE;
	response->fd = ends[0];
	response_done(response);
	assert_int_equal(close(ends[0]), -1);
	assert_int_equal(response->fd, -1);
	assert_int_equal(close(ends[1]), 0);
}

static void
goes_back_to_none_yet(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	response->status = 200;
	response->fd = ends[0];
	response->must_close = true;
	response_field_text(response, "A", "x");
	buf_add_text(&response->bytes, "content");
	response_reset(response);
	assert_int_equal(close(ends[0]), -1);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(response->bytes.len, 0);
	assert_false(response->must_close);
	begins_with_nothing(state);
}

static void
writes_a_problem(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	response_problem(response, 404, NULL);
	assert_int_equal(response->status, 404);
	assert_int_equal(response->body, RESPONSE_BYTES);
	assert_field(response, "Content-Type", "application/problem+json");
	assert_true(str_is(buf_str(&response->bytes),
	    "{\"status\":404,\"title\":\"Not Found\"}\n"));
}

static void
replaces_a_body_by_the_problem(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	response->body = RESPONSE_BYTES;
	buf_add_text(&response->bytes, "<a/>");
	response_field_text(response, "content-type", "text/xml");
	response_field_text(response, "Allow", "GET");
	response_problem(response, 405, NULL);
	assert_int_equal(fields_count(&response->fields, "Content-Type"), 1);
	assert_field(response, "Content-Type", "application/problem+json");
	assert_field(response, "Allow", "GET");
	assert_int_equal(response->bytes.data[0], '{');
}

static void
says_again_that_it_is_short_of_memory(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;

	response->bytes.size_max = 8;
	response_problem(response, 404, NULL);
	assert_true(response->is_short_of_memory);
}

static void
escapes_the_detail(void **state)
{
	struct response *response = &((struct fixture *)*state)->response;
	static const struct {
		const char *detail;
		const char *want;
	} rows[] = {
		{ "", "" },
		{ "a\"b\\c/", "a\\\"b\\\\c/" },
		{ "\n\x01\x1f\x7f", "\\u000a\\u0001\\u001f\\u007f" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf" },
		{ "\xe0\xa0\x80\xed\x9f\xbf", "\xe0\xa0\x80\xed\x9f\xbf" },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		{ "\xff"
		  "a",
		    "\xef\xbf\xbd"
		    "a" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "\xf5\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82"
		  "A",
		    "\xef\xbf\xbd\xef\xbf\xbd"
		    "A" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xc3\"", "\xef\xbf\xbd\\\"" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc1\xbf", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe0\x9f\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[200];

		(void)snprintf(want, sizeof(want),
		    "{\"status\":409,\"title\":\"Conflict\","
		    "\"detail\":\"%s\"}\n",
		    rows[i].want);
		response_problem(response, 409, rows[i].detail);
		assert_true(str_is(buf_str(&response->bytes), want));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_nothing),
		cmocka_unit_test(copies_values),
		cmocka_unit_test(lets_no_value_break_a_line),
		cmocka_unit_test(stops_on_a_name_that_is_no_token),
		cmocka_unit_test(remembers_that_a_field_was_lost),
		cmocka_unit_test(remembers_that_the_arena_was_full),
		cmocka_unit_test(closes_its_file_once),
		cmocka_unit_test(goes_back_to_none_yet),
		cmocka_unit_test(writes_a_problem),
		cmocka_unit_test(replaces_a_body_by_the_problem),
		cmocka_unit_test(says_again_that_it_is_short_of_memory),
		cmocka_unit_test(escapes_the_detail),
	};
	struct CMUnitTest fixed[sizeof(tests) / sizeof(tests[0])];

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		fixed[i] = tests[i];
		fixed[i].setup_func = setup;
		fixed[i].teardown_func = teardown;
	}
	return cmocka_run_group_tests_name("response", fixed, NULL, NULL);
}
