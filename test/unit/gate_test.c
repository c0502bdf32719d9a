/*
 * gate_test.c - who is let through, as whom, and what the others are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate_rig.h"

static void
lets_through_who_is_right(void **state)
{
	(void)state;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_RIGHT }, "ann"),
	    0);
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = TOKEN_GOOD }, "tom"),
	    0);
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .principal = "cert" }, "cert"),
	    0);
	assert_int_equal(rig.started, 3);
	assert_int_equal(rig.released, 3);
	assert_int_equal(rig.failure_count, 0);
}

static void
a_certificate_counts_more_than_a_password(void **state)
{
	(void)state;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask((struct gate_rig_visit){ .principal = "cert",
	                     .authorization = ANN_WRONG },
	        "cert"),
	    0);
	assert_int_equal(rig.verify_count, 0);
}

static void
tells_the_log_who_was_wrong(void **state)
{
	(void)state;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_WRONG }, ""),
	    401);
	assert_string_equal(rig.failure, "ann 192.0.2.1 it is bad");
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = TOKEN_BAD }, ""),
	    401);
	assert_string_equal(rig.failure, "(token) 192.0.2.1 it is bad");
	assert_int_equal(rig.started, 0);
	assert_int_equal(rig.released, 0);
}

/* The challenges of the answer, in their order, with a line's end each. */
static void
check_challenges(struct gate_rig_visit visit, int status, const char *want)
{
	char got[256] = "";
	size_t size = 0;

	gate_rig_arrive(&visit);
	gate_rig_wait();
	for (size_t i = 0; i < visit.x->response.fields.count; i++) {
		const struct field *field = &visit.x->response.fields.items[i];

		if (str_is(field->name, "WWW-Authenticate"))
			size += (size_t)snprintf(got + size, sizeof(got) - size,
			    "%.*s\n", STR_ARG(field->value));
	}
	assert_string_equal(got, want);
	assert_int_equal(gate_rig_leave(&visit, ""), status);
}

static void
challenges_with_what_there_is(void **state)
{
	static const struct gate_rig_visit nobody = { .authorization = NULL };
	static const struct gate_rig_visit wrong = { .authorization =
		                                         ANN_WRONG };
	static const struct gate_rig_visit bad = { .authorization = TOKEN_BAD };

	struct gate_verifier all = rig.options.verifier;

	(void)state;
	gate_rig_open();
	check_challenges(nobody, 401, BASIC "\n" BEARER "\n");
	check_challenges(wrong, 401, BASIC "\n" BEARER "\n");
	check_challenges(
	    bad, 401, BASIC "\n" BEARER ", error=\"invalid_token\"\n");
	gate_free(rig.gate);
	rig.options.verifier.token = NULL;
	gate_rig_open();
	check_challenges(nobody, 401, BASIC "\n");
	check_challenges(bad, 401, BASIC "\n");
	gate_free(rig.gate);
	rig.options.verifier.password = NULL;
	rig.options.verifier.token = all.token;
	gate_rig_open();
	check_challenges(wrong, 401, BEARER "\n");
	gate_free(rig.gate);
	rig.options.verifier.token = NULL;
	gate_rig_open();
	check_challenges(nobody, 403, "");
	check_challenges(wrong, 403, "");
}

/* Those of a request that was let in as nobody. */
static void
check_inside(struct gate_rig_visit visit, const char *want)
{
	struct response *response;
	bool is_told;

	gate_rig_arrive(&visit);
	gate_rig_wait();
	response = &visit.x->response;
	is_told = gate_challenge(rig.gate, &visit.x->request, NULL);
	assert_int_equal(response->fields.count, 0);
	assert_int_equal(
	    gate_challenge(rig.gate, &visit.x->request, response), is_told);
	assert_int_equal(is_told, want != NULL);
	assert_int_equal(response->fields.count, want != NULL);
	if (want != NULL)
		assert_true(str_is(response->fields.items[0].value, want));
	assert_int_equal(gate_rig_leave(&visit, ""), 0);
}

static void
who_was_let_in_can_be_asked_later(void **state)
{
	struct gate_rig_visit far = { .peer = "192.0.2.1" };

	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	rig.options.verifier.token = NULL;
	gate_rig_open();
	check_inside(far, BASIC);
	far.is_plain = true;
	check_inside(far, NULL);
	gate_free(rig.gate);
	rig.options.verifier.password = NULL;
	gate_rig_open();
	far.is_plain = false;
	check_inside(far, NULL);
}

static void
what_is_malformed_is_answered_at_once(void **state)
{
	static const char *const rows[] = { "", "Basic",
		"Basic YWI=", "Digest a=b", "Bearer a b" };

	(void)state;
	gate_rig_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    gate_rig_ask(
		        (struct gate_rig_visit){ .authorization = rows[i] },
		        ""),
		    401);
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
		{ GATE_ANONYMOUS_NONE, "GET", GATE_JUDGED_PATH, 0 },
		{ GATE_ANONYMOUS_NONE, "PUT", GATE_JUDGED_PATH, 401 },
		{ GATE_ANONYMOUS_READ, "GET", "/a", 0 },
		{ GATE_ANONYMOUS_READ, "PUT", "/a", 401 },
		{ GATE_ANONYMOUS_READ, "BREW", "/a", 401 },
		{ GATE_ANONYMOUS_WRITE, "GET", "/a", 0 },
		{ GATE_ANONYMOUS_WRITE, "PUT", "/a", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig.options.anonymous = rows[i].anonymous;
		gate_rig_open();
		assert_int_equal(
		    gate_rig_ask(
		        (struct gate_rig_visit){
		            .method = rows[i].method, .path = rows[i].path },
		        ""),
		    rows[i].want);
		gate_free(rig.gate);
		rig.gate = NULL;
	}
}

static void
only_names_of_this_machine_are_open_to_all(void **state)
{
	static const struct {
		const char *authority;
		const char *path;
		const char *principal;
		int want;
	} rows[] = {
		{ "localhost:1", "/a", NULL, 0 },
		{ "evil.example:1", "/a", NULL, 421 },
		{ "evil.example:1", GATE_JUDGED_PATH, NULL, 421 },
		{ "evil.example:1", GATE_OPEN_PATH, NULL, 0 },
		{ "dav.example:1", "/a", "cert", 0 },
	};

	(void)state;
	rig.options.verifier = (struct gate_verifier){ .context = &rig };
	rig.options.anonymous = GATE_ANONYMOUS_NEAR;
	gate_rig_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    gate_rig_ask((struct gate_rig_visit){ .path = rows[i].path,
		                     .authority = rows[i].authority,
		                     .principal = rows[i].principal },
		        rows[i].principal == NULL ? "" : rows[i].principal),
		    rows[i].want);
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	gate_free(rig.gate);
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authority = "dav.example" }, ""),
	    0);
}

static void
a_wrong_password_is_no_anonymous(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_WRONG }, ""),
	    401);
}

static void
without_users_nothing_is_verified(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	rig.options.verifier = (struct gate_verifier){ .context = &rig };
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_WRONG }, ""),
	    0);
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
		gate_rig_open();
		assert_int_equal(
		    gate_rig_ask((struct gate_rig_visit){ .peer = rows[i].peer,
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
what_is_inside_is_told_that_the_peer_has_gone(void **state)
{
	struct gate_rig_visit visit = { .principal = "cert" };

	(void)state;
	gate_rig_open();
	gate_rig_arrive(&visit);
	rig.handler.abort(rig.handler.context, visit.x);
	assert_int_equal(rig.aborted, 1);
	gate_rig_wait();
	(void)gate_rig_leave(&visit, "cert");
	assert_int_equal(rig.released, 1);
}

static void
two_authorizations_are_none(void **state)
{
	(void)state;
	rig.options.anonymous = GATE_ANONYMOUS_WRITE;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask((struct gate_rig_visit){ .authorization = ANN_RIGHT,
	                     .is_twice = true },
	        ""),
	    400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, gate_rig_set_up, gate_rig_tear_down)
		TEST(lets_through_who_is_right),
		TEST(a_certificate_counts_more_than_a_password),
		TEST(tells_the_log_who_was_wrong),
		TEST(challenges_with_what_there_is),
		TEST(who_was_let_in_can_be_asked_later),
		TEST(what_is_malformed_is_answered_at_once),
		TEST(anonymous_is_a_choice),
		TEST(only_names_of_this_machine_are_open_to_all),
		TEST(a_wrong_password_is_no_anonymous),
		TEST(without_users_nothing_is_verified),
		TEST(takes_no_password_over_plain_text),
		TEST(what_is_inside_is_told_that_the_peer_has_gone),
		TEST(two_authorizations_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
