/*
 * main.c - tarry COMMAND: finds the command and hands over.
 */
#include <stdio.h>
#include <string.h>

#include "apps/locks_command.h"
#include "apps/ops_command.h"
#include "apps/serve.h"

enum { EXIT_USAGE = 2 };

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "serve", serve_main, "serve a directory by WebDAV" },
	{ "ops", ops_command_list, "what a server is doing" },
	{ "cancel", ops_command_cancel, "stop one of these operations" },
	{ "locks", locks_command_list, "who holds which lock on a server" },
	{ "unlock", locks_command_unlock, "take a lock away from its holder" },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void
usage(FILE *out)
{
	(void)fprintf(out,
	    "usage: tarry COMMAND [OPTION...]\n\n"
	    "A WebDAV server that says 102 while a long request runs.\n\n"
	    "commands:\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(
		    out, "  %-10s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(out, "\n\"tarry COMMAND --help\" tells its options, "
	                   "\"tarry --version\" the version.\n");
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("tarry %s\n", TARRY_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return 0;
	}
	(void)fprintf(stderr,
	    "tarry: there is no command \"%s\": see tarry "
	    "--help\n",
	    argv[1]);
	return EXIT_USAGE;
}
