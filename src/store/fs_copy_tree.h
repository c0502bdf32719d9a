/*
 * fs_copy_tree.h - all members of a collection, copied by a few threads.
 *
 * Directories wait on a stack that the threads share, deepest last, so that it
 * stays small; a thread that finds it full puts its own directory aside and
 * goes on below.  Each directory is opened by its path from the top, so that
 * the depth costs no descriptors.
 *
 * The threads take what nobody else wants of the processors; the caller's own
 * waits, and works too when they get too little of them.
 */
#ifndef FS_COPY_TREE_H
#define FS_COPY_TREE_H

#include "store/fs_state.h"

struct fs_copy_tree {
	struct fs *fs;
	struct progress *progress;
	struct str path; /* of the source, for the progress */
	int source_fd;   /* it, open for reading */
	int target_fd;   /* an empty directory, open for reading */
	/* Of copy_options. */
	enum err (*admit)(void *context, struct str path, bool is_collection);
	void *context;
	bool is_shallow;
	bool is_strict;  /* the first failure ends it */
	bool is_flushed; /* each member on its own */
};

/*
 * ERR_NONE also when members failed: they are in the progress.  ERR_SPACE and
 * ERR_CANCELLED: what was copied is to be removed.
 */
enum err fs_copy_tree(const struct fs_copy_tree *tree) MUST_CHECK;

#endif
