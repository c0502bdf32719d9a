/*
 * media_test.c - the promises of dav/media.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "dav/media.h"

static struct media *
media_of(const char *table)
{
	char path[] = "/tmp/media_XXXXXX"; /* tidy: allow */
	int fd = mkstemp(path);
	struct media *media;

	assert_true(fd != -1);
	assert_true(dprintf(fd, "%s", table) >= 0);
	media = media_new(path);
	assert_non_null(media);
	(void)close(fd);
	(void)unlink(path);
	return media;
}

static void
assert_type(const struct media *media, const char *name, const char *want)
{
	struct str type = media_type(media, str_of(name));

	if (!str_is(type, want))
		fail_msg("%s: %.*s", name, STR_ARG(type));
}

static const char unknown[] = "application/octet-stream";

static void
reads_the_table_of_the_system(void **state)
{
	struct media *media = media_of("# text/comment\tgif\n"
	                               "\n"
	                               "text/none\n"
	                               "image/gif\t\t\tgif\n"
	                               "image/jpeg \t jpeg JPG jpe\r\n"
	                               "image/other gif png\n"
	                               "garbage bad1\n"
	                               "/x bad2\n"
	                               "x/ bad3\n"
	                               "x/y/z bad4\n"
	                               "x/\"y bad5\n"
	                               "text/last last");

	(void)state;
	assert_type(media, "a.gif", "image/gif"); /* the first has it */
	assert_type(media, "a.png", "image/other");
	assert_type(media, "a.jpg", "image/jpeg");
	assert_type(media, "a.jpe", "image/jpeg");
	assert_type(media, "a.last", "text/last");
	for (int i = 1; i <= 5; i++) {
		char name[] = "a.bad0";

		name[5] = (char)('0' + i);
		assert_type(media, name, unknown);
	}
	media_free(media);
}

static void
looks_at_the_last_suffix_in_any_case(void **state)
{
	struct media *media =
	    media_of("text/html html\nx/gz gz\nx/c c++\n"
	             "x/long abcdefghijklmnopqrstuvwxyz012345\n"
	             "x/longer "
	             "abcdefghijklmnopqrstuvwxyz0123456\n");

	(void)state;
	assert_type(media, "a.html", "text/html");
	assert_type(media, "a.HtMl", "text/html");
	assert_type(media, "a.html.gz", "x/gz");
	assert_type(media, "a b.c++", "x/c");
	assert_type(media, "._a.html", "text/html");
	assert_type(media, "html", unknown);
	assert_type(media, ".html", unknown); /* a name, not a suffix */
	assert_type(media, "a.html.", unknown);
	assert_type(media, "a.htm", unknown);
	assert_type(media, "a.", unknown);
	assert_type(media, ".", unknown);
	assert_type(media, "", unknown);
	assert_type(media, "a.abcdefghijklmnopqrstuvwxyz012345", "x/long");
	assert_type(media, "a.abcdefghijklmnopqrstuvwxyz0123456", unknown);
	media_free(media);
}

static void
serves_a_table_of_its_own_without_one(void **state)
{
	struct media *missing = media_new("/nonexistent/mime.types");
	struct media *none = media_new(NULL);
	struct media *empty = media_of("# nothing\n");

	(void)state;
	assert_type(missing, "a.html", "text/html");
	assert_type(none, "a.txt", "text/plain"); /* without a charset */
	assert_type(none, "a.jpg", "image/jpeg");
	assert_type(none, "a.docx",
	    "application/vnd.openxmlformats-officedocument.wordprocessingml."
	    "document");
	assert_type(none, "a.unknown", unknown);
	assert_type(empty, "a.mp4", "video/mp4");
	media_free(missing);
	media_free(none);
	media_free(empty);
	media_free(NULL);
}

static void
lives_through_a_table_too_large(void **state)
{
	char path[] = "/tmp/media_XXXXXX"; /* tidy: allow */
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct media *media;

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < 20000; i++)
		(void)fprintf(file, "x/t%d s%d\n", i, i);
	(void)fclose(file);
	media = media_new(path);
	(void)unlink(path);
	assert_type(media, "a.s0", "x/t0");
	assert_type(media, "a.s4095", "x/t4095");
	assert_type(media, "a.s4096", unknown);
	media_free(media);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_table_of_the_system),
		cmocka_unit_test(looks_at_the_last_suffix_in_any_case),
		cmocka_unit_test(serves_a_table_of_its_own_without_one),
		cmocka_unit_test(lives_through_a_table_too_large),
	};

	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
