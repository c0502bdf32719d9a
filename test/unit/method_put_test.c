/*
 * method_put_test.c - PUT: RFC 9110, 9.3.4, and RFC 4918, 9.7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "method_rig.h"

static enum err
quota_of_three(struct store *store, struct str path, uint64_t *out_available,
    uint64_t *out_used)
{
	(void)store;
	(void)path;
	*out_available = 3;
	*out_used = 0;
	return ERR_NONE;
}

static void
answers_as_the_rfcs_say(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "one", 201 },
		{ "PUT /a", NULL, "two", 204 },
		{ "PUT /empty", NULL, "", 201 },
		{ "PUT /", NULL, "x", 405 },
		{ "PUT /missing/a", NULL, "x", 409 },
		{ "PUT /a/b", NULL, "x", 409 },
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "PUT /c", NULL, "x", 405 },
		{ "PUT /c/", NULL, "x", 405 },
		{ "PUT /new/", NULL, "x", 409 },
		{ "PUT /a/", NULL, "x", 409 },
		{ "PUT /a", "Content-Range: bytes 0-0/3\r\n", "x", 400 },
		{ "PUT /a", "X-OC-Mtime: x\r\n", "x", 400 },
		{ "PUT /a", "X-OC-Mtime: -1\r\n", "x", 400 },
		{ "PUT /a", "If-None-Match: *\r\n", "x", 412 },
		{ "PUT /a", "If-Match: \"another\"\r\n", "x", 412 },
		{ "PUT /b", "If-Match: *\r\n", "x", 412 },
		{ "PUT /a", "If: ([\"another\"])\r\n", "x", 412 },
		{ "PUT /a", "If: (<DAV:no-lock>)\r\n", "x", 412 },
		{ "PUT /a", "If: (Not <DAV:no-lock>)\r\n", "x", 204 },
		{ "PUT /a", "X-Expected-Entity-Length: 1\r\n", "x", 204 },
		{ "PUT /a", "Content-Encoding: identity\r\n", "x", 204 },
		{ "PUT /a", "Content-Encoding: gzip\r\n", "x", 415 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
tells_the_validators_of_the_new_content(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *condition;

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "content"), 201);
	assert_true(rig_field(&rig, "ETag")[0] == '"');
	assert_string_not_equal(rig_field(&rig, "Last-Modified"), "");
	condition =
	    rig_format(&rig, "If-Match: %s\r\n", rig_field(&rig, "ETag"));
	assert_int_equal(rig_send(&rig, "PUT /a", condition, "again"), 204);
	assert_int_equal(rig_send(&rig, "PUT /a", condition, "thrice"), 412);
	assert_int_equal(rig_send(&rig, "GET /a", NULL, NULL), 200);
	assert_string_equal(rig_body(&rig), "again");
	rig_done(&rig);
}

static void
keeps_the_time_it_is_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(
	    rig_send(&rig, "PUT /a", "X-OC-Mtime: 1000000000.25\r\n", "x"),
	    201);
	assert_string_equal(rig_field(&rig, "X-OC-MTime"), "accepted");
	assert_string_equal(
	    rig_field(&rig, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
	rig_done(&rig);
}

static void
keeps_the_language_it_is_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(
	    rig_send(&rig, "PUT /a", "Content-Language: de-CH\r\n", "x"), 201);
	assert_int_equal(rig_send(&rig, "HEAD /a", NULL, NULL), 200);
	assert_string_equal(rig_field(&rig, "Content-Language"), "de-CH");
	rig_done(&rig);
}

static void
refuses_before_the_body_what_it_can(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /", NULL, "x", 405 },
		{ "PUT /missing/a", NULL, "x", 409 },
		{ "PUT /new/", NULL, "x", 409 },
		{ "PUT /a", "Content-Range: bytes 0-0/3\r\n", "x", 400 },
		{ "PUT /a", "If-Match: *\r\n", "x", 412 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_play(&rig, &rows[i], 1);
		assert_int_equal(rig.step, RIG_CHECK);
	}
	rig_done(&rig);
}

static void
leaves_the_old_content_when_it_is_refused(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "old"), 201);
	assert_int_equal(
	    rig_send(&rig, "PUT /a", "If-None-Match: *\r\n", "new"), 412);
	assert_int_equal(rig_send(&rig, "GET /a", NULL, NULL), 200);
	assert_string_equal(rig_body(&rig), "old");
	rig_done(&rig);
}

static void
needs_the_token_of_a_locked_file(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 200);
	token = rig_format(&rig, "If: (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "y"), 423);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_true(rig_says(&rig, "<D:href>/a</D:href>"));
	assert_int_equal(rig_send(&rig, "PUT /a", token, "y"), 204);
	rig.principal = "somebody else";
	assert_int_equal(rig_send(&rig, "PUT /a", token, "z"), 423);
	rig_done(&rig);
}

static void
needs_the_token_of_the_parent_for_a_new_file_only(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /c/a", NULL, "x"), 201);
	assert_int_equal(
	    rig_send(&rig, "LOCK /c", "Depth: 0\r\n", RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "If: </c> (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "PUT /c/a", NULL, "y"), 204);
	assert_int_equal(rig_send(&rig, "PUT /c/b", NULL, "y"), 423);
	assert_int_equal(rig_send(&rig, "PUT /c/b", token, "y"), 201);
	rig_done(&rig);
}

static void
refuses_what_does_not_fit_before_the_body(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.quota = quota_of_three;
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "1234"), 507);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "123"), 201);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_the_rfcs_say),
		cmocka_unit_test(tells_the_validators_of_the_new_content),
		cmocka_unit_test(keeps_the_time_it_is_told),
		cmocka_unit_test(keeps_the_language_it_is_told),
		cmocka_unit_test(refuses_before_the_body_what_it_can),
		cmocka_unit_test(leaves_the_old_content_when_it_is_refused),
		cmocka_unit_test(needs_the_token_of_a_locked_file),
		cmocka_unit_test(
		    needs_the_token_of_the_parent_for_a_new_file_only),
		cmocka_unit_test(refuses_what_does_not_fit_before_the_body),
	};

	return cmocka_run_group_tests_name("method_put", tests, NULL, NULL);
}
