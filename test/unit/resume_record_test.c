/*
 * resume_record_test.c - where an upload goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/resume_record.h"

#define URL "http://h/a"
#define LOCATION "http://h/.tarry/uploads/1"

static char dir[] = "/tmp/resume_record_test.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command); /* NOLINT(cert-env33-c) */
}

static void
keep(const char *url, const char *version, const char *location)
{
	struct resume_record record;

	free(resume_record_open(&record, dir, url, version));
	assert_int_not_equal(record.fd, -1);
	resume_record_write(&record, location);
	resume_record_close(&record, false);
}

static void
expect(const char *url, const char *version, const char *location)
{
	struct resume_record record;
	char *found = resume_record_open(&record, dir, url, version);

	if (location == NULL)
		assert_null(found);
	else
		assert_string_equal(found, location);
	free(found);
	resume_record_close(&record, false);
}

static void
remembers_one_upload_of_one_version(void **state)
{
	(void)state;
	expect(URL, "1", NULL);
	keep(URL, "1", LOCATION);
	expect(URL, "1", LOCATION);
	expect(URL, "2", NULL);
	expect(URL "b", "1", NULL);
	expect(URL "1", "", NULL); /* not the same when written together */
}

static void
forgets_what_is_over(void **state)
{
	struct resume_record record;

	(void)state;
	keep(URL, "1", LOCATION);
	free(resume_record_open(&record, dir, URL, "1"));
	resume_record_close(&record, true);
	expect(URL, "1", NULL);
}

static void
is_for_one_at_a_time(void **state)
{
	struct resume_record first;
	struct resume_record second;
	char *found;

	(void)state;
	keep(URL, "1", LOCATION);
	found = resume_record_open(&first, dir, URL, "1");
	assert_string_equal(found, LOCATION);
	assert_null(resume_record_open(&second, dir, URL, "1"));
	resume_record_write(&second, "http://h/other");
	resume_record_close(&second, true);
	resume_record_close(&first, false);
	expect(URL, "1", LOCATION);
	free(found);
}

static void
is_private_and_gets_old(void **state)
{
	struct timespec times[2];
	struct resume_record record;
	struct stat found;
	char *path;

	(void)state;
	free(resume_record_open(&record, dir, URL, "1"));
	resume_record_write(&record, LOCATION);
	path = strdup(record.path);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	times[0] = times[1] =
	    (struct timespec){ .tv_sec =
		                   time(NULL) - RESUME_RECORD_AGE_S - 60 };
	assert_int_equal(futimens(record.fd, times), 0);
	resume_record_close(&record, false);
	expect(URL, "2", NULL);
	assert_int_equal(stat(path, &found), -1);
	free(path);
}

static void
keeps_nothing_without_a_place_or_a_version(void **state)
{
	struct resume_record record;

	(void)state;
	assert_null(resume_record_open(&record, NULL, URL, "1"));
	resume_record_write(&record, LOCATION);
	resume_record_close(&record, true);
	assert_null(resume_record_open(&record, dir, URL, NULL));
	resume_record_close(&record, false);
}

static void
begins_anew_when_the_url_is_too_long(void **state)
{
	static char location[RESUME_RECORD_SIZE_MAX + 1];

	(void)state;
	memset(location, 'x', RESUME_RECORD_SIZE_MAX - 1);
	keep(URL, "1", location);
	expect(URL, "1", location);
	location[RESUME_RECORD_SIZE_MAX - 1] = 'x';
	keep(URL, "1", location);
	expect(URL, "1", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(remembers_one_upload_of_one_version),
		TEST(forgets_what_is_over),
		TEST(is_for_one_at_a_time),
		TEST(is_private_and_gets_old),
		TEST(keeps_nothing_without_a_place_or_a_version),
		TEST(begins_anew_when_the_url_is_too_long),
	};

	return cmocka_run_group_tests_name("resume_record", tests, NULL, NULL);
}
