/*
 * meta_journal.h - what a change of the tree owes to properties and locks.
 *
 * A rename and a transaction cannot be one step.  So an entry says first what
 * will happen, then the name changes, then properties and locks follow and the
 * entry goes, in one transaction.  After a crash fs_recover.c finds out, from
 * the inode that was to move, on which side of the rename we were.
 *
 *	meta_journal_begin -> the rename -> meta_journal_end(META_HAPPENED)
 *	              \-> it failed -> meta_journal_end(META_UNDONE)
 *
 * Where nothing is owed meta_journal_end() alone will do, or neither.
 */
#ifndef META_JOURNAL_H
#define META_JOURNAL_H

#include "base/buf.h"
#include "base/str.h"
#include "dav/store.h"
#include "store/meta.h"

enum meta_kind {
	META_REMOVE = 1,  /* source went */
	META_MOVE,        /* source became destination */
	META_COPY,        /* the staged copy became destination */
	META_MOVE_ACROSS, /* the same, and then the source goes */
	META_STAGE,       /* source is a collection that has our litter in it */
	META_PUT,         /* a file became destination; source is a property */
};

enum meta_outcome { META_UNDONE, META_HAPPENED };

struct meta_entry {
	int64_t id; /* 0: not written */
	enum meta_kind kind;
	struct str source;
	struct str destination;
	struct str stage; /* the name of the staged tree, or of the litter */
	uint64_t ino;     /* of the tree that gets a new name */
	bool
	    is_exchanging; /* what is replaced gets its old name for a moment */
	bool is_shallow;   /* members' properties are not copied */
};

/* What the source of a META_PUT is: adds it to out. */
void meta_journal_write_prop(struct buf *out, const struct prop *prop);

/* Sets the id. */
enum err meta_journal_begin(
    struct meta *meta, struct meta_entry *entry) MUST_CHECK;
enum err meta_journal_end(struct meta *meta, const struct meta_entry *entry,
    enum meta_outcome outcome) MUST_CHECK;

/* The same, of the entry of that id, if there still is one. */
enum err meta_journal_settle(
    struct meta *meta, int64_t id, enum meta_outcome outcome) MUST_CHECK;

/* Nothing has been: the entry goes; or the next start finds it. */
void meta_journal_undo(struct meta *meta, const struct meta_entry *entry);

/* The oldest entry after that id: ERR_ABSENT if there is none.  see() may
 * not use the journal. */
enum err meta_journal_next(struct meta *meta, int64_t after_id,
    enum err (*see)(void *context, const struct meta_entry *entry),
    void *context) MUST_CHECK;

/* Whether properties or locks lie at or under a path. */
enum err meta_journal_is_owed(
    struct meta *meta, struct str path, bool *out_is_owed) MUST_CHECK;

#endif
