/*
 * method_move_test.c - MOVE: RFC 4918, 9.9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/lock.h"
#include "method_rig.h"

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "one", 201 },
		{ "MOVE /a", NULL, NULL, 400 },
		{ "MOVE /missing", "Destination: /b\r\n", NULL, 404 },
		{ "MOVE /a", "Destination: /missing/b\r\n", NULL, 409 },
		{ "MOVE /a", "Destination: /a\r\n", NULL, 403 },
		{ "MOVE /a", "Destination: http://example.org/a\r\n", NULL,
		    403 },
		{ "MOVE /a", "Destination: http://elsewhere.org/b\r\n", NULL,
		    502 },
		{ "MOVE /a", "Destination: /b\r\nDepth: 1\r\n", NULL, 400 },
		{ "MOVE /a", "Destination: /b\r\nOverwrite: maybe\r\n", NULL,
		    400 },
		{ "MOVE /a", "Destination: /b\r\nIf-Match: \"another\"\r\n",
		    NULL, 412 },
		{ "MOVE /a", "Destination: http://example.org/b\r\n", NULL,
		    201 },
		{ "PUT /a", NULL, "two", 201 },
		{ "MOVE /a", "Destination: /b\r\nOverwrite: F\r\n", NULL, 412 },
		{ "MOVE /a", "Destination: /b\r\nOverwrite: T\r\n", NULL, 204 },
		{ "GET /a", NULL, NULL, 404 },
		{ "GET /b", NULL, NULL, 200 },
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "PUT /c/a", NULL, "x", 201 },
		{ "MOVE /c", "Destination: /c/d\r\n", NULL, 403 },
		{ "MOVE /c/a", "Destination: /c\r\n", NULL, 403 },
		{ "MOVE /", "Destination: /c/d\r\n", NULL, 403 },
		{ "MOVE /c", "Destination: /\r\n", NULL, 403 },
		{ "MOVE /c/", "Destination: /d/\r\n", NULL, 201 },
		{ "GET /d/a", NULL, NULL, 200 },
		{ "MKCOL /e", NULL, NULL, 201 },
		{ "PUT /e/old", NULL, "x", 201 },
		{ "MOVE /d", "Destination: /e\r\n", NULL, 204 },
		{ "GET /e/a", NULL, NULL, 200 },
		{ "GET /e/old", NULL, NULL, 404 },
		{ "MOVE /e", "Destination: /b\r\n", NULL, 204 },
		{ "GET /b/a", NULL, NULL, 200 },
		{ "MOVE /b", "Destination: /f\r\nDepth: 0\r\n", NULL, 400 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
says_where_what_it_created_is(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(
	    rig_send(&rig, "MOVE /a", "Destination: /b%20%3Cc\r\n", NULL), 201);
	assert_string_equal(rig_field(&rig, "Location"), "/b%20%3Cc");
	rig_done(&rig);
}

static void
needs_the_token_of_a_locked_destination(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *fields;

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_EXCLUSIVE), 201);
	fields = rig_format(&rig, "Destination: /b\r\nIf: </b> (%s)\r\n",
	    rig_field(&rig, "Lock-Token"));
	assert_int_equal(
	    rig_send(&rig, "MOVE /a", "Destination: /b\r\n", NULL), 423);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_true(rig_says(&rig, "<D:href>/b</D:href>"));
	assert_int_equal(rig_send(&rig, "MOVE /a", fields, NULL), 204);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	rig_done(&rig);
}

static void
names_a_locked_member_of_the_destination(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "MKCOL /b", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b/c", NULL, RIG_EXCLUSIVE), 201);
	assert_int_equal(
	    rig_send(&rig, "MOVE /a", "Destination: /b\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/b/c</D:href>"));
	assert_true(rig_exists(&rig, "/b/c"));
	rig_done(&rig);
}

static void
never_moves_the_root(void **state)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "MOVE /", "Destination: /a/b\r\n", NULL, 403 },
		{ "MOVE /", NULL, NULL, 403 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
needs_the_tokens_of_the_source_and_leaves_no_lock(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *fields;

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a/b", NULL, RIG_EXCLUSIVE), 201);
	fields = rig_format(&rig, "Destination: /c\r\nIf: </a/b> (%s)\r\n",
	    rig_field(&rig, "Lock-Token"));
	assert_int_equal(
	    rig_send(&rig, "MOVE /a", "Destination: /c\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/a/b</D:href>"));
	assert_true(rig_exists(&rig, "/a/b"));
	assert_int_equal(rig_send(&rig, "MOVE /a", fields, NULL), 201);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	assert_int_equal(rig_send(&rig, "PUT /c/b", NULL, "x"), 204);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(says_where_what_it_created_is),
		cmocka_unit_test(needs_the_token_of_a_locked_destination),
		cmocka_unit_test(names_a_locked_member_of_the_destination),
		cmocka_unit_test(never_moves_the_root),
		cmocka_unit_test(
		    needs_the_tokens_of_the_source_and_leaves_no_lock),
	};

	return cmocka_run_group_tests_name("method_move", tests, NULL, NULL);
}
