/*
 * netrc_test.c - which entry of a netrc file is ours.
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

#include "client/netrc.h"

static void
chooses_the_entry_that_fits(void **state)
{
	static const char text[] =
	    "# comment with machine h4 login x password y\n"
	    "machine h1 login ann password secret\n"
	    "machine h2\n\tlogin bob\n\tpassword #hash\n"
	    "macdef init\ncd /\nmachine h5 login m password m\n\n"
	    "machine h3 login c account z password \"a b\\\"c\"\n"
	    "machine h1 login eve password other\n"
	    "machine h6 login nobody\n"
	    "default login anonymous password guest\n"
	    "machine late login x password y\n";
	static const struct {
		const char *machine;
		const char *wanted;
		const char *login; /* NULL: none fits */
		const char *password;
	} rows[] = {
		{ "h1", "", "ann", "secret" },
		{ "h1", "eve", "eve", "other" },
		{ "h2", "", "bob", "#hash" },
		{ "h3", "", "c", "a b\"c" },
		{ "h4", "", "anonymous", "guest" },
		{ "h5", "", "anonymous", "guest" },
		{ "h6", "", "anonymous", "guest" },
		{ "late", "", "anonymous", "guest" },
		{ "late", "x", "x", "y" },
		{ "h1", "zoe", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf login;
		struct buf password;
		bool is_found;

		buf_init(&login, 100);
		buf_init(&password, 100);
		is_found = netrc_find(str_of(text), str_of(rows[i].machine),
		    str_of(rows[i].wanted), &login, &password);
		assert_int_equal(is_found, rows[i].login != NULL);
		if (is_found) {
			assert_true(str_is(buf_str(&login), rows[i].login));
			assert_true(
			    str_is(buf_str(&password), rows[i].password));
		}
		buf_done(&login);
		buf_done(&password);
	}
}

static void
what_is_cut_off_is_no_entry(void **state)
{
	static const char *const texts[] = { "", "machine", "machine h",
		"machine h login", "machine h login ann",
		"machine h login ann password" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf login;
		struct buf password;

		buf_init(&login, 100);
		buf_init(&password, 100);
		assert_false(netrc_find(str_of(texts[i]), str_of("h"),
		    str_of(""), &login, &password));
		buf_done(&login);
		buf_done(&password);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_the_entry_that_fits),
		cmocka_unit_test(what_is_cut_off_is_no_entry),
	};

	return cmocka_run_group_tests_name("netrc", tests, NULL, NULL);
}
