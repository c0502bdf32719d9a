/*
 * fs_stage.c - see fs_stage.h.
 */
#include "store/fs_stage.h"

#include <errno.h>
#include <fcntl.h>

#include "store/fs_errno.h"
#include "store/fs_trash.h"

static enum err
init_beside(struct fs_stage *stage, const struct fs_spot *spot, struct str path)
{
	struct meta_entry entry = { .kind = META_STAGE,
		.source = fs_path_parent(path),
		.stage = str_of(stage->name) };
	enum err err;

	stage->dir_fd = fcntl(spot->dir_fd, F_DUPFD_CLOEXEC, 0);
	if (stage->dir_fd == -1)
		return fs_errno_err(errno);
	err = meta_journal_begin(stage->fs->meta, &entry);
	if (err != ERR_NONE) {
		fs_path_close(&stage->dir_fd);
		return err;
	}
	stage->journal_id = entry.id;
	return ERR_NONE;
}

enum err
fs_stage_init(struct fs *fs, const struct fs_spot *spot, struct str path,
    struct fs_stage *out_stage)
{
	struct fs_stage stage = { .fs = fs, .place = spot->dir.place };
	enum err err = ERR_NONE;

	stage.is_beside =
	    !fs_stat_is_same_place(&spot->dir.place, &fs->stage_place);
	stage.dir_fd = fs->stage_fd;
	fs_state_make_name(fs, stage.is_beside, stage.name);
	if (stage.is_beside)
		err = init_beside(&stage, spot, path);
	if (err != ERR_NONE)
		return err;
	*out_stage = stage;
	return ERR_NONE;
}

/*
 * What was replaced goes later.  What was given up goes now, so that its room
 * on the disk is free when the caller hears of it.  Whether it is gone: else
 * the journal entry must stay for whoever deletes it.
 */
static bool
empty(struct fs_stage *stage)
{
	const struct fs_trash_item item = { .dir_fd = stage->dir_fd,
		.name = stage->name,
		.place = stage->place };

	if (!stage->is_replaced)
		return fs_trash_reap(stage->fs, stage->dir_fd, stage->name) ==
		       ERR_NONE;
	if (!stage->is_beside)
		return fs_trash_put(stage->fs, &item) == ERR_NONE;
	fs_trash_take(stage->fs, stage->dir_fd, stage->name, stage->journal_id);
	return false;
}

void
fs_stage_done(struct fs_stage *stage)
{
	const struct meta_entry entry = { .id = stage->journal_id,
		.kind = META_STAGE };

	if (stage->fs == NULL)
		return;
	if ((!stage->is_full || empty(stage)) && stage->journal_id != 0)
		meta_journal_undo(stage->fs->meta, &entry);
	if (stage->is_beside)
		fs_path_close(&stage->dir_fd);
	fs_trash_release(stage->fs);
	stage->fs = NULL;
}
