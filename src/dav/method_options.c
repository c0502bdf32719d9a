/*
 * method_options.c - OPTIONS (RFC 9110, 9.3.7; RFC 4918, 10.1).
 */
#include "dav/method.h"

#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/permit.h"
#include "dav/target.h"
#include "dav/upload_resource.h"

static enum step
check(struct call *call)
{
	(void)call;
	return STEP_ON;
}

static enum method_where
where_of(const struct target *target)
{
	if (!target->exists)
		return METHOD_ON_NOTHING;
	return target->resource.is_collection ? METHOD_ON_COLLECTION
	                                      : METHOD_ON_FILE;
}

static void
run(struct call *call)
{
	struct response *response = call->response;
	OWNED(buf_done) struct buf allow;
	struct method_allow of;
	struct target target;

	buf_init(&allow, METHOD_ALLOW_SIZE_MAX);
	if (call->request->form == TARGET_ASTERISK) {
		buf_add_text(&allow, method_allow());
	} else {
		if (target_look(call, call->path, &target) != STEP_ON)
			return;
		of = (struct method_allow){ .where = where_of(&target),
			.is_read_only = call->dav->is_read_only,
			.rights = permit_rights(call, call->path) };
		/* Nothing must tell what is hidden from what is not. */
		if (of.rights == ACCESS_NONE)
			of.where = METHOD_ON_NOTHING;
		method_allow_on(&allow, &of);
	}
	(void)answer_empty(call, 200);
	response_field_text(response, "DAV", "1, 2, 3");
	response_field_text(response, "MS-Author-Via", "DAV");
	response_field(response, "Allow", buf_str(&allow));
	response_field_text(response, "Accept-Ranges", "bytes");
	upload_resource_limit(call->dav, response);
}

const struct method method_options = {
	.name = "OPTIONS",
	.place = PLACE_LOOP,
	.body = BODY_IGNORED,
	.depth_default = DEPTH_0,
	.is_read_only = true,
	.check = check,
	.run = run,
};
