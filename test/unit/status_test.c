/*
 * status_test.c - the promises of http/status.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/status.h"

static void
names_the_codes_of_http_and_webdav(void **state)
{
	static const struct {
		int status;
		const char *reason;
	} rows[] = {
		{ 100, "Continue" },
		{ 102, "Processing" },
		{ 200, "OK" },
		{ 207, "Multi-Status" },
		{ 404, "Not Found" },
		{ 422, "Unprocessable Content" },
		{ 423, "Locked" },
		{ 424, "Failed Dependency" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 507, "Insufficient Storage" },
		{ 508, "Loop Detected" },
		{ 299, "Unknown" },
		{ 0, "Unknown" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    status_reason(rows[i].status), rows[i].reason);
}

static void
knows_which_end_with_their_head(void **state)
{
	static const struct {
		int status;
		bool want;
	} rows[] = {
		{ 100, false },
		{ 199, false },
		{ 200, true },
		{ 203, true },
		{ 204, false },
		{ 205, true },
		{ 303, true },
		{ 304, false },
		{ 305, true },
		{ 999, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    status_has_content(rows[i].status), rows[i].want);
}

static void
stops_on_what_is_no_status(void **state)
{
	(void)state;
	expect_assert_failure(status_has_content(99));
	expect_assert_failure(status_has_content(1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_codes_of_http_and_webdav),
		cmocka_unit_test(knows_which_end_with_their_head),
		cmocka_unit_test(stops_on_what_is_no_status),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
