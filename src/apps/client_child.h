/*
 * client_child.h - another program, with signals as it would have them if we
 * were not there: ours are blocked.
 */
#ifndef CLIENT_CHILD_H
#define CLIENT_CHILD_H

#include <sys/types.h>

#include "base/check.h"

enum { CHILD_OUT_OURS = -1 };

/*
 * command ends with NULL, and is looked for in PATH.  out_fd becomes its
 * standard output, unless it is CHILD_OUT_OURS.  -1: see errno.
 */
pid_t child_start(char *const *command, int out_fd) MUST_CHECK;

/* Its exit status; 128 and its signal, if that has ended it. */
int child_status(int wait_status);

#endif
