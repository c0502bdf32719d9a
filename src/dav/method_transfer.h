/*
 * method_transfer.h - what COPY and MOVE share (RFC 4918, 9.8 and 9.9).
 */
#ifndef METHOD_TRANSFER_H
#define METHOD_TRANSFER_H

#include <stdbool.h>

#include "base/err.h"
#include "dav/call.h"
#include "dav/target.h"
#include "dav/work.h"

struct transfer {
	struct target source;
	struct target destination;
};

/*
 * All that can be refused: no Destination 400, no source 404, one inside the
 * other 403, no parent of the destination 409, a destination that must not be
 * overwritten 412, conditions 412, locks of the destination 423 or 207.
 */
enum step method_transfer_check(
    struct call *call, struct transfer *out_transfer);

/* The source, in this mode, and the destination: all that lies in them. */
void method_transfer_claims(struct call *call, enum claim_mode source_mode);

/*
 * Whether what was to come lies at the Destination, and what it replaces is
 * gone with its locks: also where err tells of what failed after that, such as
 * the flush of the names.
 */
bool method_transfer_has_come(const struct work *work, enum err err);

/* 207, what err says, 201 with the Location of what was created, or 204. */
void method_transfer_answer(
    const struct work *work, enum err err, bool is_created);

#endif
