/*
 * privilege.h - --user NAME[:GROUP]: from root to somebody who may do less.
 *
 *	find -> (what only root can do) -> drop
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <sys/types.h>

#include "base/check.h"
#include "base/err.h"

enum { PRIVILEGE_NAME_SIZE = 256 };

struct privilege {
	char name[PRIVILEGE_NAME_SIZE]; /* empty: only a number is known */
	uid_t uid;
	gid_t gid;
};

/*
 * Names or numbers; without GROUP the user's own.  A number that has no name
 * needs its GROUP.  Before sandbox_enter(): it reads /etc/passwd, or what
 * stands in its place.  When it fails *out_why says why, in words.
 */
enum err privilege_find(const char *text, struct privilege *out_privilege,
    const char **out_why) MUST_CHECK;

/*
 * This process, for good: all of its ids, its other groups and its
 * capabilities.  Before the first thread.  ERR_DENIED: only root can, and
 * whoever is that user already; ERR_SYSTEM: see errno.  Then the process must
 * not go on.
 */
enum err privilege_drop(const struct privilege *privilege) MUST_CHECK;

#endif
