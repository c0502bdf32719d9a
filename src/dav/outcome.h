/*
 * outcome.h - whether the tree still shows what an operation made of it.
 *
 * A request that was repeated because its answer got lost is answered by that
 * answer: but only where doing it again could not do anything else.  What
 * changes through this server is counted; what others do to the files shows in
 * their times.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct call;

/*
 * At the end of a DELETE, MOVE or COPY, while its claim lasts: adds what is to
 * be remembered.  Nothing, if it did not do all that it was to do.
 * change_count counts the changes that were begun on this server.
 */
void outcome_note(
    const struct call *call, uint64_t change_count, struct buf *out);

/*
 * Whether the same request, if it was done now, would leave all as it is, or
 * could not be done:
 *
 *	DELETE  there is still nothing
 *	MOVE    nothing at the source; what was moved at the destination
 *	COPY    source and destination, with all their members, as they were
 *
 * Walks both trees of a COPY.
 */
bool outcome_holds(
    const struct call *call, uint64_t change_count, struct str note);

#endif
