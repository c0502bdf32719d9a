/*
 * fs_recover.c - see fs_recover.h.
 */
#include "store/fs_recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/fs_errno.h"
#include "store/fs_path.h"
#include "store/fs_remove.h"
#include "store/fs_trash.h"
#include "store/meta_journal.h"

enum { ENTRY_SIZE_MAX = 4 * (PATH_SIZE_MAX + 1) + 4096 };

/* A copy of an entry: while it is read the journal cannot be written. */
struct found {
	struct meta_entry entry;
	struct arena arena;
};

static enum err
keep(void *context, const struct meta_entry *entry)
{
	struct found *found = context;
	enum err err;

	found->entry = *entry;
	err = arena_copy(&found->arena, entry->source, &found->entry.source);
	if (err == ERR_NONE)
		err = arena_copy(&found->arena, entry->destination,
		    &found->entry.destination);
	if (err == ERR_NONE)
		err = arena_copy(
		    &found->arena, entry->stage, &found->entry.stage);
	return err;
}

static enum err
drop_source(struct fs *fs, const struct meta_entry *entry)
{
	struct fs_spot spot;
	enum err err;

	err = fs_path_spot(fs, entry->source, &spot);
	if (err != ERR_NONE)
		return ERR_NONE; /* it has gone before */
	err = fs_remove_moved(fs, &spot, entry->source, NULL);
	if (err == ERR_NONE)
		err = fs_state_sync_names(fs, spot.dir_fd);
	fs_path_spot_done(&spot);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

/*
 * Between two renames, where names cannot be exchanged: what was replaced is
 * in the trash, and what replaces it has not come.
 */
static bool
is_between(const struct fs *fs, const struct meta_entry *entry)
{
	struct fs_stat stat;

	if (!entry->is_exchanging || fs_path_ino(fs, entry->destination) != 0)
		return false;
	if (entry->kind == META_MOVE)
		return fs_path_ino(fs, entry->source) == entry->ino;
	return fs_stat_at(fs->stage_fd, entry->stage.data, &stat) == ERR_NONE &&
	       stat.ino == entry->ino;
}

static enum err
rename_again(struct fs *fs, const struct meta_entry *entry)
{
	struct fs_spot from = { .dir_fd = -1 };
	struct fs_spot to;
	int result;
	enum err err;

	err = fs_path_spot(fs, entry->destination, &to);
	if (err != ERR_NONE)
		return err;
	if (entry->kind == META_MOVE)
		err = fs_path_spot(fs, entry->source, &from);
	if (err == ERR_NONE) {
		result =
		    entry->kind == META_MOVE
		        ? renameat(from.dir_fd, from.name, to.dir_fd, to.name)
		        : renameat(fs->stage_fd, entry->stage.data, to.dir_fd,
		              to.name);
		if (result == -1)
			err = fs_errno_err(errno);
	}
	if (err == ERR_NONE)
		err = fs_state_sync_names(fs, to.dir_fd);
	fs_path_spot_done(&from);
	fs_path_spot_done(&to);
	return err;
}

static enum err
settle(struct fs *fs, const struct meta_entry *entry)
{
	bool has_happened;
	enum err err = ERR_NONE;

	if (entry->kind == META_REMOVE) {
		has_happened = fs_path_ino(fs, entry->source) != entry->ino;
	} else if (is_between(fs, entry)) {
		err = rename_again(fs, entry);
		has_happened = true;
	} else {
		has_happened =
		    fs_path_ino(fs, entry->destination) == entry->ino;
	}
	if (err == ERR_NONE && has_happened &&
	    (entry->kind == META_MOVE_ACROSS ||
	        (entry->kind == META_MOVE && entry->is_exchanging)))
		err = drop_source(fs, entry);
	if (err != ERR_NONE)
		return err;
	return meta_journal_end(
	    fs->meta, entry, has_happened ? META_HAPPENED : META_UNDONE);
}

/* What a stage beside its destination has left. */
static enum err
sweep(struct fs *fs, const struct meta_entry *entry)
{
	struct fs_stat stat;
	int fd;
	enum err err;

	err = fs_path_open(fs, entry->source, O_RDONLY | O_DIRECTORY, &fd);
	if (err == ERR_NONE) {
		err = fs_stat_at(fd, entry->stage.data, &stat);
		if (err == ERR_NONE)
			fs_trash_take(fs, fd, entry->stage.data, entry->id);
		(void)close(fd);
		if (err == ERR_NONE)
			return ERR_NONE;
	}
	return meta_journal_end(fs->meta, entry, META_UNDONE);
}

/* Entries about litter come last: others still look at what lies there. */
static enum err
settle_all(struct fs *fs, bool is_about_litter)
{
	struct found found;
	int64_t last_id = 0;
	enum err err = ERR_NONE;

	while (err == ERR_NONE) {
		arena_init(&found.arena, ENTRY_SIZE_MAX);
		err = meta_journal_next(fs->meta, last_id, keep, &found);
		if (err == ERR_NONE) {
			bool is_litter = found.entry.kind == META_STAGE;

			last_id = found.entry.id;
			if (is_litter && is_about_litter)
				err = sweep(fs, &found.entry);
			else if (!is_litter && !is_about_litter)
				err = settle(fs, &found.entry);
		}
		arena_done(&found.arena);
	}
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static enum err
clear_stage(struct fs *fs)
{
	struct dirent *entry;
	char name[FS_NAME_TEXT_SIZE];
	enum err err;
	DIR *dir;

	err = fs_path_open_names(fs->stage_fd, &dir);
	if (err != ERR_NONE)
		return err;
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		fs_state_make_name(fs, false, name);
		/* What will not go is tried again at the next start. */
		fs_state_step(fs, "before rename");
		(void)renameat(fs->stage_fd, entry->d_name, fs->trash_fd, name);
		fs_state_step(fs, "after rename");
	}
	(void)closedir(dir);
	fs_trash_wake(fs);
	return ERR_NONE;
}

enum err
fs_recover(struct fs *fs)
{
	enum err err;

	err = settle_all(fs, false);
	if (err == ERR_NONE)
		err = settle_all(fs, true);
	if (err == ERR_NONE)
		err = clear_stage(fs);
	return err;
}
