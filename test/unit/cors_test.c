/*
 * cors_test.c - which web pages from elsewhere may use this server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/cors.h"

#define NAMED "https://app.example"
#define METHODS "GET, COPY"
#define PREFLIGHT "Access-Control-Request-Method"

/* The inner handler: it was handed the exchange, and answers. */
static void
on_start(void *context, struct exchange *x)
{
	(void)context;
	x->response.status = 207;
	exchange_answer(x);
}

static const struct handler inner = { .start = on_start };

/* A request with an Origin, and its answer. */
static struct exchange *
ask(struct cors *cors, const char *method, const char *origin, const char *also)
{
	struct handler handler = cors_handler(cors, &inner, METHODS);
	struct exchange *x = exchange_new(NULL);

	assert_non_null(x);
	x->request.method = str_of(method);
	if (origin != NULL)
		assert_int_equal(fields_add(&x->request.fields, &x->arena,
		                     str_of("Origin"), str_of(origin)),
		    ERR_NONE);
	if (also != NULL)
		assert_int_equal(fields_add(&x->request.fields, &x->arena,
		                     str_of(also), str_of("COPY")),
		    ERR_NONE);
	x->step = EXCHANGE_START;
	x->handler = &handler;
	handler.start(handler.context, x);
	assert_int_equal(x->event, EXCHANGE_ANSWERED);
	exchange_dress(x);
	return x;
}

static struct str
field_of(const struct exchange *x, const char *name)
{
	assert_true(fields_count(&x->response.fields, name) <= 1);
	return fields_get(&x->response.fields, name);
}

static struct cors
make(const char *origin)
{
	struct cors cors = { 0 };

	assert_int_equal(cors_add(&cors, origin), ERR_NONE);
	assert_true(cors_is_on(&cors));
	return cors;
}

static void
answers_a_preflight_of_its_own(void **state)
{
	struct cors cors = make(NAMED);
	struct exchange *x = ask(&cors, "OPTIONS", NAMED, PREFLIGHT);
	const struct fields *fields = &x->response.fields;

	(void)state;
	assert_int_equal(x->response.status, 204);
	assert_true(str_is(field_of(x, "Access-Control-Allow-Origin"), NAMED));
	assert_true(
	    str_is(field_of(x, "Access-Control-Allow-Methods"), METHODS));
	assert_true(fields_has_token(
	    fields, "Access-Control-Allow-Headers", "lock-token"));
	assert_true(
	    str_is(field_of(x, "Access-Control-Allow-Credentials"), "true"));
	assert_true(str_is(field_of(x, "Vary"), "Origin"));
	assert_non_null(field_of(x, "Access-Control-Max-Age").data);
	exchange_free(x);
}

static void
adds_to_the_answer_of_another(void **state)
{
	struct cors cors = make(NAMED);
	struct exchange *x = ask(&cors, "PROPFIND", NAMED, NULL);

	(void)state;
	assert_int_equal(x->response.status, 207);
	assert_true(str_is(field_of(x, "Access-Control-Allow-Origin"), NAMED));
	assert_true(fields_has_token(
	    &x->response.fields, "Access-Control-Expose-Headers", "DAV"));
	exchange_free(x);
}

static void
an_options_that_is_no_preflight_is_handed_on(void **state)
{
	struct cors cors = make(NAMED);
	struct exchange *x = ask(&cors, "OPTIONS", NAMED, NULL);

	(void)state;
	assert_int_equal(x->response.status, 207);
	exchange_free(x);
}

static void
tells_nothing_to_the_page_of_another(void **state)
{
	static const char *const origins[] = { NULL, "https://evil.example",
		"https://app.example.evil", "http://app.example",
		"https://app.example:8443", "null", "", "*" };
	static const char *const questions[] = { NULL, PREFLIGHT };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(origins) / sizeof(origins[0]); i++) {
		struct cors cors = make(NAMED);
		struct exchange *x =
		    ask(&cors, "OPTIONS", origins[i / 2], questions[i % 2]);

		assert_int_equal(x->response.status, 207);
		assert_int_equal(x->response.fields.count, 1);
		assert_true(str_is(field_of(x, "Vary"), "Origin"));
		exchange_free(x);
	}
}

static void
gives_no_credentials_to_every_page(void **state)
{
	struct cors cors = make("*");
	struct exchange *x = ask(&cors, "GET", "https://any.example", NULL);

	(void)state;
	assert_true(str_is(field_of(x, "Access-Control-Allow-Origin"), "*"));
	assert_null(field_of(x, "Access-Control-Allow-Credentials").data);
	assert_null(field_of(x, "Vary").data);
	exchange_free(x);
}

static void
believes_no_two_origins(void **state)
{
	struct cors cors = make("*");
	struct exchange *x = ask(&cors, "GET", NAMED, "Origin");

	(void)state;
	assert_null(field_of(x, "Access-Control-Allow-Origin").data);
	exchange_free(x);
}

static void
knows_an_origin_when_it_sees_one(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} rows[] = {
		{ "*", ERR_NONE },
		{ "https://app.example", ERR_NONE },
		{ "http://localhost:3000", ERR_NONE },
		{ "http://[::1]:3000", ERR_NONE },
		{ "moz-extension://0a-1b", ERR_NONE },
		{ "", ERR_SYNTAX },
		{ "null", ERR_SYNTAX },
		{ "app.example", ERR_SYNTAX },
		{ "https://", ERR_SYNTAX },
		{ "://app.example", ERR_SYNTAX },
		{ "https://app.example/", ERR_SYNTAX },
		{ "https://app.example/path", ERR_SYNTAX },
		{ "https://user@app.example", ERR_SYNTAX },
		{ "https://a.example, https://b.example", ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cors cors = { 0 };

		assert_int_equal(cors_add(&cors, rows[i].text), rows[i].err);
		assert_int_equal(cors_is_on(&cors), rows[i].err == ERR_NONE);
	}
}

static void
names_so_many_origins(void **state)
{
	struct cors cors = { 0 };

	(void)state;
	for (size_t i = 0; i < CORS_ORIGIN_COUNT_MAX; i++)
		assert_int_equal(cors_add(&cors, NAMED), ERR_NONE);
	assert_int_equal(cors_add(&cors, NAMED), ERR_LIMIT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_a_preflight_of_its_own),
		cmocka_unit_test(adds_to_the_answer_of_another),
		cmocka_unit_test(an_options_that_is_no_preflight_is_handed_on),
		cmocka_unit_test(tells_nothing_to_the_page_of_another),
		cmocka_unit_test(gives_no_credentials_to_every_page),
		cmocka_unit_test(believes_no_two_origins),
		cmocka_unit_test(knows_an_origin_when_it_sees_one),
		cmocka_unit_test(names_so_many_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
