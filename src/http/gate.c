/*
 * gate.c - see gate.h.
 */
#include "http/gate.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "http/gate_inside.h"
#include "http/uri.h"

enum { AGAIN_S = 5 };

enum err
gate_new(const struct gate_options *options, struct gate **out_gate)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (gate == NULL)
		return ERR_MEMORY;
	gate->options = *options;
	if (pthread_mutex_init(&gate->mutex, NULL) != 0 ||
	    throttle_init(&gate->throttle) != ERR_NONE ||
	    gate_cache_init(&gate->cache) != ERR_NONE) {
		free(gate);
		return ERR_SYSTEM;
	}
	*out_gate = gate;
	return ERR_NONE;
}

void
gate_free(struct gate *gate)
{
	if (gate == NULL)
		return;
	CHECK(gate->checks == NULL);
	gate_cache_done(&gate->cache);
	throttle_done(&gate->throttle);
	CHECK(pthread_mutex_destroy(&gate->mutex) == 0);
	OPENSSL_cleanse(gate->options.secret, GATE_SECRET_SIZE);
	free(gate);
}

void
gate_forget(struct gate *gate)
{
	gate_cache_clear(&gate->cache);
}

static const struct handler *
inner_of(const struct gate_visit *visit)
{
	return &visit->gate->options.inner;
}

static void
enter(struct gate_visit *visit)
{
	const struct handler *inner = inner_of(visit);

	visit->state = GATE_VISIT_INSIDE;
	inner->start(inner->context, visit->x);
}

static void
enter_as(struct gate_visit *visit)
{
	visit->x->request.principal = str_make(visit->name, visit->name_size);
	enter(visit);
}

static void
answer(struct gate_visit *visit, int status, const char *detail)
{
	visit->state = GATE_VISIT_ANSWERED;
	response_problem(&visit->x->response, status, detail);
	exchange_answer(visit->x);
}

static void
answer_later(
    struct gate_visit *visit, int status, const char *detail, uint64_t after_s)
{
	response_field_u64(&visit->x->response, "Retry-After", after_s);
	answer(visit, status, detail);
}

/* How it can say who it is, over this connection; if there is a way. */
static void
add_challenges(
    const struct gate *gate, bool has_token, struct response *response)
{
	const struct gate_verifier *verifier = &gate->options.verifier;

	if (verifier->password != NULL)
		response_field_text(response, "WWW-Authenticate",
		    "Basic realm=\"tarry\", charset=\"UTF-8\"");
	/* RFC 6750, 3.1: nothing of an error to whom showed no token. */
	if (verifier->token != NULL)
		response_field_text(response, "WWW-Authenticate",
		    has_token
		        ? "Bearer realm=\"tarry\", error=\"invalid_token\""
		        : "Bearer realm=\"tarry\"");
}

static void
answer_unknown(struct gate_visit *visit, const char *detail)
{
	add_challenges(
	    visit->gate, visit->credentials.token.len > 0, &visit->x->response);
	answer(visit, 401, detail);
}

/* Whether credentials are safe on their way. */
static bool
is_private(const struct gate *gate, const struct request *request)
{
	return str_is(request->scheme, "https") || request->peer_is_loopback ||
	       gate->options.trusts_plain_text;
}

bool
gate_challenge(const struct gate *gate, const struct request *request,
    struct response *out_response)
{
	const struct gate_verifier *verifier = &gate->options.verifier;

	if ((verifier->password == NULL && verifier->token == NULL) ||
	    !is_private(gate, request))
		return false;
	if (out_response != NULL)
		add_challenges(gate, false, out_response);
	return true;
}

static void
refuse_anonymous(struct gate_visit *visit)
{
	const struct gate_verifier *verifier = &visit->gate->options.verifier;

	if (verifier->password == NULL && verifier->token == NULL)
		answer(visit, 403,
		    "Only clients whose certificate names a user may do this.");
	else if (!is_private(visit->gate, &visit->x->request))
		answer(visit, 403,
		    "Only users may do this, and they are known over https "
		    "only.");
	else
		answer_unknown(visit, "Only users may do this: log in.");
}

static bool
is_read_of(const struct request *request, const char *path)
{
	return str_is(request->path, path) &&
	       (str_is(request->method, "GET") ||
	           str_is(request->method, "HEAD"));
}

static bool
may_be_anonymous(const struct gate_visit *visit)
{
	const struct gate_options *options = &visit->gate->options;
	const struct request *request = &visit->x->request;

	if (is_read_of(request, GATE_JUDGED_PATH))
		return true;
	switch (options->anonymous) {
	case GATE_ANONYMOUS_NONE:
		return false;
	case GATE_ANONYMOUS_READ:
		return options->changes_nothing(request->method);
	case GATE_ANONYMOUS_WRITE:
	case GATE_ANONYMOUS_NEAR:
		return true;
	}
	return false;
}

/* On the loop again. */
static void
on_checked(struct loop_post *post)
{
	struct gate_visit *visit =
	    (struct gate_visit *)(void *)((char *)post -
	                                  offsetof(struct gate_visit, post));

	CHECK(visit->magic == GATE_VISIT_MAGIC);
	CHECK(visit->state == GATE_VISIT_CHECKED);
	if (visit->is_gone)
		answer(visit, 503, NULL); /* nobody reads it */
	else if (visit->err == ERR_NONE)
		enter_as(visit);
	else if (visit->err == ERR_DENIED)
		answer_unknown(
		    visit, "The user, the password or the token is wrong.");
	else
		answer_later(visit, 503,
		    "It cannot be told now who you are: try again.", AGAIN_S);
}

static void
check(struct gate_visit *visit)
{
	int64_t wait_ms = 0;

	visit->post.run = on_checked;
	visit->state = GATE_VISIT_CHECKED;
	/* From then on it may be on its way back already. */
	switch (gate_check_join(visit, &wait_ms)) {
	case GATE_CHECK_STARTED:
		return;
	case GATE_CHECK_LATER:
		answer_later(visit, 429,
		    "Too many wrong passwords came from this address or for "
		    "this user.",
		    (uint64_t)(wait_ms + 999) / 1000);
		return;
	case GATE_CHECK_FULL:
		answer_later(visit, 503,
		    "Too many are logging in at once: try again.", AGAIN_S);
		return;
	}
}

/* Whether this server knows such credentials, well-formed ones. */
static bool
can_verify(const struct gate_visit *visit)
{
	const struct gate_verifier *verifier = &visit->gate->options.verifier;

	return visit->credentials.scheme == CREDENTIALS_BASIC
	           ? verifier->password != NULL
	           : verifier->token != NULL;
}

static void
identify(struct gate_visit *visit, struct str authorization)
{
	struct exchange *x = visit->x;
	struct gate *gate = visit->gate;
	enum err err;

	if (!is_private(gate, &x->request)) {
		answer(visit, 403,
		    "Credentials came over plain text, where others can read "
		    "them: use https, and another password.");
		return;
	}
	err = credentials_parse(authorization, &x->arena, &visit->credentials);
	if (err != ERR_NONE || !can_verify(visit)) {
		answer_unknown(visit, "Such credentials are not known here.");
		return;
	}
	gate_check_digest(visit, authorization);
	visit->name_size = gate_cache_get(&gate->cache, visit->digest,
	    gate->options.now_ms(gate->options.context), visit->name);
	if (visit->name_size > 0)
		enter_as(visit);
	else
		check(visit);
}

static bool
is_misled(const struct gate_visit *visit)
{
	return visit->gate->options.anonymous == GATE_ANONYMOUS_NEAR &&
	       !uri_authority_is_near(visit->x->request.authority);
}

static void
decide(struct gate_visit *visit)
{
	const struct gate_verifier *verifier = &visit->gate->options.verifier;
	const struct request *request = &visit->x->request;
	size_t count = fields_count(&request->fields, "Authorization");

	if (verifier->password == NULL && verifier->token == NULL)
		count = 0; /* nothing that it says could be verified */
	if (request->principal.len > 0 || is_read_of(request, GATE_OPEN_PATH))
		enter(visit);
	else if (is_misled(visit))
		answer(visit, 421,
		    "Nobody has to log in here, so this server answers to "
		    "names of this machine only, such as localhost. If the "
		    "name is meant to lead here, start it with --anonymous "
		    "read or --anonymous write.");
	else if (count > 1)
		answer(visit, 400, "There is more than one Authorization.");
	else if (count == 1)
		identify(visit, fields_get(&request->fields, "Authorization"));
	else if (may_be_anonymous(visit))
		enter(visit);
	else
		refuse_anonymous(visit);
}

static void
on_start(void *context, struct exchange *x)
{
	struct gate_visit *visit = arena_alloc(&x->arena, sizeof(*visit));

	x->visit = visit;
	if (visit == NULL) {
		response_problem(&x->response, 503, "Out of memory.");
		exchange_answer(x);
		return;
	}
	visit->magic = GATE_VISIT_MAGIC;
	visit->gate = context;
	visit->x = x;
	decide(visit);
}

/* Only what went inside has more than a start. */
static const struct handler *
inside(const struct exchange *x)
{
	const struct gate_visit *visit = x->visit;

	CHECK(visit != NULL);
	CHECK(visit->magic == GATE_VISIT_MAGIC);
	CHECK(visit->state == GATE_VISIT_INSIDE);
	return inner_of(visit);
}

static void
on_body(void *context, struct exchange *x, struct str octets)
{
	const struct handler *inner = inside(x);

	(void)context;
	inner->body(inner->context, x, octets);
}

static void
on_finish(void *context, struct exchange *x)
{
	const struct handler *inner = inside(x);

	(void)context;
	inner->finish(inner->context, x);
}

static void
on_pull(void *context, struct exchange *x, size_t size_max)
{
	const struct handler *inner = inside(x);

	(void)context;
	inner->pull(inner->context, x, size_max);
}

static void
on_wake(void *context, struct exchange *x)
{
	const struct handler *inner = inside(x);

	(void)context;
	inner->wake(inner->context, x);
}

static void
on_abort(void *context, struct exchange *x)
{
	struct gate_visit *visit = x->visit;
	const struct handler *inner;

	(void)context;
	if (visit == NULL || visit->state == GATE_VISIT_ANSWERED)
		return;
	if (visit->state == GATE_VISIT_CHECKED) {
		visit->is_gone = true;
		return;
	}
	inner = inside(x);
	inner->abort(inner->context, x);
}

static void
on_release(void *context, struct exchange *x)
{
	const struct gate_visit *visit = x->visit;
	const struct handler *inner;

	(void)context;
	if (visit == NULL || visit->state != GATE_VISIT_INSIDE) {
		exchange_free(x);
		return;
	}
	inner = inside(x);
	inner->release(inner->context, x);
}

static uint64_t
on_progress(void *context, struct exchange *x)
{
	const struct handler *inner = inside(x);

	(void)context;
	return inner->progress(inner->context, x);
}

static void
on_describe(void *context, struct exchange *x, struct buf *lines)
{
	const struct handler *inner = inside(x);

	(void)context;
	inner->describe(inner->context, x, lines);
}

struct handler
gate_handler(struct gate *gate)
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
		.context = gate,
	};
}
