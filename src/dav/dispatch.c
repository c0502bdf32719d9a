/*
 * dispatch.c - see dispatch.h.
 */
#include "dav/dispatch.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/call.h"
#include "dav/dav.h"
#include "dav/errand.h"
#include "dav/method.h"
#include "dav/prepare.h"
#include "net/pool.h"

enum {
	ERRAND_MAGIC = 0x45525244,
	COLLECT_SIZE_MAX = 64 * 1024, /* read before anything is checked */
};

/* Whether the claim was granted while it was asked for, or later. */
enum turn { TURN_ASKING, TURN_GRANTED, TURN_WAITING };

static struct errand *
errand_of(struct exchange *x)
{
	struct errand *errand = x->work;

	CHECK(errand != NULL);
	CHECK(errand->magic == ERRAND_MAGIC);
	return errand;
}

static void
submit(struct errand *errand, void (*run)(struct job *job))
{
	errand->job.run = run;
	pool_submit(errand->dispatch->pool, &errand->job);
}

static void
set_time(struct errand *errand)
{
	struct dispatch *dispatch = errand->dispatch;

	errand->call.now_ms = dispatch->now_ms(dispatch->context);
	errand->call.wall_s = dispatch->wall_s(dispatch->context);
}

static enum step
check(struct errand *errand)
{
	struct call *call = &errand->call;

	set_time(errand);
	if (prepare_call(call) == STEP_ANSWERED)
		return STEP_ANSWERED;
	if (call->method->check(call) == STEP_ANSWERED)
		return STEP_ANSWERED;
	errand->is_checked = true;
	return STEP_ON;
}

/* The last step of all but operations: the work under its claim. */
static void
run_claimed(struct errand *errand)
{
	struct call *call = &errand->call;
	struct exchange *x = errand->x;

	set_time(errand);
	call->method->run(call);
	if (call->claim.is_granted)
		claim_release(call->dav->claims, &call->claim);
	exchange_answer(x);
}

static void
job_run_claimed(struct job *job)
{
	run_claimed(errand_of_job(job));
}

static void
on_granted(struct claim *claim)
{
	struct errand *errand = claim->context;
	int turn = TURN_ASKING;

	if (!atomic_compare_exchange_strong(&errand->turn, &turn, TURN_GRANTED))
		submit(errand, job_run_claimed);
}

static void
claim_and_run(struct errand *errand)
{
	struct call *call = &errand->call;
	int turn = TURN_ASKING;

	if (call->method->claims == NULL) {
		run_claimed(errand);
		return;
	}
	call->claim.granted = on_granted;
	call->claim.context = errand;
	call->method->claims(call);
	atomic_store(&errand->turn, TURN_ASKING);
	claim_ask(call->dav->claims, &call->claim);
	/* From here on another thread may have granted it, and run it. */
	if (!atomic_compare_exchange_strong(&errand->turn, &turn, TURN_WAITING))
		run_claimed(errand);
}

/* The whole request is there: whatever was not done yet. */
static void
job_finish(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;

	if (!errand->is_checked && check(errand) == STEP_ANSWERED) {
		exchange_answer(errand->x);
		return;
	}
	if (errand->is_collected && call->method->body == BODY_UPLOADED &&
	    call->body.len > 0 &&
	    call->method->upload(call, buf_str(&call->body)) == STEP_ANSWERED) {
		exchange_answer(errand->x);
		return;
	}
	atomic_store(&errand->is_accepted, true);
	if (call->method->place == PLACE_OPERATION)
		errand_operate(errand);
	else
		claim_and_run(errand);
}

static void
job_check(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	if (check(errand) == STEP_ANSWERED)
		exchange_answer(errand->x);
	else
		exchange_accept(errand->x);
}

static void
job_upload(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;

	if (call->method->upload(call, errand->piece) == STEP_ANSWERED)
		exchange_answer(errand->x);
	else
		exchange_took(errand->x);
}

static void
job_pull(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;
	bool is_last;

	set_time(errand);
	is_last = call->method->pull(call, errand->pull_size_max);
	exchange_pulled(errand->x, is_last);
}

static void
job_release(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct exchange *x = errand->x;

	errand_done(errand);
	exchange_free(x);
}

static enum step
answer_oversized(struct call *call)
{
	return answer_problem(call, 413,
	    "The content is larger than this server takes: see --max-body.");
}

/* What can be told from the request line and the framing alone. */
static enum step
refuse_at_once(struct errand *errand)
{
	struct call *call = &errand->call;
	const struct request *request = call->request;

	if (request->form == TARGET_ASTERISK &&
	    call->method->place != PLACE_LOOP)
		return answer_problem(
		    call, 400, "This method needs a path, not \"*\".");
	if (!request->has_body || request->body_size == 0)
		return STEP_ON;
	if (call->method->body == BODY_REFUSED)
		return answer_problem(
		    call, 415, "This method takes no content: send none.");
	if (call->method->body == BODY_UPLOADED &&
	    request->body_size != BODY_SIZE_UNKNOWN &&
	    request->body_size > call->dav->body_size_max)
		return answer_oversized(call);
	if (call->method->body == BODY_XML &&
	    request->body_size != BODY_SIZE_UNKNOWN &&
	    request->body_size > XML_SIZE_MAX)
		return answer_problem(
		    call, 413, "An XML body may have at most 1 MiB.");
	return STEP_ON;
}

static bool
can_collect(const struct errand *errand)
{
	const struct request *request = &errand->x->request;

	if (request->expects_continue || errand->x->prefers_processing)
		return false;
	return errand->call.method->body != BODY_UPLOADED ||
	       request->body_size <= COLLECT_SIZE_MAX;
}

static struct errand *
errand_new(struct dispatch *dispatch, struct exchange *x)
{
	struct errand *errand = arena_alloc(&x->arena, sizeof(*errand));

	if (errand == NULL)
		return NULL;
	errand->magic = ERRAND_MAGIC;
	errand->dispatch = dispatch;
	errand->x = x;
	errand->call.dav = dispatch->dav;
	errand->call.request = &x->request;
	errand->call.response = &x->response;
	errand->call.path = x->request.path;
	buf_init(&errand->call.body, XML_SIZE_MAX);
	x->work = errand;
	return errand;
}

static void
refuse_method(struct exchange *x)
{
	if (method_is_known_elsewhere(x->request.method)) {
		response_problem(&x->response, 405,
		    "No resource of this server has this method.");
		response_field_text(&x->response, "Allow", method_allow());
	} else {
		response_problem(
		    &x->response, 501, "This method is not known here.");
	}
	exchange_answer(x);
}

static void
on_start(void *context, struct exchange *x)
{
	const struct method *method = method_find(x->request.method);
	struct errand *errand;

	if (method == NULL) {
		refuse_method(x);
		return;
	}
	errand = errand_new(context, x);
	if (errand == NULL) {
		response_problem(&x->response, 503, "Out of memory.");
		exchange_answer(x);
		return;
	}
	errand->call.method = method;
	if (refuse_at_once(errand) == STEP_ANSWERED) {
		exchange_answer(x);
		return;
	}
	if (method->place == PLACE_LOOP || can_collect(errand)) {
		errand->is_collected = true;
		exchange_accept(x);
		return;
	}
	submit(errand, job_check);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	struct errand *errand = errand_of(x);
	struct call *call = &errand->call;

	(void)context;
	errand->body_size += octets.len;
	if (call->method->body == BODY_UPLOADED &&
	    errand->body_size > call->dav->body_size_max) {
		(void)answer_oversized(call);
		exchange_answer(x);
		return;
	}
	if (call->method->body == BODY_UPLOADED && !errand->is_collected) {
		errand->piece = octets;
		submit(errand, job_upload);
		return;
	}
	if (call->method->body != BODY_IGNORED)
		buf_add_str(&call->body, octets);
	if (call->body.err == ERR_NONE) {
		exchange_took(x);
		return;
	}
	(void)answer_problem(call, 413, "An XML body may have at most 1 MiB.");
	exchange_answer(x);
}

static void
on_finish(void *context, struct exchange *x)
{
	struct errand *errand = errand_of(x);

	(void)context;
	if (errand->call.method->place != PLACE_LOOP) {
		submit(errand, job_finish);
		return;
	}
	if (check(errand) == STEP_ON)
		errand->call.method->run(&errand->call);
	exchange_answer(x);
}

static void
on_pull(void *context, struct exchange *x, size_t size_max)
{
	struct errand *errand = errand_of(x);

	(void)context;
	errand->pull_size_max = size_max;
	submit(errand, job_pull);
}

static void
on_abort(void *context, struct exchange *x)
{
	(void)context;
	(void)x; /* the work goes on: whoever asks again finds it done */
}

static void
on_release(void *context, struct exchange *x)
{
	struct errand *errand = x->work;

	(void)context;
	if (errand == NULL) {
		exchange_free(x);
		return;
	}
	if (errand->call.method->place == PLACE_LOOP &&
	    x->response.body != RESPONSE_PULLED)
		job_release(&errand->job);
	else
		submit(errand, job_release);
}

static uint64_t
on_progress(void *context, struct exchange *x)
{
	(void)context;
	return errand_progress(errand_of(x));
}

static void
on_describe(void *context, struct exchange *x, struct buf *lines)
{
	(void)context;
	errand_describe(errand_of(x), lines);
}

struct handler
dispatch_handler(struct dispatch *dispatch)
{
	return (struct handler){
		.start = on_start,
		.body = on_body,
		.finish = on_finish,
		.pull = on_pull,
		.abort = on_abort,
		.release = on_release,
		.progress = on_progress,
		.describe = on_describe,
		.context = dispatch,
	};
}
