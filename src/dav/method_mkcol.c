/*
 * method_mkcol.c - MKCOL (RFC 4918, 9.3).
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/prepare.h"
#include "dav/target.h"

static enum step
check(struct call *call)
{
	struct target target;
	int64_t modified_ns;
	bool is_bad = false;

	if (target_look(call, call->path, &target) != STEP_ON)
		return STEP_ANSWERED;
	if (target.exists)
		return answer_not_allowed(call);
	if (target_demand_parent(call, call->path) != STEP_ON)
		return STEP_ANSWERED;
	(void)prepare_modified(call, &modified_ns, &is_bad);
	if (is_bad)
		return answer_problem(
		    call, 400, "X-OC-Mtime is seconds since 1970.");
	if (prepare_conditions(call, NULL) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path, LOCK_SCOPE_MEMBERSHIP);
}

static void
claims(struct call *call)
{
	call->claim.parts[0] = (struct claim_part){
		.path = call->path,
		.mode = CLAIM_EXCLUSIVE,
	};
	call->claim.part_count = 1;
}

static void
run(struct call *call)
{
	struct store *store = call->dav->store;
	int64_t modified_ns;
	bool is_bad = false;
	bool is_set = false;
	enum err err;

	if (check(call) != STEP_ON)
		return;
	err = store->ops->make_collection(store, call->path);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	if (prepare_modified(call, &modified_ns, &is_bad))
		is_set = store->ops->touch(store, call->path, modified_ns) ==
		         ERR_NONE;
	(void)answer_empty(call, 201);
	if (is_set)
		response_field_text(call->response, "X-OC-MTime", "accepted");
}

const struct method method_mkcol = {
	.name = "MKCOL",
	.place = PLACE_POOL,
	.body = BODY_REFUSED,
	.depth_default = DEPTH_0,
	.check = check,
	.claims = claims,
	.run = run,
};
