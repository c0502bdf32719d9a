/*
 * client_commands.c - see client_commands.h.
 */
#include "apps/client_commands.h"

#include <stdlib.h>
#include <string.h>

#include "apps/client.h"
#include "apps/client_place.h"

static const struct client_command *const commands[] = {
	&client_ls,
	&client_cat,
	&client_get,
	&client_put,
	&client_cp,
	&client_mv,
	&client_rm,
	&client_mkdir,
	&client_find,
	&client_prop,
	&client_lock,
	&client_unlock,
	&client_watch,
	&client_ops,
	&client_cancel,
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

const struct client_command *
client_commands_at(size_t index)
{
	return index < COMMAND_COUNT ? commands[index] : NULL;
}

const struct client_command *
client_commands_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

bool
client_commands_are_remote(int argc, char **argv)
{
	char *config_dir = client_folder("XDG_CONFIG_HOME", ".config");
	bool are_remote = false;

	for (int i = 0; i < argc; i++)
		are_remote = are_remote || place_is_remote(config_dir, argv[i]);
	free(config_dir);
	return are_remote;
}
