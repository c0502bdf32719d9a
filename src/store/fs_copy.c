/*
 * fs_copy.c - see fs_copy.h.
 */
#include "store/fs_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/progress.h"
#include "store/fs_copy_file.h"
#include "store/fs_copy_tree.h"
#include "store/fs_errno.h"
#include "store/fs_name.h"
#include "store/fs_stat.h"
#include "store/fs_swap.h"
#include "store/fs_walk.h"

enum {
	FLUSHED_COUNT_MAX = 64, /* members: more share one flush */
	DIRECTORY_MODE = 0777,
};

static bool
is_counted(const struct fs *fs, const struct fs_walk_step *step)
{
	if (fs_name_is_reserved(str_of(step->name), false))
		return false;
	switch (step->type) {
	case DT_REG:
	case DT_DIR:
	case DT_UNKNOWN:
		return true;
	case DT_LNK:
		return fs->symlinks == FS_SYMLINKS_INSIDE;
	default:
		return false;
	}
}

/* What there will be to copy, nearly: for the progress. */
struct survey {
	uint64_t count;
	uint64_t size;
};

static void
add(struct survey *survey, const struct fs_walk_step *step)
{
	struct fs_stat stat;

	survey->count++;
	if (step->kind == FS_WALK_FILE && step->type != DT_LNK &&
	    fs_stat_at(step->dir_fd, step->name, &stat) == ERR_NONE)
		survey->size += stat.size;
}

static enum err
look_through(const struct fs *fs, int source_fd, struct progress *progress,
    struct survey *out_survey)
{
	struct survey survey = { .count = 0 };
	struct fs_walk *walk;
	struct fs_walk_step step;
	enum err err;

	err = fs_walk_new(source_fd, ".", str_of(""), FS_WALK_AS_IT_IS, &walk);
	if (err != ERR_NONE)
		return err;
	while ((err = fs_walk_next(walk, &step)) == ERR_NONE) {
		if (progress_is_cancelled(progress)) {
			err = ERR_CANCELLED;
			break;
		}
		if (is_counted(fs, &step))
			add(&survey, &step);
		if (progress_is_too_many(progress, survey.count)) {
			err = ERR_LIMIT;
			break;
		}
	}
	fs_walk_free(walk);
	if (err != ERR_ABSENT)
		return err;
	*out_survey = survey;
	return ERR_NONE;
}

static enum err
open_staged(struct fs_stage *stage, int *out_fd)
{
	if (mkdirat(stage->dir_fd, stage->name, DIRECTORY_MODE) == -1)
		return fs_errno_err(errno);
	stage->is_full = true;
	*out_fd = fs_path_open_below(
	    stage->dir_fd, stage->name, O_RDONLY | O_DIRECTORY);
	return *out_fd == -1 ? fs_errno_err(errno) : ERR_NONE;
}

static enum err
stage_collection(struct fs_stage *stage, const struct copy_options *options,
    struct progress *progress, int source_fd)
{
	struct fs_copy_tree tree = {
		.fs = stage->fs,
		.progress = progress,
		.path = options->source,
		.source_fd = source_fd,
		.admit = options->admit,
		.context = options->context,
		.is_shallow = options->is_shallow,
		.is_strict = options->is_strict,
	};
	OWNED(fs_path_close) int fd = -1;
	struct survey survey = { .count = 1 };
	enum err err = ERR_NONE;

	/* How many are left out must not show: so no total is told. */
	if (options->admit != NULL)
		survey.count = FLUSHED_COUNT_MAX + 1;
	else if (!options->is_shallow)
		err = look_through(stage->fs, source_fd, progress, &survey);
	if (err == ERR_NONE)
		err = open_staged(stage, &fd);
	if (err != ERR_NONE)
		return err;
	if (options->admit == NULL)
		progress_total(progress, survey.count, survey.size);
	tree.target_fd = fd;
	tree.is_flushed = survey.count <= FLUSHED_COUNT_MAX;
	err = fs_copy_tree(&tree);
	if (err != ERR_NONE || tree.is_flushed)
		return err;
	return fs_state_sync_all(stage->fs, fd);
}

static enum err
stage_file(struct fs_stage *stage, struct str path, struct progress *progress,
    int source_fd)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct fs_copy_files files = { .fs = stage->fs,
		.progress = progress,
		.mutex = &mutex,
		.is_flushed = true };
	struct fs_copy_file file = { .source_fd = source_fd,
		.dir_fd = stage->dir_fd,
		.name = stage->name };
	uint64_t untold_size;
	enum err err;

	if (fstat(source_fd, &file.stat) == -1)
		return fs_errno_err(errno);
	file.buffer = malloc(FS_COPY_FILE_BUFFER_SIZE);
	if (file.buffer == NULL)
		return ERR_MEMORY;
	atomic_init(&files.can_clone, true);
	progress_total(progress, 1, (uint64_t)file.stat.st_size);
	err = fs_copy_file(&files, &file, &untold_size);
	free(file.buffer);
	(void)pthread_mutex_destroy(&mutex); /* nobody has it */
	if (err != ERR_NONE)
		return err;
	stage->is_full = true;
	progress_bytes(progress, untold_size);
	progress_member_done(progress, path);
	return ERR_NONE;
}

enum err
fs_copy_stage(struct fs_stage *stage, const struct copy_options *options,
    struct progress *progress, struct fs_stat *out_stat)
{
	OWNED(fs_path_close) int fd = -1;
	struct fs_stat stat;
	enum err err;

	err = fs_path_open(stage->fs, options->source, O_RDONLY, &fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(fd, &stat);
	if (err != ERR_NONE)
		return err;
	if (!fs_stat_is_shown(&stat))
		return ERR_ABSENT;
	err = fs_stat_is_collection(&stat)
	          ? stage_collection(stage, options, progress, fd)
	          : stage_file(stage, options->source, progress, fd);
	if (err != ERR_NONE)
		return err;
	return fs_stat_at(stage->dir_fd, stage->name, out_stat);
}

static enum err
put_in_place(
    struct fs_stage *stage, const struct fs_spot *spot, struct fs_swap *swap)
{
	struct fs *fs = stage->fs;
	enum err err;

	swap->dir_fd = stage->dir_fd;
	swap->name = stage->name;
	swap->to = spot;
	err = fs_swap_begin(fs, swap);
	if (err != ERR_NONE)
		return err;
	err = fs_swap_rename(fs, swap);
	if (err != ERR_NONE) {
		fs_swap_undo(fs, swap);
		return err;
	}
	stage->is_full = stage->is_replaced = swap->is_exchanged;
	err = fs_state_sync_names(fs, spot->dir_fd);
	fs_swap_end(fs, swap);
	return err;
}

static enum err
copy_to(const struct fs_spot *spot, struct fs_stage *stage,
    const struct copy_options *options, struct progress *progress,
    bool *out_is_created)
{
	struct fs *fs = stage->fs;
	struct fs_swap swap = { .entry = { .kind = META_COPY,
		                    .source = options->source,
		                    .destination = options->destination,
		                    .stage = str_of(stage->name),
		                    .is_shallow = options->is_shallow } };
	struct progress_mark mark;
	struct fs_stat copy;
	struct fs_stat old;
	enum err err;

	err = fs_copy_stage(stage, options, progress, &copy);
	if (err != ERR_NONE)
		return err;
	swap.entry.ino = mark.id = copy.ino;
	swap.is_collection = fs_stat_is_collection(&copy);
	err = fs_path_spot_target(fs, spot, &old);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	swap.is_replacing = err == ERR_NONE;
	swap.is_replaced_collection =
	    swap.is_replacing && fs_stat_is_collection(&old);
	mark.is_created = !swap.is_replacing;
	if (!progress_commit(progress, &mark))
		return ERR_CANCELLED;
	err = put_in_place(stage, spot, &swap);
	if (err == ERR_NONE)
		*out_is_created = !swap.is_replacing;
	return err;
}

enum err
fs_copy(struct fs *fs, const struct copy_options *options,
    struct progress *progress, bool *out_is_created)
{
	struct fs_stage stage = { .fs = NULL };
	struct fs_spot spot;
	struct fs_stat stat;
	enum err err;

	if (fs_path_holds(options->source, options->destination) ||
	    fs_path_holds(options->destination, options->source))
		return ERR_CONFLICT;
	err = fs_path_stat(fs, options->source, &stat);
	if (err != ERR_NONE)
		return err;
	err = fs_path_spot(fs, options->destination, &spot);
	if (err != ERR_NONE)
		return err;
	err = fs_path_spot_target(fs, &spot, &stat);
	if (err == ERR_NONE || err == ERR_ABSENT)
		err = fs_path_spot_writable(fs, &spot);
	if (err == ERR_NONE)
		err = fs_stage_init(fs, &spot, options->destination, &stage);
	if (err == ERR_NONE)
		err = copy_to(&spot, &stage, options, progress, out_is_created);
	fs_stage_done(&stage);
	fs_path_spot_done(&spot);
	return err;
}
