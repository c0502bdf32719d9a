/*
 * fs_state.c - see fs_state.h.
 */
#include "store/fs_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "store/fs_errno.h"
#include "store/fs_name.h"

struct fs *
fs_state_of(struct store *store)
{
	struct fs *fs = (struct fs *)store;

	CHECK(fs->magic == FS_MAGIC);
	return fs;
}

void
fs_state_step(const struct fs *fs, const char *what)
{
	if (fs->step != NULL)
		fs->step(fs->step_context, what);
}

/* Whoever looks has a const store; that it locks is no part of what it sees. */
static pthread_rwlock_t *
names_of(const struct fs *fs)
{
	return &((struct fs *)(uintptr_t)fs)->names;
}

void
fs_state_names_lock(const struct fs *fs, enum fs_names how)
{
	int failed = how == FS_NAMES_CHANGE
	                 ? pthread_rwlock_wrlock(names_of(fs))
	                 : pthread_rwlock_rdlock(names_of(fs));

	CHECK(failed == 0);
}

void
fs_state_names_unlock(const struct fs *fs)
{
	int failed = pthread_rwlock_unlock(names_of(fs));

	CHECK(failed == 0);
}

enum err
fs_state_sync_file(const struct fs *fs, int fd)
{
	if (fs->sync == FS_SYNC_OFF)
		return ERR_NONE;
	fs_state_step(fs, "before fsync");
	if (fsync(fd) == -1)
		return fs_errno_err(errno);
	fs_state_step(fs, "after fsync");
	return ERR_NONE;
}

enum err
fs_state_sync_names(const struct fs *fs, int fd)
{
	if (fs->sync == FS_SYNC_OFF)
		return ERR_NONE;
	fs_state_step(fs, "before fsync");
	/* EINVAL: this file system has no fsync for directories.  EBADF: one
	 * that may be changed, not read: it is open by O_PATH. */
	if (fsync(fd) == -1 && errno != EINVAL &&
	    (errno != EBADF || syncfs(fs->root_fd) == -1))
		return fs_errno_err(errno);
	fs_state_step(fs, "after fsync");
	return ERR_NONE;
}

enum err
fs_state_sync_all(const struct fs *fs, int fd)
{
	if (fs->sync == FS_SYNC_OFF)
		return ERR_NONE;
	fs_state_step(fs, "before fsync");
	if (syncfs(fd) == -1)
		return fs_errno_err(errno);
	fs_state_step(fs, "after fsync");
	return ERR_NONE;
}

void
fs_state_make_name(
    struct fs *fs, bool is_in_served, char out_name[FS_NAME_TEXT_SIZE])
{
	uint64_t serial = atomic_fetch_add(&fs->serial, 1);
	int len =
	    snprintf(out_name, FS_NAME_TEXT_SIZE, "%s%016" PRIx64 "%" PRIx64,
	        is_in_served ? FS_NAME_STAGE : "", fs->instance, serial);

	CHECK(len > 0 && len < FS_NAME_TEXT_SIZE);
}
