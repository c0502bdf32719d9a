/*
 * options_test.c - flags, then variables, then defaults.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "apps/options.h"

struct values {
	bool is_quiet;
	const char *state;
	struct option_texts listen;
	int mode;
	int64_t after_ms;
	uint64_t body_size;
	uint64_t thread_count;
};

#define VALUE(member) offsetof(struct values, member)

static const char *const modes[] = { "off", "auto", "on", NULL };

static const struct option table[] = {
	{ "quiet", OPTION_FLAG, VALUE(is_quiet), NULL, NULL, "say less" },
	{ "state", OPTION_TEXT, VALUE(state), NULL, "DIR", "where" },
	{ "listen", OPTION_TEXTS, VALUE(listen), NULL, "ADDRESS", "where" },
	{ "mode", OPTION_CHOICE, VALUE(mode), modes, "off|auto|on", "which" },
	{ "after-ms", OPTION_DURATION, VALUE(after_ms), NULL, "TIME", "when" },
	{ "max-body", OPTION_SIZE, VALUE(body_size), NULL, "SIZE", NULL },
	{ "threads", OPTION_COUNT, VALUE(thread_count), NULL, "COUNT", NULL },
	{ 0 },
};

enum { ARGUMENT_COUNT_MAX = OPTION_VALUE_COUNT_MAX + 8 };

static int
forget_environment(void **state)
{
	static const char *const names[] = { "TARRY_QUIET", "TARRY_STATE",
		"TARRY_LISTEN", "TARRY_MODE", "TARRY_AFTER_MS",
		"TARRY_MAX_BODY", "TARRY_THREADS" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	return 0;
}

/* The arguments end with NULL. */
static enum err
read_arguments(char *const *arguments, struct values *values,
    struct option_texts *operands)
{
	char *argv[ARGUMENT_COUNT_MAX];
	int argc = 0;

	*values = (struct values){ .state = "default",
		.mode = 1,
		.after_ms = 20000,
		.listen = { { "default" }, 1 } };
	for (; arguments[argc] != NULL; argc++)
		argv[argc] = arguments[argc];
	return options_read(table, argc, argv, values, operands);
}

static void
keeps_the_defaults(void **state)
{
	char *const arguments[] = { NULL };
	struct option_texts operands;
	struct values values;

	(void)state;
	assert_int_equal(
	    read_arguments(arguments, &values, &operands), ERR_NONE);
	assert_string_equal(values.state, "default");
	assert_int_equal(values.listen.count, 1);
	assert_int_equal(values.mode, 1);
	assert_int_equal(operands.count, 0);
}

static void
reads_every_kind_of_value(void **state)
{
	char *const arguments[] = { "--quiet", "--state", "a", "b",
		"--listen=1:1", "--listen", "2:2", "--mode=on", "--after-ms",
		"500ms", "--max-body=10m", "--threads", "4", "--", "--quiet",
		NULL };
	struct option_texts operands;
	struct values values;

	(void)state;
	assert_int_equal(
	    read_arguments(arguments, &values, &operands), ERR_NONE);
	assert_true(values.is_quiet);
	assert_string_equal(values.state, "a");
	assert_int_equal(values.listen.count, 2); /* the default is replaced */
	assert_string_equal(values.listen.items[0], "1:1");
	assert_string_equal(values.listen.items[1], "2:2");
	assert_int_equal(values.mode, 2);
	assert_int_equal(values.after_ms, 500);
	assert_int_equal(values.body_size, 10485760);
	assert_int_equal(values.thread_count, 4);
	assert_int_equal(operands.count, 2);
	assert_string_equal(operands.items[0], "b");
	assert_string_equal(operands.items[1], "--quiet");
}

static void
prefers_a_flag_to_a_variable_and_that_to_a_default(void **state)
{
	char *const arguments[] = { "--state=flag", "--listen=flag", NULL };
	char *const none[] = { NULL };
	struct option_texts operands;
	struct values values;

	(void)state;
	assert_int_equal(setenv("TARRY_STATE", "variable", 1), 0);
	assert_int_equal(setenv("TARRY_LISTEN", "variable", 1), 0);
	assert_int_equal(setenv("TARRY_AFTER_MS", "5s", 1), 0);
	assert_int_equal(setenv("TARRY_MODE", "", 1), 0);
	assert_int_equal(setenv("TARRY_QUIET", "0", 1), 0);
	assert_int_equal(
	    read_arguments(arguments, &values, &operands), ERR_NONE);
	assert_string_equal(values.state, "flag");
	assert_int_equal(values.listen.count, 1);
	assert_string_equal(values.listen.items[0], "flag");
	assert_int_equal(values.after_ms, 5000);
	assert_int_equal(values.mode, 1);
	assert_false(values.is_quiet);

	assert_int_equal(setenv("TARRY_QUIET", "1", 1), 0);
	assert_int_equal(read_arguments(none, &values, &operands), ERR_NONE);
	assert_string_equal(values.state, "variable");
	assert_int_equal(values.listen.count, 1);
	assert_string_equal(values.listen.items[0], "variable");
	assert_true(values.is_quiet);
	assert_int_equal(setenv("TARRY_QUIET", "no", 1), 0);
	assert_int_equal(read_arguments(none, &values, &operands), ERR_NONE);
	assert_false(values.is_quiet);
}

static void
takes_no_other_word_for_a_flag(void **state)
{
	static const char *const words[] = { "false", "off", "true", "No" };
	char *const none[] = { NULL };
	struct option_texts operands;
	struct values values;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(setenv("TARRY_QUIET", words[i], 1), 0);
		assert_int_equal(
		    read_arguments(none, &values, &operands), ERR_SYNTAX);
	}
}

static void
tells_a_slip_in_a_variable_from_what_is_not_its_own(void **state)
{
	static const char *const names[] = {
		"TARRY_AFTERMS", "TARRY_STAET", "TARRY_", "TARRY_OTHER_THING",
		"TARRY_STATE", "TARRYSTATE",
		"TARRY_A_NAME_THAT_IS_MUCH_TOO_LONG_FOR_ANY_OF_THE_OPTIONS_HERE"
	};
	struct option_set set;
	struct values values;
	char said[512] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(setenv(names[i], "1", 1), 0);
	options_init(&set, table, &values);
	set.errors = fmemopen(said, sizeof(said), "w");
	assert_non_null(set.errors);
	assert_int_equal(options_slips(&set), 2);
	assert_int_equal(fclose(set.errors), 0);
	assert_string_equal(said,
	    "tarry: TARRY_AFTERMS: warning: there is no such option: did you "
	    "mean TARRY_AFTER_MS?\n"
	    "tarry: TARRY_STAET: warning: there is no such option: did you "
	    "mean TARRY_STATE?\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(unsetenv(names[i]), 0);
}

static void
refuses_what_it_does_not_understand(void **state)
{
	char *const rows[][3] = {
		{ "--none", NULL },
		{ "--=1", NULL },
		{ "--stat=a", NULL },
		{ "--quiet=1", NULL },
		{ "--state", NULL },
		{ "--mode=maybe", NULL },
		{ "--mode=", NULL },
		{ "--after-ms", "20", NULL },
		{ "--max-body=x", NULL },
		{ "--threads=-1", NULL },
		{ "--threads=4294967296", NULL },
	};
	struct option_texts operands;
	struct values values;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    read_arguments(rows[i], &values, &operands), ERR_SYNTAX);
	assert_int_equal(setenv("TARRY_THREADS", "many", 1), 0);
	assert_int_equal(
	    read_arguments(&rows[0][1], &values, &operands), ERR_SYNTAX);
}

static void
takes_so_many_texts_and_no_more(void **state)
{
	static char *const words[] = { "--listen=a", "a" };
	struct option_texts operands;
	struct values values;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *arguments[ARGUMENT_COUNT_MAX] = { NULL };

		for (int j = 0; j < OPTION_VALUE_COUNT_MAX; j++)
			arguments[j] = words[i];
		assert_int_equal(
		    read_arguments(arguments, &values, &operands), ERR_NONE);
		assert_int_equal(i == 0 ? values.listen.count : operands.count,
		    OPTION_VALUE_COUNT_MAX);
		arguments[OPTION_VALUE_COUNT_MAX] = words[i];
		assert_int_equal(
		    read_arguments(arguments, &values, &operands), ERR_SYNTAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keeps_the_defaults, forget_environment),
		cmocka_unit_test_setup(
		    reads_every_kind_of_value, forget_environment),
		cmocka_unit_test_setup(
		    prefers_a_flag_to_a_variable_and_that_to_a_default,
		    forget_environment),
		cmocka_unit_test_setup(
		    takes_no_other_word_for_a_flag, forget_environment),
		cmocka_unit_test_setup(
		    tells_a_slip_in_a_variable_from_what_is_not_its_own,
		    forget_environment),
		cmocka_unit_test_setup(
		    refuses_what_it_does_not_understand, forget_environment),
		cmocka_unit_test_setup(
		    takes_so_many_texts_and_no_more, forget_environment),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
