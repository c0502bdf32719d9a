/*
 * fs_stat.c - see fs_stat.h.
 */
#include "store/fs_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "dav/store.h"
#include "store/fs_errno.h"

enum { STAT_BLOCK_SIZE = 512 }; /* of stx_blocks, whatever the disk has */

static int64_t
nanoseconds(const struct statx_timestamp *time)
{
	return time->tv_sec * 1000000000 + time->tv_nsec;
}

static enum err
look(int dir_fd, const char *name, int flags, struct fs_stat *out_stat)
{
	const unsigned mask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;
	struct statx raw;

	if (statx(dir_fd, name, flags | AT_SYMLINK_NOFOLLOW, mask, &raw) == -1)
		return fs_errno_err(errno);
	*out_stat = (struct fs_stat){
		.mode = raw.stx_mode,
		.uid = raw.stx_uid,
		.gid = raw.stx_gid,
		.ino = raw.stx_ino,
		.size = raw.stx_size,
		.disk_size = raw.stx_blocks * STAT_BLOCK_SIZE,
		.modified_ns = nanoseconds(&raw.stx_mtime),
		.created_ns =
		    nanoseconds(raw.stx_mask & STATX_BTIME ? &raw.stx_btime
		                                           : &raw.stx_ctime),
		.place = { .major = raw.stx_dev_major,
		    .minor = raw.stx_dev_minor,
		    .mount = raw.stx_mnt_id },
		.is_mount = (raw.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
	};
	return ERR_NONE;
}

enum err
fs_stat_at(int dir_fd, const char *name, struct fs_stat *out_stat)
{
	return look(dir_fd, name, 0, out_stat);
}

enum err
fs_stat_fd(int fd, struct fs_stat *out_stat)
{
	return look(fd, "", AT_EMPTY_PATH, out_stat);
}

bool
fs_stat_is_shown(const struct fs_stat *stat)
{
	return S_ISREG(stat->mode) || S_ISDIR(stat->mode);
}

bool
fs_stat_is_collection(const struct fs_stat *stat)
{
	return S_ISDIR(stat->mode);
}

bool
fs_stat_is_same_place(const struct fs_place *a, const struct fs_place *b)
{
	return a->major == b->major && a->minor == b->minor &&
	       a->mount == b->mount;
}

void
fs_stat_resource(const struct fs_stat *stat, struct resource *out_resource)
{
	int len;

	*out_resource = (struct resource){
		.is_collection = fs_stat_is_collection(stat),
		.modified_ns = stat->modified_ns,
		.created_ns = stat->created_ns,
	};
	if (out_resource->is_collection)
		return;
	out_resource->size = stat->size;
	out_resource->disk_size =
	    stat->disk_size < stat->size ? stat->disk_size : stat->size;
	len = snprintf(out_resource->etag, sizeof(out_resource->etag),
	    "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", stat->ino, stat->size,
	    (uint64_t)stat->modified_ns);
	CHECK(len > 0 && len < ETAG_SIZE_MAX);
}
