/*
 * meta_db.c - see meta_db.h.
 */
#include "store/meta_db.h"

#include <sqlite3.h>

#include <stdlib.h>

#include "store/trouble.h"

enum {
	STATEMENT_COUNT_MAX = 48, /* all texts there are, and some room */
	BUSY_MS = 5000,           /* a stranger may look with sqlite3(1) */
};

struct statement {
	const char *sql;
	sqlite3_stmt *stmt;
};

struct meta_db {
	sqlite3 *db;
	struct statement statements[STATEMENT_COUNT_MAX];
	size_t count;
	struct meta_db *link;
};

static enum err
from_code(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return ERR_NONE;
	case SQLITE_FULL:
		return ERR_SPACE;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_READONLY:
		return ERR_READ_ONLY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_DENIED;
	default:
		trouble_tell(sqlite3_errstr(code));
		return ERR_STORAGE;
	}
}

struct meta_value
meta_db_octets(struct str octets)
{
	return (struct meta_value){ .octets = octets };
}

struct meta_value
meta_db_number(int64_t number)
{
	return (struct meta_value){ .is_number = true, .number = number };
}

static const char *const sync_pragmas[] = {
	[META_DB_SYNC_FULL] = "PRAGMA synchronous = FULL",
	[META_DB_SYNC_LATER] = "PRAGMA synchronous = NORMAL",
	[META_DB_SYNC_OFF] = "PRAGMA synchronous = OFF",
};

enum err
meta_db_open(const char *path, enum meta_db_mode mode, enum meta_db_sync sync,
    struct meta_db **out_db)
{
	struct meta_db *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	enum err err;

	if (db == NULL)
		return ERR_MEMORY;
	if (mode == META_DB_WRITE)
		flags |= SQLITE_OPEN_CREATE;
	err = from_code(sqlite3_open_v2(path, &db->db, flags, NULL));
	if (err != ERR_NONE) {
		meta_db_close(db);
		return err;
	}
	(void)sqlite3_busy_timeout(db->db, BUSY_MS); /* cannot fail */
	err = meta_db_execute(db, "PRAGMA journal_mode = WAL");
	if (err == ERR_NONE)
		err = meta_db_execute(db, sync_pragmas[sync]);
	if (err == ERR_NONE && mode == META_DB_READ)
		err = meta_db_execute(db, "PRAGMA query_only = ON");
	if (err != ERR_NONE) {
		meta_db_close(db);
		return err;
	}
	*out_db = db;
	return ERR_NONE;
}

void
meta_db_close(struct meta_db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->count; i++)
		(void)sqlite3_finalize(db->statements[i].stmt); /* an old err */
	CHECK(sqlite3_close(db->db) == SQLITE_OK);
	free(db);
}

enum err
meta_db_execute(struct meta_db *db, const char *sql)
{
	return from_code(sqlite3_exec(db->db, sql, NULL, NULL, NULL));
}

void
meta_db_rollback(struct meta_db *db)
{
	/* The one error that it can have: there is none. */
	(void)sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
}

static enum err
find_statement(struct meta_db *db, const char *sql, sqlite3_stmt **out_stmt)
{
	sqlite3_stmt *stmt = NULL;
	enum err err;

	for (size_t i = 0; i < db->count; i++) {
		if (db->statements[i].sql == sql) {
			*out_stmt = db->statements[i].stmt;
			return ERR_NONE;
		}
	}
	CHECK(db->count < STATEMENT_COUNT_MAX);
	err = from_code(sqlite3_prepare_v3(
	    db->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
	if (err != ERR_NONE)
		return err;
	db->statements[db->count++] = (struct statement){ sql, stmt };
	*out_stmt = stmt;
	return ERR_NONE;
}

static enum err
bind(sqlite3_stmt *stmt, int at, const struct meta_value *value)
{
	const char *data = value->octets.data;

	if (value->is_number)
		return from_code(sqlite3_bind_int64(stmt, at, value->number));
	if (value->octets.len == 0)
		data = ""; /* NULL would be bound as NULL */
	return from_code(sqlite3_bind_blob64(
	    stmt, at, data, value->octets.len, SQLITE_STATIC));
}

enum err
meta_db_query(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count, sqlite3_stmt **out_rows)
{
	sqlite3_stmt *stmt;
	enum err err;

	err = find_statement(db, sql, &stmt);
	if (err != ERR_NONE)
		return err;
	CHECK(!sqlite3_stmt_busy(stmt));
	for (size_t i = 0; i < count; i++) {
		err = bind(stmt, (int)i + 1, &values[i]);
		if (err != ERR_NONE)
			return err;
	}
	*out_rows = stmt;
	return ERR_NONE;
}

enum err
meta_db_next(sqlite3_stmt *rows)
{
	int code = sqlite3_step(rows);

	if (code == SQLITE_ROW)
		return ERR_NONE;
	return code == SQLITE_DONE ? ERR_ABSENT : from_code(code);
}

struct str
meta_db_column(sqlite3_stmt *rows, int column)
{
	const void *data = sqlite3_column_blob(rows, column);
	int size = sqlite3_column_bytes(rows, column);

	return str_make(data, (size_t)size);
}

int64_t
meta_db_column_number(sqlite3_stmt *rows, int column)
{
	return sqlite3_column_int64(rows, column);
}

void
meta_db_reset(sqlite3_stmt *rows)
{
	if (rows == NULL)
		return;
	(void)sqlite3_reset(rows); /* repeats the error of the last step */
	(void)sqlite3_clear_bindings(rows);
}

enum err
meta_db_run(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count)
{
	sqlite3_stmt *rows = NULL;
	enum err err;

	err = meta_db_query(db, sql, values, count, &rows);
	if (err == ERR_NONE)
		err = meta_db_next(rows);
	meta_db_reset(rows);
	CHECK(err != ERR_NONE); /* a row: this wants meta_db_query() */
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err
meta_db_number_of(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count, int64_t *out_number)
{
	sqlite3_stmt *rows = NULL;
	int64_t number = 0;
	enum err err;

	err = meta_db_query(db, sql, values, count, &rows);
	if (err == ERR_NONE)
		err = meta_db_next(rows);
	if (err == ERR_NONE)
		number = meta_db_column_number(rows, 0);
	meta_db_reset(rows);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	*out_number = number;
	return ERR_NONE;
}

int64_t
meta_db_last_id(struct meta_db *db)
{
	return sqlite3_last_insert_rowid(db->db);
}

bool
meta_db_is_outside(struct meta_db *db)
{
	return sqlite3_get_autocommit(db->db) != 0;
}

struct meta_db *
meta_db_link(struct meta_db *db)
{
	return db->link;
}

void
meta_db_set_link(struct meta_db *db, struct meta_db *next)
{
	db->link = next;
}
