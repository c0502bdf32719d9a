/*
 * ops_get.c - GET and HEAD of what ops.h describes.
 */
#include "dav/ops.h"

#include <inttypes.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/undertaking.h"
#include "http/prefer.h"
#include "op/op_json.h"
#include "op/registry.h"

/* Whether an Accept field names it, with a weight or without. */
static bool
accepts_events(const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		struct str rest = fields->items[i].value;

		if (!str_is_nocase(fields->items[i].name, "Accept"))
			continue;
		while (rest.len > 0) {
			struct str item = str_cut(&rest, ',');

			if (str_is_nocase(str_trim(str_cut(&item, ';')),
			        "text/event-stream"))
				return true;
		}
	}
	return false;
}

static bool
is_stream(const struct call *call)
{
	const struct ops_target *target = call->state;

	return target->place == OPS_ONE &&
	       accepts_events(&call->request->fields);
}

static bool
wish_stream(const struct ops_target *target, struct wish *out_wish)
{
	if (!target->is_streaming || target->version == 0)
		return false;
	out_wish->version = target->version;
	out_wish->wait_ms = OPS_HEARTBEAT_MS;
	return true;
}

static bool
wish(struct call *call, struct wish *out_wish)
{
	const struct ops_target *target = call->state;
	struct prefer prefer;

	if (target->operation == NULL)
		return false;
	*out_wish = (struct wish){ .operation = target->operation,
		.wait_ms = WISH_FOR_EVER };
	if (is_stream(call))
		return wish_stream(target, out_wish);
	prefer_parse(&call->request->fields, &prefer);
	if (prefer.processing)
		return true;
	if (!prefer.has_wait)
		return false;
	if (prefer.wait_s > OPS_WAIT_S)
		prefer.wait_s = OPS_WAIT_S;
	out_wish->wait_ms = (int64_t)prefer.wait_s * 1000;
	out_wish->minds_state = target->place == OPS_ONE;
	return true;
}

static void
answer_list(struct call *call)
{
	const struct op_json_options options = {
		.base = STR(OPS_BASE),
		.root = call->home,
		.status_of = answer_status_of,
	};
	struct response *response = call->response;
	struct buf *out = &response->bytes;
	enum err err;

	buf_init(out, OPERATION_RESULT_SIZE_MAX);
	err = op_json_write_list(
	    call->dav->registry, &call->request->principal, &options, out);
	buf_add_char(out, '\n');
	if (err != ERR_NONE || out->err != ERR_NONE) {
		(void)answer_error(call, ERR_MEMORY);
		return;
	}
	response->status = 200;
	response->body = RESPONSE_BYTES;
	response_field_text(response, "Content-Type", "application/json");
	response_field_text(response, "Cache-Control", "no-store");
}

static void
answer_response(struct call *call, struct operation *operation)
{
	const struct operation_result *result = operation_result(operation);

	if (result != NULL) {
		undertaking_replay(result, call->response);
	} else {
		(void)answer_problem(call, 409,
		    "The operation has not ended: there is no response yet.");
		response_field_text(call->response, "Retry-After", "1");
	}
	response_field_text(call->response, "Cache-Control", "no-store");
}

/*
 * A browser comes again when a stream has ended: 204 tells it not to (HTML,
 * 9.2.4).
 */
static void
answer_stream(struct call *call)
{
	struct ops_target *target = call->state;
	struct response *response = call->response;
	struct str last = fields_get(&call->request->fields, "Last-Event-ID");

	response_field_text(response, "Cache-Control", "no-store");
	if (str_is(last, "end")) {
		(void)answer_empty(call, 204);
		return;
	}
	target->is_streaming = true;
	response->status = 200;
	response->body = RESPONSE_PULLED;
	response->pulled_size = BODY_SIZE_UNKNOWN;
	response_field_text(response, "Content-Type", "text/event-stream");
	response_field_text(response, "X-Accel-Buffering", "no");
}

static void
run(struct call *call)
{
	const struct ops_target *target = call->state;

	switch (target->place) {
	case OPS_LIST:
		answer_list(call);
		return;
	case OPS_ONE:
		if (is_stream(call))
			answer_stream(call);
		else
			ops_answer_status(call, target->operation, 200);
		return;
	case OPS_RESPONSE:
		answer_response(call, target->operation);
		return;
	case OPS_NOTHING:
		break;
	}
	UNREACHABLE("ops_demand() has refused it");
}

/* One event, or a comment that says that nothing has changed. */
static bool
pull(struct call *call, size_t size_max)
{
	const struct op_json_options options = {
		.base = STR(OPS_BASE),
		.root = call->home,
		.status_of = answer_status_of,
	};
	struct ops_target *target = call->state;
	struct buf *out = &call->response->bytes;
	struct operation_snapshot shot;
	bool is_final;
	enum err err;

	(void)size_max; /* one event has some hundred octets */
	operation_look(target->operation, &shot);
	is_final = operation_state_is_final(shot.state);
	if (!is_final && shot.version == target->version) {
		buf_add_text(out, ":\n\n");
		return false;
	}
	if (is_final)
		buf_add_text(out, "id: end\ndata: ");
	else
		buf_printf(out, "id: %" PRIu64 "\ndata: ", shot.version);
	err = op_json_write(target->operation, &options, out);
	if (err != ERR_NONE)
		out->err = err; /* it is cut short, and seen to be */
	buf_add_text(out, "\n\n");
	target->version = shot.version;
	return is_final;
}

const struct method ops_get = {
	.name = "GET",
	.place = PLACE_WATCH,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = ops_demand,
	.wish = wish,
	.run = run,
	.pull = pull,
	.free = ops_free,
};

const struct method ops_head = {
	.name = "HEAD",
	.place = PLACE_WATCH,
	.body = BODY_IGNORED,
	.is_read_only = true,
	.check = ops_demand,
	.wish = wish,
	.run = run,
	.free = ops_free,
};
