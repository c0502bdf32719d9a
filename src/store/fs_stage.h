/*
 * fs_stage.h - where something new is built, unseen, before it gets its name.
 *
 *	init -> build it at (dir_fd, name), set is_full -> rename it away,
 *	clear is_full -> done
 *
 * It lies on the file system of its destination: in the state's stage
 * directory, or under a reserved name beside the destination, noted in the
 * journal.  What is still there at done goes.
 */
#ifndef FS_STAGE_H
#define FS_STAGE_H

#include "store/fs_path.h"
#include "store/meta_journal.h"

struct fs_stage {
	struct fs *fs; /* NULL: nothing to undo */
	int dir_fd;
	char name[FS_NAME_TEXT_SIZE];
	struct fs_place place;
	bool is_beside;
	bool is_full;       /* something lies there */
	bool is_replaced;   /* ... which is what was replaced: it goes later */
	int64_t journal_id; /* of the entry that notes it; 0: none */
};

/* For what will be at the spot, whose path is given. */
enum err fs_stage_init(struct fs *fs, const struct fs_spot *spot,
    struct str path, struct fs_stage *out_stage) MUST_CHECK;
void fs_stage_done(struct fs_stage *stage);

#endif
