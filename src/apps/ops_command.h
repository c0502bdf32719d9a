/*
 * ops_command.h - tarry ops and tarry cancel: what runs on a server, and stop
 * it.
 *
 * argv: what follows the name of the command.  Returns the exit status.
 */
#ifndef OPS_COMMAND_H
#define OPS_COMMAND_H

int ops_command_list(int argc, char **argv);
int ops_command_cancel(int argc, char **argv);

#endif
