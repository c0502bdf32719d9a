/*
 * jwt_source_test.c - keys from a file; from a URL, see the end-to-end tests.
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

#include "apps/jwt.h"
#include "apps/jwt_source.h"

#define SECRET                                                                 \
	"{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"         \
	"EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"

static char path[64];
static int change_count;

static void
on_changed(void *context)
{
	CHECK(context == path);
	change_count++;
}

static void
write_keys(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
set_up(void **state)
{
	int fd;

	(void)state;
	change_count = 0;
	(void)snprintf(path, sizeof(path), "/tmp/jwt-source-test-XXXXXX");
	fd = mkstemp(path);
	return fd == -1 ? -1 : close(fd);
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static enum err
open_source(struct jwt_source **out_source)
{
	const struct jwt_source_options options = {
		.where = path, .changed = on_changed, .context = path
	};

	return jwt_source_new(&options, out_source);
}

static size_t
count(struct jwt_source *source)
{
	struct jwt_keys *keys = jwt_source_keys(source);
	size_t there = keys == NULL ? 0 : jwt_keys_count(keys);

	jwt_keys_unref(keys);
	return there;
}

static void
reads_a_file_again_when_it_is_told_to(void **state)
{
	struct jwt_source *source;

	(void)state;
	write_keys("{\"keys\":[" SECRET "]}");
	assert_int_equal(open_source(&source), ERR_NONE);
	assert_int_equal(count(source), 1);
	write_keys("{\"keys\":[" SECRET "," SECRET "]}");
	assert_int_equal(count(source), 1);
	assert_int_equal(change_count, 1);
	jwt_source_reload(source);
	assert_int_equal(count(source), 2);
	assert_int_equal(change_count, 2);
	jwt_source_free(source);
}

static void
keeps_the_old_keys_when_the_new_ones_are_wrong(void **state)
{
	struct jwt_source *source;

	(void)state;
	write_keys("{\"keys\":[" SECRET "]}");
	assert_int_equal(open_source(&source), ERR_NONE);
	write_keys("{\"keys\":[]}");
	jwt_source_reload(source);
	write_keys("{\"keys\":[" SECRET);
	jwt_source_reload(source);
	assert_int_equal(count(source), 1);
	assert_int_equal(change_count, 1);
	jwt_source_free(source);
}

static void
a_file_must_be_right_at_the_start(void **state)
{
	struct jwt_source *source = NULL;

	(void)state;
	assert_int_equal(open_source(&source), ERR_SYNTAX);
	write_keys("{\"keys\":[]}");
	assert_int_equal(open_source(&source), ERR_ABSENT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_source(&source), ERR_SYSTEM);
	assert_null(source);
	write_keys(""); /* which the end takes away */
}

static void
no_key_is_about_to_come_to_a_file(void **state)
{
	struct jwt_source *source;

	(void)state;
	write_keys("{\"keys\":[" SECRET "]}");
	assert_int_equal(open_source(&source), ERR_NONE);
	assert_false(jwt_source_miss(source));
	jwt_source_free(source);
	jwt_source_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(reads_a_file_again_when_it_is_told_to),
		TEST(keeps_the_old_keys_when_the_new_ones_are_wrong),
		TEST(a_file_must_be_right_at_the_start),
		TEST(no_key_is_about_to_come_to_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
