/*
 * fs_copy_file.c - see fs_copy_file.h.
 */
#include "store/fs_copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "op/progress.h"
#include "store/fs_errno.h"
#include "store/fs_path.h"

enum {
	SMALL_SIZE = FS_COPY_FILE_BUFFER_SIZE, /* one read and one write */
	PIECE_SIZE = 16 * 1024 * 1024, /* between two looks at the progress */
};

/* ERR_AGAIN: there is no way here to clone. */
static enum err
clone_all(struct fs_copy_files *files, int from_fd, int to_fd)
{
	if (!atomic_load(&files->can_clone))
		return ERR_AGAIN;
	if (ioctl(to_fd, FICLONE, from_fd) == 0)
		return ERR_NONE;
	if (errno == ENOSPC || errno == EDQUOT)
		return ERR_SPACE;
	atomic_store(&files->can_clone, false);
	return ERR_AGAIN;
}

static enum err
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return fs_errno_err(errno);
		data += written;
		size -= (size_t)written;
	}
	return ERR_NONE;
}

/* One piece through our own memory; 0 octets: the source has ended. */
static enum err
copy_by_hand(
    const struct fs_copy_file *file, int to_fd, size_t size, size_t *out_size)
{
	ssize_t got;

	if (size > FS_COPY_FILE_BUFFER_SIZE)
		size = FS_COPY_FILE_BUFFER_SIZE;
	do {
		got = read(file->source_fd, file->buffer, size);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return fs_errno_err(errno);
	*out_size = (size_t)got;
	return write_all(to_fd, file->buffer, (size_t)got);
}

static enum err
copy_piece(
    const struct fs_copy_file *file, int to_fd, size_t size, size_t *out_size)
{
	ssize_t got;

	if (size <= SMALL_SIZE)
		return copy_by_hand(file, to_fd, size, out_size);
	got = copy_file_range(file->source_fd, NULL, to_fd, NULL,
	    size > PIECE_SIZE ? PIECE_SIZE : size, 0);
	if (got > 0) {
		*out_size = (size_t)got;
		return ERR_NONE;
	}
	/* 0: an end, or a file system that only says so. */
	if (got == -1 && errno != EXDEV && errno != EINVAL &&
	    errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR)
		return fs_errno_err(errno);
	return copy_by_hand(file, to_fd, size, out_size);
}

/* Where a copy stands: not beyond the size that the file had. */
struct place {
	off_t at;
	off_t data_end; /* from at on there is data, up to here */
};

static bool
has_holes(const struct stat *stat)
{
	enum {
		STAT_BLOCK_SIZE = 512
	}; /* of st_blocks, whatever the disk has */

	return stat->st_size / STAT_BLOCK_SIZE > stat->st_blocks;
}

/* Goes on to the next data: the hole before it will be one in the copy. */
static enum err
find_data(const struct fs_copy_file *file, int to_fd, struct place *place)
{
	const off_t size = file->stat.st_size;
	off_t begin;
	off_t end;

	place->data_end = size;
	if (!has_holes(&file->stat))
		return ERR_NONE;
	begin = lseek(file->source_fd, place->at, SEEK_DATA);
	if (begin == -1 && errno != ENXIO)
		return ERR_NONE; /* it cannot tell: then all of it is data */
	if (begin == -1 || begin >= size) {
		place->at = size;
		return ERR_NONE;
	}
	end = lseek(file->source_fd, begin, SEEK_HOLE);
	if (end > begin && end < size)
		place->data_end = end;
	if (lseek(file->source_fd, begin, SEEK_SET) == -1)
		return fs_errno_err(errno);
	if (lseek(to_fd, begin, SEEK_SET) == -1)
		return fs_errno_err(errno);
	place->at = begin;
	return ERR_NONE;
}

static enum err
copy_on(const struct fs_copy_file *file, int to_fd, struct place *place)
{
	size_t size = 0;
	enum err err;

	if (place->at == place->data_end) {
		err = find_data(file, to_fd, place);
		if (err != ERR_NONE || place->at == place->data_end)
			return err;
	}
	err = copy_piece(
	    file, to_fd, (size_t)(place->data_end - place->at), &size);
	if (err != ERR_NONE)
		return err;
	place->at = size == 0 ? file->stat.st_size : place->at + (off_t)size;
	return ERR_NONE;
}

static enum err
tell(struct fs_copy_files *files, off_t size)
{
	bool is_cancelled;

	(void)pthread_mutex_lock(files->mutex);
	progress_bytes(files->progress, (uint64_t)size);
	is_cancelled = progress_is_cancelled(files->progress);
	(void)pthread_mutex_unlock(files->mutex);
	return is_cancelled ? ERR_CANCELLED : ERR_NONE;
}

static enum err
copy_all(struct fs_copy_files *files, const struct fs_copy_file *file,
    int to_fd, uint64_t *out_untold_size)
{
	struct place place = { .at = 0 };
	off_t told = 0;
	enum err err = ERR_AGAIN;

	if (file->stat.st_size > 0)
		err = clone_all(files, file->source_fd, to_fd);
	if (err == ERR_NONE)
		place.at = file->stat.st_size;
	else if (err != ERR_AGAIN)
		return err;
	while (place.at < file->stat.st_size) {
		err =
		    place.at == told ? ERR_NONE : tell(files, place.at - told);
		if (err != ERR_NONE)
			return err;
		told = place.at;
		err = copy_on(file, to_fd, &place);
		if (err != ERR_NONE)
			return err;
	}
	*out_untold_size = (uint64_t)(place.at - told);
	/* It may end with a hole. */
	if (has_holes(&file->stat) && ftruncate(to_fd, place.at) == -1)
		return fs_errno_err(errno);
	return ERR_NONE;
}

static enum err
finish(struct fs_copy_files *files, const struct fs_copy_file *file, int fd)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		file->stat.st_mtim };
	mode_t mode = file->stat.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);

	if ((mode & files->fs->umask) != 0 && fchmod(fd, mode) == -1)
		return fs_errno_err(errno);
	if (futimens(fd, times) == -1)
		return fs_errno_err(errno);
	return files->is_flushed ? fs_state_sync_file(files->fs, fd) : ERR_NONE;
}

enum err
fs_copy_file(struct fs_copy_files *files, const struct fs_copy_file *file,
    uint64_t *out_untold_size)
{
	mode_t mode = file->stat.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
	OWNED(fs_path_close) int fd = -1;
	enum err err;

	fd = openat(file->dir_fd, file->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd == -1)
		return fs_errno_err(errno);
	err = copy_all(files, file, fd, out_untold_size);
	if (err == ERR_NONE)
		err = finish(files, file, fd);
	if (err != ERR_NONE)
		(void)unlinkat(file->dir_fd, file->name, 0);
	return err;
}
