/*
 * method_delete.c - DELETE (RFC 9110, 9.3.5; RFC 4918, 9.6).
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/home.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/work.h"

static enum step
check(struct call *call)
{
	struct target target;

	if (home_is_root(call, call->path))
		return answer_problem(call, 403,
		    "The root cannot be removed: remove its members.");
	if (target_demand(call, &target) != STEP_ON)
		return STEP_ANSWERED;
	/* RFC 4918, 9.6.1. */
	if (target.resource.is_collection && call->depth != DEPTH_INFINITY)
		return answer_problem(call, 400,
		    "A collection is removed with all its members: leave out"
		    " Depth, or send infinity.");
	if (prepare_conditions(call, &target.resource) != STEP_ON)
		return STEP_ANSWERED;
	if (permit_tree(
	        call, &(struct permit_tree){ .path = call->path,
	                  .is_collection = target.resource.is_collection,
	                  .rights = ACCESS_DELETE }) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path, LOCK_SCOPE_TREE);
}

static void
claims(struct call *call)
{
	call->claim.parts[0] = (struct claim_part){
		.path = call->path,
		.mode = CLAIM_EXCLUSIVE,
		.is_subtree = true,
	};
	call->claim.part_count = 1;
}

static void
run(struct call *call)
{
	struct store *store = call->dav->store;
	struct work work;
	bool is_strict;
	enum err err;

	if (check(call) != STEP_ON)
		return;
	if (work_begin(&work, call) != STEP_ON)
		return;
	/* As in MOVE: it is one rename, to where the rest is done. */
	is_strict = work_is_strict(call) &&
	            store->ops->is_instant(store, call->path, call->path);
	err = store->ops->remove(store, call->path, work.progress);
	target_tree_gone(call, call->path);
	(void)work_answer(&work, err, 204);
	if (is_strict && !work_has_failures(&work))
		work_answer_strict(&work);
	work_done(&work);
}

const struct method method_delete = {
	.name = "DELETE",
	.place = PLACE_OPERATION,
	.body = BODY_IGNORED,
	.depth_default = DEPTH_INFINITY,
	.check = check,
	.claims = claims,
	.run = run,
};
