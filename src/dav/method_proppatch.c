/*
 * method_proppatch.c - PROPPATCH (RFC 4918, 9.2).
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/prepare.h"
#include "dav/prop.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/uri.h"

static enum step
judge(struct call *call, struct target *out_target)
{
	if (target_demand(call, out_target) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_conditions(call, &out_target->resource) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path, LOCK_SCOPE_CONTENT);
}

static enum step
check(struct call *call)
{
	struct target target;

	return judge(call, &target);
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

static enum step
parse_body(struct call *call, struct proppatch *out_patch)
{
	struct xml_node *root;
	enum err err = ERR_SYNTAX;

	if (call->body.len > 0) {
		if (prepare_xml(call, &root) != STEP_ON)
			return STEP_ANSWERED;
		err =
		    prop_parse_proppatch(root, call->request->arena, out_patch);
	}
	if (err == ERR_SYNTAX)
		return answer_problem(call, 400,
		    "The body is not a DAV:propertyupdate (RFC 4918,"
		    " 14.19).");
	if (err == ERR_LIMIT)
		return answer_problem(call, 413,
		    "The DAV:propertyupdate is too large: send it in several"
		    " requests.");
	if (err != ERR_NONE)
		return answer_error(call, err);
	return STEP_ON;
}

static void
run(struct call *call)
{
	struct target target;
	struct proppatch patch;
	enum err err;

	if (judge(call, &target) != STEP_ON)
		return;
	if (parse_body(call, &patch) != STEP_ON)
		return;
	err = prop_apply(call->dav->store, call->path, &patch);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	prop_write_proppatch(uri_path_from(call->path, call->home),
	    target.resource.is_collection, &patch, &call->response->bytes);
	(void)answer_xml(call, 207);
}

const struct method method_proppatch = {
	.name = "PROPPATCH",
	.place = PLACE_POOL,
	.body = BODY_XML,
	.depth_default = DEPTH_0,
	.check = check,
	.claims = claims,
	.run = run,
};
