/*
 * fs_recover.h - after a crash: every change is finished or undone.
 *
 * For each entry of the journal the inode that was to move tells on which side
 * of the rename the crash was.  Then the stage is cleared.
 */
#ifndef FS_RECOVER_H
#define FS_RECOVER_H

#include "store/fs_state.h"

/* The trash must run; nobody else may use the store yet. */
enum err fs_recover(struct fs *fs) MUST_CHECK;

#endif
