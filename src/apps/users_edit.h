/*
 * users_edit.h - changes one line of a file of users, whole or not at all.
 */
#ifndef USERS_EDIT_H
#define USERS_EDIT_H

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

/*
 * The text with this user's line changed, or added at the end; with an empty
 * hash, without it.  Other lines stay as they are.  ERR_ABSENT: there is no
 * line to take away; or the error of out_text.
 */
enum err users_edit_text(struct str text, struct str name, struct str hash,
    struct buf *out_text) MUST_CHECK;

/*
 * The same for a file, which is replaced in one step and is there after a
 * power cut.  A new one is for its owner alone (0600); another keeps owner and
 * mode, less what others may do.  ERR_SYSTEM: see errno.
 */
enum err users_edit_file(
    const char *path, struct str name, struct str hash) MUST_CHECK;

#endif
