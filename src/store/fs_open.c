/*
 * fs_open.c - see fs_open.h.
 */
#include "store/fs_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/fs_errno.h"
#include "store/fs_name.h"
#include "store/fs_path.h"
#include "store/fs_recover.h"
#include "store/fs_trash.h"
#include "store/meta.h"

enum {
	STATE_MODE = 0700,
	LOCK_MODE = 0600,
	DIRECTORY = O_RDONLY | O_DIRECTORY,
	AWAIT_COUNT = 50, /* times 10 ms */
};

/* What is being opened, and where its words go. */
struct opening {
	const struct fs_options *options;
	struct fs *fs;
	struct buf *text;
};

static enum err
explain_as(const struct opening *opening, enum err err, const char *what,
    const char *name, const char *why)
{
	if (opening->text != NULL)
		buf_printf(opening->text, "%s %s: %s", what, name, why);
	return err;
}

static enum err
explain(const struct opening *opening, enum err err, const char *what,
    const char *name)
{
	return explain_as(opening, err, what, name, err_text(err));
}

static enum err
open_root(const struct opening *opening)
{
	const char *root = opening->options->root;
	int fd = open(root, DIRECTORY | O_CLOEXEC);

	if (fd == -1 && errno == ENOTDIR)
		return explain_as(opening, ERR_FILE, "cannot serve", root,
		    "it is not a directory");
	if (fd == -1 && errno == ENOENT)
		return explain_as(opening, ERR_ABSENT, "cannot serve", root,
		    "there is no such directory");
	if (fd == -1)
		return explain(
		    opening, fs_errno_err(errno), "cannot serve", root);
	opening->fs->root_fd = fd;
	if (!fs_path_can_open(fd))
		return explain_as(opening, ERR_SYSTEM, "cannot serve", root,
		    "there is no openat2(2): it needs Linux 5.6, and no filter "
		    "that forbids it, such as RestrictSUIDSGID= of systemd");
	return ERR_NONE;
}

static bool
is_same(const struct fs_stat *a, const struct fs_stat *b)
{
	return a->ino == b->ino && a->place.major == b->place.major &&
	       a->place.minor == b->place.minor;
}

/* Whether a directory lies in the root: up from it one meets the root. */
static enum err
is_inside(const struct fs *fs, int dir_fd, bool *out_is_inside)
{
	OWNED(fs_path_close) int fd = -1;
	struct fs_stat root;
	struct fs_stat at;
	struct fs_stat previous = { .ino = 0 };
	enum err err;

	err = fs_stat_fd(fs->root_fd, &root);
	fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	for (int i = 0; err == ERR_NONE && i < PATH_SIZE_MAX; i++) {
		int up;

		err = fd == -1 ? fs_errno_err(errno) : fs_stat_fd(fd, &at);
		if (err != ERR_NONE)
			return err;
		*out_is_inside = is_same(&at, &root);
		if (*out_is_inside || is_same(&at, &previous))
			return ERR_NONE;
		previous = at;
		up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fs_path_close(&fd);
		fd = up;
	}
	return err;
}

/* A state elsewhere: made if it is not there; never in the served tree. */
static enum err
open_state_elsewhere(const struct opening *opening)
{
	const char *state = opening->options->state;
	struct fs *fs = opening->fs;
	struct fs_stat inside;
	struct fs_stat stat;
	bool is_in_root = false;
	enum err err;

	if (mkdir(state, STATE_MODE) == -1 && errno != EEXIST)
		return explain(
		    opening, fs_errno_err(errno), "cannot make", state);
	fs->state_fd = open(state, DIRECTORY | O_CLOEXEC);
	if (fs->state_fd == -1)
		return explain(
		    opening, fs_errno_err(errno), "cannot open", state);
	err = is_inside(fs, fs->state_fd, &is_in_root);
	if (err == ERR_NONE)
		err = fs_stat_fd(fs->state_fd, &stat);
	if (err != ERR_NONE)
		return explain(opening, err, "cannot open", state);
	if (!is_in_root)
		return ERR_NONE;
	if (fs_stat_at(fs->root_fd, FS_NAME_STATE, &inside) == ERR_NONE &&
	    inside.ino == stat.ino)
		return ERR_NONE;
	return explain(opening, ERR_CONFLICT,
	    "the state must be outside of what is served:", state);
}

/* ERR_READ_ONLY: there cannot be one, and that is bearable. */
static enum err
open_state_inside(const struct opening *opening)
{
	struct fs *fs = opening->fs;
	enum err err = ERR_NONE;

	if (mkdirat(fs->root_fd, FS_NAME_STATE, STATE_MODE) == -1 &&
	    errno != EEXIST)
		err = fs_errno_err(errno);
	if (err == ERR_NONE) {
		fs->state_fd = openat(fs->root_fd, FS_NAME_STATE,
		    DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fs->state_fd == -1)
			err = fs_errno_err(errno);
	}
	if (err == ERR_NONE &&
	    faccessat(fs->state_fd, ".", W_OK | X_OK, AT_EACCESS) == -1)
		err = fs_errno_err(errno);
	if (err == ERR_DENIED || err == ERR_READ_ONLY)
		return ERR_READ_ONLY;
	if (err != ERR_NONE)
		return explain(opening, err, "cannot make the state in",
		    opening->options->root);
	return ERR_NONE;
}

static enum err
open_part(const struct opening *opening, const char *name, int *out_fd)
{
	int state_fd = opening->fs->state_fd;
	int fd;

	if (mkdirat(state_fd, name, STATE_MODE) == -1 && errno != EEXIST)
		return explain(opening, fs_errno_err(errno),
		    "cannot make in the state:", name);
	fd = openat(state_fd, name, DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return explain(opening, fs_errno_err(errno),
		    "cannot open in the state:", name);
	*out_fd = fd;
	return ERR_NONE;
}

static enum err
lock_state(const struct opening *opening)
{
	struct fs *fs = opening->fs;

	fs->lock_fd = openat(fs->state_fd, "lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, LOCK_MODE);
	if (fs->lock_fd == -1)
		return explain(opening, fs_errno_err(errno),
		    "cannot make in the state:", "lock");
	if (flock(fs->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_NONE;
	if (errno == EWOULDBLOCK)
		return explain_as(opening, ERR_BUSY, "cannot serve",
		    opening->options->root,
		    "another server is using its state: stop that one first");
	return explain(opening, fs_errno_err(errno), "cannot lock the state of",
	    opening->options->root);
}

/* Whether the root finds the state by a name that is not its own. */
static void
find_aliases(struct fs *fs)
{
	struct fs_stat state;
	struct fs_stat alias;

	if (fs_stat_fd(fs->state_fd, &state) != ERR_NONE)
		return;
	fs->state_ino = state.ino;
	fs->has_aliases =
	    fs_stat_at(fs->root_fd, ".TARRY", &alias) == ERR_NONE &&
	    alias.ino == state.ino;
}

static enum err
open_database(const struct opening *opening)
{
	struct fs *fs = opening->fs;
	char path[PATH_MAX + 16];
	char link[32];
	ssize_t len;
	enum err err;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fs->state_fd);
	len = readlink(link, fs->state_path, sizeof(fs->state_path) - 1);
	if (len == -1)
		return explain(
		    opening, fs_errno_err(errno), "cannot read", link);
	fs->state_path[len] = '\0';
	(void)snprintf(path, sizeof(path), "%s/meta.db", fs->state_path);
	err = meta_open(path,
	    fs->sync == FS_SYNC_FULL ? META_DB_SYNC_FULL : META_DB_SYNC_OFF,
	    &fs->meta);
	if (err == ERR_RANGE)
		return explain(opening, err,
		    "a newer program has made this database:", path);
	if (err != ERR_NONE)
		return explain(opening, err, "cannot use the database", path);
	return ERR_NONE;
}

static enum err
open_parts(const struct opening *opening)
{
	struct fs *fs = opening->fs;
	struct fs_stat stage;
	enum err err;

	err = lock_state(opening);
	if (err == ERR_NONE)
		err = open_part(opening, "stage", &fs->stage_fd);
	if (err == ERR_NONE)
		err = open_part(opening, "trash", &fs->trash_fd);
	if (err != ERR_NONE)
		return err;
	err = fs_stat_fd(fs->stage_fd, &stage);
	if (err != ERR_NONE)
		return explain(opening, err, "cannot look at", "stage");
	fs->stage_place = stage.place;
	find_aliases(fs);
	err = open_database(opening);
	if (err != ERR_NONE)
		return err;
	meta_watch(fs->meta, fs->step, fs->step_context);
	meta_time(fs->meta, fs->commits);
	err = fs_trash_start(fs, &fs->trash);
	if (err != ERR_NONE)
		return explain(opening, err, "cannot start", "a thread");
	err = fs_recover(fs);
	if (err != ERR_NONE)
		return explain(
		    opening, err, "cannot repair", opening->options->root);
	return ERR_NONE;
}

static enum err
open_all(const struct opening *opening)
{
	struct fs *fs = opening->fs;
	enum err err;

	if (getrandom(&fs->instance, sizeof(fs->instance), 0) !=
	    (ssize_t)sizeof(fs->instance))
		return explain(opening, ERR_SYSTEM, "cannot get", "entropy");
	fs->umask = umask(0);
	(void)umask(fs->umask); /* cannot fail */
	err = open_root(opening);
	if (err != ERR_NONE)
		return err;
	err = opening->options->state != NULL ? open_state_elsewhere(opening)
	                                      : open_state_inside(opening);
	if (err == ERR_READ_ONLY && opening->options->state == NULL) {
		fs->is_read_only = true;
		fs_path_close(&fs->state_fd);
		return ERR_NONE;
	}
	if (err != ERR_NONE)
		return err;
	return open_parts(opening);
}

enum err
fs_open_state(const struct fs_options *options, struct buf *error_text,
    struct fs **out_fs)
{
	struct fs *fs = calloc(1, sizeof(*fs));
	const struct opening opening = { options, fs, error_text };
	enum err err;

	if (fs == NULL)
		return ERR_MEMORY;
	fs->magic = FS_MAGIC;
	fs_debt_init(&fs->debts);
	CHECK(pthread_rwlock_init(&fs->names, NULL) == 0);
	fs->root_fd = fs->state_fd = fs->stage_fd = -1;
	fs->trash_fd = fs->lock_fd = -1;
	fs->symlinks = options->symlinks;
	fs->sync = options->sync;
	fs->step = options->step;
	fs->step_context = options->step_context;
	fs->commits = options->commits;
	err = open_all(&opening);
	if (err != ERR_NONE) {
		fs_open_undo(fs);
		return err;
	}
	*out_fs = fs;
	return ERR_NONE;
}

static enum err
await_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < AWAIT_COUNT; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return ERR_NONE;
		if (errno != EWOULDBLOCK)
			return ERR_SYSTEM;
		(void)nanosleep(&pause, NULL);
	}
	return ERR_BUSY;
}

enum err
fs_await(const struct fs_options *options)
{
	const char *state = options->state;
	char path[PATH_SIZE_MAX + 1];
	enum err err;
	int size;
	int fd;

	size = state != NULL ? snprintf(path, sizeof(path), "%s/lock", state)
	                     : snprintf(path, sizeof(path),
	                           "%s/" FS_NAME_STATE "/lock", options->root);
	if (size < 0 || (size_t)size >= sizeof(path))
		return ERR_ABSENT;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? ERR_ABSENT : ERR_SYSTEM;
	err = await_lock(fd);
	(void)close(fd); /* which unlocks it */
	return err;
}

void
fs_open_undo(struct fs *fs)
{
	fs_trash_stop(fs->trash);
	meta_close(fs->meta);
	fs_path_close(&fs->trash_fd);
	fs_path_close(&fs->stage_fd);
	fs_path_close(&fs->lock_fd); /* which unlocks the state */
	fs_path_close(&fs->state_fd);
	fs_path_close(&fs->root_fd);
	fs_debt_done(&fs->debts);
	(void)pthread_rwlock_destroy(&fs->names); /* nobody has it */
	fs->magic = 0;
	free(fs);
}
