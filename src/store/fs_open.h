/*
 * fs_open.h - the ends of a store's life: its descriptors and its state.
 */
#ifndef FS_OPEN_H
#define FS_OPEN_H

#include "store/fs_state.h"

/* All but fs->store.ops.  The first error has a text; see fs.h. */
enum err fs_open_state(const struct fs_options *options, struct buf *error_text,
    struct fs **out_fs) MUST_CHECK;
void fs_open_undo(struct fs *fs);

#endif
