/*
 * method_lock_test.c - LOCK: RFC 4918, 9.10.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/lock.h"
#include "method_rig.h"

static enum err
upload_nowhere(struct store *store, struct str path, struct upload **out_upload)
{
	(void)store;
	(void)path;
	(void)out_upload;
	return ERR_SPACE;
}

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "LOCK /new", NULL, RIG_EXCLUSIVE, 201 },
		{ "GET /new", NULL, NULL, 200 },
		{ "LOCK /new", NULL, RIG_EXCLUSIVE, 423 },
		{ "LOCK /new", NULL, RIG_SHARED, 423 },
		{ "LOCK /missing/new", NULL, RIG_EXCLUSIVE, 409 },
		{ "LOCK /other/", NULL, RIG_EXCLUSIVE, 409 },
		{ "LOCK /new/x", NULL, RIG_EXCLUSIVE, 409 },
		{ "PUT /a", NULL, "x", 201 },
		{ "LOCK /a", NULL, RIG_SHARED, 200 },
		{ "LOCK /a", NULL, RIG_SHARED, 200 },
		{ "LOCK /a", NULL, RIG_EXCLUSIVE, 423 },
		{ "PUT /b", NULL, "x", 201 },
		{ "LOCK /b", "Depth: 1\r\n", RIG_EXCLUSIVE, 400 },
		{ "LOCK /b", NULL, NULL, 400 },
		{ "LOCK /b", NULL, "<broken", 400 },
		{ "LOCK /b", NULL, "<!DOCTYPE a><a/>", 400 },
		{ "LOCK /b", NULL, "<lockinfo/>", 400 },
		{ "LOCK /b", NULL, "<D:lockinfo xmlns:D=\"DAV:\"></D:lockinfo>",
		    400 },
		{ "LOCK /b", NULL,
		    "<D:lockinfo "
		    "xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></"
		    "D:lockscope></D:lockinfo>",
		    400 },
		{ "LOCK /b", NULL,
		    "<D:lockinfo "
		    "xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/><D:shared/></"
		    "D:lockscope><D:locktype><D:write/></D:locktype></"
		    "D:lockinfo>",
		    400 },
		{ "LOCK /b", NULL,
		    "<D:lockinfo "
		    "xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></"
		    "D:lockscope><D:locktype><D:read/></D:locktype></"
		    "D:lockinfo>",
		    422 },
		{ "LOCK /b", "If: (<urn:uuid:none>)\r\n", NULL, 412 },
		{ "LOCK /b", "If: (<urn:uuid:none>) (Not <DAV:no-lock>)\r\n",
		    NULL, 412 },
		{ "LOCK /b", "If: (Not <DAV:no-lock>)\r\n", NULL, 412 },
		{ "LOCK /none", "If: (Not <DAV:no-lock>)\r\n", NULL, 404 },
		{ "GET /none", NULL, NULL, 404 },
		{ "LOCK /b", "If-Match: \"another\"\r\n", RIG_EXCLUSIVE, 412 },
		{ "LOCK /b", NULL, RIG_EXCLUSIVE, 200 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
tells_the_token_and_the_lock(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(
	    rig_send(&rig, "LOCK /a", "Timeout: Second-600\r\n", RIG_EXCLUSIVE),
	    201);
	assert_int_equal(
	    strlen(rig_field(&rig, "Lock-Token")), LOCK_TOKEN_SIZE + 2);
	assert_true(
	    strncmp(rig_field(&rig, "Lock-Token"), "<urn:uuid:", 10) == 0);
	assert_true(rig_says(&rig, "<D:lockdiscovery>"));
	assert_true(rig_says(&rig, "Second-600"));
	assert_true(rig_says(&rig, "me"));
	assert_true(rig_says(&rig, "infinity"));
	rig_done(&rig);
}

static void
is_refreshed_by_its_token_from_anywhere_inside(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	const char *token;

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /a/b", NULL, "x"), 201);
	assert_int_equal(
	    rig_send(&rig, "LOCK /a", "Timeout: Second-10\r\n", RIG_EXCLUSIVE),
	    200);
	token = rig_format(&rig, "If: (%s)\r\nTimeout: Second-90\r\n",
	    rig_field(&rig, "Lock-Token"));
	rig.wall_s += 9;
	assert_int_equal(rig_send(&rig, "LOCK /a/b", token, NULL), 200);
	assert_string_equal(rig_field(&rig, "Lock-Token"), "");
	assert_true(rig_says(&rig, "Second-90"));
	rig.wall_s += 89;
	assert_int_equal(rig_send(&rig, "LOCK /a", token, ""), 200);
	rig.wall_s += 91;
	assert_int_equal(rig_send(&rig, "LOCK /a", token, ""), 412);
	rig_done(&rig);
}

static void
of_a_collection_stops_at_a_locked_member(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a/b", NULL, RIG_EXCLUSIVE), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 207);
	assert_true(rig_says(&rig, "<D:href>/a/b</D:href>"));
	assert_true(rig_says(&rig, "423 Locked"));
	assert_true(rig_says(&rig, "424 Failed Dependency"));
	assert_int_equal(lock_count(rig.dav.locks), 1);
	assert_int_equal(
	    rig_send(&rig, "LOCK /a", "Depth: 0\r\n", RIG_EXCLUSIVE), 200);
	rig_done(&rig);
}

static void
conflict_names_the_lock_in_the_way(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /a/b", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 200);
	assert_int_equal(rig_send(&rig, "LOCK /a/b", NULL, RIG_EXCLUSIVE), 423);
	assert_true(rig_says(&rig, "<D:no-conflicting-lock>"));
	assert_true(rig_says(&rig, "<D:href>/a</D:href>"));
	rig_done(&rig);
}

static void
on_nothing_needs_the_token_of_a_locked_parent(void **state)
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
	assert_int_equal(rig_send(&rig, "LOCK /a/b", NULL, RIG_EXCLUSIVE), 423);
	assert_false(rig_exists(&rig, "/a/b"));
	assert_int_equal(
	    rig_send(&rig, "LOCK /a/b", token, RIG_EXCLUSIVE), 201);
	rig_done(&rig);
}

static void
leaves_no_lock_where_the_resource_cannot_be_made(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.upload = upload_nowhere;
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 507);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	rig_done(&rig);
}

static void
conflict_is_known_before_the_body(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_SHARED), 423);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_SHARED), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_EXCLUSIVE), 423);
	assert_int_equal(rig.step, RIG_RUN);
	rig_done(&rig);
}

/* Whoever found a member unlocked is to be done with it before. */
static void
waits_for_changes_below_it(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_SHARED), 200);
	assert_true(rig.claim.parts[0].is_subtree);
	assert_int_equal(rig.claim.parts[0].mode, CLAIM_SHARED);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_SHARED), 201);
	assert_int_equal(rig.claim.parts[0].mode, CLAIM_EXCLUSIVE);
	rig_done(&rig);
}

static void
and_its_like_change_the_same_locks_one_at_a_time(void **state)
{
	static const struct {
		const char *line;
		const char *locks;
	} rows[] = {
		{ "LOCK /a", "/.tarry/locks/a" },
		{ "LOCK /", "/.tarry/locks" },
		{ "UNLOCK /a", "/.tarry/locks/a" },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct claim_part *locks = &rig.claim.parts[1];

		(void)rig_send(&rig, rows[i].line,
		    "Lock-Token: <urn:uuid:x>\r\nDepth: 0\r\n", NULL);
		assert_int_equal(rig.claim.part_count, 2);
		assert_true(str_is(locks->path, rows[i].locks));
		assert_int_equal(locks->mode, CLAIM_EXCLUSIVE);
		assert_true(locks->is_subtree);
	}
	rig_done(&rig);
}

static void
owner_may_be_so_long_and_no_longer(void **state)
{
	struct rig rig;
	struct buf body;

	(void)state;
	rig_init(&rig);
	for (int extra = 0; extra <= 1; extra++) {
		buf_init(&body, 2 * LOCK_OWNER_SIZE_MAX);
		buf_add_text(&body,
		    "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:shared/>"
		    "</D:lockscope><D:locktype><D:write/></D:locktype>"
		    "<D:owner>");
		for (int i = 0; i < LOCK_OWNER_SIZE_MAX + extra; i++)
			buf_add_char(&body, 'x');
		buf_add_text(&body, "</D:owner></D:lockinfo>");
		buf_add_char(&body, '\0');
		assert_int_equal(rig_send(&rig, "LOCK /", NULL, body.data),
		    extra == 0 ? 200 : 413);
		buf_done(&body);
	}
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(tells_the_token_and_the_lock),
		cmocka_unit_test(
		    is_refreshed_by_its_token_from_anywhere_inside),
		cmocka_unit_test(of_a_collection_stops_at_a_locked_member),
		cmocka_unit_test(conflict_names_the_lock_in_the_way),
		cmocka_unit_test(on_nothing_needs_the_token_of_a_locked_parent),
		cmocka_unit_test(
		    leaves_no_lock_where_the_resource_cannot_be_made),
		cmocka_unit_test(conflict_is_known_before_the_body),
		cmocka_unit_test(waits_for_changes_below_it),
		cmocka_unit_test(
		    and_its_like_change_the_same_locks_one_at_a_time),
		cmocka_unit_test(owner_may_be_so_long_and_no_longer),
	};

	return cmocka_run_group_tests_name("method_lock", tests, NULL, NULL);
}
