/*
 * fs_copy_tree.c - see fs_copy_tree.h.
 */
#include "store/fs_copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "op/progress.h"
#include "store/fs_copy_file.h"
#include "store/fs_errno.h"
#include "store/fs_name.h"
#include "store/fs_path.h"

enum {
	JOB_COUNT_MAX = 1024, /* beyond it a thread puts its own aside */
	THREAD_COUNT_MIN = 2,
	THREAD_COUNT_MAX = 4,
	LOOK_MS = 20,     /* from one look at what they get to the next */
	SHARE_MS_MIN = 5, /* of a processor, in that time */
	DIRECTORY_MODE = 0777,
};

#define NS_PER_MS ((int64_t)1000 * 1000)
#define NS_PER_S (1000 * NS_PER_MS)

/* A directory to be copied, from an offset on. */
struct job {
	struct job *below;
	unsigned depth;
	long offset;
	size_t path_size;
	char path[]; /* from the top, ended by a NUL; "." is the top */
};

struct copier {
	const struct fs_copy_tree *tree;
	struct fs_copy_files files;
	atomic_bool is_stopping;

	pthread_mutex_t mutex; /* guards all below, and the progress */
	pthread_cond_t changed;
	pthread_cond_t ended;
	struct job *top;
	size_t job_count;
	unsigned busy_count;
	unsigned aside_count; /* threads that have not ended */
	enum err err;
};

/* What one thread has at hand while it copies one directory. */
struct worker {
	struct copier *copier;
	struct job *job;
	struct job *next; /* to be done before the job goes on; or NULL */
	DIR *source;
	int target_fd;
	struct buf path;  /* of the member, as clients call it */
	size_t base_size; /* of the source's own path */
	size_t path_size; /* of the directory's */
	char buffer[FS_COPY_FILE_BUFFER_SIZE];
};

static struct job *
job_new(const char *path, size_t path_size, unsigned depth)
{
	struct job *job = malloc(sizeof(*job) + path_size + 1);

	if (job == NULL)
		return NULL;
	*job = (struct job){ .depth = depth, .path_size = path_size };
	memcpy(job->path, path, path_size);
	job->path[path_size] = '\0';
	return job;
}

static void
push(struct copier *copier, struct job *job)
{
	(void)pthread_mutex_lock(&copier->mutex);
	job->below = copier->top;
	copier->top = job;
	copier->job_count++;
	(void)pthread_cond_signal(&copier->changed);
	(void)pthread_mutex_unlock(&copier->mutex);
}

static bool
is_full(struct copier *copier)
{
	bool result;

	(void)pthread_mutex_lock(&copier->mutex);
	result = copier->job_count >= JOB_COUNT_MAX;
	(void)pthread_mutex_unlock(&copier->mutex);
	return result;
}

static void
stop(struct copier *copier, enum err err)
{
	(void)pthread_mutex_lock(&copier->mutex);
	if (copier->err == ERR_NONE)
		copier->err = err;
	atomic_store(&copier->is_stopping, true);
	(void)pthread_cond_broadcast(&copier->changed);
	(void)pthread_mutex_unlock(&copier->mutex);
}

static void
member_ended(struct worker *worker, enum err err, uint64_t size)
{
	struct copier *copier = worker->copier;
	struct progress *progress = copier->tree->progress;
	struct str path = buf_str(&worker->path);
	bool is_cancelled;

	(void)pthread_mutex_lock(&copier->mutex);
	fs_state_step(copier->tree->fs, "member");
	if (err == ERR_NONE) {
		progress_bytes(progress, size);
		progress_member_done(progress, path);
	} else if (err != ERR_CANCELLED) {
		progress_member_failed(progress, path, err);
	}
	is_cancelled = progress_is_cancelled(progress);
	(void)pthread_mutex_unlock(&copier->mutex);
	if (is_cancelled)
		err = ERR_CANCELLED;
	if (err == ERR_CANCELLED || err == ERR_SPACE ||
	    (err != ERR_NONE && copier->tree->is_strict))
		stop(copier, err);
}

static enum err
copy_file(struct worker *worker, const char *name, int source_fd,
    const struct stat *stat, uint64_t *out_untold_size)
{
	const struct fs_copy_file file = {
		.source_fd = source_fd,
		.stat = *stat,
		.dir_fd = worker->target_fd,
		.name = name,
		.buffer = worker->buffer,
	};

	return fs_copy_file(&worker->copier->files, &file, out_untold_size);
}

/* Makes the directory; its members are a job of their own. */
static enum err
copy_directory(struct worker *worker, const char *name)
{
	const struct job *job = worker->job;
	const char *path = worker->path.data + worker->base_size + 1;
	size_t path_size = worker->path.len - worker->base_size - 1;
	struct job *sub;

	if (job->depth + 1 >= TREE_DEPTH_MAX || path_size > PATH_SIZE_MAX)
		return ERR_LIMIT;
	if (mkdirat(worker->target_fd, name, DIRECTORY_MODE) == -1)
		return fs_errno_err(errno);
	sub = job_new(path, path_size, job->depth + 1);
	if (sub == NULL)
		return ERR_MEMORY;
	if (is_full(worker->copier))
		worker->next = sub;
	else
		push(worker->copier, sub);
	return ERR_NONE;
}

/*
 * A regular file is opened at once and judged by what was opened.  ERR_ABSENT:
 * it is nothing that we show, or gone.  ERR_COLLECTION: a directory.
 */
static enum err
open_file(struct worker *worker, const struct dirent *entry, int *out_fd,
    struct stat *out_stat)
{
	const struct fs *fs = worker->copier->tree->fs;
	OWNED(fs_path_close) int fd = -1;
	enum err err = ERR_NONE;

	if (entry->d_type == DT_LNK) {
		err = fs_path_open(fs, buf_str(&worker->path), O_RDONLY, &fd);
	} else {
		fd = openat(dirfd(worker->source), entry->d_name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd == -1)
			err = fs_errno_err(errno);
	}
	if (err != ERR_NONE)
		return err;
	if (fstat(fd, out_stat) == -1)
		return fs_errno_err(errno);
	if (S_ISDIR(out_stat->st_mode))
		return entry->d_type == DT_LNK ? ERR_CONFLICT : ERR_COLLECTION;
	if (!S_ISREG(out_stat->st_mode))
		return ERR_ABSENT;
	*out_fd = fd;
	fd = -1;
	return ERR_NONE;
}

static bool
is_hidden(const struct copier *copier, const struct dirent *entry)
{
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return true;
	if (fs_name_is_reserved(str_of(entry->d_name), false))
		return true;
	if (entry->d_type == DT_LNK)
		return copier->tree->fs->symlinks == FS_SYMLINKS_NONE;
	return entry->d_type != DT_REG && entry->d_type != DT_DIR &&
	       entry->d_type != DT_UNKNOWN;
}

/* What it is, or why it is not copied. */
static enum err
admit(const struct worker *worker, enum err what)
{
	const struct fs_copy_tree *tree = worker->copier->tree;
	enum err err = ERR_NONE;

	if (tree->admit != NULL)
		err = tree->admit(tree->context, buf_str(&worker->path),
		    what == ERR_COLLECTION);
	return err == ERR_NONE ? what : err;
}

static void
copy_member(struct worker *worker, const struct dirent *entry)
{
	OWNED(fs_path_close) int fd = -1;
	struct stat stat;
	uint64_t untold_size = 0;
	enum err err = worker->path.err;

	if (err == ERR_NONE)
		err = entry->d_type == DT_DIR
		          ? ERR_COLLECTION
		          : open_file(worker, entry, &fd, &stat);
	if (err == ERR_NONE || err == ERR_COLLECTION)
		err = admit(worker, err);
	if (err == ERR_ABSENT)
		return;
	if (err == ERR_COLLECTION) {
		err = copy_directory(worker, entry->d_name);
		if (err == ERR_NONE)
			return; /* it is done when its job is */
	} else if (err == ERR_NONE) {
		err = copy_file(worker, entry->d_name, fd, &stat, &untold_size);
	}
	member_ended(worker, err, untold_size);
}

/* Mode and time of a directory, once all its members have their names. */
static enum err
finish(const struct worker *worker)
{
	const struct fs_copy_tree *tree = worker->copier->tree;
	mode_t wanted;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat stat;

	if (fstat(dirfd(worker->source), &stat) == -1)
		return fs_errno_err(errno);
	wanted = S_IRWXU | (stat.st_mode & (S_IRWXG | S_IRWXO));
	times[1] = stat.st_mtim;
	if (wanted != (DIRECTORY_MODE & ~tree->fs->umask) &&
	    fchmod(worker->target_fd, wanted) == -1)
		return fs_errno_err(errno);
	if (futimens(worker->target_fd, times) == -1)
		return fs_errno_err(errno);
	return tree->is_flushed
	           ? fs_state_sync_names(tree->fs, worker->target_fd)
	           : ERR_NONE;
}

/* ERR_AGAIN: put aside, from worker->job->offset on. */
static enum err
copy_members(struct worker *worker)
{
	struct dirent *entry;

	while (!atomic_load(&worker->copier->is_stopping)) {
		errno = 0;
		entry = readdir(worker->source);
		if (entry == NULL && errno != 0)
			return fs_errno_err(errno);
		if (entry == NULL)
			return finish(worker);
		if (is_hidden(worker->copier, entry))
			continue;
		buf_add_char(&worker->path, '/');
		buf_add_text(&worker->path, entry->d_name);
		copy_member(worker, entry);
		if (worker->next != NULL) {
			worker->job->offset = telldir(worker->source);
			return ERR_AGAIN;
		}
		worker->path.len = worker->path_size;
		worker->path.err = ERR_NONE;
	}
	return ERR_CANCELLED;
}

static enum err
open_both(struct worker *worker)
{
	const struct fs_copy_tree *tree = worker->copier->tree;
	const int flags = O_RDONLY | O_DIRECTORY;
	const struct job *job = worker->job;
	int fd = fs_path_open_below(tree->source_fd, job->path, flags);

	if (fd == -1)
		return fs_errno_err(errno);
	worker->source = fdopendir(fd);
	if (worker->source == NULL) {
		(void)close(fd);
		return ERR_MEMORY;
	}
	if (job->offset != 0)
		seekdir(worker->source, job->offset);
	worker->target_fd =
	    fs_path_open_below(tree->target_fd, job->path, flags);
	return worker->target_fd == -1 ? fs_errno_err(errno) : ERR_NONE;
}

/* Whether the job is done; else it has been put aside. */
static bool
run_job(struct worker *worker)
{
	const struct fs_copy_tree *tree = worker->copier->tree;
	struct job *job = worker->job;
	enum err err;

	buf_clear(&worker->path);
	buf_add_str(&worker->path, tree->path);
	worker->base_size = worker->path.len;
	if (job->depth > 0) {
		buf_add_char(&worker->path, '/');
		buf_add(&worker->path, job->path, job->path_size);
	}
	worker->path_size = worker->path.len;
	worker->source = NULL;
	worker->target_fd = -1;
	worker->next = NULL;
	err = open_both(worker);
	if (err != ERR_NONE) /* nothing of it: not even its name */
		(void)unlinkat(tree->target_fd, job->path, AT_REMOVEDIR);
	else
		err = copy_members(worker);
	if (err != ERR_AGAIN) {
		worker->path.len = worker->path_size;
		member_ended(worker, err, 0);
	}
	if (worker->source != NULL)
		(void)closedir(worker->source); /* it was only read */
	fs_path_close(&worker->target_fd);
	return err != ERR_AGAIN;
}

static struct job *
pop(struct copier *copier)
{
	struct job *job = NULL;

	(void)pthread_mutex_lock(&copier->mutex);
	while (copier->top == NULL && copier->busy_count > 0 &&
	       !atomic_load(&copier->is_stopping))
		(void)pthread_cond_wait(&copier->changed, &copier->mutex);
	if (copier->top != NULL && !atomic_load(&copier->is_stopping)) {
		job = copier->top;
		copier->top = job->below;
		copier->job_count--;
		copier->busy_count++;
	}
	(void)pthread_mutex_unlock(&copier->mutex);
	return job;
}

static void *
work(void *context)
{
	struct copier *copier = context;
	struct worker *worker = malloc(sizeof(*worker));

	if (worker == NULL) {
		stop(copier, ERR_MEMORY);
		return NULL;
	}
	worker->copier = copier;
	buf_init(&worker->path, 2 * PATH_SIZE_MAX + 2 * NAME_SIZE_MAX);
	while ((worker->job = pop(copier)) != NULL) {
		if (run_job(worker)) {
			free(worker->job);
		} else {
			push(copier, worker->job);
			push(copier, worker->next);
		}
		(void)pthread_mutex_lock(&copier->mutex);
		copier->busy_count--;
		if (copier->busy_count == 0)
			(void)pthread_cond_broadcast(&copier->changed);
		(void)pthread_mutex_unlock(&copier->mutex);
	}
	buf_done(&worker->path);
	free(worker);
	return NULL;
}

static void *
work_aside(void *context)
{
	struct copier *copier = context;
	const struct sched_param none = { 0 };

	(void)pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
	(void)work(copier);
	(void)pthread_mutex_lock(&copier->mutex);
	copier->aside_count--;
	(void)pthread_cond_signal(&copier->ended);
	(void)pthread_mutex_unlock(&copier->mutex);
	return NULL;
}

static unsigned
start_aside(struct copier *copier, pthread_t *threads)
{
	long wanted = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = 0;

	if (wanted < THREAD_COUNT_MIN)
		wanted = THREAD_COUNT_MIN;
	if (wanted > THREAD_COUNT_MAX)
		wanted = THREAD_COUNT_MAX;
	(void)pthread_mutex_lock(&copier->mutex);
	while (count < wanted &&
	       pthread_create(&threads[count], NULL, work_aside, copier) == 0)
		count++;
	copier->aside_count = count;
	(void)pthread_mutex_unlock(&copier->mutex);
	return count;
}

/* What these threads had of the processors so far. */
static int64_t
used_ms(const pthread_t *threads, unsigned count)
{
	int64_t sum_ns = 0;

	for (unsigned i = 0; i < count; i++) {
		struct timespec used;
		clockid_t clock;

		if (pthread_getcpuclockid(threads[i], &clock) == 0 &&
		    clock_gettime(clock, &used) == 0)
			sum_ns += used.tv_sec * NS_PER_S + used.tv_nsec;
	}
	return sum_ns / NS_PER_MS;
}

/* Returns when all have ended, or when they get too little done. */
static void
watch(struct copier *copier, const pthread_t *threads, unsigned count)
{
	int64_t before_ms = 0;
	int64_t now_ms = SHARE_MS_MIN;

	(void)pthread_mutex_lock(&copier->mutex);
	while (copier->aside_count > 0 && now_ms - before_ms >= SHARE_MS_MIN) {
		struct timespec end;

		(void)clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_nsec += LOOK_MS * NS_PER_MS;
		end.tv_sec += end.tv_nsec / NS_PER_S;
		end.tv_nsec %= NS_PER_S;
		before_ms = used_ms(threads, count);
		while (copier->aside_count > 0 &&
		       pthread_cond_clockwait(&copier->ended, &copier->mutex,
		           CLOCK_MONOTONIC, &end) == 0)
			;
		now_ms = used_ms(threads, count);
	}
	(void)pthread_mutex_unlock(&copier->mutex);
}

/*
 * As many threads as there are processors take what nobody else wants of these
 * (SCHED_IDLE, see sched(7)), so that a large tree delays no small request.
 * Where that is too little, this thread works too, with its fair share.
 */
static void
work_together(struct copier *copier)
{
	pthread_t threads[THREAD_COUNT_MAX];
	unsigned count = start_aside(copier, threads);

	watch(copier, threads, count);
	(void)work(copier);
	while (count > 0)
		CHECK(pthread_join(threads[--count], NULL) == 0);
}

static void
copy_shallow(struct copier *copier, struct worker *worker)
{
	const struct fs_copy_tree *tree = copier->tree;
	enum err err;

	worker->copier = copier;
	buf_init(&worker->path, PATH_SIZE_MAX);
	buf_add_str(&worker->path, tree->path);
	err = open_both(worker);
	if (err == ERR_NONE)
		err = finish(worker);
	member_ended(worker, err, 0);
	if (err != ERR_NONE)
		stop(copier, err);
	if (worker->source != NULL)
		(void)closedir(worker->source); /* it was only read */
	fs_path_close(&worker->target_fd);
	buf_done(&worker->path);
}

static void
run(struct copier *copier, struct job *first)
{
	struct worker *worker;

	if (!copier->tree->is_shallow) {
		push(copier, first);
		work_together(copier);
		return;
	}
	worker = calloc(1, sizeof(*worker));
	if (worker == NULL) {
		stop(copier, ERR_MEMORY);
	} else {
		worker->job = first;
		worker->target_fd = -1;
		copy_shallow(copier, worker);
	}
	free(worker);
	free(first);
}

enum err
fs_copy_tree(const struct fs_copy_tree *tree)
{
	struct copier copier = {
		.tree = tree,
		.files = { .fs = tree->fs,
		    .progress = tree->progress,
		    .is_flushed = tree->is_flushed },
	};
	struct job *job = job_new(".", 1, 0);

	if (job == NULL)
		return ERR_MEMORY;
	atomic_init(&copier.files.can_clone, true);
	copier.files.mutex = &copier.mutex;
	CHECK(pthread_mutex_init(&copier.mutex, NULL) == 0);
	CHECK(pthread_cond_init(&copier.changed, NULL) == 0);
	CHECK(pthread_cond_init(&copier.ended, NULL) == 0);
	run(&copier, job);
	while ((job = copier.top) != NULL) { /* it was stopped */
		copier.top = job->below;
		free(job);
	}
	(void)pthread_cond_destroy(&copier.ended); /* nobody waits */
	(void)pthread_cond_destroy(&copier.changed);
	(void)pthread_mutex_destroy(&copier.mutex);
	return copier.err;
}
