/*
 * fs_swap.c - see fs_swap.h.
 */
#include "store/fs_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "store/fs_debt.h"
#include "store/fs_errno.h"
#include "store/fs_trash.h"
#include "store/meta_prop.h"

enum err
fs_swap_begin(struct fs *fs, struct fs_swap *swap)
{
	struct meta_entry *entry = &swap->entry;
	bool is_owed;
	enum err err;

	entry->is_exchanging =
	    swap->is_replacing &&
	    (swap->is_collection || swap->is_replaced_collection ||
	        swap->is_same_file);
	err = meta_journal_is_owed(fs->meta, entry->source, &is_owed);
	if (err == ERR_NONE && !is_owed && entry->destination.len > 0)
		err = meta_journal_is_owed(
		    fs->meta, entry->destination, &is_owed);
	if (err != ERR_NONE)
		return err;
	if (!is_owed && !entry->is_exchanging &&
	    entry->kind != META_MOVE_ACROSS)
		return ERR_NONE;
	return meta_journal_begin(fs->meta, entry);
}

static enum err
rename_error(void)
{
	if (errno == EXDEV)
		return ERR_CONFLICT;
	if (errno == EEXIST || errno == ENOTEMPTY)
		return ERR_BUSY; /* another has just put something there */
	return fs_errno_err(errno);
}

static enum err
rename_plainly(const struct fs_swap *swap)
{
	if (renameat(swap->dir_fd, swap->name, swap->to->dir_fd,
	        swap->to->name) == -1)
		return rename_error();
	return ERR_NONE;
}

static bool
is_unsupported(void)
{
	return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
}

static enum err
rename_to_new(const struct fs_swap *swap)
{
	if (renameat2(swap->dir_fd, swap->name, swap->to->dir_fd,
	        swap->to->name, RENAME_NOREPLACE) == 0)
		return ERR_NONE;
	return is_unsupported() ? rename_plainly(swap) : rename_error();
}

/*
 * Where names cannot be exchanged there is a moment without the destination;
 * a crash in it is mended forwards.
 */
static enum err
exchange(struct fs *fs, struct fs_swap *swap)
{
	const struct fs_trash_item item = {
		.dir_fd = swap->to->dir_fd,
		.name = swap->to->name,
		.place = swap->to->dir.place,
		.path = fs_path_parent(swap->entry.destination),
	};
	enum err err;

	if (renameat2(swap->dir_fd, swap->name, swap->to->dir_fd,
	        swap->to->name, RENAME_EXCHANGE) == 0) {
		swap->is_exchanged = true;
		return ERR_NONE;
	}
	if (!is_unsupported())
		return rename_error();
	err = fs_trash_put(fs, &item);
	if (err != ERR_NONE)
		return err;
	return rename_plainly(swap);
}

enum err
fs_swap_rename(struct fs *fs, struct fs_swap *swap)
{
	enum err err;

	fs_state_step(fs, "before rename");
	if (!swap->is_replacing)
		err = rename_to_new(swap);
	else if (swap->entry.is_exchanging)
		err = exchange(fs, swap);
	else
		err = rename_plainly(swap);
	if (err != ERR_NONE)
		return err;
	swap->is_renamed = true;
	fs_state_step(fs, "after rename");
	return ERR_NONE;
}

bool
fs_swap_rename_back(struct fs *fs, struct fs_swap *swap)
{
	if (!swap->is_exchanged)
		return false;
	fs_state_step(fs, "before rename");
	if (renameat2(swap->dir_fd, swap->name, swap->to->dir_fd,
	        swap->to->name, RENAME_EXCHANGE) == -1)
		return false;
	swap->is_exchanged = swap->is_renamed = false;
	fs_state_step(fs, "after rename");
	return true;
}

void
fs_swap_end(struct fs *fs, const struct fs_swap *swap)
{
	if (swap->entry.id != 0)
		fs_debt_end(fs, &swap->entry, META_HAPPENED);
	fs_trash_release(fs);
}

void
fs_swap_undo(struct fs *fs, const struct fs_swap *swap)
{
	if (swap->entry.id != 0)
		fs_debt_end(fs, &swap->entry, META_UNDONE);
	fs_trash_release(fs);
}

static enum err
drop_props(struct meta_db *db, void *context)
{
	const struct str *path = context;

	return meta_prop_tree_drop(db, *path);
}

enum err
fs_swap_fresh(struct fs *fs, struct str path)
{
	struct meta_db *db;
	bool has = false;
	enum err err;

	if (!meta_has_props(fs->meta))
		return ERR_NONE;
	err = meta_read_begin(fs->meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_prop_tree_has(db, path, &has);
	meta_read_end(fs->meta, db);
	if (err != ERR_NONE || !has)
		return err;
	return meta_change(fs->meta, drop_props, &path);
}
