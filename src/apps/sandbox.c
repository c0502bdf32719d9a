/*
 * sandbox.c - see sandbox.h.
 */
#include "apps/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/sandbox_landlock.h"
#include "apps/sandbox_seccomp.h"

static int
no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? errno : 0;
}

const struct sandbox_kernel sandbox_linux = {
	.no_new_privs = no_new_privs,
	.landlock_level = sandbox_landlock_level,
	.landlock = sandbox_landlock_enter,
	.seccomp = sandbox_seccomp_enter,
};

void
sandbox_init(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){ .count = 0 };
}

void
sandbox_allow(struct sandbox *sandbox, enum sandbox_use use, const char *path)
{
	struct sandbox_place *place = &sandbox->places[sandbox->count];
	struct stat stat;
	int fd;

	CHECK(use < SANDBOX_USE_COUNT);
	if (sandbox->count == SANDBOX_PLACE_COUNT_MAX)
		return;
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return; /* who opens it says so better */
	if (fstat(fd, &stat) == -1) {
		(void)close(fd);
		return;
	}
	*place = (struct sandbox_place){
		.use = use,
		.fd = fd,
		.is_directory = S_ISDIR(stat.st_mode),
	};
	sandbox->count++;
}

/* "/", what is at the top of the tree, and a home. */
static bool
is_wide(const char *directory)
{
	const char *home = getenv("HOME");
	char target[PATH_MAX];

	return strchr(directory + 1, '/') == NULL ||
	       (home != NULL && realpath(home, target) != NULL &&
	           strcmp(directory, target) == 0);
}

/* The directory of a path, without links or dots; false: there is none. */
static bool
find_directory(const char *path, char out[PATH_MAX])
{
	char copy[PATH_MAX];
	char *slash;

	if (strlen(path) >= sizeof(copy))
		return false;
	(void)snprintf(copy, sizeof(copy), "%s", path);
	slash = strrchr(copy, '/');
	if (slash == NULL)
		return realpath(".", out) != NULL;
	slash[slash == copy ? 1 : 0] = '\0';
	return realpath(copy, out) != NULL;
}

void
sandbox_allow_named(
    struct sandbox *sandbox, enum sandbox_use use, const char *path)
{
	char directory[PATH_MAX];
	char target[PATH_MAX];

	if (path == NULL)
		return;
	sandbox_allow(sandbox, use, path);
	if (find_directory(path, directory) && !is_wide(directory))
		sandbox_allow(sandbox, use, directory);
	if (realpath(path, target) != NULL &&
	    find_directory(target, directory) && !is_wide(directory))
		sandbox_allow(sandbox, use, directory);
}

/* What is missing, and what then is so. */
static void
complain(enum sandbox_mode mode, const char *wall, const char *why,
    const char *consequence)
{
	if (mode == SANDBOX_REQUIRE)
		(void)fprintf(
		    stderr, "tarry: --sandbox require: no %s: %s\n", wall, why);
	else
		(void)fprintf(stderr, "tarry: warning: no %s: %s: %s\n", wall,
		    why, consequence);
}

static bool
enter_landlock(const struct sandbox *sandbox,
    const struct sandbox_kernel *kernel, enum sandbox_mode mode)
{
	int level = kernel->landlock_level();
	int error;

	if (level >= 0 && level < SANDBOX_LANDLOCK_LEVEL_MIN) {
		complain(mode, "landlock",
		    "this kernel's is too old to let files be moved",
		    "the server can open what its user can");
		return false;
	}
	error = level < 0 ? -level : kernel->landlock(sandbox, level);
	if (error != 0)
		complain(mode, "landlock", strerror(error),
		    "the server can open what its user can");
	return error == 0;
}

enum err
sandbox_enter(const struct sandbox *sandbox,
    const struct sandbox_kernel *kernel, enum sandbox_mode mode)
{
	bool is_whole = true;
	int error;

	if (mode == SANDBOX_OFF)
		return ERR_NONE;
	error = kernel->no_new_privs();
	if (error != 0) {
		complain(mode, "no_new_privs", strerror(error),
		    "the other walls may be refused too");
		is_whole = false;
	}
	if (!enter_landlock(sandbox, kernel, mode))
		is_whole = false;
	error = kernel->seccomp(sandbox);
	if (error != 0) {
		complain(mode, "seccomp", strerror(error),
		    "the server could run other programs");
		is_whole = false;
	}
	return is_whole || mode == SANDBOX_AUTO ? ERR_NONE : ERR_DENIED;
}

/* access() asks for the rights of the user; landlock does not hear of it. */
bool
sandbox_hides(enum sandbox_use use, const char *path)
{
	bool is_read = use == SANDBOX_READ;
	char directory[PATH_MAX];
	struct stat stat_now;
	int fd;

	CHECK(is_read || use == SANDBOX_WRITE);
	fd = is_read
	         ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
	         : open(path,
	               O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC,
	               0640);
	if (fd != -1) {
		(void)close(fd);
		return false;
	}
	if (errno != EACCES)
		return false;
	if (!is_read && stat(path, &stat_now) == -1)
		return find_directory(path, directory) &&
		       access(directory, W_OK | X_OK) == 0;
	return access(path, is_read ? R_OK : W_OK) == 0;
}

void
sandbox_done(struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->count; i++)
		(void)close(sandbox->places[i].fd);
	sandbox->count = 0;
}
