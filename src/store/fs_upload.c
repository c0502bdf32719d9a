/*
 * fs_upload.c - see fs_upload.h.
 */
#include "store/fs_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/fs_errno.h"
#include "store/fs_path.h"
#include "store/fs_stage.h"
#include "store/fs_swap.h"

enum { CREATE_MODE = 0666, NANOSECONDS = 1000000000 };

struct upload {
	struct fs *fs;
	struct fs_stage stage;
	int fd;
	enum err err;      /* of an earlier write: sticky */
	bool is_published; /* it has its name */
	size_t path_size;
	char path[]; /* the directory is looked up again at the commit */
};

static struct str
path_of(const struct upload *upload)
{
	return str_make(upload->path, upload->path_size);
}

/* ERR_ABSENT: nothing is there, and a file may come. */
static enum err
check_target(
    const struct fs *fs, const struct fs_spot *spot, struct fs_stat *out_stat)
{
	enum err err;

	err = fs_path_spot_target(fs, spot, out_stat);
	if (err != ERR_NONE)
		return err;
	if (fs_stat_is_collection(out_stat))
		return ERR_COLLECTION;
	if (S_ISREG(out_stat->mode) &&
	    faccessat(spot->dir_fd, spot->name, W_OK,
	        AT_EACCESS | AT_SYMLINK_NOFOLLOW) == -1)
		return fs_errno_err(errno);
	return ERR_NONE;
}

static enum err
open_stage(struct upload *upload)
{
	enum err err = ERR_NONE;
	struct fs_spot spot;
	struct fs_stat stat;

	err = fs_path_spot(upload->fs, path_of(upload), &spot);
	if (err != ERR_NONE)
		return err;
	err = check_target(upload->fs, &spot, &stat);
	if (err == ERR_NONE || err == ERR_ABSENT)
		err = fs_path_spot_writable(upload->fs, &spot);
	if (err == ERR_NONE)
		err = fs_stage_init(
		    upload->fs, &spot, path_of(upload), &upload->stage);
	fs_path_spot_done(&spot);
	if (err != ERR_NONE)
		return err;
	upload->fd = openat(upload->stage.dir_fd, upload->stage.name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, CREATE_MODE);
	if (upload->fd == -1)
		return fs_errno_err(errno);
	upload->stage.is_full = true;
	return ERR_NONE;
}

enum err
fs_upload_new(struct fs *fs, struct str path, struct upload **out_upload)
{
	struct upload *upload;
	enum err err;

	if (path.len == 1)
		return ERR_COLLECTION;
	upload = calloc(1, sizeof(*upload) + path.len);
	if (upload == NULL)
		return ERR_MEMORY;
	upload->fs = fs;
	upload->fd = -1;
	upload->path_size = path.len;
	memcpy(upload->path, path.data, path.len);
	err = open_stage(upload);
	if (err != ERR_NONE) {
		fs_upload_free(upload);
		return err;
	}
	*out_upload = upload;
	return ERR_NONE;
}

enum err
fs_upload_write(struct upload *upload, struct str octets)
{
	while (octets.len > 0 && upload->err == ERR_NONE) {
		ssize_t size = write(upload->fd, octets.data, octets.len);

		if (size >= 0)
			octets = str_from(octets, (size_t)size);
		else if (errno != EINTR)
			upload->err = fs_errno_err(errno);
	}
	return upload->err;
}

/*
 * The clock's nanoseconds, whatever the seconds: so that two contents of the
 * same size within one tick of the file system's clock have different ETags.
 */
static enum err
set_time(int fd, const struct upload_options *options)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (clock_gettime(CLOCK_REALTIME, &times[1]) == -1)
		return ERR_SYSTEM;
	if (options->has_modified) {
		int64_t rest = options->modified_ns % NANOSECONDS;

		times[1].tv_sec = options->modified_ns / NANOSECONDS;
		if (rest < 0)
			times[1].tv_sec--;
	}
	return futimens(fd, times) == -1 ? fs_errno_err(errno) : ERR_NONE;
}

/* Mode and, where the system allows it, owner of the file to be replaced. */
static enum err
dress(const struct upload *upload, const struct fs_stat *old)
{
	mode_t mode = old->mode & (S_IRWXU | S_IRWXG | S_IRWXO);

	(void)fchown(upload->fd, old->uid, old->gid); /* or it is ours */
	if (fchmod(upload->fd, mode) == -1)
		return fs_errno_err(errno);
	return ERR_NONE;
}

static enum err
publish(struct upload *upload, const struct fs_spot *spot, bool is_created)
{
	const struct fs_stage *stage = &upload->stage;
	int result = -1;
	enum err err;

	fs_state_step(upload->fs, "before rename");
	if (is_created)
		result = renameat2(stage->dir_fd, stage->name, spot->dir_fd,
		    spot->name, RENAME_NOREPLACE);
	/* Others may have put a file there; or there is no such flag here. */
	if (!is_created ||
	    (result == -1 && (errno == EEXIST || errno == EINVAL)))
		result = renameat(
		    stage->dir_fd, stage->name, spot->dir_fd, spot->name);
	if (result == -1)
		return errno == EXDEV ? ERR_BUSY : fs_errno_parent_err(errno);
	upload->stage.is_full = false;
	upload->is_published = true;
	fs_state_step(upload->fs, "after rename");
	err = fs_state_sync_names(upload->fs, spot->dir_fd);
	if (err != ERR_NONE && is_created) /* taken back, if it can be */
		upload->is_published =
		    unlinkat(spot->dir_fd, spot->name, 0) == -1;
	return err;
}

static enum err
publish_with(struct upload *upload, const struct fs_spot *spot,
    const struct prop *prop, bool is_created)
{
	struct meta_entry entry = { .kind = META_PUT,
		.destination = path_of(upload) };
	struct fs_stat stat;
	OWNED(buf_done) struct buf text;
	enum err err;

	buf_init(&text, 2 * PROP_SIZE_MAX);
	meta_journal_write_prop(&text, prop);
	err = text.err;
	if (err == ERR_NONE)
		err = fs_stat_fd(upload->fd, &stat);
	if (err != ERR_NONE)
		return err;
	entry.source = buf_str(&text);
	entry.ino = stat.ino;
	err = meta_journal_begin(upload->fs->meta, &entry);
	if (err != ERR_NONE)
		return err;
	err = publish(upload, spot, is_created);
	fs_debt_end(upload->fs, &entry,
	    upload->is_published ? META_HAPPENED : META_UNDONE);
	return err;
}

static enum err
commit_at(struct upload *upload, const struct fs_spot *spot,
    const struct upload_options *options, bool *out_is_created)
{
	struct fs_stat old;
	bool is_created;
	enum err err;

	err = check_target(upload->fs, spot, &old);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	is_created = err == ERR_ABSENT;
	err = ERR_NONE;
	if (!is_created && S_ISREG(old.mode))
		err = dress(upload, &old);
	if (err == ERR_NONE)
		err = set_time(upload->fd, options);
	if (err == ERR_NONE)
		err = fs_state_sync_file(upload->fs, upload->fd);
	if (err == ERR_NONE && is_created)
		err = fs_swap_fresh(upload->fs, path_of(upload));
	if (err == ERR_NONE)
		err = options->prop == NULL ? publish(upload, spot, is_created)
		                            : publish_with(upload, spot,
		                                  options->prop, is_created);
	if (err == ERR_NONE)
		*out_is_created = is_created;
	return err;
}

enum err
fs_upload_commit(struct upload *upload, const struct upload_options *options,
    bool *out_is_created, struct resource *out_resource)
{
	struct fs_spot spot;
	struct fs_stat stat;
	enum err err;

	if (upload->err != ERR_NONE)
		return upload->err;
	CHECK(upload->stage.is_full);
	err = fs_debt_pay(upload->fs);
	if (err == ERR_NONE)
		err = fs_path_spot(upload->fs, path_of(upload), &spot);
	if (err != ERR_NONE)
		return err;
	err = commit_at(upload, &spot, options, out_is_created);
	fs_path_spot_done(&spot);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(upload->fd, &stat);
	if (err != ERR_NONE)
		return err;
	fs_stat_resource(&stat, out_resource);
	out_resource->has_props = meta_has_props(upload->fs->meta);
	return ERR_NONE;
}

void
fs_upload_free(struct upload *upload)
{
	if (upload == NULL)
		return;
	fs_path_close(&upload->fd);
	fs_stage_done(&upload->stage);
	free(upload);
}
