/*
 * op_log_test.c - the promises of store/op_log.c.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/op_log.h"

struct seen {
	char text[256];
};

static enum err
see(void *seer, struct str id, struct str record)
{
	struct seen *seen = seer;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len, "%.*s=%.*s;",
	    STR_ARG(id), STR_ARG(record));
	return ERR_NONE;
}

static enum err
refuse(void *seer, struct str id, struct str record)
{
	(void)seer;
	(void)id;
	(void)record;
	return ERR_RANGE;
}

struct place {
	char folder[64];
	char file[80];
};

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)strncpy(place->folder, "/tmp/tarry-op-log-XXXXXX",
	    sizeof(place->folder) - 1);
	if (mkdtemp(place->folder) == NULL)
		return -1;
	(void)snprintf(
	    place->file, sizeof(place->file), "%s/ops.db", place->folder);
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	(void)unlink(place->file);
	(void)rmdir(place->folder);
	free(place);
	return 0;
}

static struct op_log *
opened(const struct place *place)
{
	struct op_log *log = NULL;

	assert_int_equal(op_log_open(place->folder, &log), ERR_NONE);
	return log;
}

static void
expect_rows(const struct op_log *log, const char *rows)
{
	const struct journal *journal = op_log_journal(log);
	struct seen seen = { "" };

	assert_int_equal(journal->each(journal->context, see, &seen), ERR_NONE);
	assert_string_equal(seen.text, rows);
}

static void
put(const struct op_log *log, const char *id, const char *record)
{
	const struct journal *journal = op_log_journal(log);

	assert_int_equal(
	    journal->put(journal->context, str_of(id), str_of(record)),
	    ERR_NONE);
}

static void
keeps_records_across_a_restart(void **state)
{
	struct op_log *log = opened(*state);

	put(log, "a", "queued");
	put(log, "b", "queued");
	put(log, "a", "done");
	op_log_close(log);
	log = opened(*state);
	expect_rows(log, "a=done;b=queued;");
	op_log_close(log);
}

static void
drops_one_and_no_other(void **state)
{
	struct op_log *log = opened(*state);
	const struct journal *journal = op_log_journal(log);

	put(log, "a", "1");
	put(log, "b", "2");
	assert_int_equal(
	    journal->drop(journal->context, str_of("a")), ERR_NONE);
	assert_int_equal(
	    journal->drop(journal->context, str_of("absent")), ERR_NONE);
	expect_rows(log, "b=2;");
	op_log_close(log);
}

static void
hands_an_error_of_see_on(void **state)
{
	struct op_log *log = opened(*state);
	const struct journal *journal = op_log_journal(log);

	put(log, "a", "1");
	assert_int_equal(
	    journal->each(journal->context, refuse, NULL), ERR_RANGE);
	expect_rows(log, "a=1;"); /* and can be asked again */
	op_log_close(log);
}

static void
replaces_what_cannot_be_read(void **state)
{
	struct place *place = *state;
	int fd = open(place->file, O_WRONLY | O_CREAT, 0600);
	struct op_log *log;

	assert_int_not_equal(fd, -1);
	for (int i = 0; i < 100; i++)
		assert_int_equal(write(fd, "no database here", 16), 16);
	(void)close(fd);
	log = opened(place);
	expect_rows(log, "");
	put(log, "a", "1");
	expect_rows(log, "a=1;");
	op_log_close(log);
}

static void
tells_that_there_is_no_such_folder(void **state)
{
	struct op_log *log;

	(void)state;
	assert_int_not_equal(op_log_open("/nowhere/at/all", &log), ERR_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_records_across_a_restart),
		TEST(drops_one_and_no_other),
		TEST(hands_an_error_of_see_on),
		TEST(replaces_what_cannot_be_read),
		TEST(tells_that_there_is_no_such_folder),
	};

	return cmocka_run_group_tests_name("op_log", tests, NULL, NULL);
}
