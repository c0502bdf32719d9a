/*
 * work.h - a piece of work on a tree, in which single members may fail.
 *
 *	begin -> the store counts in work.progress -> answer -> done
 */
#ifndef WORK_H
#define WORK_H

#include <stdbool.h>

#include "base/err.h"
#include "dav/call.h"

struct progress;

struct work {
	struct call *call;
	struct progress *progress; /* the call's; else our own */
	bool is_own;
};

/* Answers 503 where there is no memory. */
enum step work_begin(struct work *work, struct call *call);

bool work_has_failures(const struct work *work);

/*
 * 207 if there are failures, but the failure's own status if the only one is
 * of the resource that the request names (RFC 4918, 9.6.1 and 9.8.5); else what
 * err says; else status.
 */
enum step work_answer(const struct work *work, enum err err, int status);

/*
 * Prefer: handling=strict (RFC 7240, 4.4): all or nothing.  Whether it was
 * asked for; the answer says that it was so; or, where a member failed, that
 * nothing was done, with the status of that member.
 */
bool work_is_strict(const struct call *call);
void work_answer_strict(const struct work *work);
void work_answer_undone(const struct work *work, enum err err);
void work_done(struct work *work);

#endif
