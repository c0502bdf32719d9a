/*
 * users_edit_test.c - one line of a file of users, and nothing else, changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/users_edit.h"

static void
changes_one_line(void **state)
{
	static const struct {
		const char *text;
		const char *name;
		const char *hash;
		const char *want; /* NULL: there is no such user */
	} rows[] = {
		{ "", "ann", "H", "ann:H\n" },
		{ "ann:X\nbob:Y\n", "ann", "H", "ann:H\nbob:Y\n" },
		{ "ann:X\nbob:Y", "bob", "H", "ann:X\nbob:H\n" },
		{ "ann:X\nbob:Y", "cid", "H", "ann:X\nbob:Y\ncid:H\n" },
		{ "# a\n\nann:X:more\n", "ann", "H", "# a\n\nann:H\n" },
		{ "anna:X\nan:Y\n", "ann", "H", "anna:X\nan:Y\nann:H\n" },
		{ "ann:X\nann:Y\n", "ann", "H", "ann:H\n" },
		{ "ann:X\nbob:Y\n", "ann", "", "bob:Y\n" },
		{ "ann:X\n", "ann", "", "" },
		{ "ann:X\n", "bob", "", NULL },
		{ "ann\n", "ann", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		enum err err;

		buf_init(&out, 4096);
		err = users_edit_text(str_of(rows[i].text),
		    str_of(rows[i].name), str_of(rows[i].hash), &out);
		assert_int_equal(
		    err, rows[i].want == NULL ? ERR_ABSENT : ERR_NONE);
		if (rows[i].want != NULL)
			assert_true(str_is(buf_str(&out), rows[i].want));
		buf_done(&out);
	}
}

struct place {
	char folder[64];
	char path[128];
};

static int
set_up(void **state)
{
	static struct place place;

	(void)snprintf(
	    place.folder, sizeof(place.folder), "/tmp/users-edit-XXXXXX");
	if (mkdtemp(place.folder) == NULL)
		return -1;
	(void)snprintf(
	    place.path, sizeof(place.path), "%s/users", place.folder);
	*state = &place;
	return 0;
}

static int
tear_down(void **state)
{
	const struct place *place = *state;
	char link[256];

	(void)snprintf(link, sizeof(link), "%s/link", place->folder);
	(void)unlink(link);
	(void)unlink(place->path);
	return rmdir(place->folder); /* nothing else was left in it */
}

static void
check_file(const char *path, const char *want, mode_t mode)
{
	FILE *file = fopen(path, "r");
	struct stat status;
	char got[256];
	size_t size;

	assert_non_null(file);
	size = fread(got, 1, sizeof(got), file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	assert_int_equal(fclose(file), 0);
	assert_true(str_is(str_make(got, size), want));
	assert_int_equal(status.st_mode & 07777, mode);
}

static void
a_new_file_is_for_its_owner_alone(void **state)
{
	const struct place *place = *state;
	mode_t old = umask(0);

	assert_int_equal(
	    users_edit_file(place->path, str_of("ann"), str_of("H")), ERR_NONE);
	(void)umask(old);
	check_file(place->path, "ann:H\n", 0600);
}

static void
keeps_the_mode_but_nothing_for_others(void **state)
{
	const struct place *place = *state;

	assert_int_equal(
	    users_edit_file(place->path, str_of("ann"), str_of("H")), ERR_NONE);
	assert_int_equal(chmod(place->path, 0644), 0);
	assert_int_equal(
	    users_edit_file(place->path, str_of("bob"), str_of("I")), ERR_NONE);
	check_file(place->path, "ann:H\nbob:I\n", 0640);
}

static void
changes_the_file_behind_a_link(void **state)
{
	const struct place *place = *state;
	struct stat status;
	char link[256];

	(void)snprintf(link, sizeof(link), "%s/link", place->folder);
	assert_int_equal(
	    users_edit_file(place->path, str_of("ann"), str_of("H")), ERR_NONE);
	assert_int_equal(symlink("users", link), 0);
	assert_int_equal(
	    users_edit_file(link, str_of("bob"), str_of("I")), ERR_NONE);
	check_file(place->path, "ann:H\nbob:I\n", 0600);
	assert_int_equal(lstat(link, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
}

static void
says_that_there_is_no_folder(void **state)
{
	(void)state;
	assert_int_equal(
	    users_edit_file("/nowhere/users", str_of("ann"), str_of("H")),
	    ERR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		cmocka_unit_test(changes_one_line),
		TEST(a_new_file_is_for_its_owner_alone),
		TEST(keeps_the_mode_but_nothing_for_others),
		TEST(changes_the_file_behind_a_link),
		cmocka_unit_test(says_that_there_is_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
