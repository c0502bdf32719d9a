/*
 * fs_path.c - see fs_path.h.
 */
#include "store/fs_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/fs_errno.h"
#include "store/fs_name.h"

enum { INTERRUPTED_COUNT_MAX = 100 };

void
fs_path_close(int *fd)
{
	if (*fd != -1)
		(void)close(*fd); /* what matters was flushed before */
	*fd = -1;
}

void
fs_path_spot_done(struct fs_spot *spot)
{
	fs_path_close(&spot->dir_fd);
}

struct str
fs_path_parent(struct str path)
{
	size_t at = path.len;

	CHECK(path.len > 1 && path.data[0] == '/');
	while (path.data[at - 1] != '/')
		at--;
	return str_make(path.data, at > 1 ? at - 1 : 1);
}

bool
fs_path_holds(struct str a, struct str b)
{
	if (a.len == 1 || str_equal(a, b))
		return true;
	return str_starts(b, a) && b.data[a.len] == '/';
}

static int
open_beneath(int dir_fd, const char *name, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK),
		.resolve = resolve | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	if (flags & O_PATH)
		how.flags &= ~(uint64_t)(O_NOCTTY | O_NONBLOCK);
	/* EAGAIN: a rename elsewhere, while ".." was looked up. */
	for (int i = 0; i < INTERRUPTED_COUNT_MAX; i++) {
		fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
		if (fd != -1 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

int
fs_path_open_member(int dir_fd, const char *name, int flags)
{
	return open_beneath(
	    dir_fd, name, flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int
fs_path_open_below(int dir_fd, const char *relative, int flags)
{
	return open_beneath(dir_fd, relative, flags, RESOLVE_NO_SYMLINKS);
}

bool
fs_path_can_open(int dir_fd)
{
	OWNED(fs_path_close) int fd = fs_path_open_below(dir_fd, ".", O_PATH);

	return fd != -1 || errno != ENOSYS;
}

enum err
fs_path_open_names(int dir_fd, DIR **out_dir)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return fs_errno_err(errno);
	*out_dir = fdopendir(fd);
	if (*out_dir == NULL) {
		(void)close(fd);
		return ERR_MEMORY;
	}
	return ERR_NONE;
}

/*
 * Through a link, or by another name that the file system knows, a path may
 * lead into the state without naming it.
 */
static bool
is_state(const struct fs *fs, int fd)
{
	size_t size = strlen(fs->state_path);
	char link[32];
	char target[PATH_MAX];
	ssize_t len;

	if (size == 0 || (!fs->has_aliases && fs->symlinks == FS_SYMLINKS_NONE))
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, target, sizeof(target));
	if (len == -1)
		return true; /* in doubt */
	return (size_t)len >= size &&
	       strncasecmp(target, fs->state_path, size) == 0 &&
	       ((size_t)len == size || target[size] == '/');
}

enum err
fs_path_open(const struct fs *fs, struct str path, int flags, int *out_fd)
{
	char relative[PATH_SIZE_MAX + 1] = ".";
	uint64_t resolve =
	    fs->symlinks == FS_SYMLINKS_NONE ? RESOLVE_NO_SYMLINKS : 0;
	int error;
	int fd;

	CHECK(path.len > 0 && path.data[0] == '/');
	if (path.len > PATH_SIZE_MAX || str_has(path, '\0') ||
	    fs_name_path_is_reserved(path))
		return ERR_ABSENT;
	if (path.len > 1) {
		memcpy(relative, path.data + 1, path.len - 1);
		relative[path.len - 1] = '\0';
	}
	fs_state_names_lock(fs, FS_NAMES_READ);
	fd = open_beneath(fs->root_fd, relative, flags, resolve);
	error = errno;
	fs_state_names_unlock(fs);
	errno = error;
	if (fd == -1)
		return errno == ENAMETOOLONG ? ERR_ABSENT : fs_errno_err(errno);
	if (is_state(fs, fd)) {
		(void)close(fd);
		return ERR_ABSENT;
	}
	*out_fd = fd;
	return ERR_NONE;
}

enum err
fs_path_stat(const struct fs *fs, struct str path, struct fs_stat *out_stat)
{
	OWNED(fs_path_close) int fd = -1;
	enum err err;

	err = fs_path_open(fs, path, O_PATH, &fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(fd, out_stat);
	if (err != ERR_NONE)
		return err;
	return fs_stat_is_shown(out_stat) ? ERR_NONE : ERR_ABSENT;
}

static enum err
open_directory(const struct fs *fs, struct str path, int *out_fd)
{
	enum err err;

	err = fs_path_open(fs, path, O_RDONLY | O_DIRECTORY, out_fd);
	if (err == ERR_DENIED) /* it may still be written and searched */
		err = fs_path_open(fs, path, O_PATH | O_DIRECTORY, out_fd);
	return err == ERR_ABSENT ? ERR_PARENT : err;
}

enum err
fs_path_spot(const struct fs *fs, struct str path, struct fs_spot *out_spot)
{
	struct fs_spot spot = { .path = path, .dir_fd = -1 };
	struct str parent;
	struct str name;
	enum err err;

	CHECK(path.len > 1);
	parent = fs_path_parent(path);
	name = str_from(path, parent.len == 1 ? 1 : parent.len + 1);
	if (path.len > PATH_SIZE_MAX || name.len > NAME_SIZE_MAX ||
	    str_has(path, '\0') || fs_name_path_is_reserved(path))
		return ERR_NAME;
	memcpy(spot.name, name.data, name.len);
	err = open_directory(fs, parent, &spot.dir_fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(spot.dir_fd, &spot.dir);
	if (err != ERR_NONE) {
		fs_path_spot_done(&spot);
		return err;
	}
	*out_spot = spot;
	return ERR_NONE;
}

/* A link is what it leads to: nothing, if that is outside. */
static bool
is_visible(
    const struct fs *fs, const struct fs_spot *spot, const struct fs_stat *stat)
{
	struct fs_stat target;

	if (fs_stat_is_shown(stat))
		return true;
	return fs->symlinks == FS_SYMLINKS_INSIDE && S_ISLNK(stat->mode) &&
	       fs_path_stat(fs, spot->path, &target) == ERR_NONE;
}

enum err
fs_path_spot_target(
    const struct fs *fs, const struct fs_spot *spot, struct fs_stat *out_stat)
{
	struct fs_stat stat;
	enum err err;

	err = fs_stat_at(spot->dir_fd, spot->name, &stat);
	if (err == ERR_ABSENT)
		return fs_name_check_new(str_of(spot->name)) == ERR_NONE
		           ? ERR_ABSENT
		           : ERR_NAME;
	if (err != ERR_NONE)
		return err;
	if (fs->has_aliases && stat.ino == fs->state_ino)
		return ERR_NAME;
	if (!is_visible(fs, spot, &stat))
		return ERR_NAME;
	*out_stat = stat;
	return ERR_NONE;
}

enum err
fs_path_spot_existing(const struct fs *fs, struct str path,
    struct fs_spot *out_spot, struct fs_stat *out_stat)
{
	struct fs_spot spot = { .dir_fd = -1 };
	enum err err;

	err = fs_path_spot(fs, path, &spot);
	if (err == ERR_PARENT || err == ERR_NAME)
		return ERR_ABSENT;
	if (err != ERR_NONE)
		return err;
	err = fs_stat_at(spot.dir_fd, spot.name, out_stat);
	if (err == ERR_NONE && !is_visible(fs, &spot, out_stat))
		err = ERR_ABSENT;
	if (err == ERR_NONE && fs->has_aliases &&
	    out_stat->ino == fs->state_ino)
		err = ERR_ABSENT;
	if (err != ERR_NONE) {
		fs_path_spot_done(&spot);
		return err;
	}
	*out_spot = spot;
	return ERR_NONE;
}

enum err
fs_path_spot_writable(const struct fs *fs, const struct fs_spot *spot)
{
	if (fs->is_read_only)
		return ERR_READ_ONLY;
	if (faccessat(spot->dir_fd, ".", W_OK | X_OK, AT_EACCESS) == -1)
		return fs_errno_err(errno);
	return ERR_NONE;
}

uint64_t
fs_path_ino(const struct fs *fs, struct str path)
{
	struct fs_spot spot;
	struct fs_stat stat;
	enum err err;

	if (path.len < 2)
		return 0;
	err = fs_path_spot(fs, path, &spot);
	if (err != ERR_NONE)
		return 0;
	err = fs_stat_at(spot.dir_fd, spot.name, &stat);
	fs_path_spot_done(&spot);
	return err == ERR_NONE ? stat.ino : 0;
}
