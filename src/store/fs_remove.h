/*
 * fs_remove.h - DELETE: one unlink or one rename, where that is possible.
 */
#ifndef FS_REMOVE_H
#define FS_REMOVE_H

#include "store/fs_path.h"

enum err fs_remove(
    struct fs *fs, struct str path, struct progress *progress) MUST_CHECK;

/*
 * The names at a spot whose content was moved elsewhere, in the journal entry
 * of that MOVE, which takes properties along.  When a tree cannot go at once
 * its members go one by one, and those that stay are in progress.
 */
enum err fs_remove_moved(struct fs *fs, const struct fs_spot *spot,
    struct str path, struct progress *progress) MUST_CHECK;

#endif
