/*
 * meta_prop.c - see meta_prop.h.
 */
#include "store/meta_prop.h"

#include <stdlib.h>

#include "base/buf.h"
#include "store/meta_range.h"

enum { NAMES_COUNT_MAX = 8192 };

struct meta_names {
	struct buf text;
	size_t ends[NAMES_COUNT_MAX]; /* of each name in the text, sorted */
	size_t count;
};

static const char sql_each[] = "SELECT space, local, xml FROM prop"
                               " WHERE parent = ?1 AND name = ?2";
static const char sql_count[] = "SELECT count(*) FROM prop"
                                " WHERE parent = ?1 AND name = ?2";
static const char sql_put[] =
    "INSERT OR REPLACE INTO prop (parent, name, space, local, xml)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_take[] = "DELETE FROM prop WHERE parent = ?1"
                               " AND name = ?2 AND space = ?3 AND local = ?4";
static const char sql_names[] =
    "SELECT DISTINCT name FROM prop WHERE parent = ?1 ORDER BY name";
static const char sql_has[] =
    "SELECT EXISTS (SELECT 1 FROM prop WHERE parent = ?1 AND name = ?2)";
static const char sql_has_range[] =
    "SELECT EXISTS (SELECT 1 FROM prop WHERE parent >= ?1 AND parent < ?2)";
static const char sql_drop[] =
    "DELETE FROM prop WHERE parent = ?1 AND name = ?2";
static const char sql_drop_range[] =
    "DELETE FROM prop WHERE parent >= ?1 AND parent < ?2";
static const char sql_copy[] = "INSERT INTO prop"
                               " SELECT ?3, ?4, space, local, xml FROM prop"
                               " WHERE parent = ?1 AND name = ?2";
static const char sql_copy_range[] =
    "INSERT INTO prop SELECT CAST(?3 || substr(parent, ?4) AS BLOB),"
    " name, space, local, xml FROM prop WHERE parent >= ?1 AND parent < ?2";

enum err
meta_prop_each(struct meta_db *db, struct str path,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	struct sqlite3_stmt *rows = NULL;
	struct str parent;
	struct str name;
	enum err err;

	meta_range_split(path, &parent, &name);
	err = meta_db_query(db, sql_each,
	    (struct meta_value[]){
	        meta_db_octets(parent), meta_db_octets(name) },
	    2, &rows);
	while (err == ERR_NONE) {
		err = meta_db_next(rows);
		if (err != ERR_NONE)
			break;
		err = see(context, &(struct prop){
		                       .space = meta_db_column(rows, 0),
		                       .name = meta_db_column(rows, 1),
		                       .xml = meta_db_column(rows, 2),
		                   });
		if (err != ERR_NONE) {
			meta_db_reset(rows);
			return err;
		}
	}
	meta_db_reset(rows);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

static bool
is_too_large(const struct prop_change *change)
{
	if (change->prop.space.len + change->prop.name.len > PROP_SIZE_MAX)
		return true;
	return !change->is_removed && change->prop.xml.len > PROP_SIZE_MAX;
}

enum err
meta_prop_change(struct meta_db *db, struct str path,
    const struct prop_change *changes, size_t count)
{
	struct meta_value values[5];
	struct str parent;
	struct str name;
	int64_t kept;
	enum err err;

	meta_range_split(path, &parent, &name);
	values[0] = meta_db_octets(parent);
	values[1] = meta_db_octets(name);
	for (size_t i = 0; i < count; i++) {
		const struct prop_change *change = &changes[i];

		if (is_too_large(change))
			return ERR_LIMIT;
		values[2] = meta_db_octets(change->prop.space);
		values[3] = meta_db_octets(change->prop.name);
		values[4] = meta_db_octets(change->prop.xml);
		err = change->is_removed ? meta_db_run(db, sql_take, values, 4)
		                         : meta_db_run(db, sql_put, values, 5);
		if (err != ERR_NONE)
			return err;
	}
	err = meta_db_number_of(db, sql_count, values, 2, &kept);
	if (err != ERR_NONE)
		return err;
	return kept > PROP_COUNT_MAX ? ERR_LIMIT : ERR_NONE;
}

static enum err
add_name(struct meta_names *names, struct str name)
{
	if (names->count == NAMES_COUNT_MAX)
		return ERR_LIMIT;
	buf_add_str(&names->text, name);
	names->ends[names->count++] = names->text.len;
	return names->text.err;
}

enum err
meta_prop_names(
    struct meta_db *db, struct str parent, struct meta_names **out_names)
{
	struct meta_names *names = calloc(1, sizeof(*names));
	struct sqlite3_stmt *rows = NULL;
	enum err err;

	if (names == NULL)
		return ERR_MEMORY;
	buf_init(&names->text, META_NAMES_SIZE_MAX);
	err = meta_db_query(db, sql_names,
	    (struct meta_value[]){ meta_db_octets(parent) }, 1, &rows);
	while (err == ERR_NONE) {
		err = meta_db_next(rows);
		if (err == ERR_NONE)
			err = add_name(names, meta_db_column(rows, 0));
	}
	meta_db_reset(rows);
	if (err != ERR_ABSENT) {
		meta_prop_names_free(names);
		return err;
	}
	*out_names = names;
	return ERR_NONE;
}

bool
meta_prop_names_has(const struct meta_names *names, struct str name)
{
	size_t low = 0;
	size_t high = names->count;

	while (low < high) {
		size_t i = low + (high - low) / 2;
		size_t start = i == 0 ? 0 : names->ends[i - 1];
		int order = str_compare(name,
		    str_make(names->text.data + start, names->ends[i] - start));

		if (order == 0)
			return true;
		if (order < 0)
			high = i;
		else
			low = i + 1;
	}
	return false;
}

void
meta_prop_names_free(struct meta_names *names)
{
	if (names == NULL)
		return;
	buf_done(&names->text);
	free(names);
}

enum err
meta_prop_tree_has(struct meta_db *db, struct str path, bool *out_has)
{
	struct meta_range range;
	struct str parent;
	struct str name;
	int64_t has;
	enum err err;

	meta_range_split(path, &parent, &name);
	err = meta_db_number_of(db, sql_has,
	    (struct meta_value[]){
	        meta_db_octets(parent), meta_db_octets(name) },
	    2, &has);
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
meta_prop_tree_drop(struct meta_db *db, struct str path)
{
	struct meta_range range;
	struct str parent;
	struct str name;
	enum err err;

	meta_range_split(path, &parent, &name);
	err = meta_db_run(db, sql_drop,
	    (struct meta_value[]){
	        meta_db_octets(parent), meta_db_octets(name) },
	    2);
	meta_range_init(&range, path);
	for (int i = 0; i < META_RANGE_COUNT && err == ERR_NONE; i++)
		err = meta_db_run(db, sql_drop_range,
		    (struct meta_value[]){ meta_db_octets(range.from[i]),
		        meta_db_octets(range.below[i]) },
		    2);
	return err;
}

enum err
meta_prop_copy(struct meta_db *db, struct str source, struct str destination)
{
	struct str texts[4];
	struct meta_value values[4];

	meta_range_split(source, &texts[0], &texts[1]);
	meta_range_split(destination, &texts[2], &texts[3]);
	for (int i = 0; i < 4; i++)
		values[i] = meta_db_octets(texts[i]);
	return meta_db_run(db, sql_copy, values, 4);
}

enum err
meta_prop_tree_copy(
    struct meta_db *db, struct str source, struct str destination)
{
	struct meta_range range;
	enum err err;

	err = meta_prop_copy(db, source, destination);
	meta_range_init(&range, source);
	for (int i = 0; i < META_RANGE_COUNT && err == ERR_NONE; i++)
		err = meta_db_run(db, sql_copy_range,
		    (struct meta_value[]){
		        meta_db_octets(range.from[i]),
		        meta_db_octets(range.below[i]),
		        meta_db_octets(destination),
		        meta_db_number((int64_t)source.len + 1),
		    },
		    4);
	return err;
}
