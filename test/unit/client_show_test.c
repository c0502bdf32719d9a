/*
 * client_show_test.c - one line of progress.
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

#include "apps/client_show.h"

static void
check(const struct tarry_progress *progress, const char *recent, size_t width,
    const char *expected)
{
	struct buf line;

	buf_init(&line, 4096);
	show_format(progress, recent, width, &line);
	assert_int_equal(line.len, strlen(expected));
	assert_memory_equal(line.data, expected, line.len);
	buf_done(&line);
}

static void
says_what_it_knows(void **state)
{
	struct tarry_progress progress = { .left_s = -1 };

	(void)state;
	check(&progress, NULL, 80, "waiting");
	progress.members_done = 120;
	check(&progress, NULL, 80, "120 members");
	progress.members_total = 4000;
	progress.members_per_s = 35.4;
	progress.bytes_done = 7168;
	progress.bytes_total = 1258291;
	progress.bytes_per_s = 2048;
	progress.left_s = 200;
	check(&progress, NULL, 80,
	    "120/4000 members, 35/s, 7.0k/1.2m bytes, 2.0k/s, 3m20s left");
	progress.state = "queued";
	check(&progress, NULL, 20, "queued, 120/4000 mem");
}

static void
what_a_server_writes_moves_no_cursor(void **state)
{
	struct tarry_progress progress = { .left_s = -1, .members_done = 1 };

	(void)state;
	check(&progress, "a\033[2Jb\r\n\x9b", 80, "1 members  a?[2Jb???");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_knows),
		cmocka_unit_test(what_a_server_writes_moves_no_cursor),
	};

	return cmocka_run_group_tests_name("client_show", tests, NULL, NULL);
}
