/*
 * fs_move.h - MOVE: one rename; or, to another file system, a copy that must
 * be complete, put in place, and then the source goes.
 */
#ifndef FS_MOVE_H
#define FS_MOVE_H

#include "store/fs_path.h"

struct fs_move {
	struct str source;
	struct str destination;
};

enum err fs_move(struct fs *fs, const struct fs_move *move,
    struct progress *progress, bool *out_is_created) MUST_CHECK;

/* Whether a rename would do. */
bool fs_move_is_instant(const struct fs *fs, const struct fs_move *move);

#endif
