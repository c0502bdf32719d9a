/*
 * meta_journal.c - see meta_journal.h.
 */
#include "store/meta_journal.h"

#include "store/meta_lock.h"
#include "store/meta_prop.h"

enum { FLAG_EXCHANGING = 1, FLAG_SHALLOW = 2 };

struct ending {
	const struct meta_entry *entry;
	int64_t id; /* without an entry */
	enum meta_outcome outcome;
};

static const char sql_begin[] =
    "INSERT INTO journal (kind, source, destination, stage, ino, flags)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char sql_end[] = "DELETE FROM journal WHERE id = ?1";
static const char sql_next[] =
    "SELECT id, kind, source, destination, stage, ino, flags"
    " FROM journal WHERE id > ?1 ORDER BY id LIMIT 1";

static enum err
write_entry(struct meta_db *db, void *context)
{
	struct meta_entry *entry = context;
	int64_t flags = (entry->is_exchanging ? FLAG_EXCHANGING : 0) |
	                (entry->is_shallow ? FLAG_SHALLOW : 0);
	const struct meta_value values[] = {
		meta_db_number(entry->kind),
		meta_db_octets(entry->source),
		meta_db_octets(entry->destination),
		meta_db_octets(entry->stage),
		meta_db_number((int64_t)entry->ino),
		meta_db_number(flags),
	};
	enum err err;

	err = meta_db_run(
	    db, sql_begin, values, sizeof(values) / sizeof(values[0]));
	if (err == ERR_NONE)
		entry->id = meta_db_last_id(db);
	return err;
}

enum err
meta_journal_begin(struct meta *meta, struct meta_entry *entry)
{
	enum err err;

	CHECK(entry->id == 0);
	err = meta_change(meta, write_entry, entry);
	if (err != ERR_NONE)
		entry->id = 0; /* its batch was not committed */
	return err;
}

static enum err
drop_tree(struct meta_db *db, struct str path)
{
	enum err err;

	err = meta_prop_tree_drop(db, path);
	if (err != ERR_NONE)
		return err;
	return meta_lock_tree_drop(db, path);
}

static enum err
move_tree(struct meta_db *db, struct str source, struct str destination)
{
	enum err err;

	err = drop_tree(db, destination);
	if (err == ERR_NONE)
		err = meta_prop_tree_copy(db, source, destination);
	if (err == ERR_NONE)
		err = drop_tree(db, source);
	return err;
}

static enum err
copy_tree(struct meta_db *db, const struct meta_entry *entry)
{
	enum err err;

	err = drop_tree(db, entry->destination);
	if (err != ERR_NONE)
		return err;
	if (entry->is_shallow)
		return meta_prop_copy(db, entry->source, entry->destination);
	return meta_prop_tree_copy(db, entry->source, entry->destination);
}

/* "SPACE NUL NAME NUL XML": the first two have no NUL. */
void
meta_journal_write_prop(struct buf *out, const struct prop *prop)
{
	buf_add_str(out, prop->space);
	buf_add_char(out, '\0');
	buf_add_str(out, prop->name);
	buf_add_char(out, '\0');
	buf_add_str(out, prop->xml);
}

static enum err
set_prop(struct meta_db *db, const struct meta_entry *entry)
{
	struct str text = entry->source;
	struct prop_change change = { .is_removed = false };
	enum err err;

	change.prop.space = str_cut(&text, '\0');
	change.prop.name = str_cut(&text, '\0');
	change.prop.xml = text;
	err = meta_prop_change(db, entry->destination, &change, 1);
	return err == ERR_LIMIT ? ERR_NONE : err; /* no room for it */
}

static enum err
follow(struct meta_db *db, const struct meta_entry *entry)
{
	switch (entry->kind) {
	case META_REMOVE:
		return drop_tree(db, entry->source);
	case META_MOVE:
	case META_MOVE_ACROSS:
		return move_tree(db, entry->source, entry->destination);
	case META_COPY:
		return copy_tree(db, entry);
	case META_STAGE:
		return ERR_NONE;
	case META_PUT:
		return set_prop(db, entry);
	}
	return ERR_STORAGE; /* a row that no program of ours has written */
}

static enum err
end_entry(struct meta_db *db, void *context)
{
	const struct ending *ending = context;
	enum err err;

	if (ending->outcome == META_HAPPENED) {
		err = follow(db, ending->entry);
		if (err != ERR_NONE)
			return err;
	}
	if (ending->entry->id == 0)
		return ERR_NONE;
	return meta_db_run(db, sql_end,
	    (struct meta_value[]){ meta_db_number(ending->entry->id) }, 1);
}

enum err
meta_journal_end(struct meta *meta, const struct meta_entry *entry,
    enum meta_outcome outcome)
{
	struct ending ending = { .entry = entry, .outcome = outcome };

	return meta_change(meta, end_entry, &ending);
}

static struct meta_entry
read_row(struct sqlite3_stmt *rows)
{
	int64_t flags = meta_db_column_number(rows, 6);

	return (struct meta_entry){
		.id = meta_db_column_number(rows, 0),
		.kind = (enum meta_kind)meta_db_column_number(rows, 1),
		.source = meta_db_column(rows, 2),
		.destination = meta_db_column(rows, 3),
		.stage = meta_db_column(rows, 4),
		.ino = (uint64_t)meta_db_column_number(rows, 5),
		.is_exchanging = (flags & FLAG_EXCHANGING) != 0,
		.is_shallow = (flags & FLAG_SHALLOW) != 0,
	};
}

static enum err
end_row(struct meta_db *db, void *context)
{
	const struct ending *ending = context;
	struct sqlite3_stmt *rows = NULL;
	struct meta_entry entry;
	enum err err;

	err = meta_db_query(db, sql_next,
	    (struct meta_value[]){ meta_db_number(ending->id - 1) }, 1, &rows);
	if (err == ERR_NONE)
		err = meta_db_next(rows);
	if (err == ERR_NONE) {
		entry = read_row(rows);
		if (entry.id == ending->id)
			err = end_entry(db, &(struct ending){ .entry = &entry,
			                        .outcome = ending->outcome });
	}
	meta_db_reset(rows);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err
meta_journal_settle(struct meta *meta, int64_t id, enum meta_outcome outcome)
{
	struct ending ending = { .id = id, .outcome = outcome };

	return meta_change(meta, end_row, &ending);
}

void
meta_journal_undo(struct meta *meta, const struct meta_entry *entry)
{
	enum err err = meta_journal_end(meta, entry, META_UNDONE);

	if (err != ERR_NONE)
		return; /* nothing is lost */
}

enum err
meta_journal_next(struct meta *meta, int64_t after_id,
    enum err (*see)(void *context, const struct meta_entry *entry),
    void *context)
{
	struct sqlite3_stmt *rows = NULL;
	struct meta_entry entry;
	struct meta_db *db;
	enum err err;

	err = meta_read_begin(meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_db_query(db, sql_next,
	    (struct meta_value[]){ meta_db_number(after_id) }, 1, &rows);
	if (err == ERR_NONE)
		err = meta_db_next(rows);
	if (err == ERR_NONE) {
		entry = read_row(rows);
		err = see(context, &entry);
	}
	meta_db_reset(rows);
	meta_read_end(meta, db);
	return err;
}

enum err
meta_journal_is_owed(struct meta *meta, struct str path, bool *out_is_owed)
{
	struct meta_db *db;
	bool is_owed = false;
	enum err err;

	if (!meta_has_props(meta) && !meta_has_locks(meta)) {
		*out_is_owed = false;
		return ERR_NONE;
	}
	err = meta_read_begin(meta, &db);
	if (err != ERR_NONE)
		return err;
	err = meta_prop_tree_has(db, path, &is_owed);
	if (err == ERR_NONE && !is_owed)
		err = meta_lock_tree_has(db, path, &is_owed);
	meta_read_end(meta, db);
	if (err == ERR_NONE)
		*out_is_owed = is_owed;
	return err;
}
