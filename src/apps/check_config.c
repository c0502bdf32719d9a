/*
 * check_config.c - see check_config.h.
 */
#include "apps/check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/serve.h"
#include "apps/serve_check.h"
#include "apps/serve_print.h"

/* The one option that serve has not; whether it was there. */
static bool
take_print(int *argc, char **argv)
{
	int count = 0;
	bool is_there = false;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--print") == 0)
			is_there = true;
		else
			argv[count++] = argv[i];
	}
	*argc = count;
	return is_there;
}

static void
help(void)
{
	(void)printf(
	    "usage: tarry check-config [DIR] [--print] [OPTION...]\n\n"
	    "Reads what \"tarry serve\" with the same options would read, "
	    "changes nothing, and\ntells what is wrong.\n\n"
	    "  --print                     "
	    "the options in effect, and where each is from\n");
	serve_options_help();
}

static void
sum_up(const struct serve_check *check)
{
	unsigned errors =
	    check->counts[FINDING_USAGE] + check->counts[FINDING_FAILURE];
	unsigned doubts = check->counts[FINDING_DOUBT];

	(void)printf("%u error%s, %u warning%s\n", errors,
	    errors == 1 ? "" : "s", doubts, doubts == 1 ? "" : "s");
}

int
check_config_main(int argc, char **argv)
{
	bool wants_print = take_print(&argc, argv);
	const struct serve_arguments arguments = { argc, argv };
	struct serve_settings *settings;
	struct serve_check check;
	enum exit_code code = EXIT_CODE_DONE;
	enum err err = serve_settings_new(&arguments, &settings);

	if (err != ERR_NONE)
		return err == ERR_SYNTAX ? EXIT_CODE_USAGE : EXIT_CODE_FAILED;
	if (settings->wants_help) {
		help();
	} else {
		check = (struct serve_check){ .settings = settings };
		code = serve_check_run(&check, SERVE_CHECK_ALL);
		if (wants_print)
			serve_print(&settings->set);
		else
			sum_up(&check);
	}
	serve_settings_free(settings);
	return code;
}
