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
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "PUT /a/f", NULL, "x", 201 },
		{ "MOVE /a", "Destination: /b\r\n", NULL, 201 },
		{ "GET /a/f", NULL, NULL, 404 },
		{ "GET /b/f", NULL, NULL, 200 },
		{ "MOVE /b", "Destination: /f\r\nDepth: 0\r\n", NULL, 400 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
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
		cmocka_unit_test(never_moves_the_root),
		cmocka_unit_test(
		    needs_the_tokens_of_the_source_and_leaves_no_lock),
	};

	return cmocka_run_group_tests_name("method_move", tests, NULL, NULL);
}
