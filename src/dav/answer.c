/*
 * answer.c - see answer.h.
 */
#include "dav/answer.h"

#include "base/limits.h"
#include "base/own.h"
#include "dav/dav.h"
#include "dav/method.h"
#include "dav/multistatus.h"
#include "dav/permit.h"
#include "dav/store.h"
#include "dav/target.h"
#include "http/date.h"
#include "http/uri.h"
#include "op/progress.h"

static const struct {
	int status;
	const char *detail;
} outcomes[] = {
	[ERR_MEMORY] = { 503, "The server is short of memory: try again." },
	[ERR_LIMIT] = { 507,
	    "A limit of this server was reached: the tree is too"
	    " deep, or too large for who has no name." },
	[ERR_SYNTAX] = { 400, "The request is malformed." },
	[ERR_CANCELLED] = { 424, "The work was cancelled; what it had not"
	                         " finished is as it was." },
	[ERR_ABSENT] = { 404, "There is nothing at this URL." },
	[ERR_EXISTS] = { 405, "There is a resource at this URL already." },
	[ERR_PARENT] = { 409, "The collection to hold it does not exist: make"
	                      " it first, with MKCOL." },
	[ERR_COLLECTION] = { 405, "This is a collection." },
	[ERR_FILE] = { 409, "This is not a collection." },
	[ERR_NAME] = { 403, "This name is reserved, or cannot be the name of"
	                    " a file: choose another." },
	[ERR_DENIED] = { 403, "The server may not do this: look at the"
	                      " permissions of the file and its directory." },
	[ERR_READ_ONLY] = { 403, "The file system is read-only." },
	[ERR_SPACE] = { 507, "There is no space left: make room and try"
	                     " again." },
	[ERR_CONFLICT] = { 403, "The source and the destination are the same,"
	                        " or one lies inside the other." },
	[ERR_LOCKED] = { 423, "The resource is locked: send the lock token in"
	                      " an If field." },
	[ERR_TOKEN] = { 409, "No such lock applies to this resource." },
	[ERR_BUSY] = { 503, "The resource is in use: try again." },
	[ERR_MOUNT] = { 403, "A file system is mounted here, which stays where"
	                     " it is: move or delete its members." },
};

#define OUTCOME_COUNT (sizeof(outcomes) / sizeof(outcomes[0]))

int
answer_status_of(enum err err)
{
	CHECK(err != ERR_NONE);
	if ((size_t)err >= OUTCOME_COUNT || outcomes[err].status == 0)
		return 500;
	return outcomes[err].status;
}

enum step
answer_empty(struct call *call, int status)
{
	call->response->status = status;
	call->response->body = RESPONSE_EMPTY;
	return STEP_ANSWERED;
}

enum step
answer_problem(struct call *call, int status, const char *detail)
{
	struct response *response = call->response;

	response_reset(response);
	response_problem(response, status, detail);
	response_field_text(response, "X-Content-Type-Options", "nosniff");
	if (status == 503)
		response_field_text(response, "Retry-After", "5");
	return STEP_ANSWERED;
}

enum step
answer_error(struct call *call, enum err err)
{
	int status = answer_status_of(err);

	if (status == 405)
		return answer_not_allowed(call);
	if (status == 500)
		return answer_problem(call, 500,
		    "The storage failed: the"
		    " server's log says how.");
	return answer_problem(call, status, outcomes[err].detail);
}

bool
answer_has_challenge(const struct call *call)
{
	const struct dav *dav = call->dav;

	return dav->challenge != NULL && call->request->principal.len == 0 &&
	       dav->challenge(dav->challenge_context, call->request, NULL);
}

enum step
answer_denied(struct call *call, const char *detail)
{
	const struct dav *dav = call->dav;

	if (!answer_has_challenge(call))
		return answer_problem(call, 403, detail);
	(void)answer_problem(call, 401, detail);
	(void)dav->challenge(
	    dav->challenge_context, call->request, call->response);
	return STEP_ANSWERED;
}

enum step
answer_xml(struct call *call, int status)
{
	struct response *response = call->response;

	if (response->bytes.err != ERR_NONE)
		return answer_error(call, response->bytes.err);
	response->status = status;
	response->body = RESPONSE_BYTES;
	response_field_text(
	    response, "Content-Type", "application/xml; charset=\"utf-8\"");
	response_field_text(response, "X-Content-Type-Options", "nosniff");
	return STEP_ANSWERED;
}

enum step
answer_condition(
    struct call *call, int status, const char *element, struct str path)
{
	struct buf *out = &call->response->bytes;

	response_reset(call->response);
	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:error xmlns:D=\"DAV:\"><D:%s>",
	    element);
	if (path.len > 0)
		multistatus_href(out, uri_path_from(path, call->home), false);
	buf_printf(out, "</D:%s></D:error>\n", element);
	return answer_xml(call, status);
}

enum step
answer_failures(struct call *call, const struct progress *progress)
{
	struct buf *out = &call->response->bytes;

	response_reset(call->response);
	buf_init(out, OPERATION_RESULT_SIZE_MAX); /* as large as kept */
	multistatus_begin(out);
	multistatus_failures(out, progress, call->home);
	multistatus_end(out);
	if (out->err == ERR_LIMIT)
		return answer_problem(call, 500,
		    "Some members failed, and they are too many to name:"
		    " list both trees to see which.");
	return answer_xml(call, 207);
}

enum { PLACE_SIZE_MAX = 3 * PATH_SIZE_MAX + 2 };

void
answer_place(struct call *call, const struct resource *resource)
{
	OWNED(buf_done) struct buf place;

	buf_init(&place, PLACE_SIZE_MAX);
	if (!resource->is_collection || call->request->has_final_slash ||
	    call->request->path.len == 1)
		return;
	uri_path_encode(&place, call->request->path);
	buf_add_char(&place, '/');
	if (place.err == ERR_NONE)
		response_field(
		    call->response, "Content-Location", buf_str(&place));
}

void
answer_validators(struct call *call, const struct resource *resource)
{
	int64_t modified_s = target_seconds(resource->modified_ns);
	char date[DATE_SIZE];

	if (resource->etag[0] != '\0')
		response_field_text(call->response, "ETag", resource->etag);
	/* Never later than the Date of the response (RFC 9110, 8.8.2.1). */
	if (modified_s > call->wall_s)
		modified_s = call->wall_s;
	date_format(modified_s, date);
	response_field_text(call->response, "Last-Modified", date);
}

enum step
answer_not_allowed(struct call *call)
{
	struct store *store = call->dav->store;
	struct resource resource;
	enum method_where where = METHOD_ON_NOTHING;
	struct method_allow of;
	OWNED(buf_done) struct buf allow;

	buf_init(&allow, METHOD_ALLOW_SIZE_MAX);
	if (store->ops->look(store, call->path, &resource) == ERR_NONE)
		where = resource.is_collection ? METHOD_ON_COLLECTION
		                               : METHOD_ON_FILE;
	(void)answer_problem(call, 405,
	    where == METHOD_ON_NOTHING
	        ? "There is nothing at this URL that this could be done to."
	    : where == METHOD_ON_COLLECTION
	        ? "There is a collection at this URL: Allow says what can be"
	          " done with it."
	        : "There is a file at this URL: Allow says what can be done"
	          " with it.");
	of = (struct method_allow){ .where = where,
		.is_read_only = call->dav->is_read_only,
		.rights = permit_rights(call, call->path) };
	method_allow_on(&allow, &of);
	response_field(call->response, "Allow", buf_str(&allow));
	return STEP_ANSWERED;
}
