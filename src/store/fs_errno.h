/*
 * fs_errno.h - errno in our words, in one place.
 */
#ifndef FS_ERRNO_H
#define FS_ERRNO_H

#include "base/err.h"

/* What went wrong with a name; never ERR_NONE. */
enum err fs_errno_err(int error);

/* The same, where that name was the way to a parent: ERR_PARENT. */
enum err fs_errno_parent_err(int error);

#endif
