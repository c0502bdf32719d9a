/*
 * errand.c - see errand.h.
 */
#include "dav/errand.h"

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/dispatch.h"
#include "dav/undertaking.h"
#include "http/exchange.h"
#include "http/status_uri.h"
#include "op/registry.h"

enum { FINGERPRINT_SIZE_MAX = 64 * 1024 };

struct errand *
errand_of_job(struct job *job)
{
	return (struct errand *)(void *)((char *)job -
	                                 offsetof(struct errand, job));
}

static void
answer_with(struct errand *errand, const struct operation_result *result)
{
	undertaking_replay(result, errand->call.response);
	exchange_answer(errand->x);
}

static void
on_done(struct operation_observer *observer)
{
	struct errand *errand = observer->context;

	answer_with(errand, operation_result(observer->operation));
}

/* All that makes it the request it is (RFC 4918, 9.8 and 9.9). */
static void
fingerprint(const struct call *call, struct buf *out)
{
	const struct fields *fields = &call->request->fields;

	buf_printf(out, "%s %d %d\n", call->method->name, (int)call->depth,
	    (int)call->overwrite);
	buf_add_str(out, call->path);
	buf_add_char(out, '\n');
	if (call->has_destination)
		buf_add_str(out, call->destination);
	for (size_t i = 0; i < fields->count; i++) {
		if (!str_is_nocase(fields->items[i].name, "If"))
			continue;
		buf_add_char(out, '\n');
		buf_add_str(out, fields->items[i].value);
	}
}

static enum step
answer_refusal(struct call *call, enum err err)
{
	if (err != ERR_BUSY && err != ERR_CLOSED)
		return answer_error(call, err);
	response_field_text(call->response, "Retry-After", "5");
	return answer_problem(
	    call, 503, "Too many operations are waiting: try again.");
}

void
errand_operate(struct errand *errand)
{
	struct call *call = &errand->call;
	struct registry_ticket ticket;
	struct operation_work work;
	struct operation_spec spec = {
		.owner = call->request->principal,
		.method = str_of(call->method->name),
		.source = call->path,
		.destination = call->destination,
	};
	struct buf text;
	enum err err;

	call->method->claims(call);
	spec.part_count = call->claim.part_count;
	for (size_t i = 0; i < spec.part_count; i++)
		spec.parts[i] = call->claim.parts[i];
	buf_init(&text, FINGERPRINT_SIZE_MAX);
	fingerprint(call, &text);
	if (text.err == ERR_NONE)
		spec.fingerprint = buf_str(&text);
	err = undertaking_new(call, errand->dispatch, &work);
	if (err == ERR_NONE)
		err = registry_submit(
		    errand->dispatch->registry, &spec, &work, NULL, &ticket);
	buf_done(&text);
	if (err != ERR_NONE) {
		(void)answer_refusal(call, err);
		exchange_answer(errand->x);
		return;
	}
	errand->observer.done = on_done;
	errand->observer.context = errand;
	atomic_store(&errand->operation, ticket.operation);
	/* Once it observes, the answer may come, and all be gone. */
	if (!operation_observe(ticket.operation, &errand->observer))
		answer_with(errand, operation_result(ticket.operation));
}

uint64_t
errand_progress(struct errand *errand)
{
	struct operation *operation = atomic_load(&errand->operation);

	if (operation != NULL)
		return progress_version(operation_progress(operation));
	return atomic_load(&errand->is_accepted) ? 1 : 0;
}

struct telling {
	struct status_uri uris;
	int status; /* of a member that went well */
};

static bool
tell(void *context, const struct progress_member *member)
{
	struct telling *telling = context;
	int status = telling->status;

	if (member->is_destination)
		return true; /* not a source member: RFC 2518, 9.7 */
	if (member->err != ERR_NONE)
		status = answer_status_of(member->err);
	return status_uri_add(&telling->uris, status, member->path);
}

void
errand_describe(struct errand *errand, struct buf *lines)
{
	struct operation *operation = atomic_load(&errand->operation);
	const struct request *request = &errand->x->request;
	struct progress_counts counts;
	struct telling telling;

	if (operation == NULL)
		return;
	telling.status = str_is(request->method, "DELETE") ? 204 : 201;
	progress_read(operation_progress(operation), &counts);
	status_uri_progress(lines, counts.members_done, counts.members_total);
	status_uri_begin(
	    &telling.uris, lines, request->scheme, request->authority);
	progress_recent(operation_progress(operation), tell, &telling);
	status_uri_end(&telling.uris);
}

void
errand_done(struct errand *errand)
{
	struct operation *operation = atomic_load(&errand->operation);

	if (operation != NULL) {
		operation_unobserve(operation, &errand->observer);
		operation_unref(operation);
	}
	if (errand->call.method != NULL && errand->call.method->free != NULL)
		errand->call.method->free(&errand->call);
	buf_done(&errand->call.body);
}
