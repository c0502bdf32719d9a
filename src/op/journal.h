/*
 * journal.h - where operations are remembered across a crash: the demand of
 * src/op, which a store fills in.
 *
 * One record for each operation, under its id: opaque octets (op_record.h).
 * A record that cannot be written is only lost: no operation fails for it.
 * The functions may be called from several threads at once, and may block.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct journal {
	/* New, or in the place of the one with that id. */
	enum err (*put)(void *context, struct str id, struct str record);
	enum err (*drop)(void *context, struct str id);

	/*
	 * Calls see() for each record, in any order; its texts last until
	 * see() returns.  see() calls no other function of the journal.  An
	 * error of see() ends the walk and is returned.
	 */
	enum err (*each)(void *context,
	    enum err (*see)(void *seer, struct str id, struct str record),
	    void *seer);
	void *context;
};

#endif
