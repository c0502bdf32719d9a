/*
 * upload_resource.c - see upload_resource.h.
 */
#include "dav/upload_resource.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/method.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/target.h"
#include "dav/upload_shelf.h"

enum { LIMIT_SIZE = 64 };

#define ALLOW "HEAD, PATCH, DELETE, OPTIONS"

/* One request to an upload. */
struct part {
	struct shelved *shelved;
	uint64_t turn;
	uint64_t offset; /* of what comes next */
	bool is_last;
};

/* A structured field (RFC 9651) with one Item: without its parameters. */
static struct str
item(const struct call *call, const char *name)
{
	struct str value = fields_get(&call->request->fields, name);

	return str_trim(str_cut(&value, ';'));
}

/* False: it is not there, or no such number, which is to be ignored. */
static bool
read_size(const struct call *call, const char *name, uint64_t *out_size)
{
	return str_to_u64(item(call, name), INT64_MAX, out_size) == ERR_NONE;
}

bool
upload_resource_is_part(const struct call *call)
{
	return call->dav->uploads != NULL &&
	       str_is(item(call, "Upload-Complete"), "?0");
}

uint64_t
upload_resource_length(const struct call *call)
{
	uint64_t length;

	return read_size(call, "Upload-Length", &length) ? length : 0;
}

static enum step
answer_too_large(struct call *call)
{
	return answer_problem(call, 413,
	    "The content is larger than this server takes: see --max-body.");
}

enum step
upload_resource_judge(struct call *call)
{
	const struct fields *fields = &call->request->fields;
	struct str none_match = fields_get(fields, "If-None-Match");

	if (upload_resource_length(call) > call->dav->body_size_max)
		return answer_too_large(call);
	if (fields_find(fields, "If-Match") != NULL ||
	    fields_find(fields, "If-Unmodified-Since") != NULL ||
	    fields_find(fields, "Content-Language") != NULL ||
	    (none_match.len > 0 && !str_is(none_match, "*")))
		return answer_problem(call, 400,
		    "An upload in parts takes no Content-Language, and no"
		    " condition but If-None-Match: *.  Send it in one.");
	return STEP_ON;
}

void
upload_resource_limit(const struct dav *dav, struct response *response)
{
	char limit[LIMIT_SIZE];

	if (dav->uploads == NULL || dav->is_read_only)
		return;
	if (dav->body_size_max < INT64_MAX)
		(void)snprintf(limit, sizeof(limit),
		    "max-age=%d, max-size=%" PRIu64, UPLOAD_AGE_S,
		    dav->body_size_max);
	else
		(void)snprintf(
		    limit, sizeof(limit), "max-age=%d", UPLOAD_AGE_S);
	response_field_text(response, "Upload-Limit", limit);
}

static void
field_state(struct call *call, uint64_t offset)
{
	response_field_u64(call->response, "Upload-Offset", offset);
	response_field_text(call->response, "Upload-Complete", "?0");
	response_field_text(call->response, "Cache-Control", "no-store");
	upload_resource_limit(call->dav, call->response);
}

void
upload_resource_create(struct call *call, struct upload **upload,
    const struct upload_options *options, uint64_t size)
{
	struct upload_terms terms = {
		.path = call->path,
		.principal = call->request->principal,
		.must_be_new = fields_find(&call->request->fields,
		                   "If-None-Match") != NULL,
		.length = upload_resource_length(call),
		.offset = size,
		.options = *options,
	};
	char location[sizeof(UPLOAD_RESOURCE_BASE) + UPLOAD_ID_SIZE];
	char id[UPLOAD_ID_SIZE];
	struct upload *taken = *upload;
	enum err err;

	terms.has_length = read_size(call, "Upload-Length", &terms.length);
	*upload = NULL;
	err = upload_shelf_add_take(
	    call->dav->uploads, taken, &terms, call->now_ms, id);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	(void)snprintf(
	    location, sizeof(location), UPLOAD_RESOURCE_BASE "%s", id);
	(void)answer_empty(call, 201);
	response_field_text(call->response, "Location", location);
	field_state(call, size);
}

bool
upload_resource_is_at(struct str path)
{
	return str_starts(path, (struct str)STR(UPLOAD_RESOURCE_BASE));
}

/* The reference is the caller's. */
static struct shelved *
find(const struct call *call)
{
	struct upload_shelf *shelf = call->dav->uploads;
	struct str id =
	    str_from(call->request->path, sizeof(UPLOAD_RESOURCE_BASE) - 1);

	if (shelf == NULL || !upload_resource_is_at(call->request->path))
		return NULL;
	return upload_shelf_find(
	    shelf, id, call->request->principal, call->now_ms);
}

static void
release(struct call *call)
{
	struct part *part = call->state;

	if (part != NULL)
		upload_shelf_put(call->dav->uploads, part->shelved);
	call->state = NULL;
	call->path = call->request->path;
}

/* From now on the call is about the file. */
static enum step
demand(struct call *call)
{
	struct part *part = arena_alloc(call->request->arena, sizeof(*part));

	release(call); /* what an earlier check has left */
	if (part == NULL)
		return answer_error(call, ERR_MEMORY);
	*part = (struct part){ .shelved = find(call) };
	if (part->shelved == NULL)
		return answer_problem(call, 404,
		    "There is no such upload, or it has ended: begin anew.");
	call->state = part;
	call->path = upload_shelf_terms(part->shelved)->path;
	return STEP_ON;
}

/* What can be judged again, once nobody else changes the path. */
static enum step
judge(struct call *call)
{
	const struct part *part = call->state;
	const struct upload_terms *terms = upload_shelf_terms(part->shelved);
	struct target target;

	/* The rules may be others by now. */
	if (!permit_has(call, call->path, method_needs(&method_put)))
		return permit_refuse(call);
	if (target_look(call, call->path, &target) != STEP_ON)
		return STEP_ANSWERED;
	if (target.exists && target.resource.is_collection)
		return answer_problem(
		    call, 409, "There is a collection of that name now.");
	if (target.exists && terms->must_be_new)
		return answer_problem(
		    call, 412, "There is a file of that name now.");
	if (!target.exists && target_demand_parent(call, call->path) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_locks(call, call->path,
	    target.exists ? LOCK_SCOPE_CONTENT : LOCK_SCOPE_MEMBERSHIP);
}

/* size: of all that will have come. */
static enum step
judge_size(struct call *call, uint64_t size, bool is_last)
{
	const struct part *part = call->state;
	const struct upload_terms *terms = upload_shelf_terms(part->shelved);

	if (size > call->dav->body_size_max)
		return answer_too_large(call);
	if (terms->has_length &&
	    (size > terms->length || (is_last && size != terms->length)))
		return answer_problem(call, 400,
		    "This does not make up the Upload-Length that was said"
		    " when it began.");
	return STEP_ON;
}

static enum step
answer_mismatch(struct call *call, uint64_t offset)
{
	(void)answer_problem(call, 409,
	    "Another number of octets is here: Upload-Offset says how many.");
	field_state(call, offset);
	return STEP_ANSWERED;
}

static enum step
check_part(struct call *call)
{
	struct str type = fields_get(&call->request->fields, "Content-Type");
	uint64_t size = call->request->body_size;
	struct part *part;
	uint64_t offset;

	if (demand(call) != STEP_ON)
		return STEP_ANSWERED;
	part = call->state;
	part->is_last = str_is(item(call, "Upload-Complete"), "?1");
	if (!str_is_nocase(
	        str_trim(str_cut(&type, ';')), "application/partial-upload"))
		return answer_problem(call, 415,
		    "The Content-Type of a part is"
		    " application/partial-upload.");
	if (!read_size(call, "Upload-Offset", &part->offset))
		return answer_problem(
		    call, 400, "Upload-Offset says where the part begins.");
	offset = upload_shelf_take_over(part->shelved, &part->turn);
	if (offset != part->offset)
		return answer_mismatch(call, offset);
	if (size != BODY_SIZE_UNKNOWN &&
	    (judge_size(call, part->offset + size, part->is_last) != STEP_ON ||
	        target_demand_space(call, call->path, size) != STEP_ON))
		return STEP_ANSWERED;
	return judge(call);
}

static enum step
answer_failure(struct call *call, enum err err)
{
	struct part *part = call->state;

	if (err == ERR_CONFLICT)
		return answer_problem(
		    call, 409, "Another request goes on with this upload.");
	/* What is there can no longer be relied on. */
	upload_shelf_drop(call->dav->uploads, part->shelved);
	return answer_error(call, err);
}

static enum step
take_part(struct call *call, struct str octets)
{
	struct part *part = call->state;
	enum err err;

	if (judge_size(call, part->offset + octets.len, false) != STEP_ON)
		return STEP_ANSWERED;
	err =
	    upload_shelf_write(part->shelved, part->turn, octets, call->now_ms);
	if (err != ERR_NONE)
		return answer_failure(call, err);
	part->offset += octets.len;
	return STEP_ON;
}

static void
claim_target(struct call *call)
{
	call->claim.parts[0] = (struct claim_part){
		.path = call->path,
		.mode = CLAIM_EXCLUSIVE,
	};
	call->claim.part_count = 1;
}

static void
run_part(struct call *call)
{
	struct part *part = call->state;
	const struct upload_terms *terms = upload_shelf_terms(part->shelved);
	struct resource resource;
	bool is_created;
	enum err err;

	if (!part->is_last) {
		(void)answer_empty(call, 204);
		field_state(call, part->offset);
		return;
	}
	if (judge(call) != STEP_ON ||
	    judge_size(call, part->offset, true) != STEP_ON)
		return;
	err = upload_shelf_commit(
	    part->shelved, part->turn, &is_created, &resource);
	if (err != ERR_NONE) {
		(void)answer_failure(call, err);
		return;
	}
	upload_shelf_drop(call->dav->uploads, part->shelved);
	(void)answer_empty(call, is_created ? 201 : 204);
	answer_validators(call, &resource);
	response_field_text(call->response, "Upload-Complete", "?1");
	if (terms->options.has_modified)
		response_field_text(call->response, "X-OC-MTime", "accepted");
}

/* Whoever still writes has lost his connection: what he has is all. */
static void
run_head(struct call *call)
{
	struct part *part = call->state;
	const struct upload_terms *terms = upload_shelf_terms(part->shelved);
	uint64_t offset = upload_shelf_take_over(part->shelved, &part->turn);

	(void)answer_empty(call, 204);
	field_state(call, offset);
	if (terms->has_length)
		response_field_u64(
		    call->response, "Upload-Length", terms->length);
}

static void
run_delete(struct call *call)
{
	struct part *part = call->state;

	(void)upload_shelf_take_over(part->shelved, &part->turn);
	upload_shelf_drop(call->dav->uploads, part->shelved);
	(void)answer_empty(call, 204);
}

static void
run_options(struct call *call)
{
	(void)answer_empty(call, 200);
	response_field_text(call->response, "Allow", ALLOW);
	response_field_text(
	    call->response, "Accept-Patch", "application/partial-upload");
	upload_resource_limit(call->dav, call->response);
}

static const struct method part_patch = {
	.name = "PATCH",
	.place = PLACE_POOL,
	.body = BODY_UPLOADED,
	.check = check_part,
	.upload = take_part,
	.claims = claim_target,
	.run = run_part,
	.free = release,
};

/* The tree stays as it is. */
static const struct method part_head = {
	.name = "HEAD",
	.place = PLACE_POOL,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = demand,
	.run = run_head,
	.free = release,
};

static const struct method part_delete = {
	.name = "DELETE",
	.place = PLACE_POOL,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = demand,
	.run = run_delete,
	.free = release,
};

static const struct method part_options = {
	.name = "OPTIONS",
	.place = PLACE_POOL,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = demand,
	.run = run_options,
	.free = release,
};

const struct method *
upload_resource_method(struct str name)
{
	static const struct method *const methods[] = { &part_patch, &part_head,
		&part_delete, &part_options };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_is(name, methods[i]->name))
			return methods[i];
	return NULL;
}

void
upload_resource_refuse(struct call *call)
{
	struct shelved *shelved = find(call);

	if (shelved == NULL) {
		(void)answer_problem(call, 404,
		    "There is no such upload, or it has ended: begin anew.");
		return;
	}
	upload_shelf_put(call->dav->uploads, shelved);
	(void)answer_problem(
	    call, 405, "Allow says what can be done with this resource.");
	response_field_text(call->response, "Allow", ALLOW);
}
