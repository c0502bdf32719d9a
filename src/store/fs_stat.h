/*
 * fs_stat.h - what there is to know about a file: one statx.
 */
#ifndef FS_STAT_H
#define FS_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/check.h"
#include "base/err.h"

struct resource;

/* Where a rename goes: not from one place to another. */
struct fs_place {
	uint32_t major;
	uint32_t minor;
	uint64_t mount;
};

struct fs_stat {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t ino;
	uint64_t size;
	uint64_t disk_size; /* of its blocks */
	int64_t modified_ns;
	int64_t created_ns; /* of the inode's change, where no birth is kept */
	struct fs_place place;
	bool is_mount; /* something is mounted here */
};

/* Never follows a link at the end. */
enum err fs_stat_at(
    int dir_fd, const char *name, struct fs_stat *out_stat) MUST_CHECK;
enum err fs_stat_fd(int fd, struct fs_stat *out_stat) MUST_CHECK;

bool fs_stat_is_shown(const struct fs_stat *stat); /* file or directory */
bool fs_stat_is_collection(const struct fs_stat *stat);
bool fs_stat_is_same_place(const struct fs_place *a, const struct fs_place *b);

/* Fills in all but has_props, which is false. */
void fs_stat_resource(
    const struct fs_stat *stat, struct resource *out_resource);

#endif
