/*
 * client_child.c - see client_child.h.
 */
#include "apps/client_child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int
spawn(char *const *command, int out_fd, const posix_spawnattr_t *attributes,
    pid_t *out_pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	if (out_fd != CHILD_OUT_OURS)
		error = posix_spawn_file_actions_adddup2(
		    &actions, out_fd, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawnp(out_pid, command[0], &actions, attributes,
		    command, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error;
}

pid_t
child_start(char *const *command, int out_fd)
{
	posix_spawnattr_t attributes;
	sigset_t none;
	sigset_t usual;
	pid_t pid = -1;

	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	errno = posix_spawnattr_init(&attributes);
	if (errno != 0)
		return -1;
	(void)posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &usual);
	errno = spawn(command, out_fd, &attributes, &pid);
	(void)posix_spawnattr_destroy(&attributes);
	return errno == 0 ? pid : -1;
}

int
child_status(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}
