/*
 * sandbox_landlock.c - see sandbox_landlock.h.
 *
 * The C library has no functions for it, and the header of the kernel that we
 * are built on may know less than the one that we run on: so the numbers are
 * here.
 */
#include "apps/sandbox_landlock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apps/sandbox.h"

enum {
	CREATE_RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,

	LEVEL_TRUNCATE = 3,
	LEVEL_NETWORK = 4,
	LEVEL_IOCTL = 5,
	LEVEL_SCOPE = 6,
};

/* linux/landlock.h */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,

	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,

	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1,
};

enum {
	FS_ALL = (1 << 14) - 1, /* of the lowest level */
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
};

static const unsigned rights[SANDBOX_USE_COUNT] = {
	[SANDBOX_TREE] = FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR |
	                 FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
	                 FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO |
	                 FS_MAKE_SYM | FS_REFER | FS_TRUNCATE,
	[SANDBOX_READ] = FS_READ_FILE,
	[SANDBOX_LOOK] = FS_READ_DIR,
	[SANDBOX_WRITE] = FS_WRITE_FILE | FS_MAKE_REG,
};

/* As the kernel reads them; it is told how much of it there is. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scope;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

int
sandbox_landlock_level(void)
{
	long level = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
	    CREATE_RULESET_VERSION);

	return level == -1 ? -errno : (int)level;
}

/* The manager of services may be behind an abstract socket. */
static bool
has_abstract_manager(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path != NULL && path[0] == '@';
}

static struct ruleset
handled_at(const struct sandbox *sandbox, int level, size_t *out_size)
{
	struct ruleset ruleset = { .fs = FS_ALL };

	*out_size = sizeof(ruleset.fs);
	if (level >= LEVEL_TRUNCATE)
		ruleset.fs |= FS_TRUNCATE;
	if (level >= LEVEL_NETWORK) {
		*out_size += sizeof(ruleset.net);
		ruleset.net = NET_BIND_TCP;
		if (!sandbox->calls)
			ruleset.net |= NET_CONNECT_TCP;
	}
	if (level >= LEVEL_IOCTL)
		ruleset.fs |= FS_IOCTL_DEV;
	if (level >= LEVEL_SCOPE) {
		*out_size += sizeof(ruleset.scope);
		ruleset.scope = SCOPE_SIGNAL;
		if (!has_abstract_manager())
			ruleset.scope |= SCOPE_ABSTRACT_UNIX_SOCKET;
	}
	return ruleset;
}

static int
add_place(int ruleset_fd, const struct ruleset *ruleset,
    const struct sandbox_place *place)
{
	struct path_beneath rule = {
		.allowed = rights[place->use] & ruleset->fs,
		.parent_fd = place->fd,
	};

	if (!place->is_directory)
		rule.allowed &= FS_OF_FILES;
	if (rule.allowed == 0)
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH,
	           &rule, 0) == -1
	           ? errno
	           : 0;
}

int
sandbox_landlock_enter(const struct sandbox *sandbox, int level)
{
	size_t size;
	const struct ruleset ruleset = handled_at(sandbox, level, &size);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	int error = 0;

	if (fd == -1)
		return errno;
	for (size_t i = 0; i < sandbox->count && error == 0; i++)
		error = add_place(fd, &ruleset, &sandbox->places[i]);
	if (error == 0 && syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		error = errno;
	(void)close(fd);
	return error;
}
