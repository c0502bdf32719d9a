/*
 * fs_remove.h - DELETE: one unlink or one rename, where that is possible.
 */
#ifndef FS_REMOVE_H
#define FS_REMOVE_H

#include "store/fs_path.h"

enum err fs_remove(
    struct fs *fs, struct str path, struct progress *progress) MUST_CHECK;

/*
 * What is at the spot goes, names only: without journal and properties.  When
 * a tree cannot go at once its members go one by one, and those that stay are
 * in progress: *out_is_whole is false.
 */
enum err fs_remove_tree(struct fs *fs, const struct fs_spot *spot,
    struct str path, struct progress *progress, bool *out_is_whole) MUST_CHECK;

#endif
