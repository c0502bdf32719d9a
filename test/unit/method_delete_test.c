/*
 * method_delete_test.c - DELETE: RFC 4918, 9.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/lock.h"
#include "method_rig.h"
#include "op/progress.h"

static enum err
remove_all_but_one(
    struct store *store, struct str path, struct progress *progress)
{
	(void)store;
	(void)path;
	progress_member_failed(progress, str_of("/a/b"), ERR_DENIED);
	return ERR_NONE;
}

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "DELETE /missing", NULL, NULL, 404 },
		{ "PUT /a", NULL, "x", 201 },
		{ "DELETE /a/b", NULL, NULL, 404 },
		{ "DELETE /a", "If-Match: \"another\"\r\n", NULL, 412 },
		{ "DELETE /a", NULL, NULL, 204 },
		{ "DELETE /a", NULL, NULL, 404 },
		{ "DELETE /", NULL, NULL, 403 },
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "PUT /c/a", NULL, "x", 201 },
		{ "DELETE /c", "Depth: 1\r\n", NULL, 400 },
		{ "DELETE /c", "Depth: 0\r\n", NULL, 400 },
		{ "DELETE /c", "Depth: infinity\r\n", NULL, 204 },
		{ "GET /c/a", NULL, NULL, 404 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
names_the_locked_member_and_touches_nothing(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /c/a", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "PUT /c/b", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /c/b", NULL, RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "If: </c/b> (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "DELETE /c", NULL, NULL), 207);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_true(rig_says(&rig, "<D:href>/c/b</D:href>"));
	assert_true(rig_says(&rig, "423"));
	assert_false(rig_says(&rig, "<D:href>/c/a</D:href>"));
	assert_true(rig_exists(&rig, "/c/a"));
	assert_int_equal(rig_send(&rig, "DELETE /c", token, NULL), 204);
	rig_done(&rig);
}

static void
takes_the_locks_of_the_tree_with_it(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /c", NULL, RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "If: </c> (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "DELETE /c", NULL, NULL), 423);
	assert_int_equal(rig_send(&rig, "DELETE /c", token, NULL), 204);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	rig_done(&rig);
}

static void
names_each_member_that_stays(void **state)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "PUT /a/b", NULL, "x", 201 },
		{ "DELETE /a", NULL, NULL, 207 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.remove = remove_all_but_one;
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "<D:href>/a/b</D:href>"));
	assert_true(rig_says(&rig, "403 Forbidden"));
	rig_done(&rig);
}

static void
leaves_the_lock_of_a_member_that_stays(void **state)
{
	struct rig rig;
	const char *token;

	(void)state;
	rig_init(&rig);
	rig.ops.remove = remove_all_but_one;
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a/b", NULL, RIG_EXCLUSIVE), 201);
	token = rig_format(
	    &rig, "If: </a/b> (%s)\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "DELETE /a", token, NULL), 207);
	assert_int_equal(lock_count(rig.dav.locks), 1);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(names_the_locked_member_and_touches_nothing),
		cmocka_unit_test(takes_the_locks_of_the_tree_with_it),
		cmocka_unit_test(names_each_member_that_stays),
		cmocka_unit_test(leaves_the_lock_of_a_member_that_stays),
	};

	return cmocka_run_group_tests_name("method_delete", tests, NULL, NULL);
}
