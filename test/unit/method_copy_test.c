/*
 * method_copy_test.c - COPY: RFC 4918, 9.8.
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
copy_all_but_one(struct store *store, const struct copy_options *options,
    struct progress *progress, bool *out_is_created)
{
	(void)store;
	(void)options;
	progress_destination_failed(progress, str_of("/b/c"), ERR_SPACE);
	*out_is_created = true;
	return ERR_NONE;
}

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /a", NULL, NULL, 201 },
		{ "PUT /a/f", NULL, "x", 201 },
		{ "COPY /a", "Destination: /b\r\n", NULL, 201 },
		{ "GET /a/f", NULL, NULL, 200 },
		{ "GET /b/f", NULL, NULL, 200 },
		{ "COPY /", "Destination: /a/d\r\n", NULL, 403 },
		{ "COPY /b", "Destination: /shallow\r\nDepth: 0\r\n", NULL,
		    201 },
		{ "GET /shallow/f", NULL, NULL, 404 },
		{ "COPY /b", "Destination: /f\r\nPrefer: handling=strict\r\n",
		    NULL, 201 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
needs_no_token_of_a_locked_source_and_copies_no_lock(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 201);
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /b\r\n", NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /b", NULL, "x"), 204);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 423);
	rig_done(&rig);
}

static void
names_each_member_that_failed(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.copy = copy_all_but_one;
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /b\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/b/c</D:href>"));
	assert_true(rig_says(&rig, "507"));
	rig_done(&rig);
}

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

/* A file of four octets that are all a hole. */
static enum err
look_at_hole(struct store *store, struct str path, struct resource *out)
{
	(void)store;
	if (str_is(path, "/d"))
		return ERR_ABSENT;
	*out = (struct resource){ .is_collection = path.len == 1, .size = 4 };
	return ERR_NONE;
}

static void
refuses_at_once_what_there_is_no_room_for(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "1234"), 201);
	assert_int_equal(rig_send(&rig, "PUT /b", NULL, "123"), 201);
	rig.ops.quota = quota_of_three;
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /c\r\n", NULL), 507);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_int_equal(
	    rig_send(&rig, "COPY /b", "Destination: /c\r\n", NULL), 201);
	rig.ops.look = look_at_hole;
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /d\r\n", NULL), 201);
	rig_done(&rig);
}

static void
says_that_it_was_strict(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(
	    rig_send(&rig, "COPY /a",
	        "Destination: /b\r\nPrefer: handling=strict\r\n", NULL),
	    201);
	assert_string_equal(
	    rig_field(&rig, "Preference-Applied"), "handling=strict");
	rig_done(&rig);
}

static void
answers_strictly_with_the_status_of_what_failed(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	rig.ops.copy = copy_all_but_one;
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(
	    rig_send(&rig, "COPY /a",
	        "Destination: /b\r\nPrefer: handling=strict\r\n", NULL),
	    507);
	assert_true(rig_says(&rig, "Nothing was done"));
	assert_true(rig_says(&rig, "/b/c"));
	assert_string_equal(
	    rig_field(&rig, "Preference-Applied"), "handling=strict");
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(
		    needs_no_token_of_a_locked_source_and_copies_no_lock),
		cmocka_unit_test(names_each_member_that_failed),
		cmocka_unit_test(refuses_at_once_what_there_is_no_room_for),
		cmocka_unit_test(says_that_it_was_strict),
		cmocka_unit_test(
		    answers_strictly_with_the_status_of_what_failed),
	};

	return cmocka_run_group_tests_name("method_copy", tests, NULL, NULL);
}
