/*
 * users_test.c - a file of users, line by line.
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

#include "apps/users.h"
#include "apps/users_hash.h"
#include "base/limits.h"

/* Of "one" and of "two": cheap ones. */
#define ONE                                                                    \
	"$5$rounds=1000$abcdefgh$"                                             \
	"SThD9vDhR/nzOM9Kwez./wtANICYLW2Ygs55nGBCo/8"
#define TWO                                                                    \
	"$5$rounds=1000$ijklmnop$"                                             \
	"XADz7bucZWuTMfklkHAoe6nSM2A78KYhosv7ZhvuiNB"

static struct users *
parse(const char *text)
{
	struct users *users = NULL;
	struct buf why;

	buf_init(&why, 4096);
	assert_int_equal(
	    users_parse(str_of(text), "F", &why, &users), ERR_NONE);
	assert_int_equal(why.len, 0);
	buf_done(&why);
	return users;
}

static void
knows_names_and_passwords(void **state)
{
	static const struct {
		const char *name;
		const char *password;
		enum err want;
	} rows[] = {
		{ "ann", "one", ERR_NONE },
		{ "bob", "two", ERR_NONE },
		{ "c\xc3\xa9 d", "one", ERR_NONE },
		{ "zoe", "two", ERR_NONE },
		{ "ann", "two", ERR_DENIED },
		{ "ann", "", ERR_DENIED },
		{ "Ann", "one", ERR_DENIED },
		{ "an", "one", ERR_DENIED },
		{ "eve", "one", ERR_DENIED },
		{ "# zed", "one", ERR_DENIED },
		{ "", "one", ERR_DENIED },
	};
	struct users *users = parse("zoe:" TWO "\n"
	                            "# zed:" ONE "\n"
	                            "\n"
	                            "ann:" ONE "\r\n"
	                            "c\xc3\xa9 d:" ONE ":more:of it\n"
	                            "bob:" TWO);

	(void)state;
	assert_int_equal(users_count(users), 4);
	assert_true(str_is(users_one(users), "ann"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(users_verify(users, str_of(rows[i].name),
		                     str_of(rows[i].password)),
		    rows[i].want);
	users_unref(users);
}

static void
says_which_other_lines_are_wrong(void **state)
{
	struct users *users = NULL;
	struct buf text;
	struct buf why;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&why, 4096);
	buf_add_text(&text, "a:x\nann:" ONE "\nb:y\n\nc\n");
	assert_int_equal(
	    users_parse(buf_str(&text), "F", &why, &users), ERR_SYNTAX);
	assert_true(str_ends(buf_str(&why),
	    str_of("with \"tarry passwd F NAME\"; wrong too: line 3, 5")));
	for (int i = 6; i <= 30; i++)
		buf_add_text(&text, "d:z\n");
	buf_clear(&why);
	assert_int_equal(
	    users_parse(buf_str(&text), "F", &why, &users), ERR_SYNTAX);
	assert_true(str_ends(buf_str(&why), str_of(", 23 and 7 more")));
	buf_done(&why);
	buf_done(&text);
}

static void
says_which_line_is_wrong(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "ann:" ONE "\nbob\n", "F:2: there is no colon" },
		{ "ann:" ONE "\nbob:secret\n",
		    "F:2: bob: the password is plain text" },
		{ "\n#\nbob:$apr1$AmaC0vfb$mbSW1cGUrpQgxVE0mcORk1\n",
		    "F:3: bob: the password is hashed by MD5" },
		{ ":" ONE, "F:1: the name is empty" },
		{ "a\tb:" ONE, "F:1: the name has a control character" },
		{ "a\xff:" ONE, "F:1: the name is not in UTF-8" },
		{ "a\xc3:" ONE, "F:1: the name is not in UTF-8" },
		{ "a\xc0\xaf:" ONE, "F:1: the name is not in UTF-8" },
		{ "ann:" ONE "\nbob:" TWO "\nann:" TWO "\n",
		    "F:3: ann: this user is there twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct users *users = NULL;
		struct buf why;

		buf_init(&why, 4096);
		assert_int_equal(
		    users_parse(str_of(rows[i].text), "F", &why, &users),
		    ERR_SYNTAX);
		assert_true(str_starts(buf_str(&why), str_of(rows[i].says)));
		buf_done(&why);
	}
}

static void
never_shows_what_could_be_a_password(void **state)
{
	static const char *const texts[] = { "sesame\n", "bob:sesame\n",
		"bob:{PLAIN}sesame\n" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct users *users = NULL;
		struct buf why;

		buf_init(&why, 4096);
		assert_int_equal(
		    users_parse(str_of(texts[i]), "F", &why, &users),
		    ERR_SYNTAX);
		buf_add_char(&why, '\0');
		assert_null(strstr(why.data, "sesame"));
		buf_done(&why);
	}
}

static void
names_have_a_limit(void **state)
{
	static char name[PRINCIPAL_SIZE_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_null(users_name_flaw(str_make(name, PRINCIPAL_SIZE_MAX)));
	assert_non_null(
	    users_name_flaw(str_make(name, PRINCIPAL_SIZE_MAX + 1)));
	assert_non_null(users_name_flaw(str_of("a:b")));
	assert_non_null(users_name_flaw(str_of("#a")));
	assert_null(users_name_flaw(str_of("a#b c\xf0\x9f\x90\xa6")));
}

static void
there_are_as_many_as_the_limit_says(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, USERS_SIZE_MAX);
	for (int i = 0; i < USERS_COUNT_MAX; i++)
		buf_printf(&text, "u%d:%s\n", i, ONE);
	for (int more = 0; more < 2; more++) {
		struct users *users = NULL;
		struct buf why;

		buf_init(&why, 4096);
		assert_int_equal(users_parse(buf_str(&text), "F", &why, &users),
		    more == 0 ? ERR_NONE : ERR_LIMIT);
		buf_done(&why);
		users_unref(users);
		buf_printf(&text, "one more:%s\n", ONE);
	}
	buf_done(&text);
}

static void
an_empty_file_lets_nobody_in(void **state)
{
	struct users *users = parse("# nobody\n");

	(void)state;
	assert_int_equal(users_count(users), 0);
	assert_int_equal(users_one(users).len, 0);
	assert_int_equal(
	    users_verify(users, str_of("ann"), str_of("one")), ERR_DENIED);
	users_unref(users);
}

static void
lives_as_long_as_anybody_has_it(void **state)
{
	struct users *users = parse("ann:" ONE "\n");
	struct users *mine = users_ref(users);

	(void)state;
	users_unref(users);
	assert_int_equal(
	    users_verify(mine, str_of("ann"), str_of("one")), ERR_NONE);
	users_unref(mine);
	users_unref(NULL);
}

static void
says_why_a_file_cannot_be_read(void **state)
{
	struct users *users = NULL;
	struct buf why;

	(void)state;
	buf_init(&why, 4096);
	assert_int_equal(
	    users_read("/nowhere/users", &why, &users), ERR_SYSTEM);
	assert_true(
	    str_is(buf_str(&why), "/nowhere/users: No such file or directory"));
	buf_done(&why);
}

static void
reads_a_file(void **state)
{
	char path[] = "/tmp/users-test-XXXXXX";
	int fd = mkstemp(path);
	struct users *users = NULL;
	struct buf why;

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_not_equal(dprintf(fd, "ann:%s\n", ONE), -1);
	assert_int_equal(close(fd), 0);
	buf_init(&why, 4096);
	assert_int_equal(users_read(path, &why, &users), ERR_NONE);
	assert_int_equal(users_count(users), 1);
	assert_int_equal(unlink(path), 0);
	users_unref(users);
	buf_done(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_names_and_passwords),
		cmocka_unit_test(says_which_other_lines_are_wrong),
		cmocka_unit_test(says_which_line_is_wrong),
		cmocka_unit_test(never_shows_what_could_be_a_password),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(there_are_as_many_as_the_limit_says),
		cmocka_unit_test(an_empty_file_lets_nobody_in),
		cmocka_unit_test(lives_as_long_as_anybody_has_it),
		cmocka_unit_test(says_why_a_file_cannot_be_read),
		cmocka_unit_test(reads_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
