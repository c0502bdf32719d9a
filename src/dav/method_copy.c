/*
 * method_copy.c - COPY (RFC 4918, 9.8).
 *
 * Prefer: handling=strict (RFC 7240, 4.4) asks for all or nothing.
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/method_transfer.h"
#include "dav/permit.h"

static enum step
judge(struct call *call, struct transfer *out_transfer)
{
	const struct resource *source = &out_transfer->source.resource;

	if (method_transfer_check(call, out_transfer) != STEP_ON)
		return STEP_ANSWERED;
	if (source->is_collection && !permit_has(call, call->path, ACCESS_LIST))
		return permit_refuse(call);
	/* What it replaces goes only once the copy is whole: both need room.
	 * How large a tree is only the copy itself finds out. */
	return target_demand_space(call, call->destination, source->disk_size);
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
	method_transfer_claims(call, CLAIM_SHARED);
}

static void
run(struct call *call)
{
	struct store *store = call->dav->store;
	struct copy_options options = {
		.source = call->path,
		.destination = call->destination,
		.is_shallow = call->depth == DEPTH_0,
	};
	struct transfer transfer;
	struct work work;
	bool is_created = false;
	bool is_undone;
	enum err err;

	if (judge(call, &transfer) != STEP_ON)
		return;
	if (work_begin(&work, call) != STEP_ON)
		return;
	options.is_strict = work_is_strict(call);
	if (!permit_is_uniform(call)) {
		options.admit = permit_admit;
		options.context = call;
	}
	err = store->ops->copy(store, &options, work.progress, &is_created);
	is_undone = !method_transfer_has_come(&work, err) ||
	            (options.is_strict && work_has_failures(&work));
	if (transfer.destination.exists && !is_undone)
		lock_tree_gone(call->dav->locks, call->destination);
	if (options.is_strict && is_undone)
		work_answer_undone(&work, err);
	else
		method_transfer_answer(&work, err, is_created);
	if (options.is_strict)
		work_answer_strict(&work);
	work_done(&work);
}

const struct method method_copy = {
	.name = "COPY",
	.place = PLACE_OPERATION,
	.body = BODY_REFUSED,
	.depth_default = DEPTH_INFINITY,
	.check = check,
	.claims = claims,
	.run = run,
};
