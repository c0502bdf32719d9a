/*
 * passwd_command.h - tarry passwd FILE NAME: writes a file of users (users.h).
 */
#ifndef PASSWD_COMMAND_H
#define PASSWD_COMMAND_H

/* The exit status. */
int passwd_command(int argc, char **argv);

#endif
