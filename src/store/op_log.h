/*
 * op_log.h - the journal of operations (op/journal.h), in SQLite.
 *
 * It lies beside meta.db in a database of its own, whose commits do not wait
 * for the disk: a record survives the end of the process, and after a power
 * cut the newest may be gone.  What was done to the tree does not depend on
 * it; only who asks for the result would find none.
 */
#ifndef OP_LOG_H
#define OP_LOG_H

#include "base/check.h"
#include "base/err.h"
#include "op/journal.h"

struct op_log;
struct stopwatch;

/*
 * Opens STATE/ops.db, or makes it.  One that cannot be read is replaced by an
 * empty one.  ERR_MEMORY, ERR_SPACE, ERR_DENIED, ERR_STORAGE.
 */
enum err op_log_open(const char *state, struct op_log **out_log) MUST_CHECK;
void op_log_close(struct op_log *log); /* NULL does nothing */

/* For tests of a crash: called before and after each commit.  Before threads
 * use it. */
void op_log_watch(struct op_log *log,
    void (*step)(void *context, const char *what), void *context);

/* Times each commit from now on; NULL: no longer.  As above. */
void op_log_time(struct op_log *log, const struct stopwatch *stopwatch);

/* As the registry wants it; lasts as long as the log. */
const struct journal *op_log_journal(const struct op_log *log);

#endif
