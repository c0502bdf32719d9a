/*
 * fs.c - see fs.h.  What dav/store.h demands, one function each; the longer
 * ones are in files of their own.
 */
#include "store/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "store/fs_copy.h"
#include "store/fs_errno.h"
#include "store/fs_list.h"
#include "store/fs_move.h"
#include "store/fs_open.h"
#include "store/fs_path.h"
#include "store/fs_remove.h"
#include "store/fs_swap.h"
#include "store/fs_upload.h"
#include "store/meta.h"
#include "store/meta_lock.h"
#include "store/meta_prop.h"

enum { DIRECTORY_MODE = 0777, NANOSECONDS = 1000000000 };

struct prop_changes {
	struct str path;
	const struct prop_change *changes;
	size_t count;
};

static void
fill_in(const struct fs *fs, const struct fs_stat *stat,
    struct resource *out_resource)
{
	fs_stat_resource(stat, out_resource);
	out_resource->has_props = fs->meta != NULL && meta_has_props(fs->meta);
}

static enum err
look(struct store *store, struct str path, struct resource *out_resource)
{
	const struct fs *fs = fs_state_of(store);
	struct fs_stat stat;
	enum err err;

	err = fs_path_stat(fs, path, &stat);
	if (err != ERR_NONE)
		return err;
	fill_in(fs, &stat, out_resource);
	return ERR_NONE;
}

static enum err
open_file(struct store *store, struct str path, int *out_fd,
    struct resource *out_resource)
{
	const struct fs *fs = fs_state_of(store);
	OWNED(fs_path_close) int fd = -1;
	struct fs_stat stat;
	enum err err;

	err = fs_path_open(fs, path, O_RDONLY, &fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(fd, &stat);
	if (err != ERR_NONE)
		return err;
	if (fs_stat_is_collection(&stat))
		return ERR_COLLECTION;
	if (!fs_stat_is_shown(&stat))
		return ERR_ABSENT;
	fill_in(fs, &stat, out_resource);
	*out_fd = fd;
	fd = -1;
	return ERR_NONE;
}

static enum err
list(struct store *store, struct str path, struct lister **out_lister)
{
	return fs_list_new(fs_state_of(store), path, out_lister);
}

/* Before each change. */
static enum err
demand_change(struct fs *fs)
{
	return fs->is_read_only ? ERR_READ_ONLY : fs_debt_pay(fs);
}

static enum err
upload(struct store *store, struct str path, struct upload **out_upload)
{
	struct fs *fs = fs_state_of(store);
	enum err err = demand_change(fs);

	if (err != ERR_NONE)
		return err;
	return fs_upload_new(fs, path, out_upload);
}

static enum err
make_at(struct fs *fs, const struct fs_spot *spot, struct str path)
{
	struct fs_stat stat;
	enum err err;

	err = fs_path_spot_target(fs, spot, &stat);
	if (err == ERR_NONE)
		return ERR_EXISTS;
	if (err != ERR_ABSENT)
		return err;
	err = fs_swap_fresh(fs, path);
	if (err != ERR_NONE)
		return err;
	fs_state_step(fs, "before mkdir");
	if (mkdirat(spot->dir_fd, spot->name, DIRECTORY_MODE) == -1)
		return fs_errno_parent_err(errno);
	fs_state_step(fs, "after mkdir");
	return fs_state_sync_names(fs, spot->dir_fd);
}

static enum err
make_collection(struct store *store, struct str path)
{
	struct fs *fs = fs_state_of(store);
	struct fs_spot spot;
	enum err err;

	if (path.len == 1)
		return ERR_EXISTS;
	err = demand_change(fs);
	if (err == ERR_NONE)
		err = fs_path_spot(fs, path, &spot);
	if (err != ERR_NONE)
		return err;
	err = make_at(fs, &spot, path);
	fs_path_spot_done(&spot);
	return err;
}

static enum err
remove_tree(struct store *store, struct str path, struct progress *progress)
{
	struct fs *fs = fs_state_of(store);
	enum err err = fs_debt_pay(fs);

	if (err != ERR_NONE)
		return err;
	return fs_remove(fs, path, progress);
}

static enum err
copy(struct store *store, const struct copy_options *options,
    struct progress *progress, bool *out_is_created)
{
	struct fs *fs = fs_state_of(store);
	enum err err = demand_change(fs);

	if (err != ERR_NONE)
		return err;
	return fs_copy(fs, options, progress, out_is_created);
}

static enum err
move(struct store *store, struct str source, struct str destination,
    struct progress *progress, bool *out_is_created)
{
	const struct fs_move both = { .source = source,
		.destination = destination };
	struct fs *fs = fs_state_of(store);
	enum err err = demand_change(fs);

	if (err != ERR_NONE)
		return err;
	return fs_move(fs, &both, progress, out_is_created);
}

static enum err
touch(struct store *store, struct str path, int64_t modified_ns)
{
	const struct fs *fs = fs_state_of(store);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	OWNED(fs_path_close) int fd = -1;
	int64_t rest = modified_ns % NANOSECONDS;
	struct fs_stat stat;
	enum err err;

	err = fs_path_open(fs, path, O_RDONLY, &fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(fd, &stat);
	if (err != ERR_NONE)
		return err;
	if (!fs_stat_is_shown(&stat))
		return ERR_ABSENT;
	if (fs->is_read_only)
		return ERR_READ_ONLY;
	if (rest < 0)
		rest += NANOSECONDS;
	times[1].tv_sec = (modified_ns - rest) / NANOSECONDS;
	times[1].tv_nsec = rest;
	if (futimens(fd, times) == -1)
		return fs_errno_err(errno);
	return fs_state_sync_names(fs, fd);
}

static enum err
props(struct store *store, struct str path,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	struct fs *fs = fs_state_of(store);
	struct fs_stat stat;
	struct meta_db *db;
	enum err err;

	err = fs_path_stat(fs, path, &stat);
	if (err != ERR_NONE)
		return err;
	(void)fs_debt_pay(fs); /* if not now, then before a change */
	if (fs->meta == NULL || !meta_has_props(fs->meta))
		return ERR_NONE;
	err = meta_read_begin(fs->meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_prop_each(db, path, see, context);
	meta_read_end(fs->meta, db);
	return err;
}

static enum err
apply_props(struct meta_db *db, void *context)
{
	const struct prop_changes *changes = context;

	return meta_prop_change(
	    db, changes->path, changes->changes, changes->count);
}

static enum err
props_change(struct store *store, struct str path,
    const struct prop_change *changes, size_t count)
{
	struct prop_changes all = { path, changes, count };
	struct fs *fs = fs_state_of(store);
	struct fs_stat stat;
	enum err err;

	err = fs_path_stat(fs, path, &stat);
	if (err == ERR_NONE)
		err = demand_change(fs);
	if (err != ERR_NONE)
		return err;
	return meta_change(fs->meta, apply_props, &all);
}

static enum err
apply_lock_save(struct meta_db *db, void *context)
{
	return meta_lock_save(db, context);
}

static enum err
lock_save(struct store *store, const struct lock_record *record)
{
	struct lock_record copied = *record;
	struct fs *fs = fs_state_of(store);
	enum err err = demand_change(fs);

	if (err != ERR_NONE)
		return err;
	return meta_change(fs->meta, apply_lock_save, &copied);
}

static enum err
apply_lock_drop(struct meta_db *db, void *context)
{
	const struct str *token = context;

	return meta_lock_drop(db, *token);
}

static enum err
lock_drop(struct store *store, struct str token)
{
	struct fs *fs = fs_state_of(store);

	if (fs->is_read_only)
		return ERR_READ_ONLY;
	return meta_change(fs->meta, apply_lock_drop, &token);
}

static enum err
locks(struct store *store,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context)
{
	struct fs *fs = fs_state_of(store);
	struct meta_db *db;
	enum err err;

	if (fs->meta == NULL || !meta_has_locks(fs->meta))
		return ERR_NONE;
	err = meta_read_begin(fs->meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_lock_each(db, see, context);
	meta_read_end(fs->meta, db);
	return err;
}

static enum err
quota(struct store *store, struct str path, uint64_t *out_available,
    uint64_t *out_used)
{
	const struct fs *fs = fs_state_of(store);
	OWNED(fs_path_close) int fd = -1;
	struct statvfs all;
	enum err err;

	err = fs_path_open(fs, path, O_PATH, &fd);
	if (err != ERR_NONE)
		return err;
	if (fstatvfs(fd, &all) == -1)
		return fs_errno_err(errno);
	*out_available = (uint64_t)all.f_bavail * all.f_frsize;
	*out_used = (uint64_t)(all.f_blocks - all.f_bfree) * all.f_frsize;
	return ERR_NONE;
}

/* The mark is the number of the inode that got the name, or lost it. */
static bool
is_marked(struct store *store, struct str path, uint64_t mark_id)
{
	return fs_path_ino(fs_state_of(store), path) == mark_id;
}

static bool
is_instant(struct store *store, struct str source, struct str destination)
{
	const struct fs_move both = { .source = source,
		.destination = destination };

	return fs_move_is_instant(fs_state_of(store), &both);
}

static void
free_store(struct store *store)
{
	if (store != NULL)
		fs_open_undo(fs_state_of(store));
}

static const struct store_ops ops = {
	.look = look,
	.open = open_file,
	.list = list,
	.list_next = fs_list_next,
	.list_free = fs_list_free,
	.upload = upload,
	.upload_write = fs_upload_write,
	.upload_commit = fs_upload_commit,
	.upload_free = fs_upload_free,
	.make_collection = make_collection,
	.remove = remove_tree,
	.copy = copy,
	.move = move,
	.touch = touch,
	.props = props,
	.props_change = props_change,
	.lock_save = lock_save,
	.lock_drop = lock_drop,
	.locks = locks,
	.quota = quota,
	.is_instant = is_instant,
	.is_marked = is_marked,
	.free = free_store,
};

enum err
fs_open(const struct fs_options *options, struct buf *error_text,
    struct store **out_store)
{
	struct fs *fs;
	enum err err;

	err = fs_open_state(options, error_text, &fs);
	if (err != ERR_NONE)
		return err;
	fs->store.ops = &ops;
	*out_store = &fs->store;
	return ERR_NONE;
}

bool
fs_is_read_only(const struct store *store)
{
	const struct fs *fs = (const struct fs *)store;

	CHECK(fs->magic == FS_MAGIC);
	return fs->is_read_only;
}

const char *
fs_own_directory(const struct store *store)
{
	const struct fs *fs = (const struct fs *)store;

	CHECK(fs->magic == FS_MAGIC);
	return fs->state_path[0] == '\0' ? NULL : fs->state_path;
}
