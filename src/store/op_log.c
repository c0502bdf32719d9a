/*
 * op_log.c - see op_log.h.
 */
#include "store/op_log.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/stopwatch.h"
#include "store/meta_db.h"

enum { VERSION = 1 };

struct op_log {
	pthread_mutex_t mutex; /* one connection, for one thread at a time */
	struct meta_db *db;
	struct journal journal;
	void (*step)(void *context, const char *what); /* may be NULL */
	void *step_context;
	const struct stopwatch *stopwatch; /* may be NULL */
};

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE operation (id BLOB PRIMARY KEY, record BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "PRAGMA user_version = 1;"
    "COMMIT;";
static const char sql_put[] =
    "INSERT OR REPLACE INTO operation (id, record) VALUES (?1, ?2)";
static const char sql_drop[] = "DELETE FROM operation WHERE id = ?1";
static const char sql_each[] = "SELECT id, record FROM operation";

static void
tell_step(const struct op_log *log, const char *what)
{
	if (log->step != NULL)
		log->step(log->step_context, what);
}

static enum err
change(struct op_log *log, const char *sql, const struct meta_value *values,
    size_t count)
{
	const struct stopwatch *stopwatch = log->stopwatch;
	int64_t started = 0;
	enum err err;

	(void)pthread_mutex_lock(&log->mutex);
	tell_step(log, "before commit");
	if (stopwatch != NULL)
		started = stopwatch->start(stopwatch->context);
	err = meta_db_run(log->db, sql, values, count);
	if (stopwatch != NULL)
		stopwatch->stop(stopwatch->context, started);
	tell_step(log, "after commit");
	(void)pthread_mutex_unlock(&log->mutex);
	return err;
}

static enum err
put(void *context, struct str id, struct str record)
{
	const struct meta_value values[] = { meta_db_octets(id),
		meta_db_octets(record) };

	return change(context, sql_put, values, 2);
}

static enum err
drop(void *context, struct str id)
{
	const struct meta_value values[] = { meta_db_octets(id) };

	return change(context, sql_drop, values, 1);
}

static enum err
each_row(struct op_log *log,
    enum err (*see)(void *seer, struct str id, struct str record), void *seer)
{
	struct sqlite3_stmt *rows = NULL;
	enum err err = meta_db_query(log->db, sql_each, NULL, 0, &rows);

	while (err == ERR_NONE) {
		err = meta_db_next(rows);
		if (err == ERR_NONE)
			err = see(seer, meta_db_column(rows, 0),
			    meta_db_column(rows, 1));
		else if (err == ERR_ABSENT) {
			meta_db_reset(rows);
			return ERR_NONE;
		}
	}
	meta_db_reset(rows);
	return err;
}

static enum err
each(void *context,
    enum err (*see)(void *seer, struct str id, struct str record), void *seer)
{
	struct op_log *log = context;
	enum err err;

	(void)pthread_mutex_lock(&log->mutex);
	err = each_row(log, see, seer);
	(void)pthread_mutex_unlock(&log->mutex);
	return err;
}

static enum err
open_database(const char *path, struct meta_db **out_db)
{
	struct meta_db *db;
	int64_t version;
	enum err err;

	err = meta_db_open(path, META_DB_WRITE, META_DB_SYNC_LATER, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_db_number_of(db, "PRAGMA user_version", NULL, 0, &version);
	if (err == ERR_NONE && version == 0)
		err = meta_db_execute(db, schema);
	else if (err == ERR_NONE && version != VERSION)
		err = ERR_STORAGE;
	if (err != ERR_NONE) {
		meta_db_close(db);
		return err;
	}
	*out_db = db;
	return ERR_NONE;
}

static void
remove_database(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name); /* one that is not there is fine, too */
	}
}

enum err
op_log_open(const char *state, struct op_log **out_log)
{
	struct op_log *log = calloc(1, sizeof(*log));
	char path[PATH_MAX + 8];
	enum err err;

	if (log == NULL)
		return ERR_MEMORY;
	(void)snprintf(path, sizeof(path), "%s/ops.db", state);
	err = open_database(path, &log->db);
	if (err == ERR_STORAGE) {
		remove_database(path);
		err = open_database(path, &log->db);
	}
	if (err != ERR_NONE) {
		free(log);
		return err;
	}
	CHECK(pthread_mutex_init(&log->mutex, NULL) == 0);
	log->journal = (struct journal){
		.put = put,
		.drop = drop,
		.each = each,
		.context = log,
	};
	*out_log = log;
	return ERR_NONE;
}

void
op_log_close(struct op_log *log)
{
	if (log == NULL)
		return;
	meta_db_close(log->db);
	(void)pthread_mutex_destroy(&log->mutex);
	free(log);
}

void
op_log_watch(struct op_log *log, void (*step)(void *context, const char *what),
    void *context)
{
	log->step = step;
	log->step_context = context;
}

void
op_log_time(struct op_log *log, const struct stopwatch *stopwatch)
{
	log->stopwatch = stopwatch;
}

const struct journal *
op_log_journal(const struct op_log *log)
{
	return &log->journal;
}
