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

static bool
is_url(const char *where)
{
	return strstr(where, "://") != NULL;
}

/* Keys at a URL come from another machine, which is found by its name. */
static void
allow_calls(struct sandbox *sandbox)
{
	static const char *const needed[] = { "/etc/resolv.conf", "/etc/hosts",
		"/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
		"/etc/services", "/etc/ssl", "/usr/lib/ssl",
		"/usr/share/ca-certificates", "/etc/ld.so.cache", "/usr/lib" };

	sandbox->calls = true;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		sandbox_allow(sandbox, SANDBOX_READ, needed[i]);
}

struct named {
	const char *option;
	const char *path;
	enum sandbox_use use;
};

enum { NAMED_COUNT_MAX = 2 * OPTION_VALUE_COUNT_MAX + 5 };

static void
name(struct named *all, size_t *count, const struct named *one)
{
	CHECK(*count < NAMED_COUNT_MAX);
	if (one->path != NULL)
		all[(*count)++] = *one;
}

static void
name_all(struct named *all, size_t *count, const char *option,
    const struct option_texts *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		name(all, count,
		    &(struct named){ option, paths->items[i], SANDBOX_READ });
}

/* What is read again at SIGHUP, or when it has changed. */
static size_t
find_named(
    const struct server_options *options, struct named out_all[NAMED_COUNT_MAX])
{
	const struct named ones[] = {
		{ "--config", options->config, SANDBOX_READ },
		{ "--tls-client-ca", options->tls.client_ca, SANDBOX_READ },
		{ "--users", options->users.users, SANDBOX_READ },
		{ "--jwt-keys", options->users.jwt_keys, SANDBOX_READ },
		{ "--access-log", options->access_log, SANDBOX_WRITE },
	};
	size_t count = 0;

	name_all(out_all, &count, "--tls-cert", &options->tls.certificates);
	name_all(out_all, &count, "--tls-key", &options->tls.keys);
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++)
		name(out_all, &count, &ones[i]);
	return count;
}

/* Some of them are words instead. */
static bool
is_file(const struct named *named)
{
	if (named->use == SANDBOX_WRITE)
		return strcmp(named->path, "-") != 0 &&
		       strcmp(named->path, "off") != 0;
	return strcmp(named->option, "--jwt-keys") != 0 || !is_url(named->path);
}

static void
allow_named(struct sandbox *sandbox, const struct server_options *options)
{
	struct named all[NAMED_COUNT_MAX];
	size_t count = find_named(options, all);

	for (size_t i = 0; i < count; i++)
		if (is_file(&all[i]))
			sandbox_allow_named(sandbox, all[i].use, all[i].path);
	if (options->users.jwt_keys != NULL && is_url(options->users.jwt_keys))
		allow_calls(sandbox);
}

static enum err
check(const struct named *named)
{
	if (!is_file(named) || !sandbox_hides(named->use, named->path))
		return ERR_NONE;
	(void)fprintf(stderr,
	    "tarry: %s: %s cannot be opened inside the sandbox: restart (or "
	    "--take-over), or --sandbox off\n",
	    named->option, named->path);
	return ERR_DENIED;
}

enum err
confine_check(const struct server_options *options)
{
	struct named all[NAMED_COUNT_MAX];
	size_t count = find_named(options, all);
	enum err err = ERR_NONE;

	for (size_t i = 0; i < count; i++) {
		if (all[i].use == SANDBOX_WRITE &&
		    access(all[i].path, F_OK) == -1)
			continue;
		if (check(&all[i]) != ERR_NONE)
			err = ERR_DENIED;
	}
	return err;
}

enum err
confine_check_log(const struct server_options *options)
{
	const struct named named = { "--access-log", options->access_log,
		SANDBOX_WRITE };

	return check(&named);
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
