/*
 * meta_lock.h - the rows of the lock table, and no rule about them.
 */
#ifndef META_LOCK_H
#define META_LOCK_H

#include "dav/store.h"
#include "store/meta_db.h"

enum err meta_lock_save(
    struct meta_db *db, const struct lock_record *record) MUST_CHECK;
enum err meta_lock_drop(struct meta_db *db, struct str token) MUST_CHECK;
enum err meta_lock_each(struct meta_db *db,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context) MUST_CHECK;

/* Locks of a resource and of all below it; the path is not the root. */
enum err meta_lock_tree_has(
    struct meta_db *db, struct str path, bool *out_has) MUST_CHECK;
enum err meta_lock_tree_drop(struct meta_db *db, struct str path) MUST_CHECK;

#endif
