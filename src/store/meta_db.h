/*
 * meta_db.h - one connection to the database, for one thread at a time.
 *
 *	open -> run, or query -> next, next ... -> reset -> close
 *
 * Statements are prepared once and kept, by the address of their text: so that
 * text must be a constant.  All text is bound and kept as octets (BLOB).
 */
#ifndef META_DB_H
#define META_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct meta_db;
struct sqlite3_stmt;

enum meta_db_mode { META_DB_READ, META_DB_WRITE };

enum meta_db_sync {
	META_DB_SYNC_FULL,  /* a commit is on disk */
	META_DB_SYNC_LATER, /* soon, and in order: never a broken database */
	META_DB_SYNC_OFF,   /* a commit survives this process, not the power */
};

struct meta_value {
	bool is_number;
	int64_t number;
	struct str octets;
};

struct meta_value meta_db_octets(struct str octets);
struct meta_value meta_db_number(int64_t number);

enum err meta_db_open(const char *path, enum meta_db_mode mode,
    enum meta_db_sync sync, struct meta_db **out_db) MUST_CHECK;
void meta_db_close(struct meta_db *db);

/* SQL without parameters or rows; several statements in a row, too. */
enum err meta_db_execute(struct meta_db *db, const char *sql) MUST_CHECK;

/* Ends a transaction that may have ended by itself. */
void meta_db_rollback(struct meta_db *db);

/* One statement that gives no rows. */
enum err meta_db_run(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count) MUST_CHECK;

/* One statement that gives rows; meta_db_reset() must follow. */
enum err meta_db_query(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count,
    struct sqlite3_stmt **out_rows) MUST_CHECK;
/* ERR_ABSENT: that was the last row. */
enum err meta_db_next(struct sqlite3_stmt *rows) MUST_CHECK;
struct str meta_db_column(struct sqlite3_stmt *rows, int column);
int64_t meta_db_column_number(struct sqlite3_stmt *rows, int column);
void meta_db_reset(struct sqlite3_stmt *rows); /* NULL does nothing */

/* The first column of the first row; 0 if there is none. */
enum err meta_db_number_of(struct meta_db *db, const char *sql,
    const struct meta_value *values, size_t count,
    int64_t *out_number) MUST_CHECK;

int64_t meta_db_last_id(struct meta_db *db); /* of the newest row */

/* Whether an error has ended the transaction behind our back. */
bool meta_db_is_outside(struct meta_db *db);

/* A free connection of a set is a link in its list. */
struct meta_db *meta_db_link(struct meta_db *db);
void meta_db_set_link(struct meta_db *db, struct meta_db *next);

#endif
