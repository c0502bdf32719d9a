/*
 * target_test.c - the promises of dav/target.c that no method's test shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dav/target.h"
#include "method_rig.h"

static void
counts_whole_seconds_downwards(void **state)
{
	static const struct {
		int64_t ns;
		int64_t want;
	} rows[] = {
		{ 0, 0 },
		{ 999999999, 0 },
		{ 1000000000, 1 },
		{ -1, -1 },
		{ -1000000000, -1 },
		{ -1000000001, -2 },
		{ INT64_MAX, 9223372036 },
		{ INT64_MIN, -9223372037 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(target_seconds(rows[i].ns) == rows[i].want);
}

static enum err
look_name(struct store *store, struct str path, struct resource *out_resource)
{
	(void)store;
	(void)out_resource;
	return str_is(path, "/reserved") ? ERR_NAME : ERR_STORAGE;
}

static void
shows_no_reserved_name_and_hides_no_failure(void **state)
{
	static const struct rig_row rows[] = {
		{ "PROPFIND /reserved", NULL, NULL, 404 },
		{ "DELETE /reserved", NULL, NULL, 404 },
		{ "HEAD /reserved", NULL, NULL, 404 },
		{ "PUT /reserved", NULL, "x", 403 },
		{ "MKCOL /reserved", NULL, NULL, 403 },
		{ "LOCK /reserved", NULL, RIG_EXCLUSIVE, 403 },
		{ "HEAD /a", NULL, NULL, 500 },
		{ "PUT /a", NULL, "x", 500 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.look = look_name;
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_whole_seconds_downwards),
		cmocka_unit_test(shows_no_reserved_name_and_hides_no_failure),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
