/*
 * fs_list.c - see fs_list.h.
 */
#include "store/fs_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/fs_errno.h"
#include "store/fs_name.h"
#include "store/fs_path.h"
#include "store/meta.h"
#include "store/meta_prop.h"

struct lister {
	struct fs *fs;
	DIR *dir;
	struct buf path; /* of the collection, with a final slash */
	size_t path_size;
	bool is_root;
	bool has_props;           /* some members may have properties: */
	struct meta_names *names; /* these; NULL: any */
};

static enum err
find_names(struct lister *lister, struct str path)
{
	struct meta *meta = lister->fs->meta;
	struct meta_db *db;
	enum err err;

	if (meta == NULL || !meta_has_props(meta))
		return ERR_NONE;
	lister->has_props = true;
	(void)fs_debt_pay(lister->fs); /* if not now, before a change */
	err = meta_read_begin(meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_prop_names(db, path, &lister->names);
	meta_read_end(meta, db);
	return err == ERR_LIMIT ? ERR_NONE : err;
}

static enum err
open_dir(struct lister *lister, struct str path)
{
	struct fs_stat stat;
	int fd;
	enum err err;

	err = fs_path_stat(lister->fs, path, &stat);
	if (err != ERR_NONE)
		return err;
	if (!fs_stat_is_collection(&stat))
		return ERR_FILE;
	err = fs_path_open(lister->fs, path, O_RDONLY | O_DIRECTORY, &fd);
	if (err != ERR_NONE)
		return err;
	lister->dir = fdopendir(fd);
	if (lister->dir == NULL) {
		(void)close(fd);
		return ERR_MEMORY;
	}
	return ERR_NONE;
}

enum err
fs_list_new(struct fs *fs, struct str path, struct lister **out_lister)
{
	struct lister *lister = calloc(1, sizeof(*lister));
	enum err err;

	if (lister == NULL)
		return ERR_MEMORY;
	lister->fs = fs;
	lister->is_root = path.len == 1;
	buf_init(&lister->path, PATH_SIZE_MAX + 2 * NAME_SIZE_MAX);
	buf_add_str(&lister->path, path);
	if (!lister->is_root)
		buf_add_char(&lister->path, '/');
	lister->path_size = lister->path.len;
	err = open_dir(lister, path);
	if (err == ERR_NONE)
		err = lister->path.err;
	if (err == ERR_NONE)
		err = find_names(lister, path);
	if (err != ERR_NONE) {
		fs_list_free(lister);
		return err;
	}
	*out_lister = lister;
	return ERR_NONE;
}

static bool
is_hidden(const struct lister *lister, const struct dirent *entry)
{
	const char *name = entry->d_name;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (fs_name_is_reserved(str_of(name), lister->is_root))
		return true;
	switch (entry->d_type) {
	case DT_REG:
	case DT_DIR:
	case DT_UNKNOWN:
		return false;
	case DT_LNK:
		return lister->fs->symlinks == FS_SYMLINKS_NONE;
	default:
		return true;
	}
}

/* Not between the renames of a MOVE: see fs_state.h. */
static enum err
stat_member(
    const struct lister *lister, const char *name, struct fs_stat *out_stat)
{
	enum err err;

	fs_state_names_lock(lister->fs, FS_NAMES_READ);
	err = fs_stat_at(dirfd(lister->dir), name, out_stat);
	fs_state_names_unlock(lister->fs);
	return err;
}

static enum err
look(struct lister *lister, const struct dirent *entry,
    struct fs_stat *out_stat, bool *out_is_link)
{
	enum err err;

	*out_is_link = false;
	if (entry->d_type != DT_LNK) {
		err = stat_member(lister, entry->d_name, out_stat);
		if (err != ERR_NONE || fs_stat_is_shown(out_stat))
			return err;
		/* Not a link, as far as d_type knew. */
		if (lister->fs->symlinks == FS_SYMLINKS_NONE)
			return ERR_ABSENT;
	}
	*out_is_link = true;
	lister->path.len = lister->path_size;
	buf_add_text(&lister->path, entry->d_name);
	if (lister->path.err != ERR_NONE)
		return lister->path.err;
	return fs_path_stat(lister->fs, buf_str(&lister->path), out_stat);
}

enum err
fs_list_next(struct lister *lister, struct lister_entry *out_entry)
{
	struct fs_stat stat;
	struct dirent *entry;
	bool is_link;
	enum err err;

	for (;;) {
		errno = 0;
		entry = readdir(lister->dir);
		if (entry == NULL)
			return errno == 0 ? ERR_ABSENT : fs_errno_err(errno);
		if (is_hidden(lister, entry))
			continue;
		err = look(lister, entry, &stat, &is_link);
		if (err != ERR_ABSENT)
			break; /* else it has gone meanwhile, or is hidden */
	}
	*out_entry = (struct lister_entry){
		.name = str_of(entry->d_name),
		.err = err,
		.is_link = is_link,
	};
	if (err != ERR_NONE)
		return ERR_NONE;
	fs_stat_resource(&stat, &out_entry->resource);
	out_entry->resource.has_props =
	    lister->has_props &&
	    (lister->names == NULL ||
	        meta_prop_names_has(lister->names, out_entry->name));
	return ERR_NONE;
}

void
fs_list_free(struct lister *lister)
{
	if (lister == NULL)
		return;
	if (lister->dir != NULL)
		(void)closedir(lister->dir); /* it was only read */
	meta_prop_names_free(lister->names);
	buf_done(&lister->path);
	free(lister);
}
