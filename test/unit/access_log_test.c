/*
 * access_log_test.c - one line a request, whatever the peer sent.
 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/access_log.h"
#include "base/limits.h"
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
	log = (struct access_log){ .fd = pipes[0][1], .error_fd = pipes[1][1] };
	atomic_init(&log.is_on, true);
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

/* What is written is at most what a pipe takes as one. */
static void
cuts_what_is_too_long(void **state)
{
	static char target[HEAD_SIZE_MAX];
	static char agent[HEAD_SIZE_MAX];
	static char principal[HEAD_SIZE_MAX];
	static char method[HEAD_SIZE_MAX];
	struct exchange *x;
	struct access_log log;
	int pipes[2][2];

	(void)state;
	memset(target, '\n', sizeof(target) - 1);
	memset(agent, '"', sizeof(agent) - 1);
	memset(principal, ' ', sizeof(principal) - 1);
	memset(method, 'M', sizeof(method) - 1);
	x = request_of(method, target, agent);
	x->request.principal = str_of(principal);
	x->log.withheld = "agent";
	x->log.sent_size = UINT64_MAX;
	x->log.received_size = UINT64_MAX;
	response_problem(&x->response, 431, target);
	assert_int_equal(pipe(pipes[0]), 0);
	assert_int_equal(pipe(pipes[1]), 0);
	log = (struct access_log){ .fd = pipes[0][1], .error_fd = pipes[1][1] };
	atomic_init(&log.is_on, true);
	access_log_write(&log, x, INT64_MAX, WALL_S);
	for (int i = 0; i < 2; i++) {
		char got[2 * PIPE_BUF];
		ssize_t size = read(pipes[i][0], got, sizeof(got));

		assert_in_range(size, 2000, PIPE_BUF);
		assert_ptr_equal(
		    memchr(got, '\n', (size_t)size), got + size - 1);
		got[size - 1] = '\0';
		assert_non_null(strstr(got, "... HTTP/1.1\" 431"));
		assert_int_equal(close(pipes[i][0]), 0);
		assert_int_equal(close(pipes[i][1]), 0);
	}
	exchange_free(x);
}

static void
shows_so_much_of_an_agent_and_no_more(void **state)
{
	char agent[512 + 1];
	char line[1024];

	(void)state;
	for (size_t size = 509; size <= 510; size++) {
		struct exchange *x;

		memset(agent, 'a', size);
		agent[size] = '\0';
		x = request_of("GET", "/", agent);
		x->response.status = 200;
		(void)snprintf(line, sizeof(line),
		    TIME " 192.0.2.1 - \"GET / HTTP/1.1\" 200 0 0 250ms"
		         " interim=0 \"%.509s%s\"\n",
		    agent, size == 510 ? "..." : "");
		expect_lines(x, line, "");
	}
}

static void
can_be_off(void **state)
{
	struct exchange *x = request_of("GET", "/", "x");
	struct access_log log;

	(void)state;
	assert_int_equal(access_log_open(&log, "off"), ERR_NONE);
	assert_false(atomic_load(&log.is_on));
	x->response.status = 200;
	access_log_write(&log, x, NOW_MS, WALL_S);
	exchange_free(x);
	access_log_close(&log);
	assert_int_equal(access_log_open(&log, "-"), ERR_NONE);
	assert_true(atomic_load(&log.is_on));
	access_log_close(&log); /* standard output stays open */
	assert_int_not_equal(fcntl(STDOUT_FILENO, F_GETFD), -1);
	assert_int_equal(access_log_open(&log, "/dev/null/none"), ERR_SYSTEM);
	access_log_close(&log);
}

static size_t
size_of(const char *path)
{
	struct stat now;

	return stat(path, &now) == 0 ? (size_t)now.st_size : 0;
}

static void
write_one(struct access_log *log)
{
	struct exchange *x = request_of("GET", "/", "x");

	x->response.status = 200;
	access_log_write(log, x, NOW_MS, WALL_S);
	exchange_free(x);
}

static void
goes_on_in_another_file(void **state)
{
	char folder[] = "/tmp/tarry-log-XXXXXX";
	char path[64], old[64], other[64];
	struct access_log log;
	size_t size;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	(void)snprintf(old, sizeof(old), "%s/old", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	assert_int_equal(access_log_open(&log, path), ERR_NONE);
	write_one(&log);
	size = size_of(path);
	assert_true(size > 0);

	/* Its file was moved away. */
	assert_int_equal(rename(path, old), 0);
	write_one(&log);
	assert_int_equal(size_of(old), 2 * size);
	assert_int_equal(access_log_prepare(path, &fd), ERR_NONE);
	access_log_switch(&log, path, fd);
	write_one(&log);
	assert_int_equal(size_of(old), 2 * size);
	assert_int_equal(size_of(path), size);

	/* Off, and on again, with another name. */
	assert_int_equal(access_log_prepare("off", &fd), ERR_NONE);
	access_log_switch(&log, "off", fd);
	write_one(&log);
	assert_int_equal(size_of(path), size);
	assert_int_equal(access_log_prepare(other, &fd), ERR_NONE);
	access_log_forget(fd);
	assert_int_equal(access_log_prepare(other, &fd), ERR_NONE);
	access_log_switch(&log, other, fd);
	write_one(&log);
	assert_int_equal(size_of(path), size);
	assert_int_equal(size_of(other), size);
	access_log_close(&log);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(old), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
knows_where_a_file_could_be_made(void **state)
{
	static const struct {
		const char *path;
		enum err err;
	} rows[] = {
		{ "-", ERR_NONE },
		{ "off", ERR_NONE },
		{ "/dev/null", ERR_NONE },
		{ "/tmp/there-is-no-such-file", ERR_NONE },
		{ "/tmp", ERR_SYSTEM },
		{ "/tmp/", ERR_SYSTEM },
		{ "/dev/null/a", ERR_SYSTEM },
		{ "/there-is-no-such-folder/a", ERR_SYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(access_log_probe(rows[i].path), rows[i].err);
	assert_int_equal(access("/tmp/there-is-no-such-file", F_OK), -1);
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
		cmocka_unit_test(cuts_what_is_too_long),
		cmocka_unit_test(shows_so_much_of_an_agent_and_no_more),
		cmocka_unit_test(can_be_off),
		cmocka_unit_test(goes_on_in_another_file),
		cmocka_unit_test(knows_where_a_file_could_be_made),
	};

	return cmocka_run_group_tests_name("access_log", tests, NULL, NULL);
}
