/*
 * exit_code.h - what a command's exit status says.
 */
#ifndef EXIT_CODE_H
#define EXIT_CODE_H

enum exit_code {
	EXIT_CODE_DONE = 0,
	EXIT_CODE_FAILED = 1, /* for instance: no server runs there */
	EXIT_CODE_USAGE = 2,  /* the command line cannot be understood */
	EXIT_CODE_ABSENT = 3, /* there is nothing of that name */
	EXIT_CODE_REFUSED = 4,
};

#endif
