/*
 * locks_command.h - tarry locks and tarry unlock --force: who holds what on a
 * server, and take it away.
 *
 * argv: what follows the name of the command.  Returns the exit status.
 */
#ifndef LOCKS_COMMAND_H
#define LOCKS_COMMAND_H

int locks_command_list(int argc, char **argv);
int locks_command_unlock(int argc, char **argv);

#endif
