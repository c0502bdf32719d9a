/*
 * link_test.c - where one URL leads from another.
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

#include "client/link.h"

static void
check(char *found, const char *expected)
{
	if (expected == NULL)
		assert_null(found);
	else
		/* How hexadecimal digits are written is up to curl. */
		assert_int_equal(strcasecmp(found, expected), 0);
	free(found);
}

static void
references_are_resolved(void **state)
{
	static const struct {
		const char *base;
		const char *reference;
		const char *url; /* NULL: refused */
	} rows[] = {
		{ "http://h/a/b", "/c", "http://h/c" },
		{ "http://h/a/b", "c", "http://h/a/c" },
		{ "http://h/a/b", "//i/c", "http://i/c" },
		{ "http://h/a/b", "https://i/c", "https://i/c" },
		{ "http://h/a/b", "ftp://i/c", NULL },
		{ "http://h/a/b", "file:///etc/passwd", NULL },
		{ "http://h/a/b", "", NULL },
		{ "no url", "/c", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(link_resolve(rows[i].base, str_of(rows[i].reference)),
		    rows[i].url);
}

static void
parts_are_told(void **state)
{
	(void)state;
	check(link_origin("http://h/a"), "http://h:80");
	check(link_origin("https://h/a"), "https://h:443");
	check(link_origin("http://h:8102"), "http://h:8102");
	check(link_origin("ftp://h/"), NULL);
	check(link_host("http://h:8102/x"), "h");
	check(link_parent("http://h/a/b/"), "http://h/a/");
	check(link_parent("http://h/a"), "http://h/");
	check(link_parent("http://h/"), "http://h/");
	check(link_as_collection("http://h/a"), "http://h/a/");
	check(link_as_collection("http://h"), "http://h/");
	check(link_as_file("http://h/a/"), "http://h/a");
	check(link_as_file("http://h/"), "http://h/");
}

static void
a_name_is_joined_encoded(void **state)
{
	(void)state;
	check(
	    link_join("http://h/a", str_of("b c"), false), "http://h/a/b%20c");
	check(link_join("http://h/a/", str_of("b?#%"), true),
	    "http://h/a/b%3F%23%25/");
	check(link_join("http://h", str_of("b/c"), false), "http://h/b/c");
}

static void
a_user_is_taken_out_and_a_password_refused(void **state)
{
	struct buf user;

	(void)state;
	buf_init(&user, 100);
	check(link_strip_user("http://ann%40x@h/a", &user), "http://h/a");
	assert_true(str_is(buf_str(&user), "ann@x"));
	check(link_strip_user("http://ann:pw@h/a", &user), NULL);
	buf_done(&user);
}

static void
covers_what_is_the_same_or_below(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool with_members;
		bool does;
	} rows[] = {
		{ "http://h/a", "http://h/a", false, true },
		{ "http://h/a", "http://h/a/", false, true },
		{ "http://h/a%20b", "http://h:80/a b/", false, true },
		{ "http://h/a", "http://h/a/b", false, false },
		{ "http://h/a", "http://h/a/b", true, true },
		{ "http://h/a", "http://h/ab", true, false },
		{ "http://h/", "http://h/ab", true, true },
		{ "http://h/a", "http://i/a", true, false },
		{ "http://h/a", "https://h/a", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    link_covers(rows[i].a, rows[i].b, rows[i].with_members),
		    rows[i].does);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(parts_are_told),
		cmocka_unit_test(a_name_is_joined_encoded),
		cmocka_unit_test(a_user_is_taken_out_and_a_password_refused),
		cmocka_unit_test(covers_what_is_the_same_or_below),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
