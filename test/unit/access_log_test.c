/*
 * access_log_test.c - one line a request, whatever the peer sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/access_log.h"
#include "http/exchange.h"

enum { WALL_S = 784111777, STARTED_MS = 1000, NOW_MS = 1250 };

#define TIME "1994-11-06T08:49:37Z"

static struct exchange *
request_of(const char *method, const char *target, const char *agent)
{
	struct exchange *x = exchange_new(NULL);

	assert_non_null(x);
	x->request.version = HTTP_1_1;
	x->request.method = str_of(method);
	x->request.target = str_of(target);
	x->request.peer = str_of("192.0.2.1");
	x->log.started_ms = STARTED_MS;
	assert_int_equal(fields_add(&x->request.fields, &x->arena,
	                     str_of("User-Agent"), str_of(agent)),
	    ERR_NONE);
	return x;
}

/* What is written about the exchange, which is freed: log and error log. */
static void
expect_lines(struct exchange *x, const char *line, const char *error_line)
{
	const char *const wanted[] = { line, error_line };
	int pipes[2][2];
	struct access_log log;

	assert_int_equal(pipe(pipes[0]), 0);
	assert_int_equal(pipe(pipes[1]), 0);
	log = (struct access_log){ pipes[0][1], pipes[1][1] };
	access_log_write(&log, x, NOW_MS, WALL_S);
	for (int i = 0; i < 2; i++) {
		char got[4096];
		ssize_t size;

		assert_int_equal(close(pipes[i][1]), 0);
		size = read(pipes[i][0], got, sizeof(got) - 1);
		assert_true(size >= 0);
		got[size] = '\0';
		assert_string_equal(got, wanted[i]);
		assert_int_equal(close(pipes[i][0]), 0);
	}
	exchange_free(x);
}

static void
says_all_of_a_request_in_one_line(void **state)
{
	struct exchange *x = request_of("COPY", "/a%20b", "curl/8");

	(void)state;
	x->response.status = 201;
	x->request.principal = str_of("ada");
	x->log.sent_size = 7;
	x->log.received_size = 9;
	x->log.interim_count = 3;
	x->log.first_interim_ms = 200;
	expect_lines(x,
	    TIME " 192.0.2.1 ada \"COPY /a%20b HTTP/1.1\" 201 7 9 250ms"
	         " interim=3,first=200ms \"curl/8\"\n",
	    "");
}

static void
says_why_there_was_no_102(void **state)
{
	struct exchange *x = request_of("COPY", "/", "x");

	(void)state;
	x->response.status = 201;
	x->log.withheld = "agent";
	expect_lines(x,
	    TIME " 192.0.2.1 - \"COPY / HTTP/1.1\" 201 0 0 250ms"
	         " interim=0,none=agent \"x\"\n",
	    "");
}

static void
lets_no_peer_write_a_line_of_its_own(void **state)
{
	struct exchange *x = request_of("GET", "/\"\\\x7f", "a\"b\n\xff");

	(void)state;
	x->response.status = 200;
	x->request.principal = str_of("a \nb");
	expect_lines(x,
	    TIME " 192.0.2.1 a\\x20\\x0ab \"GET /\\x22\\x5c\\x7f HTTP/1.1\""
	         " 200 0 0 250ms interim=0 \"a\\x22b\\x0a\\xff\"\n",
	    "");
}

static void
tells_what_went_wrong_in_words(void **state)
{
	struct exchange *x = request_of("PUT", "/", "x");

	(void)state;
	response_problem(&x->response, 507, "The disk\nis full.");
	expect_lines(x,
	    TIME " 192.0.2.1 - \"PUT / HTTP/1.1\" 507 0 0 250ms"
	         " interim=0 \"x\"\n",
	    "tarry: " TIME " 192.0.2.1 \"PUT / HTTP/1.1\" 507 "
	    "Insufficient Storage: The disk\\x0ais full.\n");
}

static void
calls_a_client_that_has_gone_499(void **state)
{
	struct exchange *x = request_of("GET", "/", "x");

	(void)state;
	x->response.status = 500; /* the handler is still writing this */
	x->is_detached = true;
	expect_lines(x,
	    TIME " 192.0.2.1 - \"GET / HTTP/1.1\" 499 0 0 250ms"
	         " interim=0 \"x\"\n",
	    "");
}

static void
can_be_off(void **state)
{
	struct access_log log;

	(void)state;
	assert_int_equal(access_log_open(&log, "off"), ERR_NONE);
	assert_int_equal(log.fd, -1);
	access_log_close(&log);
	assert_int_equal(access_log_open(&log, "-"), ERR_NONE);
	assert_int_equal(log.fd, STDOUT_FILENO);
	access_log_close(&log); /* standard output stays open */
	assert_int_equal(access_log_open(&log, "/dev/null/none"), ERR_SYSTEM);
	access_log_close(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_all_of_a_request_in_one_line),
		cmocka_unit_test(says_why_there_was_no_102),
		cmocka_unit_test(lets_no_peer_write_a_line_of_its_own),
		cmocka_unit_test(tells_what_went_wrong_in_words),
		cmocka_unit_test(calls_a_client_that_has_gone_499),
		cmocka_unit_test(can_be_off),
	};

	return cmocka_run_group_tests_name("access_log", tests, NULL, NULL);
}
