/*
 * vitals.c - see vitals.h.
 */
#include "apps/vitals.h"

#include "apps/metrics.h"
#include "http/route.h"
#include "net/pool.h"

enum { VISIT_MAGIC = 0x56495441 };

/* One request for one of ours. */
struct visit {
	unsigned magic;
	struct job job;
	struct exchange *x;
	const struct vitals *vitals;
};

static struct visit *
visit_of(struct job *job)
{
	struct visit *visit =
	    (struct visit *)(void *)((char *)job - offsetof(struct visit, job));

	CHECK(visit->magic == VISIT_MAGIC);
	return visit;
}

static void
answer_bytes(struct response *response, int status, const char *type)
{
	response->status = status;
	response->body = RESPONSE_BYTES;
	response_field_text(response, "Content-Type", type);
	response_field_text(response, "Cache-Control", "no-store");
	response_field_text(response, "X-Content-Type-Options", "nosniff");
	if (response->bytes.err != ERR_NONE)
		response->is_short_of_memory = true;
}

/* draft-inadarei-api-health-check. */
static void
job_health(struct job *job)
{
	struct visit *visit = visit_of(job);
	struct response *response = &visit->x->response;
	const char *trouble = visit->vitals->trouble(visit->vitals->context);

	if (trouble == NULL) {
		buf_add_text(&response->bytes, "{\"status\":\"ok\"}\n");
		answer_bytes(response, 200, "application/health+json");
	} else {
		buf_printf(&response->bytes,
		    "{\"status\":\"error\",\"output\":\"%s\"}\n", trouble);
		answer_bytes(response, 503, "application/health+json");
		response_field_text(response, "Retry-After", "5");
	}
	exchange_answer(visit->x);
}

static void
job_metrics(struct job *job)
{
	struct visit *visit = visit_of(job);
	struct response *response = &visit->x->response;

	visit->vitals->write(visit->vitals->context, &response->bytes);
	answer_bytes(response, 200, "text/plain; version=0.0.4; charset=utf-8");
	exchange_answer(visit->x);
}

static void
submit(const struct vitals *vitals, struct exchange *x,
    void (*run)(struct job *job))
{
	struct visit *visit = arena_alloc(&x->arena, sizeof(*visit));

	if (visit == NULL) {
		response_problem(&x->response, 503, "Out of memory.");
		exchange_answer(x);
		return;
	}
	visit->magic = VISIT_MAGIC;
	visit->x = x;
	visit->vitals = vitals;
	visit->job.run = run;
	pool_submit(vitals->pool, &visit->job);
}

/* What a proxy on this machine brings comes from elsewhere. */
static bool
may_have_metrics(const struct vitals *vitals, const struct request *request)
{
	return vitals->metrics_for == VITALS_FOR_ALL ||
	       request->principal.len > 0 ||
	       route_of(request) == ROUTE_LOOPBACK;
}

static void
refuse(struct exchange *x, int status, const char *detail)
{
	response_problem(&x->response, status, detail);
	exchange_answer(x);
}

static void
refuse_method(struct exchange *x)
{
	bool is_options = str_is(x->request.method, "OPTIONS");

	if (is_options)
		x->response.status = 204;
	else
		response_problem(
		    &x->response, 405, "This can only be looked at.");
	response_field_text(&x->response, "Allow", "GET, HEAD, OPTIONS");
	exchange_answer(x);
}

static void
on_start(void *context, struct exchange *x)
{
	const struct vitals *vitals = context;
	const struct request *request = &x->request;
	bool is_path = request->form == TARGET_PATH;
	bool is_health = is_path && str_is(request->path, "/.tarry/health");
	bool is_metrics = is_path && str_is(request->path, "/.tarry/metrics");

	if (!is_health && !is_metrics)
		exchange_hand_on(x, vitals->inner);
	else if (is_metrics && vitals->metrics_for == VITALS_FOR_NOBODY)
		refuse(x, 404, "There are no metrics here: see --metrics.");
	else if (is_metrics && !may_have_metrics(vitals, request))
		refuse(x, 403,
		    "Metrics are for this machine, or for whom the server"
		    " knows by name: see --metrics.");
	else if (!str_is(request->method, "GET") &&
	         !str_is(request->method, "HEAD"))
		refuse_method(x);
	else
		submit(vitals, x, is_health ? job_health : job_metrics);
}

/* The job is short, and answers all the same. */
static void
on_abort(void *context, struct exchange *x)
{
	(void)context;
	(void)x;
}

static void
on_release(void *context, struct exchange *x)
{
	(void)context;
	exchange_free(x);
}

struct handler
vitals_handler(struct vitals *vitals)
{
	/* No other step comes: start has answered. */
	return (struct handler){
		.start = on_start,
		.abort = on_abort,
		.release = on_release,
		.context = vitals,
	};
}
