/*
 * method_unlock_test.c - UNLOCK: RFC 4918, 9.11.
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
		{ "UNLOCK /missing", "Lock-Token: <urn:uuid:x>\r\n", NULL,
		    404 },
		{ "LOCK /a", NULL, RIG_EXCLUSIVE, 201 },
		{ "UNLOCK /a", NULL, NULL, 400 },
		{ "UNLOCK /a", "Lock-Token: urn:uuid:x\r\n", NULL, 400 },
		{ "UNLOCK /a", "Lock-Token: <>\r\n", NULL, 400 },
		{ "UNLOCK /a", "Lock-Token: <urn:uuid:x>\r\n", NULL, 409 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "<D:lock-token-matches-request-uri>"));
	rig_done(&rig);
}

static void
gives_the_lock_back_from_anywhere_inside(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /a/b", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "PUT /c", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "Lock-Token: %s\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "UNLOCK /c", token, NULL), 409);
	rig.principal = "somebody else";
	assert_int_equal(rig_send(&rig, "UNLOCK /a", token, NULL), 403);
	rig.principal = "";
	assert_int_equal(rig_send(&rig, "UNLOCK /a/b", token, NULL), 204);
	assert_int_equal(rig_send(&rig, "PUT /a/b", NULL, "y"), 204);
	assert_int_equal(rig_send(&rig, "UNLOCK /a", token, NULL), 409);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(gives_the_lock_back_from_anywhere_inside),
	};

	return cmocka_run_group_tests_name("method_unlock", tests, NULL, NULL);
}
