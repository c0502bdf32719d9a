/*
 * method_get_test.c - GET and HEAD of files: RFC 9110, 9.3, 13 and 14.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "method_rig.h"

static void
begin(struct rig *rig)
{
	rig_init(rig);
	assert_int_equal(rig_send(rig, "PUT /a.txt",
	                     "X-OC-Mtime: 1000000000\r\n", "0123456789"),
	    201);
}

static void
gives_the_file_and_what_it_is(void **state)
{
	struct rig rig;

	(void)state;
	begin(&rig);
	assert_int_equal(rig_send(&rig, "GET /a.txt", NULL, NULL), 200);
	assert_string_equal(rig_body(&rig), "0123456789");
	assert_string_equal(rig_field(&rig, "Content-Type"), "text/plain");
	assert_string_equal(
	    rig_field(&rig, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
	assert_true(rig_field(&rig, "ETag")[0] == '"');
	assert_string_equal(rig_field(&rig, "Accept-Ranges"), "bytes");
	assert_string_equal(
	    rig_field(&rig, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(rig_field(&rig, "Content-Language"), "");
	rig_done(&rig);
}

static void
answers_as_rfc_9110_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "GET /missing", NULL, NULL, 404 },
		{ "GET /a.txt/b", NULL, NULL, 404 },
		{ "HEAD /missing", NULL, NULL, 404 },
		{ "GET /a.txt", "If-Match: *\r\n", NULL, 200 },
		{ "GET /a.txt", "If-Match: \"x\"\r\n", NULL, 412 },
		{ "GET /a.txt", "If-None-Match: \"x\"\r\n", NULL, 200 },
		{ "GET /a.txt", "If-None-Match: *\r\n", NULL, 304 },
		{ "HEAD /a.txt", "If-None-Match: *\r\n", NULL, 304 },
		{ "GET /a.txt",
		    "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\r\n",
		    NULL, 304 },
		{ "GET /a.txt",
		    "If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT\r\n",
		    NULL, 200 },
		{ "GET /a.txt",
		    "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT\r\n",
		    NULL, 412 },
		{ "GET /a.txt", "If: (<DAV:no-lock>)\r\n", NULL, 412 },
	};
	struct rig rig;

	(void)state;
	begin(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
tells_in_a_304_what_a_cache_needs(void **state)
{
	struct rig rig;
	const char *condition;

	(void)state;
	begin(&rig);
	assert_int_equal(rig_send(&rig, "GET /a.txt", NULL, NULL), 200);
	condition =
	    rig_format(&rig, "If-None-Match: %s\r\n", rig_field(&rig, "ETag"));
	assert_int_equal(rig_send(&rig, "GET /a.txt", condition, NULL), 304);
	assert_true(rig_field(&rig, "ETag")[0] == '"');
	assert_string_not_equal(rig_field(&rig, "Last-Modified"), "");
	assert_string_equal(rig_body(&rig), "");
	rig_done(&rig);
}

static void
gives_a_part(void **state)
{
	static const struct {
		const char *fields;
		int status;
		const char *range;
		const char *body;
	} rows[] = {
		{ "Range: bytes=0-0\r\n", 206, "bytes 0-0/10", "0" },
		{ "Range: bytes=9-\r\n", 206, "bytes 9-9/10", "9" },
		{ "Range: bytes=-3\r\n", 206, "bytes 7-9/10", "789" },
		{ "Range: bytes=2-99\r\n", 206, "bytes 2-9/10", "23456789" },
		{ "Range: bytes=x\r\n", 200, "", "0123456789" },
		{ "Range: lines=1-2\r\n", 200, "", "0123456789" },
		{ "Range: bytes=0-1\r\nRange: bytes=3-4\r\n", 200, "",
		    "0123456789" },
		{ "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n", 200, "",
		    "0123456789" },
		{ "Range: bytes=0-1\r\n"
		  "If-Range: Sun, 09 Sep 2001 01:46:39 GMT\r\n",
		    200, "", "0123456789" },
	};
	struct rig rig;

	(void)state;
	begin(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    rig_send(&rig, "GET /a.txt", rows[i].fields, NULL),
		    rows[i].status);
		assert_string_equal(
		    rig_field(&rig, "Content-Range"), rows[i].range);
		assert_string_equal(rig_body(&rig), rows[i].body);
	}
	rig_done(&rig);
}

static void
gives_a_part_if_the_etag_is_still_the_same(void **state)
{
	struct rig rig;
	const char *fields;

	(void)state;
	begin(&rig);
	assert_int_equal(rig_send(&rig, "GET /a.txt", NULL, NULL), 200);
	fields = rig_format(&rig, "Range: bytes=1-1\r\nIf-Range: %s\r\n",
	    rig_field(&rig, "ETag"));
	assert_int_equal(rig_send(&rig, "GET /a.txt", fields, NULL), 206);
	assert_int_equal(
	    rig_send(&rig, "PUT /a.txt", NULL, "another content"), 204);
	assert_int_equal(rig_send(&rig, "GET /a.txt", fields, NULL), 200);
	rig_done(&rig);
}

static void
says_how_long_the_file_is_when_the_part_lies_beyond(void **state)
{
	struct rig rig;

	(void)state;
	begin(&rig);
	assert_int_equal(
	    rig_send(&rig, "GET /a.txt", "Range: bytes=10-\r\n", NULL), 416);
	assert_string_equal(rig_field(&rig, "Content-Range"), "bytes */10");
	assert_string_equal(
	    rig_field(&rig, "Content-Type"), "application/problem+json");
	rig_done(&rig);
}

static void
head_tells_the_same_without_the_content(void **state)
{
	static const char *const names[] = { "ETag", "Last-Modified",
		"Content-Type", "Accept-Ranges", "X-Content-Type-Options" };
	struct rig rig;
	char kept[sizeof(names) / sizeof(names[0])][100] = { { 0 } };

	(void)state;
	begin(&rig);
	assert_int_equal(rig_send(&rig, "GET /a.txt", NULL, NULL), 200);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		memcpy(kept[i], rig_field(&rig, names[i]),
		    strlen(rig_field(&rig, names[i])));
	assert_int_equal(
	    rig_send(&rig, "HEAD /a.txt", "Range: bytes=0-1\r\n", NULL), 200);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(rig_field(&rig, names[i]), kept[i]);
	assert_int_equal(rig.response.pulled_size, 10);
	assert_int_equal(rig.response.fd, -1);
	rig_done(&rig);
}

static void
never_says_that_a_file_is_from_the_future(void **state)
{
	struct rig rig;

	(void)state;
	begin(&rig);
	rig.wall_s = 1000000000 - 1;
	assert_int_equal(rig_send(&rig, "GET /a.txt", NULL, NULL), 200);
	assert_string_equal(
	    rig_field(&rig, "Last-Modified"), "Sun, 09 Sep 2001 01:46:39 GMT");
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_file_and_what_it_is),
		cmocka_unit_test(answers_as_rfc_9110_says),
		cmocka_unit_test(tells_in_a_304_what_a_cache_needs),
		cmocka_unit_test(gives_a_part),
		cmocka_unit_test(gives_a_part_if_the_etag_is_still_the_same),
		cmocka_unit_test(
		    says_how_long_the_file_is_when_the_part_lies_beyond),
		cmocka_unit_test(head_tells_the_same_without_the_content),
		cmocka_unit_test(never_says_that_a_file_is_from_the_future),
	};

	return cmocka_run_group_tests_name("method_get", tests, NULL, NULL);
}
