/*
 * ops.c - see ops.h.  Here: which methods there are, DELETE and OPTIONS.
 */
#include "dav/ops.h"

#include "base/limits.h"
#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/upload_resource.h"
#include "op/op_json.h"
#include "op/registry.h"

static const struct method ops_delete;
static const struct method ops_options;

#define ON(place) (1u << (place))
#define ON_ALL (ON(OPS_LIST) | ON(OPS_ONE) | ON(OPS_RESPONSE))

static const struct {
	const struct method *method;
	unsigned where;
} rows[] = {
	{ &ops_get, ON_ALL },
	{ &ops_head, ON_ALL },
	{ &ops_delete, ON(OPS_ONE) },
	{ &ops_propfind, ON(OPS_LIST) | ON(OPS_ONE) },
	{ &ops_options, ON_ALL },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]), ALLOW_SIZE_MAX = 64 };

bool
ops_is_ours(struct str path)
{
	static const struct str top = STR("/.tarry");

	return str_starts(path, top) &&
	       (path.len == top.len || path.data[top.len] == '/');
}

const struct method *
ops_method_find(struct str path, struct str name)
{
	if (upload_resource_is_at(path))
		return upload_resource_method(name);
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (str_is(name, rows[i].method->name))
			return rows[i].method;
	return NULL;
}

/* The reference is the caller's. */
static struct ops_target
target_of(struct dav *dav, const struct request *request)
{
	static const struct str list = STR("/.tarry/ops");
	struct ops_target target = { .place = OPS_NOTHING };
	struct str rest = request->path;
	struct str id;

	if (str_equal(rest, list))
		target.place = OPS_LIST;
	if (!str_starts(rest, (struct str)STR(OPS_BASE)))
		return target;
	rest = str_from(rest, sizeof(OPS_BASE) - 1);
	id = str_cut(&rest, '/');
	if (rest.len > 0 && !str_is(rest, "response"))
		return target;
	target.operation =
	    registry_find(dav->registry, id, &request->principal);
	if (target.operation != NULL)
		target.place = rest.len > 0 ? OPS_RESPONSE : OPS_ONE;
	return target;
}

static void
field_allow(struct response *response, enum ops_place place)
{
	OWNED(buf_done) struct buf allow;

	buf_init(&allow, ALLOW_SIZE_MAX);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (!(rows[i].where & ON(place)))
			continue;
		if (allow.len > 0)
			buf_add_text(&allow, ", ");
		buf_add_text(&allow, rows[i].method->name);
	}
	response_field(response, "Allow", buf_str(&allow));
}

static enum step
answer_nothing(struct call *call)
{
	return answer_problem(
	    call, 404, "There is nothing at this URL, or it is not yours.");
}

static enum step
answer_not_here(struct call *call, enum ops_place place)
{
	(void)answer_problem(
	    call, 405, "Allow says what can be done with this resource.");
	field_allow(call->response, place);
	return STEP_ANSWERED;
}

static void
field_no_store(struct response *response)
{
	response_field_text(response, "Cache-Control", "no-store");
}

void
ops_refuse(
    struct dav *dav, const struct request *request, struct response *response)
{
	struct call call = {
		.dav = dav, .request = request, .response = response
	};
	struct ops_target target = target_of(dav, request);

	if (upload_resource_is_at(request->path))
		upload_resource_refuse(&call);
	else if (target.place == OPS_NOTHING)
		(void)answer_nothing(&call);
	else
		(void)answer_not_here(&call, target.place);
	field_no_store(response);
	operation_unref(target.operation);
}

static bool
is_allowed(const struct call *call, enum ops_place place)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].method == call->method)
			return (rows[i].where & ON(place)) != 0;
	return false;
}

enum step
ops_demand(struct call *call)
{
	struct ops_target *target =
	    arena_alloc(call->request->arena, sizeof(*target));

	if (target == NULL)
		return answer_error(call, ERR_MEMORY);
	*target = target_of(call->dav, call->request);
	call->state = target;
	if (target->place == OPS_NOTHING)
		(void)answer_nothing(call);
	else if (!is_allowed(call, target->place))
		(void)answer_not_here(call, target->place);
	else
		return STEP_ON;
	field_no_store(call->response);
	return STEP_ANSWERED;
}

void
ops_free(struct call *call)
{
	struct ops_target *target = call->state;

	if (target != NULL)
		operation_unref(target->operation);
	call->state = NULL;
}

static bool
is_final(struct operation *operation)
{
	return operation_result(operation) != NULL;
}

void
ops_answer_status(struct call *call, struct operation *operation, int status)
{
	const struct op_json_options options = {
		.base = STR(OPS_BASE),
		.root = call->home,
		.status_of = answer_status_of,
	};
	struct response *response = call->response;
	bool was_final = is_final(operation);
	enum err err;

	response_reset(response);
	field_no_store(response);
	err = op_json_write(operation, &options, &response->bytes);
	buf_add_char(&response->bytes, '\n');
	if (err != ERR_NONE || response->bytes.err != ERR_NONE) {
		(void)answer_error(call, ERR_MEMORY);
		return;
	}
	response->status = status;
	response->body = RESPONSE_BYTES;
	response_field_text(response, "Content-Type", "application/json");
	if (!was_final)
		response_field_text(response, "Retry-After", "1");
}

void
ops_field_location(struct response *response, const struct operation *operation)
{
	char location[sizeof(OPS_BASE) + OPERATION_ID_SIZE] = OPS_BASE;
	struct str id = operation_id(operation);

	for (size_t i = 0; i < id.len; i++)
		location[sizeof(OPS_BASE) - 1 + i] = id.data[i];
	response_field_text(response, "Location", location);
}

/* 204: it has ended, and was perhaps cancelled by this.  202: it will. */
static void
run_delete(struct call *call)
{
	const struct ops_target *target = call->state;
	struct operation *operation = target->operation;
	struct operation_snapshot shot;

	registry_cancel(call->dav->registry, operation);
	operation_look(operation, &shot);
	if (operation_state_is_final(shot.state)) {
		(void)answer_empty(call, 204);
		field_no_store(call->response);
		return;
	}
	ops_answer_status(call, operation, shot.is_cancelling ? 202 : 409);
}

static void
run_options(struct call *call)
{
	const struct ops_target *target = call->state;

	(void)answer_empty(call, 200);
	response_field_text(call->response, "DAV", "1");
	field_allow(call->response, target->place);
	field_no_store(call->response);
}

static const struct method ops_delete = {
	.name = "DELETE",
	.place = PLACE_POOL,
	.body = BODY_IGNORED,
	.is_read_only = true, /* the tree stays as it is */
	.check = ops_demand,
	.run = run_delete,
	.free = ops_free,
};

static const struct method ops_options = {
	.name = "OPTIONS",
	.place = PLACE_LOOP,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = ops_demand,
	.run = run_options,
	.free = ops_free,
};
