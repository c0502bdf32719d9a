/*
 * errand.c - see errand.h.
 */
#include "dav/errand.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/own.h"
#include "dav/access.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/dispatch.h"
#include "dav/identity.h"
#include "dav/ops.h"
#include "dav/outcome.h"
#include "dav/undertaking.h"
#include "http/exchange.h"
#include "http/status_uri.h"
#include "http/uri.h"
#include "op/registry.h"

enum {
	FINGERPRINT_SIZE_MAX = 128 * 1024,
	POLL_MS = 1000, /* how often a watch looks at counters */
	LINK_SIZE_MAX = 128,
};

struct errand *
errand_of_job(struct job *job)
{
	return (struct errand *)(void *)((char *)job -
	                                 offsetof(struct errand, job));
}

void
errand_submit(struct errand *errand, void (*run)(struct job *job))
{
	errand->job.run = run;
	pool_submit(errand->dispatch->pool, &errand->job);
}

static int64_t
now_ms(const struct errand *errand)
{
	return errand->dispatch->now_ms(errand->dispatch->context);
}

static enum step
answer_result(struct errand *errand, struct operation *operation)
{
	undertaking_replay(operation_result(operation), errand->call.response);
	operation_hear(operation, errand->x->connection);
	return STEP_ANSWERED;
}

static void
on_over(struct watch *watch)
{
	struct errand *errand =
	    (struct errand *)(void *)((char *)watch -
	                              offsetof(struct errand, watch));

	errand_submit(errand, errand->resume);
}

/* Takes the reference. */
static void
watch(struct errand *errand, struct operation *operation)
{
	watch_init(&errand->watch, operation);
	errand->watch.over = on_over;
	atomic_store(&errand->operation, operation);
}

/*
 * A client that sends another request on the connection on which it got the
 * answer has heard it, and means what it says.
 */
static bool
is_still_true(void *context, const struct operation *earlier)
{
	struct errand *errand = context;
	uint64_t connection = errand->x->connection;

	if (connection != 0 && operation_hearer(earlier) == connection)
		return false;
	return outcome_holds(&errand->call,
	    atomic_load(&errand->dispatch->change_count),
	    operation_note(earlier));
}

/* What the registry is to know of the call; fingerprint lasts longer. */
static void
specify(struct errand *errand, struct str fingerprint,
    struct operation_spec *out_spec)
{
	const struct call *call = &errand->call;

	*out_spec = (struct operation_spec){
		.owner = call->request->principal,
		.method = str_of(call->method->name),
		.source = call->path,
		.destination = call->destination,
		.fingerprint = fingerprint,
		.key = errand->key,
		.still_true = is_still_true,
		.context = errand,
	};
}

static enum step
answer_refusal(struct call *call, enum err err)
{
	if (err == ERR_CONFLICT)
		return answer_problem(call, 422,
		    "This Idempotency-Key was used for another request: send"
		    " each request with a key of its own.");
	if (err == ERR_BUSY || err == ERR_CLOSED)
		return answer_problem(
		    call, 503, "Too many operations are waiting: try again.");
	return answer_error(call, err);
}

/* The call was refused: because it has been done, or is being done? */
static enum step
join(struct errand *errand)
{
	struct call *call = &errand->call;
	struct registry_ticket ticket;
	struct operation_spec spec;
	OWNED(buf_done) struct buf text;
	enum err err;

	buf_init(&text, FINGERPRINT_SIZE_MAX);
	identity_fingerprint(call, &text);
	if (text.err != ERR_NONE)
		return answer_error(call, ERR_MEMORY);
	specify(errand, buf_str(&text), &spec);
	err = registry_join(call->dav->registry, &spec, &ticket);
	if (err == ERR_CONFLICT)
		return answer_refusal(call, err);
	if (err != ERR_NONE)
		return STEP_ANSWERED;
	response_reset(call->response);
	watch(errand, ticket.operation);
	if (ticket.how == REGISTRY_REPLAYED)
		return answer_result(errand, ticket.operation);
	return STEP_ON;
}

enum step
errand_check(struct errand *errand)
{
	struct call *call = &errand->call;
	enum err err;

	err = identity_key(
	    &call->request->fields, call->request->arena, &errand->key);
	if (err == ERR_MEMORY)
		return answer_error(call, err);
	if (err != ERR_NONE)
		return answer_problem(call, 400,
		    "Idempotency-Key is a string in double quotes, of 1 to 255"
		    " characters.");
	if (call->method->check(call) == STEP_ON)
		return STEP_ON;
	return join(errand);
}

/* ERR_CONFLICT, ERR_BUSY, ERR_CLOSED, ERR_LIMIT, ERR_MEMORY. */
static enum err
submit(struct errand *errand)
{
	struct call *call = &errand->call;
	struct registry_ticket ticket;
	struct operation_work work;
	struct operation_spec spec;
	OWNED(buf_done) struct buf text;
	enum err err;

	buf_init(&text, FINGERPRINT_SIZE_MAX);
	identity_fingerprint(call, &text);
	if (text.err != ERR_NONE)
		return text.err;
	specify(errand, buf_str(&text), &spec);
	call->method->claims(call);
	spec.part_count = call->claim.part_count;
	for (size_t i = 0; i < spec.part_count; i++)
		spec.parts[i] = call->claim.parts[i];
	err = undertaking_new(call, errand->dispatch, &work);
	if (err != ERR_NONE)
		return err;
	err = registry_submit(call->dav->registry, &spec, &work, NULL, &ticket);
	if (err == ERR_NONE)
		watch(errand, ticket.operation);
	return err;
}

void
errand_answer_busy(struct errand *errand)
{
	struct call *call = &errand->call;
	struct operation *blocker;
	OWNED(buf_done) struct buf link;

	buf_init(&link, LINK_SIZE_MAX);
	call->method->claims(call); /* who joined has none yet */
	blocker = registry_find_blocker(
	    call->dav->registry, &call->claim, call->request->principal);
	(void)answer_problem(call, 503,
	    "Another request is changing this: try again when it is done.");
	if (blocker == NULL)
		return;
	buf_printf(&link, "<" OPS_BASE "%.*s>; rel=\"status\"",
	    STR_ARG(operation_id(blocker)));
	if (link.err == ERR_NONE)
		response_field(call->response, "Link", buf_str(&link));
	operation_unref(blocker);
}

/* RFC 7240, 4.1; RFC 9110, 15.3.3. */
static void
answer_accepted(struct errand *errand, struct operation *operation)
{
	struct response *response = errand->call.response;
	char applied[sizeof("respond-async, wait=4294967295")];

	ops_answer_status(&errand->call, operation, 202);
	if (response->status != 202)
		return;
	ops_field_location(response, operation);
	(void)snprintf(applied, sizeof(applied),
	    errand->prefer.has_wait ? "respond-async, wait=%u"
	                            : "respond-async",
	    (unsigned)errand->prefer.wait_s);
	response_field_text(response, "Preference-Applied", applied);
}

/*
 * It has waited long enough for others to make way.  What was begun meanwhile,
 * or what others wait for too, is left alone.  False: it has not answered.
 */
static bool
give_up(struct errand *errand, struct operation *operation)
{
	struct operation_snapshot shot;

	operation_look(operation, &shot);
	if (shot.state == OPERATION_QUEUED &&
	    shot.waits_for == OPERATION_WAIT_CLAIM) {
		registry_abandon(errand->call.dav->registry, operation);
		operation_look(operation, &shot);
		if (shot.state == OPERATION_QUEUED ||
		    shot.state == OPERATION_CANCELLED) {
			errand_answer_busy(errand);
			return true;
		}
	}
	atomic_store(&errand->limit_ms, EXCHANGE_NEVER);
	return false;
}

/* Whether there is an answer: the response is filled in then. */
static bool
settle(struct errand *errand)
{
	struct operation *operation = errand->watch.operation;

	if (operation_result(operation) != NULL) {
		(void)answer_result(errand, operation);
		return true;
	}
	if (atomic_load(&errand->is_gone)) {
		if (errand->dispatch->on_disconnect == ON_DISCONNECT_CANCEL)
			registry_abandon(errand->call.dav->registry, operation);
		(void)answer_problem(
		    &errand->call, 503, "The client has gone.");
		return true;
	}
	if (now_ms(errand) < atomic_load(&errand->limit_ms))
		return false;
	if (!errand->prefer.respond_async)
		return give_up(errand, operation);
	answer_accepted(errand, operation);
	return true;
}

static void
job_settle(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	errand_watched(errand);
	while (!settle(errand)) {
		/* Once it watches, the answer may come, and all be gone. */
		if (watch_begin(&errand->watch))
			return;
		errand_watched(errand);
	}
	exchange_answer(errand->x);
}

void
errand_operate(struct errand *errand)
{
	enum err err = ERR_NONE;

	if (errand->watch.operation == NULL)
		err = submit(errand);
	if (err != ERR_NONE) {
		(void)answer_refusal(&errand->call, err);
		exchange_answer(errand->x);
		return;
	}
	errand->resume = job_settle;
	job_settle(&errand->job);
}

bool
errand_wait(struct errand *errand, void (*resume)(struct job *job))
{
	struct call *call = &errand->call;
	struct wish wish = { .wait_ms = WISH_FOR_EVER };

	if (call->method->wish == NULL || !call->method->wish(call, &wish))
		return false;
	if (errand->watch.operation == NULL)
		watch(errand, operation_ref(wish.operation));
	errand->resume = resume;
	errand->watch.minds_state = wish.minds_state;
	atomic_store(&errand->version, wish.version);
	atomic_store(&errand->limit_ms, wish.wait_ms == WISH_FOR_EVER
	                                    ? EXCHANGE_NEVER
	                                    : now_ms(errand) + wish.wait_ms);
	return watch_begin(&errand->watch);
}

void
errand_watched(struct errand *errand)
{
	watch_end(&errand->watch);
}

static uint64_t
version_of(struct operation *operation)
{
	struct operation_snapshot shot;

	operation_look(operation, &shot);
	return shot.version;
}

static bool
is_due(const struct errand *errand, int64_t at_ms)
{
	uint64_t version = atomic_load(&errand->version);

	if (at_ms >= atomic_load(&errand->limit_ms))
		return true;
	return version != 0 &&
	       version_of(atomic_load(&errand->operation)) != version;
}

void
errand_wake(struct errand *errand)
{
	int64_t at_ms = now_ms(errand);
	int64_t limit_ms = atomic_load(&errand->limit_ms);

	errand->x->wake_ms = at_ms + POLL_MS;
	if (limit_ms > at_ms && limit_ms < errand->x->wake_ms)
		errand->x->wake_ms = limit_ms;
	if (watch_is_on(&errand->watch) && is_due(errand, at_ms) &&
	    watch_leave(&errand->watch))
		errand_submit(errand, errand->resume);
}

void
errand_abort(struct errand *errand)
{
	atomic_store(&errand->is_gone, true);
	if (watch_leave(&errand->watch))
		errand_submit(errand, errand->resume);
}

uint64_t
errand_progress(struct errand *errand)
{
	struct operation *operation = atomic_load(&errand->operation);

	if (!atomic_load(&errand->is_accepted))
		return 0;
	if (operation != NULL)
		return version_of(operation);
	/* The first 102 of an operation already says where its status is. */
	return errand->call.method->place == PLACE_OPERATION ? 0 : 1;
}

struct telling {
	struct status_uri uris;
	struct str home;
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
	return status_uri_add(
	    &telling->uris, status, uri_path_from(member->path, telling->home));
}

void
errand_describe(struct errand *errand, struct buf *lines)
{
	struct operation *operation = atomic_load(&errand->operation);
	const struct request *request = &errand->x->request;
	struct operation_snapshot shot;
	struct telling telling;

	if (operation == NULL)
		return;
	operation_look(operation, &shot);
	telling.home = errand->call.home;
	telling.status = str_is(shot.method, "DELETE") ? 204 : 201;
	buf_printf(lines, "Location: " OPS_BASE "%.*s\r\n", STR_ARG(shot.id));
	status_uri_progress(
	    lines, shot.counts.members_done, shot.counts.members_total);
	status_uri_begin(
	    &telling.uris, lines, request->scheme, request->authority);
	progress_recent(operation_progress(operation), tell, &telling);
	status_uri_end(&telling.uris);
}

void
errand_done(struct errand *errand)
{
	watch_done(&errand->watch);
	if (errand->call.method != NULL && errand->call.method->free != NULL)
		errand->call.method->free(&errand->call);
	buf_done(&errand->call.body);
	access_unref(errand->call.access);
}
