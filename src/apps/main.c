/*
 * main.c - tarry COMMAND: finds the command and hands over.
 */
#include <stdio.h>
#include <string.h>

#include "apps/check_config.h"
#include "apps/client.h"
#include "apps/client_commands.h"
#include "apps/client_docs.h"
#include "apps/locks_command.h"
#include "apps/ops_command.h"
#include "apps/passwd_command.h"
#include "apps/serve.h"

enum { EXIT_USAGE = 2 };

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "serve", serve_main, "serve a directory by WebDAV" },
	{ "check-config", check_config_main, "what is wrong with its options" },
	{ "passwd", passwd_command, "write a file of users for serve" },
	{ "ops", ops_command_list, "what a server is doing" },
	{ "cancel", ops_command_cancel, "stop one of these operations" },
	{ "locks", locks_command_list, "who holds which lock on a server" },
	{ "unlock", locks_command_unlock, "take a lock away from its holder" },
};

enum {
	COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
	NAME_COUNT_MAX = 64,
};

/* NULL: there is none of that name. */
static const struct command *
find(const char *name)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
usage(FILE *out)
{
	(void)fprintf(out,
	    "usage: tarry COMMAND [OPTION...]\n\n"
	    "A WebDAV server that says 102 while a long request runs.\n\n"
	    "commands:\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(
		    out, "  %-12s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(out, "\non a server, by its URL:\n");
	for (size_t i = 0; client_commands_at(i) != NULL; i++)
		(void)fprintf(out, "  %-12s %s\n", client_commands_at(i)->name,
		    client_commands_at(i)->summary);
	(void)fprintf(out, "\n\"tarry COMMAND --help\" tells its options, "
	                   "\"tarry --version\" the version.\n");
}

static int
complete(int argc, char **argv)
{
	const char *names[NAME_COUNT_MAX + 1];
	size_t count = 0;

	for (int i = 0; i < COMMAND_COUNT; i++)
		names[count++] = commands[i].name;
	for (size_t i = 0; client_commands_at(i) != NULL; i++) {
		const char *name = client_commands_at(i)->name;

		CHECK(count < NAME_COUNT_MAX);
		if (find(name) == NULL)
			names[count++] = name;
	}
	names[count] = NULL;
	return client_docs_completions(argc, argv, names);
}

int
main(int argc, char **argv)
{
	const struct client_command *remote;
	const struct command *local;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	local = find(argv[1]);
	remote = client_commands_find(argv[1]);
	if (remote != NULL &&
	    (local == NULL || client_commands_are_remote(argc - 2, argv + 2)))
		return client_main(remote, argc - 2, argv + 2);
	if (local != NULL)
		return local->run(argc - 2, argv + 2);
	if (strcmp(argv[1], "completions") == 0)
		return complete(argc - 2, argv + 2);
	if (strcmp(argv[1], "manual") == 0)
		return client_docs_manual(argc - 2, argv + 2);
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
