/*
 * confine.c - see confine.h.
 */
#include "apps/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/privilege.h"
#include "apps/server.h"

enum { STATE_MODE = 0700 };

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "tarry: %s: %s\n", what, why);
}

enum err
confine_find_user(
    const struct server_options *options, struct privilege *out_privilege)
{
	const char *why;
	enum err err;

	if (options->user == NULL)
		return ERR_NONE;
	err = privilege_find(options->user, out_privilege, &why);
	if (err != ERR_NONE)
		(void)fprintf(
		    stderr, "tarry: --user %s: %s\n", options->user, why);
	return err;
}

static enum err
drop(const struct server_options *options, const struct privilege *privilege)
{
	enum err err;

	if (options->user == NULL)
		return ERR_NONE;
	err = privilege_drop(privilege);
	if (err == ERR_DENIED)
		complain("--user", "only root can become another user");
	else if (err != ERR_NONE)
		complain("--user", strerror(errno));
	return err;
}

static void
allow_trees(struct sandbox *sandbox, const struct server_options *options,
    const char *directory)
{
	sandbox_allow(sandbox, SANDBOX_TREE, directory);
	if (options->state == NULL)
		return;
	/* It must be there to be allowed; the store makes it in this way. */
	(void)mkdir(options->state, STATE_MODE); /* the store says why not */
	sandbox_allow(sandbox, SANDBOX_TREE, options->state);
}

/* Those at a URL are fetched from another machine, found by its name. */
static void
allow_keys_of_tokens(struct sandbox *sandbox, const char *where)
{
	static const char *const needed[] = { "/etc/resolv.conf", "/etc/hosts",
		"/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
		"/etc/services", "/etc/ssl", "/usr/lib/ssl",
		"/usr/share/ca-certificates", "/etc/ld.so.cache", "/usr/lib" };

	if (where == NULL)
		return;
	if (strstr(where, "://") == NULL) {
		sandbox_allow_named(sandbox, SANDBOX_READ, where);
		return;
	}
	sandbox->calls = true;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		sandbox_allow(sandbox, SANDBOX_READ, needed[i]);
}

/* What is read again at SIGHUP, or when it has changed. */
static void
allow_named(struct sandbox *sandbox, const struct server_options *options)
{
	const struct server_tls_options *tls = &options->tls;

	sandbox_allow_named(sandbox, SANDBOX_READ, options->config);
	for (size_t i = 0; i < tls->certificates.count; i++)
		sandbox_allow_named(
		    sandbox, SANDBOX_READ, tls->certificates.items[i]);
	for (size_t i = 0; i < tls->keys.count; i++)
		sandbox_allow_named(sandbox, SANDBOX_READ, tls->keys.items[i]);
	sandbox_allow_named(sandbox, SANDBOX_READ, tls->client_ca);
	sandbox_allow_named(sandbox, SANDBOX_READ, options->users.users);
	allow_keys_of_tokens(sandbox, options->users.jwt_keys);
	if (strcmp(options->access_log, "-") != 0 &&
	    strcmp(options->access_log, "off") != 0)
		sandbox_allow_named(
		    sandbox, SANDBOX_WRITE, options->access_log);
}

static void
allow_system(struct sandbox *sandbox)
{
	sandbox_allow(sandbox, SANDBOX_READ, "/etc/mime.types");
	sandbox_allow(sandbox, SANDBOX_WRITE, "/dev/null");
	/* For the metrics. */
	sandbox_allow(sandbox, SANDBOX_READ, "/proc/self/statm");
	sandbox_allow(sandbox, SANDBOX_LOOK, "/proc/self/fd");
#ifdef TARRY_SANITIZED
	sandbox_allow(sandbox, SANDBOX_READ, "/proc");
	sandbox_allow(sandbox, SANDBOX_LOOK, "/proc");
#endif
}

/* SQLite puts what does not fit into memory where it finds room. */
static void
keep_temporary_files_in(
    const struct server_options *options, const char *directory)
{
	char path[PATH_SIZE_MAX + 1];
	int size;

	size = options->state != NULL
	           ? snprintf(path, sizeof(path), "%s", options->state)
	           : snprintf(path, sizeof(path), "%s/.tarry", directory);
	if (size > 0 && (size_t)size < sizeof(path))
		(void)setenv("SQLITE_TMPDIR", path, 1); /* or it has none */
}

enum err
confine(const struct server_options *options, const char *directory,
    const struct privilege *privilege, struct sandbox *sandbox)
{
	enum sandbox_mode mode = (enum sandbox_mode)options->sandbox;
	enum err err;

	err = drop(options, privilege);
	if (err != ERR_NONE || mode == SANDBOX_OFF)
		return err;
	allow_trees(sandbox, options, directory);
	allow_named(sandbox, options);
	allow_system(sandbox);
	keep_temporary_files_in(options, directory);
	return sandbox_enter(sandbox, &sandbox_linux, mode);
}

static void
tell(const char *what, int error)
{
	(void)printf("tried to %s: %s\n", what,
	    error == 0 ? "it was done" : strerror(error));
}

static int
try_exec(void)
{
	char program[] = "/bin/true";
	char *const argv[] = { program, NULL };
	pid_t pid;
	int error = posix_spawn(&pid, program, NULL, NULL, argv, argv + 1);

	if (error == 0)
		(void)waitpid(pid, NULL, 0); /* it ends by itself */
	return error;
}

static int
try_bind(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd == -1)
		return errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == -1)
		error = errno;
	(void)close(fd);
	return error;
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd == -1)
		return errno;
	(void)close(fd);
	return 0;
}

void
confine_try(const char *path)
{
	(void)printf("with %s\n", path);
	tell("read it", try_open(path, O_RDONLY));
	tell("write to it", try_open(path, O_WRONLY));
	tell("list it", try_open(path, O_RDONLY | O_DIRECTORY));
	tell("run a program", try_exec());
	/* Of nobody: where it is not forbidden, there is no such process. */
	tell("trace", ptrace(PTRACE_DETACH, 0, NULL, NULL) == -1 ? errno : 0);
	tell("mount", mount("none", path, "tmpfs", 0, NULL) == -1 ? errno : 0);
	tell("bind", try_bind());
	(void)fflush(stdout);
}
