/*
 * fs_copy.h - COPY: built in the stage, put in place by one rename.
 */
#ifndef FS_COPY_H
#define FS_COPY_H

#include "store/fs_stage.h"

enum err fs_copy(struct fs *fs, const struct copy_options *options,
    struct progress *progress, bool *out_is_created) MUST_CHECK;

/*
 * The first half: a durable copy of the source in the stage; *out_stat is the
 * copy's.
 */
enum err fs_copy_stage(struct fs_stage *stage,
    const struct copy_options *options, struct progress *progress,
    struct fs_stat *out_stat) MUST_CHECK;

#endif
