/*
 * fs_remove.c - see fs_remove.h.
 */
#include "store/fs_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "op/progress.h"
#include "store/fs_errno.h"
#include "store/fs_swap.h"
#include "store/fs_trash.h"
#include "store/fs_walk.h"

struct removal {
	struct fs *fs;
	const struct fs_spot *spot;
	struct str path;
	struct progress *progress;
	bool keeps_records; /* of members that go: properties and locks */
	bool is_whole;      /* nothing stays */
};

static void
free_walk(struct fs_walk **walk)
{
	fs_walk_free(*walk);
}

/* Properties and locks of one member, when its tree may stay. */
static enum err
forget(struct fs *fs, struct str path)
{
	const struct meta_entry entry = { .kind = META_REMOVE, .source = path };
	bool is_owed;
	enum err err;

	if (path.len > PATH_SIZE_MAX)
		return ERR_NONE; /* nobody could give it any */
	err = meta_journal_is_owed(fs->meta, path, &is_owed);
	if (err != ERR_NONE || !is_owed)
		return err;
	return meta_journal_end(fs->meta, &entry, META_HAPPENED);
}

static enum err
remove_member(const struct fs_walk_step *step)
{
	int flags = step->kind == FS_WALK_LEAVE ? AT_REMOVEDIR : 0;

	if (step->kind == FS_WALK_DEEP)
		return ERR_LIMIT;
	if (step->kind == FS_WALK_FAILED)
		return step->err;
	if (unlinkat(step->dir_fd, step->name, flags) == 0 || errno == ENOENT)
		return ERR_NONE;
	return errno == EBUSY ? ERR_MOUNT : fs_errno_err(errno);
}

static enum err
remove_one_by_one(struct removal *it)
{
	OWNED(free_walk) struct fs_walk *walk = NULL;
	struct fs_walk_step step;
	enum err err;

	err = fs_walk_new(it->spot->dir_fd, it->spot->name, it->path,
	    FS_WALK_AS_IT_IS, &walk);
	if (err != ERR_NONE)
		return err;
	for (;;) {
		err = fs_walk_next(walk, &step);
		if (err == ERR_ABSENT)
			break;
		if (err != ERR_NONE)
			return err;
		if (step.has_failed)
			continue; /* RFC 4918, 9.6.1: not named itself */
		progress_total(it->progress, 1, 0);
		err = remove_member(&step);
		if (err == ERR_NONE && !it->keeps_records)
			err = forget(it->fs, step.path);
		if (err == ERR_NONE) {
			progress_member_done(it->progress, step.path);
			continue;
		}
		progress_member_failed(it->progress, step.path, err);
		fs_walk_fail(walk);
		it->is_whole = false;
	}
	return ERR_NONE;
}

static enum err
remove_tree(struct removal *it)
{
	struct fs *fs = it->fs;
	const struct fs_spot *spot = it->spot;
	const struct fs_trash_item item = {
		.dir_fd = spot->dir_fd,
		.name = spot->name,
		.place = spot->dir.place,
		.path = fs_path_parent(it->path),
	};
	struct fs_stat stat;
	enum err err;

	err = fs_stat_at(spot->dir_fd, spot->name, &stat);
	if (err != ERR_NONE)
		return err;
	it->is_whole = true;
	if (!fs_stat_is_collection(&stat)) {
		fs_state_step(fs, "before unlink");
		if (unlinkat(spot->dir_fd, spot->name, 0) == -1)
			return fs_errno_err(errno);
		fs_state_step(fs, "after unlink");
		return ERR_NONE;
	}
	err = stat.is_mount ? ERR_BUSY : fs_trash_put(fs, &item);
	/* A mount; or a collection whose own mode forbids to move it. */
	if (err != ERR_BUSY && err != ERR_DENIED)
		return err;
	err = fs_path_spot_writable(fs, spot);
	if (err != ERR_NONE)
		return err;
	return remove_one_by_one(it);
}

enum err
fs_remove_moved(struct fs *fs, const struct fs_spot *spot, struct str path,
    struct progress *progress)
{
	struct removal removal = {
		.fs = fs,
		.spot = spot,
		.path = path,
		.progress = progress,
		.keeps_records = true,
	};

	return remove_tree(&removal);
}

static enum err
remove_at(struct fs *fs, const struct fs_spot *spot, struct fs_swap *swap,
    struct progress *progress)
{
	struct removal removal = {
		.fs = fs,
		.spot = spot,
		.path = swap->entry.source,
		.progress = progress,
	};
	enum err err;

	if (!progress_commit(
	        progress, &(struct progress_mark){ .id = swap->entry.ino }))
		return ERR_CANCELLED;
	err = fs_swap_begin(fs, swap);
	if (err != ERR_NONE)
		return err;
	err = remove_tree(&removal);
	if (err != ERR_NONE || !removal.is_whole) {
		fs_swap_undo(fs, swap);
		return err;
	}
	err = fs_state_sync_names(fs, spot->dir_fd);
	fs_swap_end(fs, swap);
	return err;
}

enum err
fs_remove(struct fs *fs, struct str path, struct progress *progress)
{
	struct fs_swap swap = { .entry = {
		                    .kind = META_REMOVE, .source = path } };
	struct progress_counts counts;
	struct fs_spot spot;
	struct fs_stat stat;
	enum err err;

	if (path.len == 1)
		return ERR_DENIED;
	err = fs_path_spot_existing(fs, path, &spot, &stat);
	if (err != ERR_NONE)
		return err;
	swap.entry.ino = stat.ino;
	err = fs->is_read_only ? ERR_READ_ONLY
	                       : remove_at(fs, &spot, &swap, progress);
	fs_path_spot_done(&spot);
	if (err != ERR_NONE || progress == NULL)
		return err;
	progress_read(progress, &counts);
	if (counts.members_done == 0) { /* it went at once */
		progress_total(progress, 1, 0);
		progress_member_done(progress, path);
	}
	return ERR_NONE;
}
