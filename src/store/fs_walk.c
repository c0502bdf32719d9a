/*
 * fs_walk.c - see fs_walk.h.
 */
#include "store/fs_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "store/fs_errno.h"
#include "store/fs_path.h"

struct frame {
	DIR *dir;
	char name[NAME_SIZE_MAX + 1];
	size_t path_size; /* of the directory's own path */
	bool has_failed;
};

struct fs_walk {
	int dir_fd; /* borrowed: of the top's directory */
	enum fs_walk_force force;
	struct buf path;
	struct frame frames[TREE_DEPTH_MAX];
	size_t depth;
};

static int
depth_fd(const struct fs_walk *walk)
{
	return walk->depth == 0 ? walk->dir_fd
	                        : dirfd(walk->frames[walk->depth - 1].dir);
}

/* The top may be a mount; what is mounted below it is not entered. */
static int
open_directory(struct fs_walk *walk, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY;
	int dir_fd = depth_fd(walk);

	return walk->depth == 0 ? fs_path_open_below(dir_fd, name, flags)
	                        : fs_path_open_member(dir_fd, name, flags);
}

/* -1 and errno. */
static int
push(struct fs_walk *walk, const char *name)
{
	struct frame *frame = &walk->frames[walk->depth];
	int fd = open_directory(walk, name);

	if (fd == -1 && errno == EACCES && walk->force == FS_WALK_FORCED &&
	    fchmodat(depth_fd(walk), name, S_IRWXU, 0) == 0)
		fd = open_directory(walk, name);
	if (fd == -1)
		return -1;
	*frame = (struct frame){ .dir = fdopendir(fd) };
	if (frame->dir == NULL) {
		(void)close(fd);
		errno = ENOMEM;
		return -1;
	}
	memcpy(frame->name, name, strlen(name) + 1);
	frame->path_size = walk->path.len;
	walk->depth++;
	return 0;
}

enum err
fs_walk_new(int dir_fd, const char *name, struct str path,
    enum fs_walk_force force, struct fs_walk **out_walk)
{
	const size_t path_size_max =
	    PATH_SIZE_MAX + (TREE_DEPTH_MAX + 1) * (NAME_SIZE_MAX + 1);
	struct fs_walk *walk = calloc(1, sizeof(*walk));
	enum err err = ERR_NONE;

	if (walk == NULL)
		return ERR_MEMORY;
	walk->dir_fd = dir_fd;
	walk->force = force;
	buf_init(&walk->path, path_size_max);
	buf_add_str(&walk->path, path);
	if (push(walk, name) == -1)
		err = fs_errno_err(errno);
	if (err == ERR_NONE)
		err = walk->path.err;
	if (err != ERR_NONE) {
		fs_walk_free(walk);
		return err;
	}
	*out_walk = walk;
	return ERR_NONE;
}

static enum err
leave(struct fs_walk *walk, struct fs_walk_step *out_step)
{
	struct frame *frame = &walk->frames[walk->depth - 1];

	(void)closedir(frame->dir); /* it was only read */
	walk->depth--;
	walk->path.len = frame->path_size;
	*out_step = (struct fs_walk_step){
		.kind = FS_WALK_LEAVE,
		.dir_fd = depth_fd(walk),
		.name = frame->name,
		.type = DT_DIR,
		.has_failed = frame->has_failed,
		.path = buf_str(&walk->path),
	};
	return ERR_NONE;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whether the walk went into the member: else out_step says what it is. */
static bool
enter(struct fs_walk *walk, const struct dirent *entry,
    struct fs_walk_step *out_step)
{
	out_step->kind = FS_WALK_FILE;
	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
		return false;
	if (walk->depth == TREE_DEPTH_MAX) {
		out_step->kind = FS_WALK_DEEP;
		return false;
	}
	if (push(walk, entry->d_name) == 0)
		return true;
	if (errno == ENOTDIR || errno == ELOOP)
		return false;
	out_step->kind = FS_WALK_FAILED;
	out_step->err = errno == EXDEV ? ERR_BUSY : fs_errno_err(errno);
	return false;
}

enum err
fs_walk_next(struct fs_walk *walk, struct fs_walk_step *out_step)
{
	while (walk->depth > 0) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		struct dirent *entry;
		struct fs_walk_step step = { .dir_fd = dirfd(frame->dir) };

		errno = 0;
		entry = readdir(frame->dir);
		if (entry == NULL && errno != 0)
			return fs_errno_err(errno);
		if (entry == NULL)
			return leave(walk, out_step);
		if (is_dots(entry->d_name))
			continue;
		walk->path.len = frame->path_size;
		buf_add_char(&walk->path, '/');
		buf_add_text(&walk->path, entry->d_name);
		if (walk->path.err != ERR_NONE)
			return walk->path.err;
		if (enter(walk, entry, &step))
			continue;
		step.name = entry->d_name;
		step.type = entry->d_type;
		step.path = buf_str(&walk->path);
		*out_step = step;
		return ERR_NONE;
	}
	return ERR_ABSENT;
}

void
fs_walk_fail(struct fs_walk *walk)
{
	for (size_t i = 0; i < walk->depth; i++)
		walk->frames[i].has_failed = true;
}

int
fs_walk_top_fd(const struct fs_walk *walk)
{
	CHECK(walk->depth > 0);
	return dirfd(walk->frames[0].dir);
}

void
fs_walk_free(struct fs_walk *walk)
{
	if (walk == NULL)
		return;
	while (walk->depth > 0)
		(void)closedir(walk->frames[--walk->depth].dir);
	buf_done(&walk->path);
	free(walk);
}
