/*
 * meta_lock.c - see meta_lock.h.
 */
#include "store/meta_lock.h"

#include "store/meta_range.h"

static const char sql_save[] =
    "INSERT OR REPLACE INTO lock (token, path, owner, principal,"
    " is_shared, is_infinite, expires_s, timeout_s)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_drop[] = "DELETE FROM lock WHERE token = ?1";
static const char sql_each[] =
    "SELECT token, path, owner, principal,"
    " is_shared, is_infinite, expires_s, timeout_s FROM lock";
static const char sql_has_range[] =
    "SELECT EXISTS (SELECT 1 FROM lock WHERE path >= ?1 AND path < ?2)";
static const char sql_drop_range[] =
    "DELETE FROM lock WHERE path >= ?1 AND path < ?2";

enum err
meta_lock_save(struct meta_db *db, const struct lock_record *record)
{
	const struct meta_value values[] = {
		meta_db_octets(record->token),
		meta_db_octets(record->path),
		meta_db_octets(record->owner),
		meta_db_octets(record->principal),
		meta_db_number(record->is_shared),
		meta_db_number(record->is_infinite),
		meta_db_number(record->expires_s),
		meta_db_number(record->timeout_s),
	};

	return meta_db_run(
	    db, sql_save, values, sizeof(values) / sizeof(values[0]));
}

enum err
meta_lock_drop(struct meta_db *db, struct str token)
{
	return meta_db_run(
	    db, sql_drop, (struct meta_value[]){ meta_db_octets(token) }, 1);
}

enum err
meta_lock_each(struct meta_db *db,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context)
{
	struct sqlite3_stmt *rows = NULL;
	enum err err;

	err = meta_db_query(db, sql_each, NULL, 0, &rows);
	while (err == ERR_NONE) {
		err = meta_db_next(rows);
		if (err != ERR_NONE)
			break;
		err = see(context,
		    &(struct lock_record){
		        .token = meta_db_column(rows, 0),
		        .path = meta_db_column(rows, 1),
		        .owner = meta_db_column(rows, 2),
		        .principal = meta_db_column(rows, 3),
		        .is_shared = meta_db_column_number(rows, 4) != 0,
		        .is_infinite = meta_db_column_number(rows, 5) != 0,
		        .expires_s = meta_db_column_number(rows, 6),
		        .timeout_s = (uint32_t)meta_db_column_number(rows, 7),
		    });
		if (err != ERR_NONE) {
			meta_db_reset(rows);
			return err;
		}
	}
	meta_db_reset(rows);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err
meta_lock_tree_has(struct meta_db *db, struct str path, bool *out_has)
{
	struct meta_range range;
	int64_t has = 0;
	enum err err = ERR_NONE;

	meta_range_init(&range, path);
	for (int i = 0; i < META_RANGE_COUNT && err == ERR_NONE && !has; i++)
		err = meta_db_number_of(db, sql_has_range,
		    (struct meta_value[]){ meta_db_octets(range.from[i]),
		        meta_db_octets(range.below[i]) },
		    2, &has);
	if (err != ERR_NONE)
		return err;
	*out_has = has != 0;
	return ERR_NONE;
}

enum err
meta_lock_tree_drop(struct meta_db *db, struct str path)
{
	struct meta_range range;
	enum err err = ERR_NONE;

	meta_range_init(&range, path);
	for (int i = 0; i < META_RANGE_COUNT && err == ERR_NONE; i++)
		err = meta_db_run(db, sql_drop_range,
		    (struct meta_value[]){ meta_db_octets(range.from[i]),
		        meta_db_octets(range.below[i]) },
		    2);
	return err;
}
