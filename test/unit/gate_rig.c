/*
 * gate_rig.c - see gate_rig.h.
 */
#include "gate_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/pool.h"

struct gate_rig rig;

static enum err
verify(const struct str *name, struct str secret, struct gate_verdict *out)
{
	atomic_fetch_add(&rig.verify_count, 1);
	if (rig.is_slow) {
		CHECK(sem_post(&rig.entered) == 0);
		CHECK(sem_wait(&rig.go) == 0);
	}
	if (str_is(secret, "unsure"))
		return ERR_AGAIN;
	out->why = "it is bad";
	if (!str_is(secret, "right") && !str_is(secret, "good"))
		return ERR_DENIED;
	memcpy(out->name, name->data, name->len);
	out->name_size = name->len;
	out->until_wall_s = WALL_S + TOKEN_S;
	return ERR_NONE;
}

static enum err
verify_password(void *context, struct str name, struct str password,
    struct gate_verdict *out_verdict)
{
	CHECK(context == &rig);
	return verify(&name, password, out_verdict);
}

static enum err
verify_token(void *context, struct str token, struct gate_verdict *out_verdict)
{
	CHECK(context == &rig);
	return verify(&(struct str)STR("tom"), token, out_verdict);
}

static void
on_failed(void *context, const struct gate_failure *failure)
{
	CHECK(context == &rig);
	atomic_fetch_add(&rig.failure_count, 1);
	(void)snprintf(rig.failure, sizeof(rig.failure), "%.*s %.*s %s",
	    STR_ARG(
	        failure->name.data == NULL ? str_of("(token)") : failure->name),
	    STR_ARG(failure->peer), failure->why);
}

static int64_t
now_ms(void *context)
{
	CHECK(context == &rig);
	return atomic_load(&rig.now_ms);
}

static int64_t
wall_s(void *context)
{
	CHECK(context == &rig);
	return rig.wall_s;
}

static bool
changes_nothing(struct str method)
{
	return str_is(method, "GET");
}

static void
inner_start(void *context, struct exchange *x)
{
	CHECK(context == &rig);
	rig.started++;
	exchange_accept(x);
}

static void
inner_abort(void *context, struct exchange *x)
{
	CHECK(context == &rig);
	(void)x;
	rig.aborted++;
}

static void
inner_release(void *context, struct exchange *x)
{
	CHECK(context == &rig);
	rig.released++;
	exchange_free(x);
}

int
gate_rig_set_up(void **state)
{
	(void)state;
	rig = (struct gate_rig){
		.wall_s = WALL_S,
		.options = {
			.inner = { .start = inner_start, .abort = inner_abort,
			    .release = inner_release, .context = &rig },
			.verifier = { verify_password, verify_token, &rig },
			.pool = pool_new(2),
			.failed = on_failed,
			.now_ms = now_ms,
			.wall_s = wall_s,
			.context = &rig,
			.changes_nothing = changes_nothing,
			.secret = "secret",
		},
	};
	atomic_store(&rig.now_ms, T0);
	rig.loop = loop_new();
	if (rig.loop == NULL || rig.options.pool == NULL ||
	    sem_init(&rig.entered, 0, 0) != 0 || sem_init(&rig.go, 0, 0) != 0)
		return -1;
	return 0;
}

int
gate_rig_tear_down(void **state)
{
	(void)state;
	pool_free(rig.options.pool);
	gate_free(rig.gate);
	loop_stop(rig.loop);
	loop_run(rig.loop);
	loop_free(rig.loop);
	return 0;
}

void
gate_rig_open(void)
{
	assert_int_equal(gate_new(&rig.options, &rig.gate), ERR_NONE);
	rig.handler = gate_handler(rig.gate);
}

/* As a session does when another thread has completed a step. */
static void
on_resumed(struct exchange *x)
{
	CHECK(x->event != EXCHANGE_NOTHING);
	rig.waiting--;
	if (rig.waiting == 0)
		loop_stop(rig.loop);
}

void
gate_rig_arrive(struct gate_rig_visit *visit)
{
	struct exchange *x = exchange_new(rig.loop);
	const char *peer = visit->peer == NULL ? "192.0.2.1" : visit->peer;

	assert_non_null(x);
	visit->x = x;
	x->resumed = on_resumed;
	x->request.method =
	    str_of(visit->method == NULL ? "GET" : visit->method);
	x->request.path = str_of(visit->path == NULL ? "/a" : visit->path);
	x->request.scheme = str_of(visit->is_plain ? "http" : "https");
	x->request.peer = str_of(peer);
	x->request.peer_is_loopback = strcmp(peer, "127.0.0.1") == 0;
	x->request.principal = str_of(visit->principal);
	x->request.authority = str_of(visit->authority);
	for (int i = 0; visit->authorization != NULL && i <= visit->is_twice;
	     i++)
		assert_int_equal(fields_add(&x->request.fields, &x->arena,
		                     (struct str)STR("authorization"),
		                     str_of(visit->authorization)),
		    ERR_NONE);
	x->step = EXCHANGE_START;
	x->is_calling = true;
	rig.handler.start(rig.handler.context, x);
	x->is_calling = false;
	if (x->event == EXCHANGE_NOTHING)
		rig.waiting++;
}

void
gate_rig_wait(void)
{
	if (rig.waiting == 0)
		return;
	loop_run(rig.loop);
	loop_free(rig.loop);
	rig.loop = loop_new();
	assert_non_null(rig.loop);
}

int
gate_rig_leave(struct gate_rig_visit *visit, const char *want_principal)
{
	struct exchange *x = visit->x;
	int status = x->response.status;

	assert_int_equal(
	    x->event, status == 0 ? EXCHANGE_ACCEPTED : EXCHANGE_ANSWERED);
	assert_true(str_is(x->request.principal, want_principal));
	x->step = EXCHANGE_IDLE;
	rig.handler.release(rig.handler.context, x);
	return status;
}

int
gate_rig_ask(struct gate_rig_visit visit, const char *want_principal)
{
	gate_rig_arrive(&visit);
	gate_rig_wait();
	return gate_rig_leave(&visit, want_principal);
}
