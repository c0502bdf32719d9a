/*
 * fs_path.h - from a path of ours to a descriptor of the kernel's.
 *
 * The one place where text of a client meets the file system: openat2() from
 * the root's descriptor, beneath it.  All else is an *at() call with a
 * directory's descriptor and one name, which never follows a link.
 */
#ifndef FS_PATH_H
#define FS_PATH_H

#include <dirent.h>

#include "base/own.h"
#include "store/fs_state.h"

/* A name in its collection; there may be nothing of that name. */
struct fs_spot {
	struct str path; /* borrowed, as long as the spot lives */
	int dir_fd;
	struct fs_stat dir;
	char name[NAME_SIZE_MAX + 1];
};

void fs_path_close(int *fd); /* for OWNED(); -1 is let be */
void fs_path_spot_done(struct fs_spot *spot);

/*
 * Whether the kernel lets this process open what is beneath a directory and
 * nothing else, by openat2(2).
 */
bool fs_path_can_open(int dir_fd);

/* The names in a directory, from the first one; for closedir(3). */
enum err fs_path_open_names(int dir_fd, DIR **out_dir) MUST_CHECK;

/* flags as of open(2); ERR_ABSENT also for what is reserved. */
enum err fs_path_open(
    const struct fs *fs, struct str path, int flags, int *out_fd) MUST_CHECK;

/* What fs_path_open() gives and shows, else ERR_ABSENT. */
enum err fs_path_stat(
    const struct fs *fs, struct str path, struct fs_stat *out_stat) MUST_CHECK;

/*
 * Where a resource is or will be: not the root.  ERR_PARENT, ERR_NAME.  The
 * directory is open for reading if it can be, else by O_PATH.
 */
enum err fs_path_spot(
    const struct fs *fs, struct str path, struct fs_spot *out_spot) MUST_CHECK;

/*
 * What is at a spot where something shall be put.  ERR_ABSENT: nothing, and
 * the name can be given; ERR_NAME: it cannot, or there is something that is
 * not shown.
 */
enum err fs_path_spot_target(const struct fs *fs, const struct fs_spot *spot,
    struct fs_stat *out_stat) MUST_CHECK;

/* A spot at which something is: else ERR_ABSENT. */
enum err fs_path_spot_existing(const struct fs *fs, struct str path,
    struct fs_spot *out_spot, struct fs_stat *out_stat) MUST_CHECK;

/* Whether names in the spot's directory may be changed. */
enum err fs_path_spot_writable(
    const struct fs *fs, const struct fs_spot *spot) MUST_CHECK;

/* The path of the collection that a resource is in. */
struct str fs_path_parent(struct str path);

/* Whether b is a or lies in it. */
bool fs_path_holds(struct str a, struct str b);

/*
 * For walks, from the descriptor of a directory: never through a link.  The
 * first does not enter what is mounted there (EXDEV); the second does, and
 * takes a path of several names.  -1 and errno.
 */
int fs_path_open_member(int dir_fd, const char *name, int flags);
int fs_path_open_below(int dir_fd, const char *relative, int flags);

/* The number of the inode of that name; 0: there is none. */
uint64_t fs_path_ino(const struct fs *fs, struct str path);

#endif
