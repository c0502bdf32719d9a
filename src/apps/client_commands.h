/*
 * client_commands.h - all commands of the client.
 *
 * tarry ops, cancel and unlock are two commands each: with a URL they ask a
 * server far away (a NAME: of the configuration is one, too), without one the
 * server on a directory of this machine.
 */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct client_command;

extern const struct client_command client_cancel;
extern const struct client_command client_cat;
extern const struct client_command client_cp;
extern const struct client_command client_find;
extern const struct client_command client_get;
extern const struct client_command client_lock;
extern const struct client_command client_ls;
extern const struct client_command client_mkdir;
extern const struct client_command client_mv;
extern const struct client_command client_ops;
extern const struct client_command client_prop;
extern const struct client_command client_put;
extern const struct client_command client_rm;
extern const struct client_command client_unlock;
extern const struct client_command client_watch;

/* The index-th, in the order of --help; NULL: there are no more. */
const struct client_command *client_commands_at(size_t index);

/* NULL: there is none of that name. */
const struct client_command *client_commands_find(const char *name);

/* Whether a word is a URL, or a name of the configuration: then the command is
 * not the local one. */
bool client_commands_are_remote(int argc, char **argv);

#endif
