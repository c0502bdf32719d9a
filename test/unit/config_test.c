/*
 * config_test.c - a file says what flags say, and every error has its line.
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

#include "apps/config.h"
#include "apps/options.h"

struct values {
	bool is_quiet;
	bool wants_help;
	const char *state;
	struct option_texts listen;
	int mode;
	int64_t after_ms;
	uint64_t body_size;
};

#define VALUE(member) offsetof(struct values, member)

static const char *const modes[] = { "off", "auto", "on", NULL };

static const struct option table[] = {
	{ "quiet", OPTION_FLAG, VALUE(is_quiet), NULL, NULL, "say less" },
	{ "state", OPTION_TEXT, VALUE(state), NULL, "DIR", "where" },
	{ "listen|l", OPTION_TEXTS, VALUE(listen), NULL, "ADDRESS", "where" },
	{ "mode", OPTION_CHOICE, VALUE(mode), modes, "off|auto|on", "which" },
	{ "interim-after", OPTION_DURATION, VALUE(after_ms), NULL, "TIME",
	    "when" },
	{ "max-body", OPTION_SIZE, VALUE(body_size), NULL, "SIZE", "what" },
	{ "help", OPTION_FLAG, VALUE(wants_help), NULL, NULL, "this text" },
	{ 0 },
};

struct rig {
	struct config config;
	struct option_set set;
	struct values values;
	char *said;
	size_t said_size;
};

static void
set_up(struct rig *rig)
{
	*rig = (struct rig){ .values = { .state = "default",
		                 .listen = { { "default" }, 1 } } };
	config_init(&rig->config);
	options_init(&rig->set, table, &rig->values);
	rig->set.file = "F";
	rig->set.errors = open_memstream(&rig->said, &rig->said_size);
	assert_non_null(rig->set.errors);
}

static void
tear_down(struct rig *rig)
{
	(void)fclose(rig->set.errors);
	free(rig->said);
	config_done(&rig->config);
}

static enum err
parse(struct rig *rig, const char *text)
{
	enum err err;

	set_up(rig);
	err = config_parse(&rig->config, str_of(text), &rig->set);
	(void)fflush(rig->set.errors);
	return err;
}

static void
reads_every_kind_of_value(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(parse(&rig, "\xef\xbb\xbf# all of them\n"
	                             "quiet = yes\r\n"
	                             "\n"
	                             "  state=/srv\n"
	                             "listen = 127.0.0.1:1\n"
	                             "\t; another comment: a = b\n"
	                             "listen = [::1]:2\n"
	                             "mode = on\n"
	                             "interim-after = 500ms\n"
	                             "max-body\t=\t10m"),
	    ERR_NONE);
	assert_string_equal(rig.said, "");
	assert_true(rig.values.is_quiet);
	assert_string_equal(rig.values.state, "/srv");
	assert_int_equal(rig.values.listen.count, 2);
	assert_string_equal(rig.values.listen.items[0], "127.0.0.1:1");
	assert_string_equal(rig.values.listen.items[1], "[::1]:2");
	assert_int_equal(rig.values.mode, 2);
	assert_int_equal(rig.values.after_ms, 500);
	assert_int_equal(rig.values.body_size, 10485760);
	assert_int_equal(rig.set.origins[0].source, OPTION_FILE);
	assert_int_equal(rig.set.origins[0].lines[0], 2);
	assert_int_equal(rig.set.origins[2].lines[0], 5);
	assert_int_equal(rig.set.origins[2].lines[1], 7);
	tear_down(&rig);
}

static void
takes_a_value_as_it_stands(void **state)
{
	static const struct {
		const char *line, *value;
	} rows[] = {
		{ "state = /srv/my files", "/srv/my files" },
		{ "state = a # b ; c", "a # b ; c" },
		{ "state = #a", "#a" },
		{ "state = ;a", ";a" },
		{ "state = a=b:c", "a=b:c" },
		{ "state = \"  a \"", "  a " },
		{ "state = a \"b\"", "a \"b\"" },
		{ "state = \\n\\", "\\n\\" },
		{ "state = $HOME ~ %u ${x}", "$HOME ~ %u ${x}" },
		{ "state = \xc3\xa4", "\xc3\xa4" },
		{ "state = [a]", "[a]" },
		{ "state: a", "a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		assert_int_equal(parse(&rig, rows[i].line), ERR_NONE);
		assert_string_equal(rig.values.state, rows[i].value);
		tear_down(&rig);
	}
}

static void
names_the_line_of_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "\ninterim-aftr = 1s",
		    "2: unknown key \"interim-aftr\": did you mean "
		    "\"interim-after\"?" },
		{ "port = 1", "1: unknown key \"port\": see --help" },
		{ "l = 1", "1: unknown key \"l\": see --help" },
		{ "help = yes", "1: help: that cannot stand in a file" },
		{ "interim-after = 20",
		    "1: interim-after: \"20\" cannot be: write a duration such "
		    "as 500ms, 20s or 5m" },
		{ "quiet = 1", "1: quiet: \"1\" cannot be: write yes or no" },
		{ "quiet", "1: write key = value" },
		{ "= yes", "1: write key = value" },
		{ "state =", "1: the value is empty" },
		{ "state = \"\"", "1: the value is empty" },
		{ "state = \"a",
		    "1: the value begins with \" and ends without" },
		{ "state = \"",
		    "1: the value begins with \" and ends without" },
		{ "mode = on\n\nmode = on", "3: mode: line 1 says it already" },
		{ "[serve]", "1: there are no sections: write key = value" },
		{ " [serve", "1: there are no sections: write key = value" },
		{ "\xef\xbb\xbf[serve",
		    "1: there are no sections: write key = value" },
		{ "\xef\xbb\xbf\xef\xbb\xbf[serve",
		    "1: a byte order mark is in it" },
		{ "state = a\x01", "1: a control character is in it" },
		{ "state = a\r\r\n", "1: a control character is in it" },
		/* It goes on with the line before for nobody. */
		{ "listen = a\n  b", "2: write key = value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		char said[256];

		assert_int_equal(parse(&rig, rows[i].text), ERR_SYNTAX);
		(void)snprintf(
		    said, sizeof(said), "tarry: F:%s\n", rows[i].said);
		assert_string_equal(rig.said, said);
		tear_down(&rig);
	}
}

static void
tells_all_errors_at_once(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(parse(&rig, "[a]\nsate = b\nmode\nstate = a\n"
	                             "max-body = x\n"),
	    ERR_SYNTAX);
	assert_string_equal(rig.said,
	    "tarry: F:1: there are no sections: write key = value\n"
	    "tarry: F:2: unknown key \"sate\": did you mean \"state\"?\n"
	    "tarry: F:3: write key = value\n"
	    "tarry: F:5: max-body: \"x\" cannot be: write a size such as "
	    "64k, 10m or 2g\n");
	tear_down(&rig);
}

static void
reads_no_nul(void **state)
{
	static const char text[] = "state = a\0b\nmode = on\n";
	struct rig rig;

	(void)state;
	set_up(&rig);
	assert_int_equal(config_parse(&rig.config,
	                     str_make(text, sizeof(text) - 1), &rig.set),
	    ERR_SYNTAX);
	assert_int_equal(rig.values.mode, 2);
	tear_down(&rig);
}

static void
takes_lines_of_a_size_and_no_longer(void **state)
{
	static const char key[] = "state = ";
	static char text[CONFIG_LINE_SIZE_MAX + 2];
	struct rig rig;

	(void)state;
	memset(text, 'x', CONFIG_LINE_SIZE_MAX);
	memcpy(text, key, strlen(key));
	assert_int_equal(parse(&rig, text), ERR_NONE);
	assert_int_equal(
	    strlen(rig.values.state), CONFIG_LINE_SIZE_MAX - strlen(key));
	tear_down(&rig);
	text[CONFIG_LINE_SIZE_MAX] = 'x';
	assert_int_equal(parse(&rig, text), ERR_SYNTAX);
	assert_string_equal(
	    rig.said, "tarry: F:1: the line is longer than 8 KiB\n");
	tear_down(&rig);
}

static void
takes_so_many_values_and_no_more(void **state)
{
	static char text[10 * (OPTION_VALUE_COUNT_MAX + 2)];
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < OPTION_VALUE_COUNT_MAX; i++)
		(void)strncat(text, "listen=a\n", 10);
	assert_int_equal(parse(&rig, text), ERR_NONE);
	assert_int_equal(rig.values.listen.count, OPTION_VALUE_COUNT_MAX);
	tear_down(&rig);
	(void)strncat(text, "listen=b\n", 10);
	assert_int_equal(parse(&rig, text), ERR_SYNTAX);
	assert_string_equal(rig.said, "tarry: F:257: listen: \"b\" cannot be: "
	                              "write at most 256 of them\n");
	tear_down(&rig);
}

/* A row: what each source says of the state and of where to listen. */
static void
the_stronger_source_wins(void **state)
{
	static const struct {
		const char *file, *variable, *argument;
		enum option_source source;
		const char *value;
	} rows[] = {
		{ NULL, NULL, NULL, OPTION_DEFAULT, "default" },
		{ "file", NULL, NULL, OPTION_FILE, "file" },
		{ NULL, "variable", NULL, OPTION_VARIABLE, "variable" },
		{ NULL, NULL, "flag", OPTION_ARGUMENT, "flag" },
		{ "file", "variable", NULL, OPTION_VARIABLE, "variable" },
		{ "file", "", NULL, OPTION_FILE, "file" },
		{ "file", NULL, "flag", OPTION_ARGUMENT, "flag" },
		{ NULL, "variable", "flag", OPTION_ARGUMENT, "flag" },
		{ "file", "variable", "flag", OPTION_ARGUMENT, "flag" },
	};
	static const char *const names[] = { "state", "listen" };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = names[i % 2];
		char text[64] = "";
		char flag[64];
		char *argv[] = { flag, flag, NULL };
		int argc = 2;
		struct rig rig;
		size_t row = i / 2;
		size_t at = 1 + i % 2; /* in the table */

		if (rows[row].file != NULL)
			(void)snprintf(text, sizeof(text), "%s=%s\n", name,
			    rows[row].file);
		(void)snprintf(flag, sizeof(flag), "-%s=%s", name,
		    rows[row].argument == NULL ? "" : rows[row].argument);
		if (rows[row].argument == NULL)
			argc = 0;
		(void)unsetenv("TARRY_STATE");
		(void)unsetenv("TARRY_LISTEN");
		if (rows[row].variable != NULL)
			(void)setenv(at == 1 ? "TARRY_STATE" : "TARRY_LISTEN",
			    rows[row].variable, 1);
		assert_int_equal(parse(&rig, text), ERR_NONE);
		assert_int_equal(options_environment(&rig.set), ERR_NONE);
		assert_int_equal(
		    options_arguments(&rig.set, &argc, argv), ERR_NONE);
		assert_int_equal(rig.set.origins[at].source, rows[row].source);
		assert_string_equal(
		    at == 1 ? rig.values.state : rig.values.listen.items[0],
		    rows[row].value);
		if (at == 2) /* what is weaker is gone, not added to */
			assert_int_equal(rig.values.listen.count,
			    rows[row].argument == NULL ? 1 : 2);
		tear_down(&rig);
	}
	(void)unsetenv("TARRY_STATE");
	(void)unsetenv("TARRY_LISTEN");
}

static void
a_flag_can_be_taken_back(void **state)
{
	static const struct {
		const char *file, *variable;
		char *argument;
		bool is_quiet;
	} rows[] = {
		{ "quiet=yes", "0", NULL, false },
		{ "quiet=yes", "no", NULL, false },
		{ "quiet=yes", NULL, "--quiet=no", false },
		{ "quiet=no", "1", NULL, true },
		{ "quiet=no", "0", "--quiet", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = { rows[i].argument, NULL };
		int argc = rows[i].argument == NULL ? 0 : 1;
		struct rig rig;

		(void)unsetenv("TARRY_QUIET");
		if (rows[i].variable != NULL)
			(void)setenv("TARRY_QUIET", rows[i].variable, 1);
		assert_int_equal(parse(&rig, rows[i].file), ERR_NONE);
		assert_int_equal(options_environment(&rig.set), ERR_NONE);
		assert_int_equal(
		    options_arguments(&rig.set, &argc, argv), ERR_NONE);
		assert_int_equal(rig.values.is_quiet, rows[i].is_quiet);
		tear_down(&rig);
	}
	(void)unsetenv("TARRY_QUIET");
}

static void
says_why_a_file_cannot_be_read(void **state)
{
	struct rig rig;
	char path[] = "/tmp/tarry-config-XXXXXX";
	int fd = mkstemp(path);
	char said[256];

	(void)state;
	assert_true(fd != -1);
	set_up(&rig);
	assert_int_equal(write(fd, "quiet = yes\n", 12), 12);
	assert_int_equal(config_read(&rig.config, path, &rig.set), ERR_NONE);
	assert_true(rig.values.is_quiet);
	config_done(&rig.config);
	assert_int_equal(ftruncate(fd, CONFIG_SIZE_MAX + 1), 0);
	assert_int_equal(config_read(&rig.config, path, &rig.set), ERR_LIMIT);
	config_done(&rig.config);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(config_read(&rig.config, path, &rig.set), ERR_SYSTEM);
	config_done(&rig.config);
	assert_int_equal(config_read(&rig.config, "/", &rig.set), ERR_SYSTEM);
	(void)fflush(rig.set.errors);
	(void)snprintf(said, sizeof(said),
	    "tarry: %s: larger than 256 KiB\n"
	    "tarry: %s: No such file or directory\n"
	    "tarry: /: Is a directory\n",
	    path, path);
	assert_string_equal(rig.said, said);
	tear_down(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind_of_value),
		cmocka_unit_test(takes_a_value_as_it_stands),
		cmocka_unit_test(names_the_line_of_what_is_wrong),
		cmocka_unit_test(tells_all_errors_at_once),
		cmocka_unit_test(reads_no_nul),
		cmocka_unit_test(takes_lines_of_a_size_and_no_longer),
		cmocka_unit_test(takes_so_many_values_and_no_more),
		cmocka_unit_test(the_stronger_source_wins),
		cmocka_unit_test(a_flag_can_be_taken_back),
		cmocka_unit_test(says_why_a_file_cannot_be_read),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
