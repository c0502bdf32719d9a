/*
 * lock.h - the write locks of one server (RFC 4918, 6 and 7).
 *
 * The table is in memory, and every change is in the store before it is
 * reported: locks survive a restart.  All functions may be called from several
 * threads at once.  A lock whose time has come is gone at the next look.
 *
 *	acquire -> LOCKED -refresh-> LOCKED -release / expiry / tree gone-> (no
 *	lock)
 */
#ifndef LOCK_H
#define LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct if_header;
struct lock_table;
struct store;

enum { LOCK_TOKEN_SIZE = 45 }; /* "urn:uuid:" and 36 octets */

struct lock_spec {
	struct str path;      /* the lock root */
	struct str owner;     /* content of DAV:owner, XML; may be empty */
	struct str principal; /* who asks; empty: anonymous */
	bool is_shared;
	bool is_infinite;   /* Depth: infinity */
	uint32_t timeout_s; /* 1 to LOCK_TIMEOUT_S_MAX */
};

struct lock {
	struct str token; /* "urn:uuid:..." */
	struct str path;
	struct str owner;
	struct str principal;
	bool is_shared;
	bool is_infinite;
	uint32_t timeout_s; /* as granted */
	uint32_t left_s;    /* until it expires, at the time of the look */
};

/* What a change touches, for lock_check. */
enum lock_scope {
	LOCK_SCOPE_CONTENT,    /* the resource itself: PUT on an existing file,
	                        * PROPPATCH, LOCK */
	LOCK_SCOPE_MEMBERSHIP, /* it is created or removed: its parent's own
	                        * lock counts too (7.4) */
	LOCK_SCOPE_TREE,       /* removed or replaced with all its members: as
	                        * above, and each lock inside it */
};

/* random fills out with unpredictable octets.  NULL: no memory. */
struct lock_table *lock_table_new(
    struct store *store, void (*random)(void *out, size_t size));
void lock_table_free(struct lock_table *table);

/* Reads the locks that the store kept, but for those of resources that are no
 * more; call once, before the first request. */
enum err lock_table_load(struct lock_table *table, int64_t wall_s) MUST_CHECK;

/*
 * ERR_LOCKED: another lock stands against it; lock_finds_conflict() tells its
 * root.  ERR_LIMIT: LOCK_COUNT_MAX, LOCK_COUNT_EACH_MAX, LOCK_TABLE_COUNT_MAX
 * or TREE_DEPTH_MAX.  ERR_BUSY: the tree around it went while it was made.
 * *out_lock is a copy in the arena.
 */
enum err lock_acquire(struct lock_table *table, const struct lock_spec *spec,
    int64_t wall_s, struct arena *arena, struct lock *out_lock) MUST_CHECK;

/* The root of a lock that would stand against spec; false: there is none. */
bool lock_finds_conflict(struct lock_table *table, const struct lock_spec *spec,
    int64_t wall_s, struct arena *arena, struct str *out_path);

/* ERR_TOKEN: no such lock, or it does not apply to path, or another's. */
enum err lock_refresh(struct lock_table *table, const struct lock_spec *spec,
    struct str token, int64_t wall_s, struct arena *arena,
    struct lock *out_lock) MUST_CHECK;
enum err lock_release(struct lock_table *table, struct str path,
    struct str token, struct str principal, int64_t wall_s) MUST_CHECK;

/* Whether token is of a lock that applies to path. */
bool lock_applies(struct lock_table *table, struct str path, struct str token,
    int64_t wall_s);

/*
 * Whether a change may go ahead: every lock that stands against it must have
 * its token submitted in if_header (which may be NULL) by the principal that
 * holds it; of several shared locks on one resource one token is enough.
 * ERR_LOCKED: see() was called for each lock root in the way, and for
 * LOCK_SCOPE_TREE that includes members; path is the locked resource.  see()
 * must not call lock_ functions, and the text lasts until it returns.
 */
struct lock_query {
	struct str path;
	enum lock_scope scope;
	struct str principal;
	const struct if_header *if_header;
	int64_t wall_s;
	void (*see)(void *context, struct str lock_root); /* may be NULL */
	void *context;
};
enum err lock_check(
    struct lock_table *table, const struct lock_query *query) MUST_CHECK;

/* Calls see() for each lock that applies to path, for DAV:lockdiscovery; see()
 * must not call lock_ functions, and the texts last until it returns. */
void lock_each(struct lock_table *table, struct str path, int64_t wall_s,
    void (*see)(void *context, const struct lock *lock), void *context);

/* As lock_each(), for every lock there is, those above before those below. */
void lock_all(struct lock_table *table, int64_t wall_s,
    void (*see)(void *context, const struct lock *lock), void *context);

/* The resource and all below it are gone: so are the locks rooted there.  The
 * store has dropped its own records already. */
void lock_tree_gone(struct lock_table *table, struct str path);

size_t lock_count(const struct lock_table *table);

#endif
