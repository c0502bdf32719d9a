/*
 * method_mkcol_test.c - MKCOL: RFC 4918, 9.3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "method_rig.h"

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "MKCOL /b/", NULL, NULL, 201 },
		{ "MKCOL /a", NULL, NULL, 405 },
		{ "MKCOL /", NULL, NULL, 405 },
		{ "MKCOL /missing/a", NULL, NULL, 409 },
		{ "PUT /file", NULL, "x", 201 },
		{ "MKCOL /file", NULL, NULL, 405 },
		{ "MKCOL /file/", NULL, NULL, 405 },
		{ "MKCOL /file/a", NULL, NULL, 409 },
		{ "MKCOL /c", "X-OC-Mtime: yesterday\r\n", NULL, 400 },
		{ "MKCOL /c", "If-Match: *\r\n", NULL, 412 },
		{ "MKCOL /c", "If-None-Match: *\r\n", NULL, 201 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_exists(&rig, "/c"));
	rig_done(&rig);
}

static void
keeps_the_time_it_is_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(
	    rig_send(&rig, "MKCOL /a", "X-OC-Mtime: 1000000000\r\n", NULL),
	    201);
	assert_string_equal(rig_field(&rig, "X-OC-MTime"), "accepted");
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /a", "Depth: 0\r\n", NULL), 207);
	assert_true(rig_says(&rig, "Sun, 09 Sep 2001 01:46:40 GMT"));
	rig_done(&rig);
}

static void
tells_in_allow_what_the_resource_can_do(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "MKCOL /", NULL, NULL), 405);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_string_equal(rig_field(&rig, "Allow"),
	    "OPTIONS, GET, HEAD, DELETE, COPY, MOVE, PROPFIND, PROPPATCH,"
	    " LOCK, UNLOCK");
	rig_done(&rig);
}

static void
needs_the_token_of_a_locked_parent(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(
	    rig_send(&rig, "LOCK /a", "Depth: 0\r\n", RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "If: </a> (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "MKCOL /a/b", NULL, NULL), 423);
	assert_true(rig_says(&rig, "<D:lock-token-submitted>"));
	assert_int_equal(rig_send(&rig, "MKCOL /a/b", token, NULL), 201);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(keeps_the_time_it_is_told),
		cmocka_unit_test(tells_in_allow_what_the_resource_can_do),
		cmocka_unit_test(needs_the_token_of_a_locked_parent),
	};

	return cmocka_run_group_tests_name("method_mkcol", tests, NULL, NULL);
}
