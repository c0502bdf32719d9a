/*
 * store.h - what WebDAV demands of a place that keeps resources.
 *
 * A store keeps a tree of collections and files, their dead properties and the
 * locks.  store/fs.c fills this in over a plain directory and SQLite,
 * store/mem.c in memory; one suite (test/unit/store_suite.c) runs against both.
 *
 * Paths are normalised (http/request.h): "/" is the root.  All functions may
 * be called from several threads at once, may block on the disk, and never
 * wait for a client.  Callers serialise changes to one path by claims
 * (op/claim.h); a store keeps itself whole even where they do not.
 *
 * Names change atomically to anyone who looks: a reader sees the old state or
 * the new one.  What a function reported as done is on disk (unless the store
 * was opened otherwise).  Properties and locks go along with names: they are
 * copied by copy (locks are not), move with move (locks do not), and vanish
 * with remove.
 *
 * Errors, beside those named at a function: ERR_ABSENT (no such resource),
 * ERR_PARENT (its collection does not exist, or is a file), ERR_NAME (cannot
 * be a file name, or is reserved), ERR_DENIED, ERR_READ_ONLY, ERR_SPACE,
 * ERR_MEMORY, ERR_STORAGE (anything else; the store has logged how).
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

struct progress;
struct store;

enum { ETAG_SIZE_MAX = 64 };

struct resource {
	bool is_collection;
	bool has_props;      /* dead properties are kept for it; may be true
	                      * when in doubt */
	uint64_t size;       /* octets; 0 for a collection */
	uint64_t disk_size;  /* what it takes of the quota; less than its
	                      * size, where it has holes */
	int64_t modified_ns; /* since 1970 */
	int64_t created_ns;
	char etag[ETAG_SIZE_MAX]; /* strong, with its quotes; "" for a
	                           * collection */
};

struct prop {
	struct str space; /* the namespace URI; may be empty */
	struct str name;  /* the local name */
	struct str xml;   /* the whole element, self-contained: every prefix it
	                   * uses and its xml:lang are declared in it */
};

struct prop_change {
	struct prop prop; /* xml is ignored when it is removed */
	bool is_removed;
};

struct lock_record {
	struct str token; /* "urn:uuid:..." */
	struct str path;  /* the lock root */
	struct str owner; /* XML content of DAV:owner; may be empty */
	struct str principal;
	bool is_shared;
	bool is_infinite;  /* Depth: infinity */
	int64_t expires_s; /* wall clock, since 1970 */
	uint32_t timeout_s;
};

struct lister; /* the members of one collection, one after another */
struct upload; /* the new content of one file, not yet visible */

struct lister_entry {
	struct str name; /* one segment; until the next call */
	enum err err;    /* this member cannot be looked at: ERR_DENIED... */
	bool is_link;    /* to what is elsewhere, perhaps to what it is in:
	                  * whoever walks a tree does not enter it */
	struct resource resource; /* valid when err is ERR_NONE */
};

struct upload_options {
	bool has_modified;
	int64_t modified_ns; /* X-OC-Mtime */

	/* Set in the same step, if there is room for it; or NULL. */
	const struct prop *prop;
};

struct copy_options {
	struct str source;
	struct str destination;
	bool is_shallow; /* Depth: 0: a collection without its members */
	bool is_strict;  /* any failed member undoes everything */
	/*
	 * May be NULL.  Asked for each member but the source itself, by any
	 * thread: ERR_ABSENT: it is left out with all that is in it, as if it
	 * was not there; any other error: so it fails.
	 */
	enum err (*admit)(void *context, struct str path, bool is_collection);
	void *context;
};

struct store_ops {
	enum err (*look)(struct store *store, struct str path,
	    struct resource *out_resource);

	/*
	 * A descriptor at offset 0, owned by the caller, that goes on showing
	 * this content whatever happens to the name.  ERR_COLLECTION.
	 */
	enum err (*open)(struct store *store, struct str path, int *out_fd,
	    struct resource *out_resource);

	/* Members in no order, without what is reserved.  ERR_FILE. */
	enum err (*list)(
	    struct store *store, struct str path, struct lister **out_lister);
	/* ERR_ABSENT: that was the last. */
	enum err (*list_next)(
	    struct lister *lister, struct lister_entry *out_entry);
	void (*list_free)(struct lister *lister);

	/* ERR_COLLECTION: there is a collection of that name. */
	enum err (*upload)(
	    struct store *store, struct str path, struct upload **out_upload);
	enum err (*upload_write)(struct upload *upload, struct str octets);
	/*
	 * Makes the content visible under its name, in one step.  A resource
	 * that is thus created starts without properties but the one given.
	 */
	enum err (*upload_commit)(struct upload *upload,
	    const struct upload_options *options, bool *out_is_created,
	    struct resource *out_resource);
	void (*upload_free)(struct upload *upload); /* undoes what is not
	                                             * committed */

	/* ERR_EXISTS. */
	enum err (*make_collection)(struct store *store, struct str path);

	/* ERR_NONE also when only part of the tree could be removed: the
	 * members that stay are in progress. */
	enum err (*remove)(
	    struct store *store, struct str path, struct progress *progress);

	/*
	 * Puts a copy of the source in the place of the destination, whatever
	 * is there.  ERR_NONE also when some members could not be copied: they
	 * are in progress.  ERR_CANCELLED: nothing was changed.  ERR_CONFLICT:
	 * one lies inside the other, or they are the same.
	 */
	enum err (*copy)(struct store *store,
	    const struct copy_options *options, struct progress *progress,
	    bool *out_is_created);
	enum err (*move)(struct store *store, struct str source,
	    struct str destination, struct progress *progress,
	    bool *out_is_created);

	/*
	 * Whether the resource of that name is the one that a worker of this
	 * store has marked, as progress_commit() says, a restart ago or just
	 * now.
	 */
	bool (*is_marked)(
	    struct store *store, struct str path, uint64_t mark_id);

	/* Sets the modification time (Win32LastModifiedTime, X-OC-Mtime). */
	enum err (*touch)(
	    struct store *store, struct str path, int64_t modified_ns);

	/* Calls see() for each dead property; its texts last until see()
	 * returns.  An error of see() ends the walk and is returned. */
	enum err (*props)(struct store *store, struct str path,
	    enum err (*see)(void *context, const struct prop *prop),
	    void *context);
	/*
	 * All or nothing.  A change of the same property twice counts in its
	 * order.  ERR_LIMIT: PROP_COUNT_MAX or PROP_SIZE_MAX.
	 */
	enum err (*props_change)(struct store *store, struct str path,
	    const struct prop_change *changes, size_t count);

	/* Locks: kept across a restart, and nothing else: dav/lock.c rules. */
	enum err (*lock_save)(struct store *store,
	    const struct lock_record *record); /* new, or refreshed */
	enum err (*lock_drop)(struct store *store, struct str token);
	enum err (*locks)(struct store *store,
	    enum err (*see)(void *context, const struct lock_record *record),
	    void *context);

	/* RFC 4331, octets. */
	enum err (*quota)(struct store *store, struct str path,
	    uint64_t *out_available, uint64_t *out_used);

	/*
	 * Whether two paths lie on one file system, so that move and remove
	 * are one rename: else they take long and are run as operations.
	 */
	bool (*is_instant)(
	    struct store *store, struct str source, struct str destination);

	void (*free)(struct store *store);
};

/* Every implementation starts with this. */
struct store {
	const struct store_ops *ops;
};

#endif
