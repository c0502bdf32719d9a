/*
 * fs_move.c - see fs_move.h.
 */
#include "store/fs_move.h"

#include <dirent.h>
#include <string.h>

#include "op/progress.h"
#include "store/fs_copy.h"
#include "store/fs_remove.h"
#include "store/fs_swap.h"
#include "store/fs_trash.h"

/* Both ends of a move, looked up. */
struct ends {
	struct fs_spot from;
	struct fs_stat moved;
	struct fs_spot to;
	struct fs_stat replaced;
	bool is_replacing;
	bool is_same_file; /* both names are of one file: hard links */
};

static void
ends_done(struct ends *ends)
{
	fs_path_spot_done(&ends->from);
	fs_path_spot_done(&ends->to);
}

/* Where names are compared in another way, two can be one. */
static enum err
has_both(int dir_fd, const char *one, const char *other, bool *out_has_both)
{
	bool has_one = false;
	bool has_other = false;
	struct dirent *entry;
	enum err err;
	DIR *dir;

	err = fs_path_open_names(dir_fd, &dir);
	if (err != ERR_NONE)
		return err;
	while ((entry = readdir(dir)) != NULL) {
		has_one |= strcmp(entry->d_name, one) == 0;
		has_other |= strcmp(entry->d_name, other) == 0;
	}
	(void)closedir(dir);
	*out_has_both = has_one && has_other;
	return ERR_NONE;
}

/*
 * Two names of one file: rename(2) would do nothing.  ERR_CONFLICT: it is one
 * name, by two paths (a bind mount), or one collection, by two spellings.
 */
static enum err
compare(struct ends *ends)
{
	const struct fs_place *from = &ends->moved.place;
	const struct fs_place *to = &ends->replaced.place;
	enum err err;

	if (!ends->is_replacing || ends->moved.ino != ends->replaced.ino ||
	    from->major != to->major || from->minor != to->minor)
		return ERR_NONE;
	if (!fs_stat_is_same_place(&ends->from.dir.place, &ends->to.dir.place))
		return ERR_CONFLICT;
	ends->is_same_file = ends->from.dir.ino != ends->to.dir.ino;
	if (ends->is_same_file)
		return ERR_NONE;
	err = has_both(ends->from.dir_fd, ends->from.name, ends->to.name,
	    &ends->is_same_file);
	if (err == ERR_NONE && !ends->is_same_file &&
	    fs_stat_is_collection(&ends->moved))
		return ERR_CONFLICT; /* no exchange, which trashes it */
	return err;
}

static enum err
look_up(const struct fs *fs, const struct fs_move *move, struct ends *ends)
{
	enum err err;

	err =
	    fs_path_spot_existing(fs, move->source, &ends->from, &ends->moved);
	if (err != ERR_NONE)
		return err;
	if (ends->moved.is_mount)
		return ERR_MOUNT;
	err = fs_path_spot(fs, move->destination, &ends->to);
	if (err != ERR_NONE)
		return err;
	err = fs_path_spot_target(fs, &ends->to, &ends->replaced);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	ends->is_replacing = err == ERR_NONE;
	err = compare(ends);
	if (err == ERR_NONE)
		err = fs_path_spot_writable(fs, &ends->from);
	if (err == ERR_NONE)
		err = fs_path_spot_writable(fs, &ends->to);
	return err;
}

static bool
is_one_rename(const struct ends *ends)
{
	return !ends->moved.is_mount &&
	       fs_stat_is_same_place(
	           &ends->from.dir.place, &ends->to.dir.place);
}

static struct fs_swap
swap_of(const struct fs_move *move, const struct ends *ends)
{
	return (struct fs_swap){
		.entry = { .source = move->source,
		    .destination = move->destination },
		.to = &ends->to,
		.is_replacing = ends->is_replacing,
		.is_same_file = ends->is_same_file,
		.is_replaced_collection =
		    ends->is_replacing &&
		    fs_stat_is_collection(&ends->replaced),
	};
}

static struct progress_mark
mark_of(const struct ends *ends, uint64_t ino)
{
	return (struct progress_mark){ .id = ino,
		.is_created = !ends->is_replacing };
}

static enum err
sync_both(const struct fs *fs, const struct ends *ends)
{
	enum err err;

	err = fs_state_sync_names(fs, ends->to.dir_fd);
	if (err == ERR_NONE && ends->from.dir.ino != ends->to.dir.ino)
		err = fs_state_sync_names(fs, ends->from.dir_fd);
	return err;
}

/* ERR_CONFLICT: it is no rename after all. */
static enum err
rename_there(struct fs *fs, const struct fs_move *move, const struct ends *ends)
{
	struct fs_swap swap = swap_of(move, ends);
	const struct fs_trash_item old = {
		.dir_fd = ends->from.dir_fd,
		.name = ends->from.name,
		.place = ends->from.dir.place,
		.path = fs_path_parent(move->source),
	};
	bool is_hidden;
	enum err err;

	swap.entry.kind = META_MOVE;
	swap.entry.ino = ends->moved.ino;
	swap.is_collection = fs_stat_is_collection(&ends->moved);
	swap.dir_fd = ends->from.dir_fd;
	swap.name = ends->from.name;
	err = fs_swap_begin(fs, &swap);
	if (err != ERR_NONE)
		return err;
	/* Nobody finds what was replaced under the name of the source. */
	is_hidden = swap.entry.is_exchanging && fs_trash_is_near(fs, &old);
	if (is_hidden)
		fs_state_names_lock(fs, FS_NAMES_CHANGE);
	err = fs_swap_rename(fs, &swap);
	if (err == ERR_NONE && swap.is_exchanged)
		err = fs_trash_put(fs, &old);
	if (err != ERR_NONE && swap.is_renamed)
		(void)fs_swap_rename_back(fs, &swap);
	if (is_hidden)
		fs_state_names_unlock(fs);
	if (!swap.is_renamed) {
		fs_swap_undo(fs, &swap);
		return err;
	}
	if (err == ERR_NONE)
		err = sync_both(fs, ends);
	fs_swap_end(fs, &swap);
	return err;
}

static enum err
finish_across(struct fs *fs, const struct ends *ends, struct fs_swap *swap,
    struct progress *progress)
{
	enum err synced;
	enum err err;

	err = fs_swap_begin(fs, swap);
	if (err != ERR_NONE)
		return err;
	err = fs_swap_rename(fs, swap);
	if (err != ERR_NONE) {
		fs_swap_undo(fs, swap);
		return err;
	}
	synced = fs_state_sync_names(fs, ends->to.dir_fd);
	err = fs_remove_moved(fs, &ends->from, swap->entry.source, progress);
	if (synced == ERR_NONE)
		synced = fs_state_sync_names(fs, ends->from.dir_fd);
	fs_swap_end(fs, swap);
	return err != ERR_NONE ? err : synced;
}

static enum err
copy_there(struct fs *fs, const struct fs_move *move, const struct ends *ends,
    struct progress *progress)
{
	const struct copy_options options = { .source = move->source,
		.destination = move->destination,
		.is_strict = true };
	struct fs_swap swap = swap_of(move, ends);
	struct fs_stage stage = { .fs = NULL };
	struct progress_mark mark;
	struct fs_stat copy;
	enum err err;

	err = fs_stage_init(fs, &ends->to, move->destination, &stage);
	if (err != ERR_NONE)
		return err;
	err = fs_copy_stage(&stage, &options, progress, &copy);
	if (err == ERR_NONE) {
		swap.entry.kind = META_MOVE_ACROSS;
		swap.entry.stage = str_of(stage.name);
		swap.entry.ino = copy.ino;
		swap.is_collection = fs_stat_is_collection(&copy);
		swap.dir_fd = stage.dir_fd;
		swap.name = stage.name;
		mark = mark_of(ends, copy.ino);
		err = progress_commit(progress, &mark)
		          ? finish_across(fs, ends, &swap, progress)
		          : ERR_CANCELLED;
		if (swap.is_renamed)
			stage.is_full = stage.is_replaced = swap.is_exchanged;
	}
	fs_stage_done(&stage);
	return err;
}

enum err
fs_move(struct fs *fs, const struct fs_move *move, struct progress *progress,
    bool *out_is_created)
{
	struct ends ends = { .from.dir_fd = -1, .to.dir_fd = -1 };
	struct progress_mark mark;
	bool is_instant;
	enum err err;

	if (fs_path_holds(move->source, move->destination) ||
	    fs_path_holds(move->destination, move->source))
		return ERR_CONFLICT;
	err = look_up(fs, move, &ends);
	if (err != ERR_NONE) {
		ends_done(&ends);
		return err;
	}
	is_instant = is_one_rename(&ends);
	mark = mark_of(&ends, ends.moved.ino);
	if (is_instant)
		err = progress_commit(progress, &mark)
		          ? rename_there(fs, move, &ends)
		          : ERR_CANCELLED;
	if (is_instant && err == ERR_NONE) {
		progress_total(progress, 1, 0);
		progress_member_done(progress, move->source);
	}
	if (!is_instant || err == ERR_CONFLICT)
		err = copy_there(fs, move, &ends, progress);
	ends_done(&ends);
	if (err == ERR_NONE)
		*out_is_created = !ends.is_replacing;
	return err;
}

bool
fs_move_is_instant(const struct fs *fs, const struct fs_move *move)
{
	struct ends ends = { .from.dir_fd = -1, .to.dir_fd = -1 };
	bool is_instant;
	enum err err;

	if (move->source.len == 1 || move->destination.len == 1)
		return true; /* refused at once */
	err = fs_path_spot_existing(fs, move->source, &ends.from, &ends.moved);
	if (err == ERR_NONE)
		err = fs_path_spot(fs, move->destination, &ends.to);
	is_instant = err != ERR_NONE || is_one_rename(&ends);
	ends_done(&ends);
	return is_instant;
}
