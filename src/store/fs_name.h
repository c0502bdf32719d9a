/*
 * fs_name.h - which names are ours, and which can be given.
 */
#ifndef FS_NAME_H
#define FS_NAME_H

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

#define FS_NAME_STATE ".tarry"
#define FS_NAME_STAGE ".tarry-stage-"

/* Reserved names are compared without case: some file systems do so too. */
bool fs_name_is_reserved(struct str name, bool is_at_root);
bool fs_name_path_is_reserved(struct str path);

/*
 * ERR_NAME: a new name must be UTF-8 (RFC 3629) without control characters, of
 * at most NAME_SIZE_MAX octets.
 */
enum err fs_name_check_new(struct str name) MUST_CHECK;

#endif
