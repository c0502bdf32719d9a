/*
 * method_transfer.c - see method_transfer.h.
 */
#include "dav/method_transfer.h"

#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "http/uri.h"
#include "op/progress.h"

static bool
overlaps(struct str a, struct str b)
{
	return str_equal(a, b) || uri_path_is_within(a, b) ||
	       uri_path_is_within(b, a);
}

static enum step
check_destination(struct call *call, struct transfer *transfer)
{
	struct target *destination = &transfer->destination;

	if (overlaps(call->path, call->destination))
		return answer_error(call, ERR_CONFLICT);
	if (target_look(call, call->destination, destination) != STEP_ON)
		return STEP_ANSWERED;
	if (!destination->exists)
		return target_demand_parent(call, call->destination);
	if (!call->overwrite)
		return answer_problem(call, 412,
		    "There is a resource at the Destination, and Overwrite: F"
		    " was sent.");
	return STEP_ON;
}

/* What comes to the Destination, and what goes from there. */
static enum step
check_rules(struct call *call, const struct transfer *transfer)
{
	const struct target *old = &transfer->destination;

	if (transfer->source.resource.is_collection &&
	    call->depth == DEPTH_INFINITY && permit_landing(call) != STEP_ON)
		return STEP_ANSWERED;
	if (!old->exists)
		return STEP_ON;
	return permit_tree(
	    call, &(struct permit_tree){ .path = call->destination,
	              .is_collection = old->resource.is_collection,
	              .rights = ACCESS_DELETE });
}

enum step
method_transfer_check(struct call *call, struct transfer *out_transfer)
{
	struct transfer transfer;

	if (!call->has_destination)
		return answer_problem(
		    call, 400, "Say in a Destination field where it is to go.");
	if (target_demand(call, &transfer.source) != STEP_ON)
		return STEP_ANSWERED;
	if (check_destination(call, &transfer) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_conditions(call, &transfer.source.resource) != STEP_ON)
		return STEP_ANSWERED;
	if (check_rules(call, &transfer) != STEP_ON)
		return STEP_ANSWERED;
	*out_transfer = transfer;
	return prepare_locks(call, call->destination,
	    transfer.destination.exists ? LOCK_SCOPE_TREE
	                                : LOCK_SCOPE_MEMBERSHIP);
}

void
method_transfer_claims(struct call *call, enum claim_mode source_mode)
{
	call->claim.parts[0] = (struct claim_part){
		.path = call->path,
		.mode = source_mode,
		.is_subtree = true,
	};
	call->claim.parts[1] = (struct claim_part){
		.path = call->destination,
		.mode = CLAIM_EXCLUSIVE,
		.is_subtree = true,
	};
	call->claim.part_count = call->has_destination ? 2 : 1;
}

bool
method_transfer_has_come(const struct work *work, enum err err)
{
	struct progress_mark mark = progress_mark(work->progress);
	const struct call *call = work->call;
	struct store *store = call->dav->store;

	if (err == ERR_NONE)
		return true;
	return mark.id != 0 &&
	       store->ops->is_marked(store, call->destination, mark.id);
}

enum { LOCATION_SIZE_MAX = 3 * PATH_SIZE_MAX + 1 };

void
method_transfer_answer(const struct work *work, enum err err, bool is_created)
{
	struct call *call = work->call;
	OWNED(buf_done) struct buf location;

	buf_init(&location, LOCATION_SIZE_MAX);
	(void)work_answer(work, err, is_created ? 201 : 204);
	if (call->response->status != 201)
		return;
	uri_path_encode(
	    &location, uri_path_from(call->destination, call->home));
	if (location.err == ERR_NONE)
		response_field(call->response, "Location", buf_str(&location));
}
