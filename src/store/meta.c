/*
 * meta.c - see meta.h.
 */
#include "store/meta.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/stopwatch.h"

enum {
	VERSION = 1,
	BATCH_COUNT_MAX = 256, /* changes in one transaction */
	IDLE_COUNT_MAX = 8,    /* connections kept for the next reader */
};

struct change {
	enum err (*apply)(struct meta_db *db, void *context);
	void *context;
	enum err err;
	bool is_done;
	struct change *next;
};

struct meta {
	char *path;
	enum meta_db_sync sync;
	struct meta_db *writer; /* the leader's */
	atomic_bool has_props;
	atomic_bool has_locks;
	void (*step)(void *context, const char *what); /* may be NULL */
	void *step_context;
	const struct stopwatch *stopwatch; /* may be NULL */

	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t changed;
	struct change *first; /* the queue */
	struct change *last;
	bool is_led;
	struct meta_db *idle;
	unsigned idle_count;
};

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE prop (parent BLOB NOT NULL, name BLOB NOT NULL,"
    " space BLOB NOT NULL, local BLOB NOT NULL, xml BLOB NOT NULL,"
    " PRIMARY KEY (parent, name, space, local)) WITHOUT ROWID;"
    "CREATE TABLE lock (token BLOB PRIMARY KEY, path BLOB NOT NULL,"
    " owner BLOB NOT NULL, principal BLOB NOT NULL,"
    " is_shared INT NOT NULL, is_infinite INT NOT NULL,"
    " expires_s INT NOT NULL, timeout_s INT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX lock_path ON lock (path);"
    "CREATE TABLE journal (id INTEGER PRIMARY KEY, kind INT NOT NULL,"
    " source BLOB NOT NULL, destination BLOB NOT NULL,"
    " stage BLOB NOT NULL, ino INT NOT NULL, flags INT NOT NULL);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

static const char sql_has_props[] = "SELECT EXISTS (SELECT 1 FROM prop)";
static const char sql_has_locks[] = "SELECT EXISTS (SELECT 1 FROM lock)";

static enum err
prepare_schema(struct meta_db *db)
{
	int64_t version;
	enum err err;

	err = meta_db_number_of(db, "PRAGMA user_version", NULL, 0, &version);
	if (err != ERR_NONE)
		return err;
	if (version == 0)
		return meta_db_execute(db, schema);
	return version == VERSION ? ERR_NONE : ERR_RANGE;
}

/* When in doubt there are. */
static bool
has_rows(const struct meta *meta, const char *sql)
{
	int64_t has;
	enum err err;

	err = meta_db_number_of(meta->writer, sql, NULL, 0, &has);
	return err != ERR_NONE || has != 0;
}

/* Run by the leader, after each commit and before its callers are told. */
static void
refresh(struct meta *meta)
{
	atomic_store(&meta->has_props, has_rows(meta, sql_has_props));
	atomic_store(&meta->has_locks, has_rows(meta, sql_has_locks));
}

enum err
meta_open(const char *path, enum meta_db_sync sync, struct meta **out_meta)
{
	struct meta *meta = calloc(1, sizeof(*meta));
	enum err err;

	if (meta == NULL)
		return ERR_MEMORY;
	meta->sync = sync;
	CHECK(pthread_mutex_init(&meta->mutex, NULL) == 0);
	CHECK(pthread_cond_init(&meta->changed, NULL) == 0);
	meta->path = strdup(path);
	err = meta->path == NULL ? ERR_MEMORY : ERR_NONE;
	if (err == ERR_NONE)
		err = meta_db_open(path, META_DB_WRITE, sync, &meta->writer);
	if (err == ERR_NONE)
		err = prepare_schema(meta->writer);
	if (err != ERR_NONE) {
		meta_close(meta);
		return err;
	}
	refresh(meta);
	*out_meta = meta;
	return ERR_NONE;
}

void
meta_close(struct meta *meta)
{
	struct meta_db *db;

	if (meta == NULL)
		return;
	CHECK(meta->first == NULL);
	while ((db = meta->idle) != NULL) {
		meta->idle = meta_db_link(db);
		meta_db_close(db);
	}
	meta_db_close(meta->writer);
	(void)pthread_cond_destroy(&meta->changed); /* nobody waits */
	(void)pthread_mutex_destroy(&meta->mutex);
	free(meta->path);
	free(meta);
}

void
meta_time(struct meta *meta, const struct stopwatch *stopwatch)
{
	meta->stopwatch = stopwatch;
}

void
meta_watch(struct meta *meta, void (*step)(void *context, const char *what),
    void *context)
{
	meta->step = step;
	meta->step_context = context;
}

static void
tell_step(const struct meta *meta, const char *what)
{
	if (meta->step != NULL)
		meta->step(meta->step_context, what);
}

static enum err
apply_one(struct meta_db *db, const struct change *change)
{
	enum err err;
	enum err undone;

	err = meta_db_execute(db, "SAVEPOINT one");
	if (err != ERR_NONE)
		return err;
	err = change->apply(db, change->context);
	if (err == ERR_NONE)
		return meta_db_execute(db, "RELEASE one");
	if (meta_db_is_outside(db))
		return err;
	undone = meta_db_execute(db, "ROLLBACK TO one; RELEASE one");
	return undone == ERR_NONE ? err : undone;
}

static enum err
execute_commit(const struct meta *meta, struct meta_db *db)
{
	const struct stopwatch *stopwatch = meta->stopwatch;
	int64_t started = 0;
	enum err err;

	if (stopwatch != NULL)
		started = stopwatch->start(stopwatch->context);
	err = meta_db_execute(db, "COMMIT");
	if (stopwatch != NULL)
		stopwatch->stop(stopwatch->context, started);
	return err;
}

static enum err
commit(struct meta *meta, struct change *batch)
{
	struct meta_db *db = meta->writer;
	enum err err;

	err = meta_db_execute(db, "BEGIN IMMEDIATE");
	if (err != ERR_NONE)
		return err;
	for (struct change *at = batch; at != NULL; at = at->next) {
		at->err = apply_one(db, at);
		if (meta_db_is_outside(db))
			return at->err == ERR_NONE ? ERR_STORAGE : at->err;
	}
	tell_step(meta, "before commit");
	err = execute_commit(meta, db);
	tell_step(meta, "after commit");
	if (err != ERR_NONE) {
		/* What the failed commit left open; it may have closed it. */
		meta_db_rollback(db);
		return err;
	}
	refresh(meta);
	return ERR_NONE;
}

/* Takes the oldest changes off the queue. */
static struct change *
take_batch(struct meta *meta)
{
	struct change *batch = meta->first;
	struct change *last = batch;

	for (int count = 1; last->next != NULL && count < BATCH_COUNT_MAX;
	     count++)
		last = last->next;
	meta->first = last->next;
	if (meta->first == NULL)
		meta->last = NULL;
	last->next = NULL;
	return batch;
}

static void
lead(struct meta *meta)
{
	struct change *batch = take_batch(meta);
	struct change *next;
	enum err err;

	meta->is_led = true;
	(void)pthread_mutex_unlock(&meta->mutex);
	err = commit(meta, batch);
	(void)pthread_mutex_lock(&meta->mutex);
	meta->is_led = false;
	for (; batch != NULL; batch = next) {
		next = batch->next; /* its owner may go once it is done */
		if (err != ERR_NONE)
			batch->err = err;
		batch->is_done = true;
	}
	(void)pthread_cond_broadcast(&meta->changed);
}

enum err
meta_change(struct meta *meta,
    enum err (*apply)(struct meta_db *db, void *context), void *context)
{
	struct change change = { .apply = apply, .context = context };

	(void)pthread_mutex_lock(&meta->mutex);
	if (meta->last == NULL)
		meta->first = &change;
	else
		meta->last->next = &change;
	meta->last = &change;
	while (!change.is_done) {
		if (meta->is_led)
			(void)pthread_cond_wait(&meta->changed, &meta->mutex);
		else
			lead(meta);
	}
	(void)pthread_mutex_unlock(&meta->mutex);
	return change.err;
}

enum err
meta_read_begin(struct meta *meta, struct meta_db **out_db)
{
	struct meta_db *db;

	(void)pthread_mutex_lock(&meta->mutex);
	db = meta->idle;
	if (db != NULL) {
		meta->idle = meta_db_link(db);
		meta->idle_count--;
	}
	(void)pthread_mutex_unlock(&meta->mutex);
	if (db == NULL)
		return meta_db_open(
		    meta->path, META_DB_READ, meta->sync, out_db);
	*out_db = db;
	return ERR_NONE;
}

void
meta_read_end(struct meta *meta, struct meta_db *db)
{
	bool is_kept;

	(void)pthread_mutex_lock(&meta->mutex);
	is_kept = meta->idle_count < IDLE_COUNT_MAX;
	if (is_kept) {
		meta_db_set_link(db, meta->idle);
		meta->idle = db;
		meta->idle_count++;
	}
	(void)pthread_mutex_unlock(&meta->mutex);
	if (!is_kept)
		meta_db_close(db);
}

bool
meta_has_props(const struct meta *meta)
{
	return atomic_load(&meta->has_props);
}

bool
meta_has_locks(const struct meta *meta)
{
	return atomic_load(&meta->has_locks);
}
