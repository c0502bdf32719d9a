/*
 * method_transfer_test.c - what holds for COPY and for MOVE: RFC 4918, 9.8 and
 * 9.9.  Each test runs with either: its state is the method.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dav/lock.h"
#include "method_rig.h"
#include "op/progress.h"

static int
transfer(
    struct rig *rig, void *const *state, const char *source, const char *fields)
{
	const char *method = *state;
	char line[64];

	(void)snprintf(line, sizeof(line), "%s %s", method, source);
	return rig_send(rig, line, fields, NULL);
}

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct {
		const char *source;
		const char *fields;
		int status;
	} rows[] = {
		{ "/a", NULL, 400 },
		{ "/missing", "Destination: /b\r\n", 404 },
		{ "/a", "Destination: /missing/b\r\n", 409 },
		{ "/a", "Destination: /a/b\r\n", 403 },
		{ "/a", "Destination: /a\r\n", 403 },
		{ "/a", "Destination: http://example.org/a\r\n", 403 },
		{ "/a", "Destination: http://elsewhere.org/b\r\n", 502 },
		{ "/a", "Destination: /b\r\nDepth: 1\r\n", 400 },
		{ "/a", "Destination: /b\r\nOverwrite: maybe\r\n", 400 },
		{ "/a", "Destination: /b\r\nIf-Match: \"another\"\r\n", 412 },
		{ "/c", "Destination: /c/d\r\n", 403 },
		{ "/c/a", "Destination: /c\r\n", 403 },
		{ "/c", "Destination: /\r\n", 403 },
		{ "/a", "Destination: /old\r\nOverwrite: F\r\n", 412 },
		{ "/a", "Destination: /old\r\nOverwrite: T\r\n", 204 },
		{ "/old", "Destination: http://example.org/b\r\n", 201 },
		{ "/c/", "Destination: /d/\r\n", 201 },
	};
	struct rig rig;

	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "one"), 201);
	assert_int_equal(rig_send(&rig, "PUT /old", NULL, "two"), 201);
	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /c/a", NULL, "x"), 201);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    transfer(&rig, state, rows[i].source, rows[i].fields),
		    rows[i].status);
	assert_true(rig_exists(&rig, "/b"));
	assert_true(rig_exists(&rig, "/d/a"));
	rig_done(&rig);
}

static void
replaces_whatever_is_there(void **state)
{
	struct rig rig;

	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /a/new", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "MKCOL /b", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "PUT /b/old", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "PUT /c", NULL, "x"), 201);
	assert_int_equal(
	    transfer(&rig, state, "/a", "Destination: /b\r\n"), 204);
	assert_true(rig_exists(&rig, "/b/new"));
	assert_false(rig_exists(&rig, "/b/old"));
	assert_int_equal(
	    transfer(&rig, state, "/b", "Destination: /c\r\n"), 204);
	assert_true(rig_exists(&rig, "/c/new"));
	rig_done(&rig);
}

static void
says_where_what_it_created_is(void **state)
{
	struct rig rig;

	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(
	    transfer(&rig, state, "/a", "Destination: /b%20%3Cc\r\n"), 201);
	assert_string_equal(rig_field(&rig, "Location"), "/b%20%3Cc");
	rig_done(&rig);
}

static void
needs_the_token_of_a_locked_destination(void **state)
{
	struct rig rig;
	const char *fields;

	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_EXCLUSIVE), 201);
	fields = rig_format(&rig, "Destination: /b\r\nIf: </b> (%s)\r\n",
	    rig_field(&rig, "Lock-Token"));
	assert_int_equal(
	    transfer(&rig, state, "/a", "Destination: /b\r\n"), 423);
	assert_int_equal(rig.step, RIG_CHECK);
	assert_true(rig_says(&rig, "<D:href>/b</D:href>"));
	assert_int_equal(transfer(&rig, state, "/a", fields), 204);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	rig_done(&rig);
}

static void
names_a_locked_member_of_the_destination(void **state)
{
	struct rig rig;

	rig_init(&rig);

	assert_int_equal(rig_send(&rig, "MKCOL /a", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "MKCOL /b", NULL, NULL), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b/c", NULL, RIG_EXCLUSIVE), 201);
	assert_int_equal(
	    transfer(&rig, state, "/a", "Destination: /b\r\n"), 207);
	assert_true(rig_says(&rig, "<D:href>/b/c</D:href>"));
	assert_true(rig_exists(&rig, "/b/c"));
	rig_done(&rig);
}

enum { MARK = 7 };

/* It has happened, and the flush of the names failed. */
static enum err
fail_late(struct progress *progress)
{
	const struct progress_mark mark = { .id = MARK };

	assert_true(progress_commit(progress, &mark));
	return ERR_SYSTEM;
}

static enum err
copy_unflushed(struct store *store, const struct copy_options *options,
    struct progress *progress, bool *out_is_created)
{
	(void)store;
	(void)options;
	(void)out_is_created;
	return fail_late(progress);
}

static enum err
move_unflushed(struct store *store, struct str source, struct str destination,
    struct progress *progress, bool *out_is_created)
{
	(void)store;
	(void)source;
	(void)destination;
	(void)out_is_created;
	return fail_late(progress);
}

static bool
is_marked(struct store *store, struct str path, uint64_t mark_id)
{
	(void)store;
	return str_is(path, "/b") && mark_id == MARK;
}

static void
drops_the_lock_of_what_went_though_something_failed_later(void **state)
{
	struct rig rig;
	const char *fields;

	rig_init(&rig);
	rig.ops.copy = copy_unflushed;
	rig.ops.move = move_unflushed;
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(rig_send(&rig, "LOCK /b", NULL, RIG_EXCLUSIVE), 201);
	fields = rig_format(&rig, "Destination: /b\r\nIf: </b> (%s)\r\n",
	    rig_field(&rig, "Lock-Token"));
	assert_int_equal(transfer(&rig, state, "/a", fields), 500);
	assert_int_equal(lock_count(rig.dav.locks), 1);
	rig.ops.is_marked = is_marked;
	assert_int_equal(transfer(&rig, state, "/a", fields), 500);
	assert_int_equal(lock_count(rig.dav.locks), 0);
	rig_done(&rig);
}

int
main(void)
{
	static char copy[] = "COPY", move[] = "MOVE";
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_prestate(name, copy),                                 \
	    cmocka_unit_test_prestate(name, move)
		T(answers_as_rfc_4918_says),
		T(replaces_whatever_is_there),
		T(says_where_what_it_created_is),
		T(needs_the_token_of_a_locked_destination),
		T(names_a_locked_member_of_the_destination),
		T(drops_the_lock_of_what_went_though_something_failed_later),
#undef T
	};

	return cmocka_run_group_tests_name(
	    "method_transfer", tests, NULL, NULL);
}
