/*
 * method_move.c - MOVE (RFC 4918, 9.9).
 *
 * Prefer: handling=strict is kept where the move is one rename.
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/home.h"
#include "dav/lock.h"
#include "dav/method_transfer.h"
#include "dav/permit.h"
#include "dav/prepare.h"

static enum step
judge(struct call *call, struct transfer *out_transfer)
{
	const struct resource *source = &out_transfer->source.resource;

	if (home_is_root(call, call->path))
		return answer_problem(
		    call, 403, "The root cannot be moved: move its members.");
	if (method_transfer_check(call, out_transfer) != STEP_ON)
		return STEP_ANSWERED;
	/* RFC 4918, 9.9.2. */
	if (source->is_collection && call->depth != DEPTH_INFINITY)
		return answer_problem(call, 400,
		    "A collection is moved with all its members: leave out"
		    " Depth, or send infinity.");
	if (permit_tree(call, &(struct permit_tree){ .path = call->path,
	                          .is_collection = source->is_collection,
	                          .rights = ACCESS_READ | ACCESS_DELETE }) !=
	    STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path, LOCK_SCOPE_TREE);
}

static enum step
check(struct call *call)
{
	struct transfer transfer;

	return judge(call, &transfer);
}

static void
claims(struct call *call)
{
	method_transfer_claims(call, CLAIM_EXCLUSIVE);
}

static void
run(struct call *call)
{
	struct store *store = call->dav->store;
	struct transfer transfer;
	struct work work;
	bool is_created = false;
	bool is_strict;
	enum err err;

	if (judge(call, &transfer) != STEP_ON)
		return;
	if (work_begin(&work, call) != STEP_ON)
		return;
	/* One rename is all or nothing; more than that cannot be promised. */
	is_strict = work_is_strict(call) && store->ops->is_instant(store,
	                                        call->path, call->destination);
	err = store->ops->move(
	    store, call->path, call->destination, work.progress, &is_created);
	if (transfer.destination.exists && method_transfer_has_come(&work, err))
		lock_tree_gone(call->dav->locks, call->destination);
	/* RFC 4918, 7.5: locks do not move. */
	target_tree_gone(call, call->path);
	method_transfer_answer(&work, err, is_created);
	if (is_strict && !work_has_failures(&work))
		work_answer_strict(&work);
	work_done(&work);
}

const struct method method_move = {
	.name = "MOVE",
	.place = PLACE_OPERATION,
	.body = BODY_REFUSED,
	.depth_default = DEPTH_INFINITY,
	.check = check,
	.claims = claims,
	.run = run,
};
