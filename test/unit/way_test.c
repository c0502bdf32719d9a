/*
 * way_test.c - what is remembered of the way to a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/tarry.h"
#include "client/way.h"

static const char text[] = "http://a:80 1000 known interim keys\n"
                           "http://b:80 1000 known\n"
                           "http://c:80 1000\n"
                           "http://a:8 1000 known\n"
                           "http://d:80 x known\n"
                           "nonsense\n"
                           "http://e:80 1000 known\n"
                           "http://e:80 2000 known interim\n";

static void
a_line_is_good_for_a_day(void **state)
{
	struct tarry_way way;

	(void)state;
	assert_true(way_find(str_of(text), str_of("http://a:80"), 1000, &way));
	assert_true(way.is_known && way.passes_interim && way.minds_keys);
	assert_true(way.is_from_cache);
	assert_true(way_find(
	    str_of(text), str_of("http://b:80"), 1000 + WAY_AGE_S_MAX, &way));
	assert_true(way.is_known && !way.passes_interim && !way.minds_keys);
	assert_false(way_find(str_of(text), str_of("http://b:80"),
	    1000 + WAY_AGE_S_MAX + 1, &way));
	/* Of the future: a clock was wrong. */
	assert_false(way_find(str_of(text), str_of("http://b:80"), 999, &way));
	assert_true(way_find(str_of(text), str_of("http://c:80"), 1000, &way));
	assert_false(way.is_known);
}

static void
what_cannot_be_read_is_passed_over(void **state)
{
	struct tarry_way way;

	(void)state;
	assert_false(way_find(str_of(text), str_of("http://d:80"), 1000, &way));
	assert_false(way_find(str_of(text), str_of("nonsense"), 1000, &way));
	assert_false(way_find(str_of(""), str_of("http://a:80"), 1000, &way));
}

static void
the_newest_line_counts(void **state)
{
	struct tarry_way way;

	(void)state;
	assert_true(way_find(str_of(text), str_of("http://e:80"), 3000, &way));
	assert_true(way.passes_interim);
}

static void
what_was_remembered_is_recalled(void **state)
{
	char dir[] = "/tmp/way-test-XXXXXX";
	char file[64];
	struct tarry_way way = { .is_known = true, .minds_keys = true };

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_false(way_recall(dir, "http://a:80", 1000, &way));
	way_remember(dir, "http://a:80", 1000, &way);
	way.passes_interim = true;
	way_remember(dir, "http://b:80", 1000, &way);
	assert_true(way_recall(dir, "http://a:80", 1001, &way));
	assert_true(way.is_known && way.minds_keys && !way.passes_interim);
	assert_true(way_recall(dir, "http://b:80", 1001, &way));
	assert_true(way.passes_interim);
	assert_false(way_recall(NULL, "http://a:80", 1001, &way));
	(void)snprintf(file, sizeof(file), "%s/ways", dir);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_good_for_a_day),
		cmocka_unit_test(what_cannot_be_read_is_passed_over),
		cmocka_unit_test(the_newest_line_counts),
		cmocka_unit_test(what_was_remembered_is_recalled),
	};

	return cmocka_run_group_tests_name("way", tests, NULL, NULL);
}
