/*
 * interrupted.h - what to tell of an operation that a crash cut short, once
 * the store has finished or undone what it had begun.
 */
#ifndef INTERRUPTED_H
#define INTERRUPTED_H

struct operation_result;
struct operation_snapshot;

/*
 * registry_options.interrupted, with the struct dav as its context.  An
 * operation that was committing is done if the tree shows the mark of its
 * commit (progress_commit()), and has the answer that it would have had.
 */
void interrupted_answer(void *context, const struct operation_snapshot *was,
    struct operation_result *out_result);

#endif
