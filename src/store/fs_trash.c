/*
 * fs_trash.c - see fs_trash.h.
 */
#include "store/fs_trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "store/fs_errno.h"
#include "store/fs_path.h"
#include "store/fs_walk.h"

enum {
	BESIDE_COUNT_MAX = 64, /* beyond it the caller deletes */
	NICE_LOWEST = 19,
	IOPRIO_WHO_PROCESS = 1,
	IOPRIO_IDLE = 3 << 13,
};

struct beside {
	int dir_fd;
	char name[FS_NAME_TEXT_SIZE];
	int64_t journal_id;
};

struct fs_trash {
	struct fs *fs;
	pthread_t thread;
	atomic_bool is_stopping;

	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t changed;
	bool is_filled; /* and not released yet */
	bool is_woken;
	struct beside beside[BESIDE_COUNT_MAX];
	size_t beside_count;
};

static void
free_walk(struct fs_walk **walk)
{
	fs_walk_free(*walk);
}

static int
unlink_forced(const struct fs_walk_step *step)
{
	int flags = step->kind == FS_WALK_LEAVE ? AT_REMOVEDIR : 0;

	if (unlinkat(step->dir_fd, step->name, flags) == 0)
		return 0;
	if (errno != EACCES || fchmod(step->dir_fd, S_IRWXU) == -1)
		return -1;
	return unlinkat(step->dir_fd, step->name, flags);
}

/* One walk: *out_again when it moved something that was too deep for it. */
static enum err
reap_once(struct fs_trash *trash, int dir_fd, const char *name, bool *out_again)
{
	OWNED(free_walk) struct fs_walk *walk = NULL;
	struct fs_walk_step step;
	char raised[FS_NAME_TEXT_SIZE];
	bool is_left = false;
	bool again = false;
	enum err err;

	err = fs_walk_new(dir_fd, name, str_of(""), FS_WALK_FORCED, &walk);
	while (err == ERR_NONE) {
		if (atomic_load(&trash->is_stopping))
			return ERR_CANCELLED;
		err = fs_walk_next(walk, &step);
		if (err != ERR_NONE)
			break;
		if (step.kind == FS_WALK_DEEP) {
			fs_state_make_name(trash->fs, false, raised);
			again |= renameat(step.dir_fd, step.name,
			             fs_walk_top_fd(walk), raised) == 0;
		} else if (step.kind == FS_WALK_FAILED ||
		           unlink_forced(&step) == -1) {
			is_left = true;
		}
	}
	if (err != ERR_ABSENT)
		return err;
	*out_again = again;
	return is_left && !again ? ERR_DENIED : ERR_NONE;
}

static enum err
reap(struct fs_trash *trash, int dir_fd, const char *name)
{
	bool again = true;
	enum err err = ERR_NONE;

	if (unlinkat(dir_fd, name, 0) == 0)
		return ERR_NONE;
	while (again && err == ERR_NONE)
		err = reap_once(trash, dir_fd, name, &again);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static void
reap_beside(struct fs_trash *trash, struct beside *beside)
{
	const struct meta_entry entry = { .id = beside->journal_id,
		.kind = META_STAGE };

	/* Without success the entry stays, and the next start tries again. */
	if (reap(trash, beside->dir_fd, beside->name) == ERR_NONE)
		meta_journal_undo(trash->fs->meta, &entry);
	(void)close(beside->dir_fd);
}

static void
reap_all(struct fs_trash *trash)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	fd = openat(
	    trash->fs->trash_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return; /* the next start tries again */
	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)close(fd);
		return;
	}
	while (!atomic_load(&trash->is_stopping) &&
	       (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		(void)reap(trash, trash->fs->trash_fd, entry->d_name);
	}
	(void)closedir(dir);
}

static void *
run(void *context)
{
	struct fs_trash *trash = context;

	/* Only a wish: where it is refused we compete like others. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE_LOWEST);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	(void)pthread_mutex_lock(&trash->mutex);
	while (!atomic_load(&trash->is_stopping)) {
		if (trash->beside_count > 0) {
			struct beside beside =
			    trash->beside[--trash->beside_count];

			(void)pthread_mutex_unlock(&trash->mutex);
			reap_beside(trash, &beside);
		} else if (trash->is_woken) {
			trash->is_woken = false;
			(void)pthread_mutex_unlock(&trash->mutex);
			reap_all(trash);
		} else {
			(void)pthread_cond_wait(&trash->changed, &trash->mutex);
			continue;
		}
		(void)pthread_mutex_lock(&trash->mutex);
	}
	(void)pthread_mutex_unlock(&trash->mutex);
	return NULL;
}

enum err
fs_trash_start(struct fs *fs, struct fs_trash **out_trash)
{
	struct fs_trash *trash = calloc(1, sizeof(*trash));

	if (trash == NULL)
		return ERR_MEMORY;
	trash->fs = fs;
	trash->is_woken = true;
	CHECK(pthread_mutex_init(&trash->mutex, NULL) == 0);
	CHECK(pthread_cond_init(&trash->changed, NULL) == 0);
	if (pthread_create(&trash->thread, NULL, run, trash) != 0) {
		free(trash);
		return ERR_MEMORY;
	}
	*out_trash = trash;
	return ERR_NONE;
}

void
fs_trash_stop(struct fs_trash *trash)
{
	if (trash == NULL)
		return;
	(void)pthread_mutex_lock(&trash->mutex);
	atomic_store(&trash->is_stopping, true);
	(void)pthread_cond_signal(&trash->changed);
	(void)pthread_mutex_unlock(&trash->mutex);
	CHECK(pthread_join(trash->thread, NULL) == 0);
	while (trash->beside_count > 0)
		(void)close(trash->beside[--trash->beside_count].dir_fd);
	(void)pthread_cond_destroy(&trash->changed); /* nobody waits */
	(void)pthread_mutex_destroy(&trash->mutex);
	free(trash);
}

/* The mutex is held. */
static void
wake(struct fs_trash *trash)
{
	trash->is_filled = false;
	trash->is_woken = true;
	(void)pthread_cond_signal(&trash->changed);
}

void
fs_trash_wake(struct fs *fs)
{
	struct fs_trash *trash = fs->trash;

	(void)pthread_mutex_lock(&trash->mutex);
	wake(trash);
	(void)pthread_mutex_unlock(&trash->mutex);
}

void
fs_trash_release(struct fs *fs)
{
	struct fs_trash *trash = fs->trash;

	(void)pthread_mutex_lock(&trash->mutex);
	if (trash->is_filled)
		wake(trash);
	(void)pthread_mutex_unlock(&trash->mutex);
}

void
fs_trash_take(struct fs *fs, int dir_fd, const char *name, int64_t journal_id)
{
	struct fs_trash *trash = fs->trash;
	struct beside beside = { .journal_id = journal_id };
	bool is_taken = false;

	CHECK(strlen(name) < sizeof(beside.name));
	memcpy(beside.name, name, strlen(name) + 1);
	beside.dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	if (beside.dir_fd == -1)
		return; /* the next start deletes it: the entry stays */
	(void)pthread_mutex_lock(&trash->mutex);
	if (trash->beside_count < BESIDE_COUNT_MAX) {
		trash->beside[trash->beside_count++] = beside;
		is_taken = true;
	}
	(void)pthread_cond_signal(&trash->changed);
	(void)pthread_mutex_unlock(&trash->mutex);
	if (!is_taken)
		reap_beside(trash, &beside);
}

enum err
fs_trash_reap(struct fs *fs, int dir_fd, const char *name)
{
	return reap(fs->trash, dir_fd, name);
}

static enum err
put_beside(struct fs *fs, const struct fs_trash_item *item)
{
	char name[FS_NAME_TEXT_SIZE];
	struct meta_entry entry = { .kind = META_STAGE, .source = item->path };
	enum err err;

	fs_state_make_name(fs, true, name);
	entry.stage = str_of(name);
	err = meta_journal_begin(fs->meta, &entry);
	if (err != ERR_NONE)
		return err;
	if (renameat(item->dir_fd, item->name, item->dir_fd, name) == -1) {
		err = fs_errno_err(errno);
		meta_journal_undo(fs->meta, &entry);
		return err;
	}
	fs_trash_take(fs, item->dir_fd, name, entry.id);
	return ERR_NONE;
}

bool
fs_trash_is_near(const struct fs *fs, const struct fs_trash_item *item)
{
	return fs_stat_is_same_place(&item->place, &fs->stage_place);
}

static enum err
put_near(struct fs *fs, const struct fs_trash_item *item, const char *name)
{
	struct fs_trash *trash = fs->trash;

	if (renameat(item->dir_fd, item->name, fs->trash_fd, name) == -1)
		return fs_errno_err(errno);
	(void)pthread_mutex_lock(&trash->mutex);
	trash->is_filled = true;
	(void)pthread_mutex_unlock(&trash->mutex);
	return ERR_NONE;
}

enum err
fs_trash_put(struct fs *fs, const struct fs_trash_item *item)
{
	char name[FS_NAME_TEXT_SIZE];
	enum err err;

	fs_state_step(fs, "before rename");
	if (fs_trash_is_near(fs, item)) {
		fs_state_make_name(fs, false, name);
		err = put_near(fs, item, name);
	} else {
		err = put_beside(fs, item);
	}
	fs_state_step(fs, "after rename");
	return err;
}
