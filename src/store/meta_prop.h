/*
 * meta_prop.h - dead properties, by the path of their resource.
 *
 * All properties of the children of one collection lie side by side, and so do
 * those of a whole tree: each is one range of the key.
 */
#ifndef META_PROP_H
#define META_PROP_H

#include "dav/store.h"
#include "store/meta_db.h"

enum { META_NAMES_SIZE_MAX = 256 * 1024 };

/* The children of one collection that have properties. */
struct meta_names;

enum err meta_prop_each(struct meta_db *db, struct str path,
    enum err (*see)(void *context, const struct prop *prop),
    void *context) MUST_CHECK;

/* ERR_LIMIT: PROP_COUNT_MAX or PROP_SIZE_MAX. */
enum err meta_prop_change(struct meta_db *db, struct str path,
    const struct prop_change *changes, size_t count) MUST_CHECK;

/* ERR_LIMIT: too many to be worth it. */
enum err meta_prop_names(struct meta_db *db, struct str parent,
    struct meta_names **out_names) MUST_CHECK;
bool meta_prop_names_has(const struct meta_names *names, struct str name);
void meta_prop_names_free(struct meta_names *names);

/* A resource and all below it; the path is not the root. */
enum err meta_prop_tree_has(
    struct meta_db *db, struct str path, bool *out_has) MUST_CHECK;
enum err meta_prop_tree_drop(struct meta_db *db, struct str path) MUST_CHECK;
enum err meta_prop_tree_copy(struct meta_db *db, struct str source,
    struct str destination) MUST_CHECK; /* there must be none there */

/* One resource alone. */
enum err meta_prop_copy(
    struct meta_db *db, struct str source, struct str destination) MUST_CHECK;

#endif
