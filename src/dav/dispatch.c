/*
 * dispatch.c - see dispatch.h.
 */
#include "dav/dispatch.h"

#include "base/limits.h"
#include "dav/access.h"
#include "dav/answer.h"
#include "dav/call.h"
#include "dav/dav.h"
#include "dav/errand.h"
#include "dav/home.h"
#include "dav/method.h"
#include "dav/ops.h"
#include "dav/prepare.h"
#include "net/pool.h"
#include "op/registry.h"

enum {
	ERRAND_MAGIC = 0x45525244,
	COLLECT_SIZE_MAX = 64 * 1024, /* read before anything is checked */
	SWEEP_MS = 60 * 1000,         /* how often old results are dropped */
	WAKE_MS = 1000,               /* how often a wait is looked at */
};

static struct errand *
errand_of(struct exchange *x)
{
	struct errand *errand = x->work;

	CHECK(errand != NULL);
	CHECK(errand->magic == ERRAND_MAGIC);
	return errand;
}

static int64_t
now_ms(const struct errand *errand)
{
	return errand->dispatch->now_ms(errand->dispatch->context);
}

/* Not in the tree: a resource of the server itself. */
static bool
is_ours(const struct request *request)
{
	return request->form == TARGET_PATH && ops_is_ours(request->path);
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
	errand->is_prepared = true;
	if (call->method->place == PLACE_OPERATION) {
		if (errand_check(errand) == STEP_ANSWERED)
			return STEP_ANSWERED;
	} else if (call->method->check(call) == STEP_ANSWERED) {
		return STEP_ANSWERED;
	}
	errand->is_checked = true;
	return STEP_ON;
}

/* Now and then, while somebody has to wait anyway. */
static void
sweep(struct dispatch *dispatch)
{
	int64_t now_ms = dispatch->now_ms(dispatch->context);
	int64_t swept_ms = atomic_load(&dispatch->swept_ms);

	if (now_ms - swept_ms >= SWEEP_MS &&
	    atomic_compare_exchange_strong(
	        &dispatch->swept_ms, &swept_ms, now_ms))
		registry_sweep(dispatch->dav->registry);
}

/* The last step of all but operations: the work under its claim. */
static void
job_run_claimed(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;
	struct exchange *x = errand->x;

	set_time(errand);
	if (!call->method->is_read_only)
		atomic_fetch_add(&errand->dispatch->change_count, 1);
	call->method->run(call);
	if (call->claim.is_granted)
		claim_release(call->dav->claims, &call->claim);
	exchange_answer(x);
}

static void
on_turn(struct turn *turn)
{
	struct errand *errand =
	    (struct errand *)(void *)((char *)turn -
	                              offsetof(struct errand, turn));

	errand_submit(errand, errand->resume);
}

/* Goes on with run when nobody else changes what the call is about. */
static void
claim_and_run(struct errand *errand, void (*run)(struct job *job))
{
	struct call *call = &errand->call;

	if (call->method->claims == NULL) {
		run(&errand->job);
		return;
	}
	call->method->claims(call);
	errand->resume = run;
	errand->turn.table = call->dav->claims;
	errand->turn.claim = &call->claim;
	errand->turn.come = on_turn;
	/* If not now, another thread runs it, perhaps before this returns. */
	if (turn_ask(&errand->turn))
		run(&errand->job);
}

static void
job_give_up(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	/* What was found against it is then all that can be said. */
	if (errand->is_checked)
		errand_answer_busy(errand);
	exchange_answer(errand->x);
}

/* What it waited for has happened, or nobody will read the answer. */
static void
job_run_watched(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	errand_watched(errand);
	job_run_claimed(job);
}

/* The whole request is there, and nothing speaks against it. */
static void
proceed(struct errand *errand)
{
	struct call *call = &errand->call;

	if (errand->is_collected && call->method->body == BODY_UPLOADED &&
	    call->body.len > 0 &&
	    call->method->upload(call, buf_str(&call->body)) == STEP_ANSWERED) {
		exchange_answer(errand->x);
		return;
	}
	sweep(errand->dispatch);
	atomic_store(&errand->is_accepted, true);
	if (call->method->place == PLACE_OPERATION)
		errand_operate(errand);
	else if (call->method->place != PLACE_WATCH)
		claim_and_run(errand, job_run_claimed);
	else if (!errand_wait(errand, job_run_watched))
		job_run_watched(&errand->job);
}

/* Under the claim: the refusal, or, if there is no cause for it, the rest. */
static void
job_confirm(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;
	enum step step;

	response_reset(call->response);
	step = check(errand);
	claim_release(call->dav->claims, &call->claim);
	if (step == STEP_ANSWERED)
		exchange_answer(errand->x);
	else if (errand->is_finished)
		proceed(errand);
	else
		exchange_accept(errand->x);
}

/*
 * While another request changes the same names, check may have seen half of
 * that: what speaks against a request must hold when nobody does.  What is
 * repeated of an operation that has ended is no refusal.
 */
static void
refuse(struct errand *errand)
{
	struct call *call = &errand->call;

	if (errand->is_prepared && errand->watch.operation == NULL &&
	    call->method->claims != NULL)
		claim_and_run(errand, job_confirm);
	else
		exchange_answer(errand->x);
}

static void
job_finish(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	errand->is_finished = true;
	if (!errand->is_checked && check(errand) == STEP_ANSWERED)
		refuse(errand);
	else
		proceed(errand);
}

static void
job_check(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	if (check(errand) == STEP_ANSWERED)
		refuse(errand);
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
job_pull_watched(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	struct call *call = &errand->call;
	bool is_last;

	errand_watched(errand);
	if (atomic_load(&errand->is_gone)) {
		exchange_break(errand->x);
		return;
	}
	set_time(errand);
	is_last = call->method->pull(call, errand->pull_size_max);
	exchange_pulled(errand->x, is_last);
}

static void
job_pull(struct job *job)
{
	struct errand *errand = errand_of_job(job);

	if (!errand_wait(errand, job_pull_watched))
		job_pull_watched(job);
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
	errand->call.access = access_slot_take(dispatch->dav->access);
	prefer_parse(&x->request.fields, &errand->prefer);
	buf_init(&errand->call.body, XML_SIZE_MAX);
	x->work = errand;
	return errand;
}

static void
refuse_method(struct dispatch *dispatch, struct exchange *x)
{
	bool is_known = method_find(x->request.method) != NULL ||
	                method_is_known_elsewhere(x->request.method);

	if (is_known && is_ours(&x->request)) {
		ops_refuse(dispatch->dav, &x->request, &x->response);
	} else if (method_is_known_elsewhere(x->request.method)) {
		response_problem(&x->response, 405,
		    "No resource of this server has this method.");
		response_field_text(&x->response, "Allow", method_allow());
	} else {
		response_problem(
		    &x->response, 501, "This method is not known here.");
	}
	exchange_answer(x);
}

/* It goes on with its method. */
static void
begin(struct errand *errand)
{
	if (errand->call.method->place == PLACE_LOOP || can_collect(errand)) {
		errand->is_collected = true;
		exchange_accept(errand->x);
		return;
	}
	errand_submit(errand, job_check);
}

static void
job_make_home(struct job *job)
{
	struct errand *errand = errand_of_job(job);
	enum err err = home_make(&errand->call);

	if (err != ERR_NONE) {
		(void)answer_error(&errand->call, err);
		exchange_answer(errand->x);
		return;
	}
	begin(errand);
}

static void
on_start(void *context, struct exchange *x)
{
	const struct method *method =
	    is_ours(&x->request)
	        ? ops_method_find(x->request.path, x->request.method)
	        : method_find(x->request.method);
	struct errand *errand;

	if (method == NULL) {
		refuse_method(context, x);
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
	if (is_ours(&x->request)) {
		home_know(&errand->call);
		begin(errand);
		return;
	}
	if (home_enter(&errand->call) == STEP_ANSWERED)
		exchange_answer(x);
	else if (home_is_missing(&errand->call))
		errand_submit(errand, job_make_home);
	else
		begin(errand);
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
		errand_submit(errand, job_upload);
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

/* How long it may have to wait for others, or for an operation's end. */
static void
set_wake(struct errand *errand)
{
	struct exchange *x = errand->x;
	int64_t at_ms = now_ms(errand);
	int64_t wait_ms = errand->dispatch->wait_limit_ms;

	if (errand->call.method->place == PLACE_OPERATION &&
	    errand->prefer.respond_async)
		wait_ms = (int64_t)errand->prefer.wait_s * 1000;
	atomic_store(&errand->limit_ms, at_ms + wait_ms);
	x->wake_ms = at_ms + (wait_ms < WAKE_MS ? wait_ms : WAKE_MS);
}

static void
on_finish(void *context, struct exchange *x)
{
	struct errand *errand = errand_of(x);

	(void)context;
	if (errand->call.method->place != PLACE_LOOP) {
		set_wake(errand);
		errand_submit(errand, job_finish);
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
	if (errand->call.method->place == PLACE_WATCH)
		x->wake_ms = now_ms(errand) + WAKE_MS;
	errand_submit(errand, job_pull);
}

static void
on_wake(void *context, struct exchange *x)
{
	struct errand *errand = errand_of(x);
	bool is_late = now_ms(errand) >= atomic_load(&errand->limit_ms);

	(void)context;
	errand_wake(errand);
	if (is_late && turn_leave(&errand->turn))
		errand_submit(errand, job_give_up);
}

/* An operation goes on: whoever asks again finds it under way, or done. */
static void
on_abort(void *context, struct exchange *x)
{
	struct errand *errand = x->work;

	(void)context;
	if (errand != NULL)
		errand_abort(errand);
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
		errand_submit(errand, job_release);
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
		.wake = on_wake,
		.abort = on_abort,
		.release = on_release,
		.progress = on_progress,
		.describe = on_describe,
		.context = dispatch,
	};
}
