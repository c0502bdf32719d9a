/*
 * method_put.c - PUT (RFC 9110, 9.3.4; RFC 4918, 9.7).
 *
 * The upload is opened as soon as nothing speaks against the request, so that
 * what the store refuses is refused before the body is sent.
 */
#include "dav/method.h"

#include "base/limits.h"
#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/upload_resource.h"
#include "dav/xml.h"

struct put {
	struct upload *upload;
	struct upload_options options;
	uint64_t size; /* so far */
	struct prop language;
	bool is_part; /* of an upload that others finish */
};

/* It would be told to nobody who gets the content. */
static bool
is_encoded(const struct request *request)
{
	struct str value = fields_get(&request->fields, "Content-Encoding");

	return value.len > 0 && !str_is_nocase(value, "identity");
}

static enum step
refuse_by_form(struct call *call)
{
	if (call->request->has_final_slash)
		return answer_problem(call, 409,
		    "A name with a slash at its end is a collection's: make"
		    " one with MKCOL, or leave out the slash.");
	/* Whatever comes would be cut off, and the file be empty. */
	if (call->request->lacks_size)
		return answer_problem(call, 411,
		    "Say how long the content is, in Content-Length: 0 if"
		    " there is none.");
	if (is_encoded(call->request)) {
		(void)answer_problem(call, 415,
		    "This server keeps octets as they are: send the content"
		    " without a Content-Encoding.");
		/* RFC 9110, 12.5.3 */
		response_field_text(
		    call->response, "Accept-Encoding", "identity");
		return STEP_ANSWERED;
	}
	/* RFC 9110, 14.5: what is meant as a part must not become the whole. */
	if (fields_find(&call->request->fields, "Content-Range") != NULL)
		return answer_problem(call, 400,
		    "PUT replaces the whole file: send it without"
		    " Content-Range.");
	return STEP_ON;
}

/* What can be judged again, once nobody else changes the path. */
static enum step
judge(struct call *call)
{
	struct target target;

	if (target_look(call, call->path, &target) != STEP_ON)
		return STEP_ANSWERED;
	if (target.exists && target.resource.is_collection)
		return answer_not_allowed(call);
	if (refuse_by_form(call) != STEP_ON)
		return STEP_ANSWERED;
	if (!target.exists && target_demand_parent(call, call->path) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_conditions(call, target_resource(&target)) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path,
	    target.exists ? LOCK_SCOPE_CONTENT : LOCK_SCOPE_MEMBERSHIP);
}

/* Finder sends its PUT chunked, and the size beside it. */
static uint64_t
announced_size(const struct request *request)
{
	struct str value =
	    fields_get(&request->fields, "X-Expected-Entity-Length");
	uint64_t size;

	if (request->body_size != BODY_SIZE_UNKNOWN)
		return request->body_size;
	if (str_to_u64(value, UINT64_MAX, &size) != ERR_NONE)
		return 0;
	return size;
}

/* The property that Content-Language sets. */
static enum step
prepare_language(struct call *call, struct put *put)
{
	struct str value =
	    fields_get(&call->request->fields, "Content-Language");
	OWNED(buf_done) struct buf xml;

	buf_init(&xml, PROP_SIZE_MAX);
	if (value.len == 0)
		return STEP_ON;
	buf_add_text(&xml, "<D:getcontentlanguage xmlns:D=\"DAV:\">");
	xml_escape(&xml, value);
	buf_add_text(&xml, "</D:getcontentlanguage>");
	if (xml.err == ERR_LIMIT)
		return answer_problem(
		    call, 400, "Content-Language is longer than 64 KiB.");
	put->language =
	    (struct prop){ STR("DAV:"), STR("getcontentlanguage"), STR("") };
	if (xml.err != ERR_NONE ||
	    arena_copy(call->request->arena, buf_str(&xml),
	        &put->language.xml) != ERR_NONE)
		return answer_error(call, ERR_MEMORY);
	put->options.prop = &put->language;
	return STEP_ON;
}

static enum step
check(struct call *call)
{
	struct store *store = call->dav->store;
	bool is_part = upload_resource_is_part(call);
	uint64_t size = is_part ? upload_resource_length(call)
	                        : announced_size(call->request);
	struct put *put;
	bool is_bad = false;
	enum err err;

	if (judge(call) != STEP_ON)
		return STEP_ANSWERED;
	if (is_part && upload_resource_judge(call) != STEP_ON)
		return STEP_ANSWERED;
	if (size > 0 && target_demand_space(call, call->path, size) != STEP_ON)
		return STEP_ANSWERED;
	put = arena_alloc(call->request->arena, sizeof(*put));
	if (put == NULL)
		return answer_error(call, ERR_MEMORY);
	put->is_part = is_part;
	put->options.has_modified =
	    prepare_modified(call, &put->options.modified_ns, &is_bad);
	if (is_bad)
		return answer_problem(
		    call, 400, "X-OC-Mtime is seconds since 1970.");
	if (prepare_language(call, put) != STEP_ON)
		return STEP_ANSWERED;
	err = store->ops->upload(store, call->path, &put->upload);
	if (err != ERR_NONE)
		return answer_error(call, err);
	call->state = put;
	return STEP_ON;
}

static enum step
upload(struct call *call, struct str octets)
{
	struct put *put = call->state;
	enum err err;

	put->size += octets.len;
	err = call->dav->store->ops->upload_write(put->upload, octets);
	return err == ERR_NONE ? STEP_ON : answer_error(call, err);
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
	struct put *put = call->state;
	struct resource resource;
	bool is_created;
	uint64_t size;
	enum err err;

	if (judge(call) != STEP_ON)
		return;
	if (put->is_part) {
		upload_resource_create(
		    call, &put->upload, &put->options, put->size);
		return;
	}
	size = announced_size(call->request);
	if (size > 0 && size != put->size) {
		(void)answer_problem(call, 400,
		    "The content has not the length that"
		    " X-Expected-Entity-Length says: send it again.");
		return;
	}
	err = call->dav->store->ops->upload_commit(
	    put->upload, &put->options, &is_created, &resource);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	(void)answer_empty(call, is_created ? 201 : 204);
	answer_validators(call, &resource);
	if (put->options.has_modified)
		response_field_text(call->response, "X-OC-MTime", "accepted");
}

static void
release(struct call *call)
{
	struct put *put = call->state;

	if (put != NULL)
		call->dav->store->ops->upload_free(put->upload);
	call->state = NULL;
}

const struct method method_put = {
	.name = "PUT",
	.place = PLACE_POOL,
	.body = BODY_UPLOADED,
	.depth_default = DEPTH_0,
	.check = check,
	.upload = upload,
	.claims = claims,
	.run = run,
	.free = release,
};
