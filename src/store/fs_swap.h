/*
 * fs_swap.h - a new name for a tree, with all that has to agree with it.
 *
 *	begin -> rename -> (what else belongs to it) -> end
 *
 * begin writes the journal where properties or locks are owed something, or
 * where a crash between two renames must be mended; end brings properties and
 * locks in line.  After an error of rename nothing has changed, and undo takes
 * the place of end.
 */
#ifndef FS_SWAP_H
#define FS_SWAP_H

#include "store/fs_path.h"
#include "store/meta_journal.h"

struct fs_swap {
	struct meta_entry entry; /* kind, source, destination, stage, ino */

	int dir_fd; /* what is renamed: the staged tree, or the source */
	const char *name;
	bool is_collection;
	const struct fs_spot *to;
	bool is_replacing; /* something is there now, */
	bool is_replaced_collection;
	bool is_same_file; /* by another name, which has to go all the same */

	/* Out. */
	bool is_renamed;
	bool is_exchanged; /* what was replaced now has the old name */
};

/* The first half for changes that are no rename: journal and nothing else. */
enum err fs_swap_begin(struct fs *fs, struct fs_swap *swap) MUST_CHECK;

/* ERR_CONFLICT: the two are on different file systems. */
enum err fs_swap_rename(struct fs *fs, struct fs_swap *swap) MUST_CHECK;

/* An exchange is reversed.  False: it cannot be. */
bool fs_swap_rename_back(struct fs *fs, struct fs_swap *swap);

/* What cannot be brought in line now is owed: see fs_debt.h. */
void fs_swap_end(struct fs *fs, const struct fs_swap *swap);
void fs_swap_undo(struct fs *fs, const struct fs_swap *swap);

/* Before something new is made: a resource that others removed, without us,
 * may have left properties. */
enum err fs_swap_fresh(struct fs *fs, struct str path) MUST_CHECK;

#endif
