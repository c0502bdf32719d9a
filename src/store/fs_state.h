/*
 * fs_state.h - what the parts of the fs store share.
 */
#ifndef FS_STATE_H
#define FS_STATE_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "dav/store.h"
#include "store/fs.h"
#include "store/fs_debt.h"
#include "store/fs_stat.h"

struct fs_trash;
struct meta;

enum { FS_MAGIC = 0x66735f21, FS_NAME_TEXT_SIZE = 48 };

struct fs {
	struct store store; /* first: a struct store * is cast to this */
	unsigned magic;
	int root_fd;
	int state_fd; /* -1, like the next three: read-only without a state */
	int stage_fd;
	int trash_fd;
	int lock_fd;
	struct fs_place stage_place; /* of stage and trash */
	uint64_t state_ino;
	bool has_aliases; /* the state may have other names than its own */
	char state_path[PATH_MAX]; /* absolute; "" without a state */
	bool is_read_only;
	enum fs_symlinks symlinks;
	enum fs_sync sync;
	mode_t umask;
	pthread_rwlock_t names; /* see fs_state_names_lock() */
	struct meta *meta;      /* NULL when read-only */
	struct fs_debts debts;
	struct fs_trash *trash;      /* NULL when read-only */
	atomic_uint_fast64_t serial; /* of names of our own */
	uint64_t instance;           /* in names of our own */
	void (*step)(void *context, const char *what);
	void *step_context;
	const struct stopwatch *commits;
};

struct fs *fs_state_of(struct store *store);

/* For the tests of a crash. */
void fs_state_step(const struct fs *fs, const char *what);

/*
 * While one changes names, nobody looks any up: two renames are one change to
 * whoever asks us.  Nothing in between may wait for a disk.
 */
enum fs_names { FS_NAMES_READ, FS_NAMES_CHANGE };
void fs_state_names_lock(const struct fs *fs, enum fs_names how);
void fs_state_names_unlock(const struct fs *fs);

/*
 * Make it durable, unless the store need not be: the content of a file, the
 * names in a directory, a whole file system.
 */
enum err fs_state_sync_file(const struct fs *fs, int fd) MUST_CHECK;
enum err fs_state_sync_names(const struct fs *fs, int fd) MUST_CHECK;
enum err fs_state_sync_all(const struct fs *fs, int fd) MUST_CHECK;

/* A name that nobody has; with the prefix of names in served directories. */
void fs_state_make_name(
    struct fs *fs, bool is_in_served, char out_name[FS_NAME_TEXT_SIZE]);

#endif
