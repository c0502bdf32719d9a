/*
 * undertaking.c - see undertaking.h.
 */
#include "dav/undertaking.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/limits.h"
#include "dav/access.h"
#include "dav/answer.h"
#include "dav/call.h"
#include "dav/dispatch.h"
#include "dav/outcome.h"
#include "dav/prepare.h"

struct undertaking {
	struct dispatch *dispatch;
	struct arena arena;
	struct request request;
	struct response response;
	struct call call;
};

static void
undertaking_free(void *context)
{
	struct undertaking *it = context;

	if (it->call.method->free != NULL)
		it->call.method->free(&it->call);
	buf_done(&it->call.body);
	access_unref(it->call.access);
	response_done(&it->response);
	arena_done(&it->arena);
	free(it);
}

static enum err
copy_fields(struct undertaking *it, const struct fields *from)
{
	it->request.fields = (struct fields){ 0 };
	for (size_t i = 0; i < from->count; i++) {
		struct str name;
		struct str value;
		enum err err =
		    arena_copy(&it->arena, from->items[i].name, &name);

		if (err == ERR_NONE)
			err = arena_copy(
			    &it->arena, from->items[i].value, &value);
		if (err == ERR_NONE)
			err = fields_add(
			    &it->request.fields, &it->arena, name, value);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err
copy_request(struct undertaking *it, const struct request *from)
{
	struct request *to = &it->request;
	struct str *const texts[] = { &to->method, &to->target, &to->scheme,
		&to->authority, &to->path, &to->query, &to->peer,
		&to->principal };

	*to = *from;
	to->arena = &it->arena;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		enum err err;

		if (texts[i]->data == NULL)
			continue; /* it stays absent */
		err = arena_copy(&it->arena, *texts[i], texts[i]);
		if (err != ERR_NONE)
			return err;
	}
	return copy_fields(it, &from->fields);
}

/* What the method answered, as the operation keeps it. */
static void
keep_response(struct response *response, struct operation_result *out_result)
{
	if (response->is_short_of_memory)
		response_problem(response, 500, "The response is too large.");
	out_result->status = response->status;
	out_result->outcome =
	    response->status < 400 ? OPERATION_DONE : OPERATION_FAILED;
	for (size_t i = 0; i < response->fields.count; i++) {
		const struct field *field = &response->fields.items[i];

		buf_add_str(&out_result->fields, field->name);
		buf_add_text(&out_result->fields, ": ");
		buf_add_str(&out_result->fields, field->value);
		buf_add_text(&out_result->fields, "\r\n");
	}
	if (response->body == RESPONSE_BYTES)
		buf_add_str(&out_result->body, buf_str(&response->bytes));
}

static void
answer_cancelled(struct undertaking *it)
{
	if (atomic_load(&it->dispatch->is_stopping))
		(void)answer_problem(&it->call, 503,
		    "The server is about to stop, and left everything as it"
		    " was: ask again.");
	else
		(void)answer_error(&it->call, ERR_CANCELLED);
}

static void
run(void *context, struct operation *operation,
    struct operation_result *out_result)
{
	struct undertaking *it = context;
	struct call *call = &it->call;
	struct progress *progress = operation_progress(operation);

	call->now_ms = it->dispatch->now_ms(it->dispatch->context);
	call->wall_s = it->dispatch->wall_s(it->dispatch->context);
	call->progress = progress;
	atomic_fetch_add(&it->dispatch->change_count, 1);
	if (prepare_call(call) == STEP_ON)
		call->method->run(call);
	call->progress = NULL;
	if (call->response->status == answer_status_of(ERR_CANCELLED) &&
	    progress_is_cancelled(progress))
		answer_cancelled(it);
	keep_response(call->response, out_result);
	if (out_result->outcome == OPERATION_FAILED &&
	    progress_is_cancelled(progress))
		out_result->outcome = OPERATION_CANCELLED;
	if (out_result->outcome == OPERATION_DONE)
		outcome_note(call, atomic_load(&it->dispatch->change_count),
		    &out_result->note);
}

static void
refuse(void *context, struct operation_result *out_result)
{
	struct undertaking *it = context;

	answer_cancelled(it);
	keep_response(&it->response, out_result);
	out_result->outcome = OPERATION_CANCELLED;
}

enum err
undertaking_new(const struct call *call, struct dispatch *dispatch,
    struct operation_work *out_work)
{
	struct undertaking *it = calloc(1, sizeof(*it));
	enum err err;

	if (it == NULL)
		return ERR_MEMORY;
	it->dispatch = dispatch;
	arena_init(&it->arena, REQUEST_MEMORY_MAX);
	response_init(&it->response, &it->arena);
	it->call = (struct call){
		.dav = call->dav,
		.method = call->method,
		.request = &it->request,
		.response = &it->response,
	};
	buf_init(&it->call.body, XML_SIZE_MAX);
	err = copy_request(it, call->request);
	if (err != ERR_NONE) {
		undertaking_free(it);
		return err;
	}
	it->call.access = access_ref(call->access);
	err = arena_copy(&it->arena, call->home, &it->call.home);
	if (err == ERR_NONE)
		err = arena_copy(&it->arena, call->path, &it->call.path);
	if (err != ERR_NONE) {
		undertaking_free(it);
		return err;
	}
	*out_work = (struct operation_work){
		.run = run,
		.refuse = refuse,
		.free = undertaking_free,
		.context = it,
	};
	return ERR_NONE;
}

/* What a problem says is for the log, too. */
static void
find_detail(struct response *response)
{
	struct str body = buf_str(&response->bytes);
	const char *text;
	struct str kept;
	json_t *problem;

	if (!str_is(fields_get(&response->fields, "Content-Type"),
	        "application/problem+json"))
		return;
	problem = json_loadb(body.data, body.len, 0, NULL);
	text = json_string_value(json_object_get(problem, "detail"));
	/* Without memory the line has no words. */
	if (text != NULL &&
	    arena_copy(response->arena, str_of(text), &kept) == ERR_NONE)
		response->detail = kept.data;
	json_decref(problem);
}

void
undertaking_replay(
    const struct operation_result *result, struct response *response)
{
	struct str rest = buf_str(&result->fields);

	response_reset(response);
	response->status = result->status;
	while (rest.len > 0) {
		struct str value = str_cut(&rest, '\n');
		struct str name = str_cut(&value, ':');
		struct str kept;

		value.len -= value.len > 0; /* the CR */
		if (arena_copy(response->arena, name, &kept) != ERR_NONE) {
			response->is_short_of_memory = true;
			return;
		}
		response_field(response, kept.data, str_trim(value));
	}
	if (result->body.len == 0)
		return;
	response->body = RESPONSE_BYTES;
	buf_done(&response->bytes);
	buf_init(&response->bytes, OPERATION_RESULT_SIZE_MAX);
	buf_add_str(&response->bytes, buf_str(&result->body));
	if (response->bytes.err != ERR_NONE)
		response->is_short_of_memory = true;
	else
		find_detail(response);
}
