/*
 * meta.h - what the file system cannot keep: properties, locks, the journal.
 *
 * One SQLite database.  Changes of concurrent callers are committed together:
 * whoever finds no commit under way leads, and commits all that wait, each in
 * a savepoint of its own, so that one that fails hurts no other.  So a hundred
 * callers cost a few flushes of the disk.  Readers have connections of their
 * own and never wait for a commit.
 *
 * meta_prop.h, meta_lock.h and meta_journal.h say what is kept.  Functions that
 * take a struct meta_db run inside meta_change() or meta_read_begin().
 */
#ifndef META_H
#define META_H

#include "store/meta_db.h"

struct meta;
struct stopwatch;

/* Makes the database when there is none.  ERR_RANGE: of a newer program. */
enum err meta_open(const char *path, enum meta_db_sync sync,
    struct meta **out_meta) MUST_CHECK;
void meta_close(struct meta *meta);

/* For tests of a crash: called before and after each commit.  Before threads
 * use it. */
void meta_watch(struct meta *meta,
    void (*step)(void *context, const char *what), void *context);

/* Times each commit from now on; NULL: no longer.  As above. */
void meta_time(struct meta *meta, const struct stopwatch *stopwatch);

/* Returns when the change is durable, or has been undone. */
enum err meta_change(struct meta *meta,
    enum err (*apply)(struct meta_db *db, void *context),
    void *context) MUST_CHECK;

enum err meta_read_begin(struct meta *meta, struct meta_db **out_db) MUST_CHECK;
void meta_read_end(struct meta *meta, struct meta_db *db);

/* Whether any such row exists at all: known without asking the database. */
bool meta_has_props(const struct meta *meta);
bool meta_has_locks(const struct meta *meta);

#endif
