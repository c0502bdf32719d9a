/*
 * gate_test.c - who is let through, as whom, and what the others are told.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/gate.h"
#include "http/gate_cache.h"
#include "http/throttle.h"
#include "net/pool.h"

#define ANN_RIGHT "Basic YW5uOnJpZ2h0"
#define ANN_WRONG "Basic YW5uOndyb25n"
#define ANN_UNSURE "Basic YW5uOnVuc3VyZQ=="
#define TOKEN_GOOD "Bearer good"
#define TOKEN_BAD "Bearer bad"
#define BASIC "Basic realm=\"tarry\", charset=\"UTF-8\""
#define BEARER "Bearer realm=\"tarry\""

enum { T0 = 1000000, WALL_S = 5000, TOKEN_S = 100 };

/* A gate, what it stands before, and what it asks. */
struct rig {
	struct gate_options options;
	struct gate *gate;
	struct handler handler;
	struct loop *loop;
	_Atomic int64_t now_ms;
	int64_t wall_s;
	atomic_int verify_count;
	atomic_int failure_count;
	char failure[128];
	sem_t entered; /* while is_slow: a verification has begun */
	sem_t go;      /* ... and may end */
	bool is_slow;
	int started, aborted, released;
	int waiting; /* for the loop */
};

struct visit {
	struct exchange *x;
	const char *method;
	const char *path;
	const char *authorization;
	const char *peer;
	const char *principal; /* of a certificate */
	bool is_plain;
	bool is_twice; /* the authorization */
};

static struct rig rig;

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

static int
set_up(void **state)
{
	(void)state;
	rig = (struct rig){
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

static int
tear_down(void **state)
{
	(void)state;
	pool_free(rig.options.pool);
	gate_free(rig.gate);
	loop_stop(rig.loop);
	loop_run(rig.loop);
	loop_free(rig.loop);
	return 0;
}

static void
open_gate(void)
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

static void
arrive(struct visit *visit)
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

static void
wait_for_all(void)
{
	if (rig.waiting == 0)
		return;
	loop_run(rig.loop);
	loop_free(rig.loop);
	rig.loop = loop_new();
	assert_non_null(rig.loop);
}

/* 0: it went through; else the status that it was answered with. */
static int
leave(struct visit *visit, const char *want_principal)
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

static int
ask(struct visit visit, const char *want_principal)
{
	arrive(&visit);
	wait_for_all();
	return leave(&visit, want_principal);
}

static void
lets_through_who_is_right(void **state)
{
	(void)state;
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_RIGHT }, "ann"), 0);
	assert_int_equal(
	    ask((struct visit){ .authorization = TOKEN_GOOD }, "tom"), 0);
	assert_int_equal(ask((struct visit){ .principal = "cert" }, "cert"), 0);
	assert_int_equal(rig.started, 3);
	assert_int_equal(rig.released, 3);
	assert_int_equal(rig.failure_count, 0);
}

static void
a_certificate_counts_more_than_a_password(void **state)
{
	(void)state;
	open_gate();
	assert_int_equal(ask((struct visit){ .principal = "cert",
	                         .authorization = ANN_WRONG },
	                     "cert"),
	    0);
	assert_int_equal(rig.verify_count, 0);
}

static void
tells_the_log_who_was_wrong(void **state)
{
	(void)state;
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_WRONG }, ""), 401);
	assert_string_equal(rig.failure, "ann 192.0.2.1 it is bad");
	assert_int_equal(
	    ask((struct visit){ .authorization = TOKEN_BAD }, ""), 401);
	assert_string_equal(rig.failure, "(token) 192.0.2.1 it is bad");
	assert_int_equal(rig.started, 0);
	assert_int_equal(rig.released, 0);
}

/* The challenges of the answer, in their order, with a line's end each. */
static void
check_challenges(struct visit visit, int status, const char *want)
{
	char got[256] = "";
	size_t size = 0;

	arrive(&visit);
	wait_for_all();
	for (size_t i = 0; i < visit.x->response.fields.count; i++) {
		const struct field *field = &visit.x->response.fields.items[i];

		if (str_is(field->name, "WWW-Authenticate"))
			size += (size_t)snprintf(got + size, sizeof(got) - size,
			    "%.*s\n", STR_ARG(field->value));
	}
	assert_string_equal(got, want);
	assert_int_equal(leave(&visit, ""), status);
}

static void
challenges_with_what_there_is(void **state)
{
	static const struct visit nobody = { .authorization = NULL };
	static const struct visit wrong = { .authorization = ANN_WRONG };
	static const struct visit bad = { .authorization = TOKEN_BAD };

	(void)state;
	open_gate();
	check_challenges(nobody, 401, BASIC "\n" BEARER "\n");
	check_challenges(wrong, 401, BASIC "\n" BEARER "\n");
	check_challenges(
	    bad, 401, BASIC "\n" BEARER ", error=\"invalid_token\"\n");
	gate_free(rig.gate);
	rig.options.verifier.token = NULL;
	open_gate();
	check_challenges(nobody, 401, BASIC "\n");
	check_challenges(bad, 401, BASIC "\n");
	gate_free(rig.gate);
	rig.options.verifier.password = NULL;
	rig.options.verifier.token = verify_token;
	open_gate();
	check_challenges(wrong, 401, BEARER "\n");
	gate_free(rig.gate);
	rig.options.verifier.token = NULL;
	open_gate();
	check_challenges(nobody, 403, "");
	check_challenges(wrong, 403, "");
}

static void
what_is_malformed_is_answered_at_once(void **state)
{
	static const char *const rows[] = { "", "Basic",
		"Basic YWI=", "Digest a=b", "Bearer a b" };

	(void)state;
	open_gate();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    ask((struct visit){ .authorization = rows[i] }, ""), 401);
	assert_int_equal(rig.verify_count, 0);
}

static void
anonymous_is_a_choice(void **state)
{
	static const struct {
		enum gate_anonymous anonymous;
		const char *method;
		const char *path;
		int want;
	} rows[] = {
		{ GATE_ANONYMOUS_NONE, "GET", "/a", 401 },
		{ GATE_ANONYMOUS_NONE, "OPTIONS", "/a", 401 },
		{ GATE_ANONYMOUS_NONE, "GET", GATE_OPEN_PATH, 0 },
		{ GATE_ANONYMOUS_NONE, "HEAD", GATE_OPEN_PATH, 0 },
		{ GATE_ANONYMOUS_NONE, "PUT", GATE_OPEN_PATH, 401 },
		{ GATE_ANONYMOUS_NONE, "GET", GATE_OPEN_PATH "/a", 401 },
		{ GATE_ANONYMOUS_READ, "GET", "/a", 0 },
		{ GATE_ANONYMOUS_READ, "PUT", "/a", 401 },
		{ GATE_ANONYMOUS_READ, "BREW", "/a", 401 },
		{ GATE_ANONYMOUS_WRITE, "GET", "/a", 0 },
		{ GATE_ANONYMOUS_WRITE, "PUT", "/a", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig.options.anonymous = rows[i].anonymous;
		open_gate();
		assert_int_equal(ask((struct visit){ .method = rows[i].method,
		                         .path = rows[i].path },
		                     ""),
		    rows[i].want);
		gate_free(rig.gate);
		rig.gate = NULL;
	}
}

static void
a_wrong_password_is_no_anonymous(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_WRONG }, ""), 401);
}

static void
without_users_nothing_is_verified(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	rig.options.verifier = (struct gate_verifier){ .context = &rig };
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_WRONG }, ""), 0);
}

static void
takes_no_password_over_plain_text(void **state)
{
	static const struct {
		const char *peer;
		const char *authorization;
		bool trusts_plain_text;
		int want;
	} rows[] = {
		{ "192.0.2.1", ANN_RIGHT, false, 403 },
		{ "192.0.2.1", TOKEN_GOOD, false, 403 },
		{ "192.0.2.1", NULL, false, 403 },
		{ "192.0.2.1", ANN_RIGHT, true, 0 },
		{ "192.0.2.1", NULL, true, 401 },
		{ "127.0.0.1", ANN_RIGHT, false, 0 },
		{ "127.0.0.1", NULL, false, 401 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig.options.trusts_plain_text = rows[i].trusts_plain_text;
		open_gate();
		assert_int_equal(ask((struct visit){ .peer = rows[i].peer,
		                         .authorization = rows[i].authorization,
		                         .is_plain = true },
		                     rows[i].want == 0 ? "ann" : ""),
		    rows[i].want);
		gate_free(rig.gate);
		rig.gate = NULL;
	}
	assert_int_equal(rig.verify_count, 2);
}

static void
remembers_who_was_right_for_two_minutes(void **state)
{
	static const struct visit ann = { .authorization = ANN_RIGHT };

	(void)state;
	rig.wall_s = 0; /* a token would be good for longer */
	open_gate();
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 1);
	atomic_store(&rig.now_ms, T0 + GATE_CACHE_MS);
	assert_int_equal(ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
remembers_a_token_no_longer_than_it_is_good(void **state)
{
	static const struct visit tom = { .authorization = TOKEN_GOOD };

	(void)state;
	open_gate();
	assert_int_equal(ask(tom, "tom"), 0);
	atomic_store(&rig.now_ms, T0 + TOKEN_S * 1000 - 1);
	assert_int_equal(ask(tom, "tom"), 0);
	assert_int_equal(rig.verify_count, 1);
	atomic_store(&rig.now_ms, T0 + TOKEN_S * 1000);
	assert_int_equal(ask(tom, "tom"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
verifies_again_what_it_was_told_to_forget(void **state)
{
	static const struct visit ann = { .authorization = ANN_RIGHT };

	(void)state;
	open_gate();
	assert_int_equal(ask(ann, "ann"), 0);
	gate_forget(rig.gate);
	assert_int_equal(ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
remembers_no_failure(void **state)
{
	(void)state;
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_WRONG }, ""), 401);
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_WRONG }, ""), 401);
	assert_int_equal(rig.verify_count, 2);
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_RIGHT }, "ann"), 0);
}

static void
says_when_to_try_again(void **state)
{
	static const struct visit wrong = { .authorization = ANN_WRONG };
	struct visit late = { .authorization = ANN_RIGHT };

	(void)state;
	open_gate();
	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(ask(wrong, ""), 401);
	arrive(&late);
	assert_true(
	    str_is(fields_get(&late.x->response.fields, "Retry-After"), "1"));
	assert_int_equal(leave(&late, ""), 429);
	assert_int_equal(rig.verify_count, THROTTLE_NAME_COUNT);
	atomic_store(&rig.now_ms, T0 + 1000);
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_RIGHT }, "ann"), 0);
}

static void
counts_a_network_of_ipv6_as_one(void **state)
{
	struct visit other = { .authorization = TOKEN_GOOD };

	(void)state;
	open_gate();
	for (int i = 0; i < THROTTLE_ADDRESS_COUNT; i++) {
		char peer[64];

		(void)snprintf(peer, sizeof(peer), "2001:db8::%x:1", i);
		assert_int_equal(ask((struct visit){ .authorization = TOKEN_BAD,
		                         .peer = peer },
		                     ""),
		    401);
	}
	other.peer = "2001:db8::ffff:ffff:ffff:ffff";
	assert_int_equal(ask(other, ""), 429);
	other.peer = "2001:db8:0:1::1";
	assert_int_equal(ask(other, "tom"), 0);
	other.peer = "::ffff:192.0.2.1";
	assert_int_equal(ask(other, "tom"), 0);
}

static void
an_address_is_the_same_by_ipv6(void **state)
{
	struct visit visit = { .authorization = TOKEN_BAD };

	(void)state;
	open_gate();
	for (int i = 0; i < THROTTLE_ADDRESS_COUNT; i++) {
		visit.peer = i % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1";
		assert_int_equal(ask(visit, ""), 401);
	}
	assert_int_equal(ask(visit, ""), 429);
	visit.peer = "::ffff:192.0.2.2";
	assert_int_equal(ask(visit, ""), 401);
}

static void
does_not_count_this_machine(void **state)
{
	(void)state;
	open_gate();
	for (int i = 0; i < 2 * THROTTLE_ADDRESS_COUNT; i++)
		assert_int_equal(ask((struct visit){ .authorization = TOKEN_BAD,
		                         .peer = "127.0.0.1" },
		                     ""),
		    401);
}

static void
says_so_when_nobody_can_tell(void **state)
{
	(void)state;
	open_gate();
	for (int i = 0; i < 2 * THROTTLE_ADDRESS_COUNT; i++)
		assert_int_equal(
		    ask((struct visit){ .authorization = ANN_UNSURE }, ""),
		    503);
	assert_int_equal(rig.failure_count, 0);
}

static void
the_same_at_once_is_verified_once(void **state)
{
	struct visit visits[3] = { { .authorization = ANN_RIGHT },
		{ .authorization = ANN_RIGHT },
		{ .authorization = ANN_RIGHT, .peer = "192.0.2.2" } };

	(void)state;
	rig.is_slow = true;
	open_gate();
	arrive(&visits[0]);
	assert_int_equal(sem_wait(&rig.entered), 0);
	arrive(&visits[1]);
	arrive(&visits[2]); /* from elsewhere: another's own */
	assert_int_equal(sem_wait(&rig.entered), 0);
	assert_int_equal(sem_post(&rig.go), 0);
	assert_int_equal(sem_post(&rig.go), 0);
	wait_for_all();
	for (int i = 0; i < 3; i++)
		assert_int_equal(leave(&visits[i], "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
so_many_wait_and_no_more(void **state)
{
	static struct visit visits[GATE_CHECK_COUNT_MAX + 1];
	static char peers[GATE_CHECK_COUNT_MAX + 1][32];

	(void)state;
	rig.is_slow = true;
	open_gate();
	for (int i = 0; i < GATE_CHECK_COUNT_MAX + 1; i++) {
		(void)snprintf(
		    peers[i], sizeof(peers[i]), "10.0.%d.%d", i / 256, i % 256);
		visits[i] = (struct visit){ .authorization = TOKEN_GOOD,
			.peer = peers[i] };
		arrive(&visits[i]);
	}
	for (int i = 0; i < GATE_CHECK_COUNT_MAX; i++)
		assert_int_equal(sem_post(&rig.go), 0);
	wait_for_all();
	for (int i = 0; i < GATE_CHECK_COUNT_MAX; i++)
		assert_int_equal(leave(&visits[i], "tom"), 0);
	assert_int_equal(leave(&visits[GATE_CHECK_COUNT_MAX], ""), 503);
}

static void
who_has_gone_meanwhile_is_not_let_in(void **state)
{
	struct visit visit = { .authorization = ANN_RIGHT };

	(void)state;
	rig.is_slow = true;
	open_gate();
	arrive(&visit);
	assert_int_equal(sem_wait(&rig.entered), 0);
	rig.handler.abort(rig.handler.context, visit.x);
	assert_int_equal(sem_post(&rig.go), 0);
	wait_for_all();
	(void)leave(&visit, "");
	assert_int_equal(rig.started, 0);
	assert_int_equal(rig.aborted, 0);
	assert_int_equal(rig.released, 0);
}

static void
what_is_inside_is_told_that_the_peer_has_gone(void **state)
{
	struct visit visit = { .principal = "cert" };

	(void)state;
	open_gate();
	arrive(&visit);
	rig.handler.abort(rig.handler.context, visit.x);
	assert_int_equal(rig.aborted, 1);
	wait_for_all();
	(void)leave(&visit, "cert");
	assert_int_equal(rig.released, 1);
}

static void
two_authorizations_are_none(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	open_gate();
	assert_int_equal(
	    ask((struct visit){ .authorization = ANN_RIGHT, .is_twice = true },
	        ""),
	    400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(lets_through_who_is_right),
		TEST(a_certificate_counts_more_than_a_password),
		TEST(tells_the_log_who_was_wrong),
		TEST(challenges_with_what_there_is),
		TEST(what_is_malformed_is_answered_at_once),
		TEST(anonymous_is_a_choice),
		TEST(a_wrong_password_is_no_anonymous),
		TEST(without_users_nothing_is_verified),
		TEST(takes_no_password_over_plain_text),
		TEST(remembers_who_was_right_for_two_minutes),
		TEST(remembers_a_token_no_longer_than_it_is_good),
		TEST(verifies_again_what_it_was_told_to_forget),
		TEST(remembers_no_failure),
		TEST(says_when_to_try_again),
		TEST(counts_a_network_of_ipv6_as_one),
		TEST(an_address_is_the_same_by_ipv6),
		TEST(does_not_count_this_machine),
		TEST(says_so_when_nobody_can_tell),
		TEST(the_same_at_once_is_verified_once),
		TEST(so_many_wait_and_no_more),
		TEST(who_has_gone_meanwhile_is_not_let_in),
		TEST(what_is_inside_is_told_that_the_peer_has_gone),
		TEST(two_authorizations_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
