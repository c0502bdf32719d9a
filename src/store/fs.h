/*
 * fs.h - a store over a plain directory, as it is.
 *
 * What others put into the directory is served, what they take is gone.  The
 * state directory (ROOT/.tarry, or another) keeps what a file system cannot:
 * properties, locks and the journal in meta.db, content on its way in stage/,
 * removed trees on their way out in trash/.  It is never served.
 *
 * Decisions one may meet:
 * - Regular files and directories are resources, and nothing else exists.
 *   Symbolic links neither, unless FS_SYMLINKS_INSIDE: then what they point at
 *   is read through them if it lies inside the root; a change of their name
 *   (PUT, DELETE, MOVE) changes the link and never what it points at; a copy
 *   has the content of linked files, and a linked collection inside a copied
 *   one is a failed member (ERR_CONFLICT).
 * - Names that begin with ".tarry-stage-" are our own, at any place: staging
 *   for file systems that are mounted inside the root.  ".tarry" is reserved
 *   at the root.  Both without regard to case.
 * - A copy keeps mode (a collection's always with rwx for its owner) and
 *   modification time; it does not keep owner, ACLs or extended attributes.
 * - An upload keeps the mode of the file that it replaces, and its owner where
 *   the system allows that.
 * - A removed collection goes at once to the trash, whole, even where some of
 *   its members could not be unlinked one by one; what the reaper cannot
 *   delete stays there.
 * - Where the root cannot be written and there is no state, all changes give
 *   ERR_READ_ONLY, and there are neither properties nor locks.
 */
#ifndef FS_H
#define FS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"

struct stopwatch;
struct store;

enum fs_symlinks {
	FS_SYMLINKS_NONE,   /* invisible */
	FS_SYMLINKS_INSIDE, /* followed, but not out of the root */
};

enum fs_sync {
	FS_SYNC_FULL, /* what was answered is on disk */
	FS_SYNC_OFF,  /* it is in the kernel's hands */
};

struct fs_options {
	const char *root;
	const char *state; /* NULL: ROOT/.tarry */
	enum fs_symlinks symlinks;
	enum fs_sync sync;

	/*
	 * For tests of a crash, or NULL: called before and after every step
	 * that a crash could part from the next ("before rename", "after
	 * rename"), from any thread of the store.
	 */
	void (*step)(void *context, const char *what);
	void *step_context;

	const struct stopwatch *commits; /* of the database, or NULL */
};

/*
 * Repairs what a crash has left.  When it fails, error_text says why, for a
 * person, in one line.  Call it before threads start: it asks for the umask.
 */
enum err fs_open(const struct fs_options *options, struct buf *error_text,
    struct store **out_store) MUST_CHECK;

/*
 * Waits a moment until no server uses that state; changes nothing.  ERR_BUSY:
 * one still does; ERR_ABSENT: there is no state; ERR_SYSTEM: see errno.
 */
enum err fs_await(const struct fs_options *options) MUST_CHECK;

bool fs_is_read_only(const struct store *store);

/* The absolute path of the state directory; NULL: there is none. */
const char *fs_own_directory(const struct store *store);

#endif
