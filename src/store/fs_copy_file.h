/*
 * fs_copy_file.h - the content of one file, as fast as the kernel has it.
 */
#ifndef FS_COPY_FILE_H
#define FS_COPY_FILE_H

#include <pthread.h>
#include <sys/stat.h>

#include "store/fs_state.h"

enum { FS_COPY_FILE_BUFFER_SIZE = 128 * 1024 };

/* Shared by all threads of one copy. */
struct fs_copy_files {
	struct fs *fs;
	struct progress *progress; /* bytes only, under mutex */
	pthread_mutex_t *mutex;
	bool is_flushed;       /* each file on its own */
	atomic_bool can_clone; /* until the file system says no */
};

struct fs_copy_file {
	int source_fd;    /* a regular file, */
	struct stat stat; /* its own */
	int dir_fd;       /* where the copy goes: nothing may be there */
	const char *name;
	char *buffer; /* FS_COPY_FILE_BUFFER_SIZE octets to work with */
};

/*
 * Holes stay holes.  The progress is told of the octets while it runs, but not
 * of the last: the caller tells of those together with the member.  After an
 * error nothing is left.  ERR_CANCELLED.
 */
enum err fs_copy_file(struct fs_copy_files *files,
    const struct fs_copy_file *file, uint64_t *out_untold_size) MUST_CHECK;

#endif
