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

/* What was begun with the token is to be done before. */
static void
waits_for_changes_in_all_that_is_locked(void **state)
{
	struct rig rig;
	const char *token;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /a/b", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 200);
	token = rig_format(
	    &rig, "Lock-Token: %s\r\n", rig_field(&rig, "Lock-Token"));
	assert_int_equal(rig_send(&rig, "UNLOCK /a/b", token, NULL), 204);
	assert_true(str_is(rig.claim.parts[0].path, "/a"));
	assert_true(rig.claim.parts[0].is_subtree);
	assert_int_equal(rig.claim.parts[0].mode, CLAIM_SHARED);
	rig_done(&rig);
}

static enum err
look_once(struct store *store, struct str path, struct resource *out_resource)
{
	static bool has_looked = false;

	(void)store;
	(void)path;
	if (has_looked)
		return ERR_ABSENT;
	has_looked = true;
	*out_resource = (struct resource){ .is_collection = false };
	return ERR_NONE;
}

static void
is_404_when_the_resource_went_while_it_waited(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.look = look_once;
	assert_int_equal(
	    rig_send(&rig, "UNLOCK /a", "Lock-Token: <urn:uuid:x>\r\n", NULL),
	    404);
	assert_int_equal(rig.step, RIG_RUN);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(gives_the_lock_back_from_anywhere_inside),
		cmocka_unit_test(waits_for_changes_in_all_that_is_locked),
		cmocka_unit_test(is_404_when_the_resource_went_while_it_waited),
	};

	return cmocka_run_group_tests_name("method_unlock", tests, NULL, NULL);
}
