/*
 * vitals_test.c - who is told what about the health of the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/vitals.h"
#include "net/pool.h"

#define METRICS "/.tarry/metrics"
#define HEALTH "/.tarry/health"

/* The inner handler: it was handed the exchange, and answers. */
static void
on_start(void *context, struct exchange *x)
{
	(void)context;
	x->response.status = 207;
	exchange_answer(x);
}

static const struct handler inner = { .start = on_start };

static const char *
trouble(void *context)
{
	return context;
}

static void
write_metrics(void *context, struct buf *out)
{
	(void)context;
	buf_add_text(out, "metric 1\n");
}

/* Who asks, and how. */
struct asker {
	bool is_loopback;
	const char *principal;
	const char *field; /* of a proxy */
	enum vitals_for metrics_for;
	const char *trouble;
};

static struct exchange *
ask(const struct asker *asker, const char *method, const char *path)
{
	struct vitals vitals = {
		.inner = &inner,
		.pool = pool_new(1),
		.metrics_for = asker->metrics_for,
		.trouble = trouble,
		.write = write_metrics,
		.context = (void *)(uintptr_t)asker->trouble,
	};
	struct handler handler = vitals_handler(&vitals);
	struct exchange *x = exchange_new(NULL);

	assert_non_null(x);
	assert_non_null(vitals.pool);
	x->request.method = str_of(method);
	x->request.path = str_of(path);
	x->request.peer_is_loopback = asker->is_loopback;
	x->request.principal = str_of(asker->principal);
	if (asker->field != NULL)
		assert_int_equal(fields_add(&x->request.fields, &x->arena,
		                     str_of(asker->field), str_of("x")),
		    ERR_NONE);
	x->step = EXCHANGE_START;
	x->handler = &handler;
	handler.start(handler.context, x);
	pool_free(vitals.pool); /* the job is done */
	assert_int_equal(x->event, EXCHANGE_ANSWERED);
	return x;
}

static void
expect_status(
    const struct asker *asker, const char *method, const char *path, int status)
{
	struct exchange *x = ask(asker, method, path);

	assert_int_equal(x->response.status, status);
	exchange_free(x);
}

static void
tells_everybody_that_it_is_well(void **state)
{
	static const struct asker stranger = { .principal = "" };
	struct exchange *x = ask(&stranger, "GET", HEALTH);

	(void)state;
	assert_int_equal(x->response.status, 200);
	assert_true(
	    str_is(buf_str(&x->response.bytes), "{\"status\":\"ok\"}\n"));
	assert_true(str_is(
	    fields_get(&x->response.fields, "Cache-Control"), "no-store"));
	exchange_free(x);
	expect_status(&stranger, "HEAD", HEALTH, 200);
}

static void
tells_what_troubles_it(void **state)
{
	static const struct asker stranger = {
		.principal = "",
		.trouble = "Full.",
	};
	struct exchange *x = ask(&stranger, "GET", HEALTH);

	(void)state;
	assert_int_equal(x->response.status, 503);
	assert_true(str_is(buf_str(&x->response.bytes),
	    "{\"status\":\"error\",\"output\":\"Full.\"}\n"));
	assert_non_null(fields_get(&x->response.fields, "Retry-After").data);
	exchange_free(x);
}

static void
gives_metrics_to_those_who_may_have_them(void **state)
{
	static const struct {
		struct asker asker;
		int status;
	} rows[] = {
		{ { true, "", NULL, VITALS_FOR_NOBODY, NULL }, 404 },
		{ { true, "", NULL, VITALS_FOR_LOCAL, NULL }, 200 },
		{ { true, "", "X-Forwarded-For", VITALS_FOR_LOCAL, NULL },
		    403 },
		{ { true, "", "Via", VITALS_FOR_LOCAL, NULL }, 403 },
		{ { false, "", NULL, VITALS_FOR_LOCAL, NULL }, 403 },
		{ { false, "ada", NULL, VITALS_FOR_LOCAL, NULL }, 200 },
		{ { false, "", NULL, VITALS_FOR_ALL, NULL }, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_status(&rows[i].asker, "GET", METRICS, rows[i].status);
}

static void
can_only_be_looked_at(void **state)
{
	static const struct asker local = {
		.is_loopback = true,
		.principal = "",
		.metrics_for = VITALS_FOR_LOCAL,
	};
	static const char *const paths[] = { METRICS, HEALTH };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct exchange *x = ask(&local, "DELETE", paths[i]);

		assert_int_equal(x->response.status, 405);
		assert_true(str_is(fields_get(&x->response.fields, "Allow"),
		    "GET, HEAD, OPTIONS"));
		exchange_free(x);
		expect_status(&local, "OPTIONS", paths[i], 204);
	}
}

static void
hands_on_all_the_rest(void **state)
{
	static const struct asker local = { true, "", NULL, VITALS_FOR_ALL,
		NULL };
	static const char *const paths[] = { "/", "/.tarry", "/.tarry/ops",
		"/.tarry/metrics/x", "/.tarry/healthy", "/metrics" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		expect_status(&local, "GET", paths[i], 207);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_everybody_that_it_is_well),
		cmocka_unit_test(tells_what_troubles_it),
		cmocka_unit_test(gives_metrics_to_those_who_may_have_them),
		cmocka_unit_test(can_only_be_looked_at),
		cmocka_unit_test(hands_on_all_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
