/*
 * head_test.c - the promises of head_parse(), of http/head.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/head.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HOST "Host: a\r\n"

struct parsed {
	struct arena arena;
	struct request request;
	bool wants_close;
	int status;
};

static void
parse(struct str head, struct parsed *parsed)
{
	*parsed = (struct parsed){ 0 };
	arena_init(&parsed->arena, REQUEST_MEMORY_MAX);
	parsed->request.arena = &parsed->arena;
	parsed->status =
	    head_parse(head, &parsed->request, &parsed->wants_close);
}

static void
assert_status(struct str head, int want)
{
	struct parsed parsed;

	parse(head, &parsed);
	if (parsed.status != want)
		fail_msg("%d: %.*s", parsed.status, STR_ARG(head));
	arena_done(&parsed.arena);
}

struct row {
	const char *text; /* a head, or its part between start and the end */
	int want;
};

/* Each row's lines stand between a request line and the empty line. */
static void
assert_fields(const char *request_line, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf head;

		buf_init(&head, 2 * HEAD_SIZE_MAX);
		buf_printf(&head, "%s\r\n%s\r\n", request_line, rows[i].text);
		assert_status(buf_str(&head), rows[i].want);
		buf_done(&head);
	}
}

/* start, filled up to size octets, then end. */
static void
fill(struct buf *text, const char *start, size_t size, const char *end)
{
	buf_add_text(text, start);
	while (text->len < size)
		buf_add_char(text, 'x');
	buf_add_text(text, end);
}

static void
reads_what_a_request_says(void **state)
{
	static const char head[] = "PUT /a%20b/?q=1&r HTTP/1.1\r\n"
	                           "Host: example:81\r\n"
	                           "Content-Length: 12\r\n"
	                           "Expect: 100-Continue\r\n"
	                           "Empty:\r\n"
	                           "X-Any:\t a \xff b\t \r\n\r\n";
	struct parsed parsed;
	struct request *request = &parsed.request;

	(void)state;
	parse(str_of(head), &parsed);
	assert_int_equal(parsed.status, 0);
	assert_int_equal(request->version, HTTP_1_1);
	assert_int_equal(request->form, TARGET_PATH);
	assert_true(str_is(request->method, "PUT"));
	assert_true(str_is(request->target, "/a%20b/?q=1&r"));
	assert_true(str_is(request->authority, "example:81"));
	assert_true(str_is(request->path, "/a b"));
	assert_true(request->has_final_slash);
	assert_true(str_is(request->query, "q=1&r"));
	assert_int_equal(request->fields.count, 5);
	assert_true(str_is(fields_get(&request->fields, "Empty"), ""));
	assert_true(str_is(fields_get(&request->fields, "x-any"), "a \xff b"));
	assert_true(request->has_body);
	assert_int_equal(request->body_size, 12);
	assert_true(request->expects_continue);
	assert_false(parsed.wants_close);
	arena_done(&parsed.arena);
}

static void
judges_request_lines(void **state)
{
	static const struct row rows[] = {
		{ "GET / HTTP/1.1\r\n", 0 },
		{ "X!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n", 0 },
		{ "GET / HTTP/1.9\r\n", 0 },
		{ "GET  / HTTP/1.1\r\n", 400 },
		{ "GET /  HTTP/1.1\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n", 400 },
		{ " GET / HTTP/1.1\r\n", 400 },
		{ "GET\t/ HTTP/1.1\r\n", 400 },
		{ "GET  HTTP/1.1\r\n", 400 },
		{ "GET / a HTTP/1.1\r\n", 400 },
		{ "GET /\r\n", 400 },
		{ "GET\r\n", 400 },
		{ "\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n", 400 },
		{ "GET / http/1.1\r\n", 400 },
		{ "GET / HTTP/1\r\n", 400 },
		{ "GET / HTTP/1.\r\n", 400 },
		{ "GET / HTTP/1.10\r\n", 400 },
		{ "GET / HTTP/01.1\r\n", 400 },
		{ "GET / HTTP/a.1\r\n", 400 },
		{ "GET / HTTP/1,1\r\n", 400 },
		{ "GET / HTTP/0.9\r\n", 505 },
		{ "GET / HTTP/2.0\r\n", 505 },
		{ "GET /a\rb HTTP/1.1\r\n", 400 },
		{ "GET /a\x01 HTTP/1.1\r\n", 400 },
		{ "GET / HTTP/1.1\r\r\n", 400 },
		{ "GET / HTTP/1.1\n", 400 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		buf_printf(&head, "%s" HOST "\r\n", rows[i].text);
		assert_status(buf_str(&head), rows[i].want);
		buf_done(&head);
	}
}

static void
takes_the_longest_method_and_not_one_octet_more(void **state)
{
	(void)state;
	assert_status(str_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456 / HTTP/1.1\r\n"
	                     "Host: a\r\n\r\n"),
	    0);
	assert_status(str_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567 / HTTP/1.1\r\n"
	                     "Host: a\r\n\r\n"),
	    501);
}

static void
takes_the_longest_target_and_not_one_octet_more(void **state)
{
	static const size_t start_size = sizeof("GET ") - 1;

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		fill(&head, "GET /?", start_size + TARGET_SIZE_MAX + more,
		    " HTTP/1.1\r\n" HOST "\r\n");
		assert_status(buf_str(&head), more == 0 ? 0 : 414);
		buf_done(&head);
	}
}

static void
takes_the_longest_path_and_not_one_octet_more(void **state)
{
	static const size_t start_size = sizeof("GET ") - 1;

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		fill(&head, "GET /", start_size + PATH_SIZE_MAX + more,
		    " HTTP/1.1\r\n" HOST "\r\n");
		assert_status(buf_str(&head), more == 0 ? 0 : 414);
		buf_done(&head);
	}
}

static void
judges_targets(void **state)
{
	static const struct row rows[] = {
		{ "GET /a?", 0 },
		{ "GET //a", 0 },
		{ "GET http://b/a", 0 },
		{ "GET HTTPS://b", 0 },
		{ "OPTIONS *", 0 },
		{ "OPTIONS http://b", 0 },
		{ "GET *", 400 },
		{ "OPTIONS **", 400 },
		{ "options *", 400 },
		{ "CONNECT a:80", 400 },
		{ "CONNECT /", 400 },
		{ "GET a", 400 },
		{ "GET a:80", 400 },
		{ "GET ?a", 400 },
		{ "GET ftp://b/", 400 },
		{ "GET http://u@b/", 400 },
		{ "GET http:///a", 400 },
		{ "GET /a#b", 400 },
		{ "GET /?a#b", 400 },
		{ "GET /../a", 400 },
		{ "GET /%2e%2e/a", 400 },
		{ "GET /a%2fb", 400 },
		{ "GET /%00", 400 },
		{ "GET /%zz", 400 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		buf_printf(&head, "%s HTTP/1.1\r\n" HOST "\r\n", rows[i].text);
		assert_status(buf_str(&head), rows[i].want);
		buf_done(&head);
	}
}

static void
prefers_the_authority_of_the_target(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(str_of("GET HTTP://b:1?q HTTP/1.1\r\n" HOST "\r\n"), &parsed);
	assert_int_equal(parsed.status, 0);
	assert_true(str_is(parsed.request.authority, "b:1"));
	assert_true(str_is(parsed.request.path, "/"));
	assert_true(str_is(parsed.request.query, "q"));
	assert_null(parsed.request.scheme.data);
	arena_done(&parsed.arena);
	parse(str_of("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), &parsed);
	assert_int_equal(parsed.request.form, TARGET_ASTERISK);
	assert_true(str_is(parsed.request.authority, "a"));
	assert_null(parsed.request.path.data);
	arena_done(&parsed.arena);
}

static void
wants_one_host(void **state)
{
	static const struct row rows_1_1[] = {
		{ HOST, 0 },
		{ "Host:\r\n", 0 },
		{ "HOST: [::1]:80\r\n", 0 },
		{ "", 400 },
		{ HOST HOST, 400 },
		{ "Host: a, a\r\n", 400 },
		{ "Host: u@a\r\n", 400 },
		{ "Host: a/b\r\n", 400 },
		{ "Host: a:x\r\n", 400 },
	};
	static const struct row rows_1_0[] = {
		{ HOST, 0 },
		{ "", 0 },
		{ HOST HOST, 400 },
		{ "Host: a b\r\n", 400 },
	};

	(void)state;
	assert_fields("GET / HTTP/1.1", rows_1_1, COUNT(rows_1_1));
	assert_fields("GET / HTTP/1.0", rows_1_0, COUNT(rows_1_0));
}

static void
judges_field_lines(void **state)
{
	static const struct row rows[] = {
		{ HOST "A:b\r\n", 0 },
		{ HOST "A: \"b:c\"\td\xff\r\n", 0 },
		{ HOST "A\r\n", 400 },
		{ HOST ": b\r\n", 400 },
		{ HOST "A : b\r\n", 400 },
		{ HOST "A\t: b\r\n", 400 },
		{ HOST " A: b\r\n", 400 },
		{ " A: b\r\n" HOST, 400 },
		{ HOST "A: b\r\n c\r\n", 400 },
		{ HOST "A: b\r\n\tc\r\n", 400 },
		{ HOST "A: b\r\n \r\n", 400 },
		{ HOST "A(: b\r\n", 400 },
		{ HOST "\xc3\xa9: b\r\n", 400 },
		{ HOST "A: b\rc\r\n", 400 },
		{ HOST "A: b\r\r\n", 400 },
		{ HOST "A: b\nC: d\r\n", 400 },
		{ HOST "A: b\x01\r\n", 400 },
		{ HOST "A: b\x7f\r\n", 400 },
		{ HOST "A: b\n", 400 },
	};
	static const char nul[] = "GET / HTTP/1.1\r\n" HOST "A: b\0\r\n\r\n";

	(void)state;
	assert_fields("GET / HTTP/1.1", rows, COUNT(rows));
	assert_status((struct str){ nul, sizeof(nul) - 1 }, 400);
}

static void
takes_so_many_fields_and_not_one_more(void **state)
{
	struct buf head;

	(void)state;
	buf_init(&head, HEAD_SIZE_MAX);
	buf_add_text(&head, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 1; i < FIELD_COUNT_MAX; i++)
		buf_add_text(&head, "A: b\r\n");
	buf_add_text(&head, "\r\n");
	assert_status(buf_str(&head), 0);
	head.len -= 2;
	buf_add_text(&head, "A: b\r\n\r\n");
	assert_status(buf_str(&head), 431);
	buf_done(&head);
}

static void
refuses_a_length_in_doubt(void **state)
{
	static const struct row rows[] = {
		{ HOST "Content-Length: 0\r\n", 0 },
		{ HOST "Content-Length: 007\r\n", 0 },
		{ HOST "Content-Length: 9223372036854775807\r\n", 0 },
		{ HOST "Content-Length: 9223372036854775808\r\n", 413 },
		{ HOST "Content-Length: 99999999999999999999999\r\n", 413 },
		{ HOST "Content-Length: 99999999999999999999999x\r\n", 400 },
		{ HOST "Content-Length:\r\n", 400 },
		{ HOST "Content-Length: +1\r\n", 400 },
		{ HOST "Content-Length: -1\r\n", 400 },
		{ HOST "Content-Length: 0x1\r\n", 400 },
		{ HOST "Content-Length: 1 1\r\n", 400 },
		{ HOST "Content-Length: 1.0\r\n", 400 },
		{ HOST "Content-Length: 1, 1\r\n", 400 },
		{ HOST "Content-Length: 1,\r\n", 400 },
		{ HOST "Content-Length: 1\r\nContent-Length: 1\r\n", 400 },
		{ HOST "Content-Length: 1\r\ncontent-length: 2\r\n", 400 },
		{ HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
		    400 },
		{ HOST "Transfer-Encoding: x\r\nContent-Length: 1\r\n", 400 },
	};

	(void)state;
	assert_fields("PUT / HTTP/1.1", rows, COUNT(rows));
}

static void
knows_no_coding_but_chunked(void **state)
{
	static const struct row rows[] = {
		{ HOST "Transfer-Encoding: chunked\r\n", 0 },
		{ HOST "TRANSFER-ENCODING:\tCHUNKED \r\n", 0 },
		{ HOST "Transfer-Encoding: gzip, chunked\r\n", 501 },
		{ HOST "Transfer-Encoding: gzip;a=\"b,c\" ,chunked\r\n", 501 },
		{ HOST "Transfer-Encoding: gzip\r\n"
		       "Transfer-Encoding: chunked\r\n",
		    501 },
		{ HOST "Transfer-Encoding: identity, chunked\r\n", 501 },
		{ HOST "Transfer-Encoding:\r\n", 400 },
		{ HOST "Transfer-Encoding: gzip\r\n", 400 },
		{ HOST "Transfer-Encoding: identity\r\n", 400 },
		{ HOST "Transfer-Encoding: xchunked\r\n", 400 },
		{ HOST "Transfer-Encoding: \"chunked\"\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked;a=b\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked,\r\n", 400 },
		{ HOST "Transfer-Encoding: ,chunked\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked, gzip\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked, chunked\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked, gzip, chunked\r\n", 400 },
		{ HOST "Transfer-Encoding: chunked\r\n"
		       "Transfer-Encoding: chunked\r\n",
		    400 },
		{ HOST "Transfer-Encoding: chunked\r\n"
		       "Transfer-Encoding:\r\n",
		    400 },
		{ HOST "Transfer-Encoding: chun\vked\r\n", 400 },
	};
	static const struct row rows_1_0[] = {
		{ HOST "Transfer-Encoding: chunked\r\n", 400 },
		{ HOST "Transfer-Encoding: gzip, chunked\r\n", 400 },
	};

	(void)state;
	assert_fields("PUT / HTTP/1.1", rows, COUNT(rows));
	assert_fields("PUT / HTTP/1.0", rows_1_0, COUNT(rows_1_0));
}

static void
says_how_the_body_is_framed(void **state)
{
	static const struct {
		const char *field;
		bool has_body;
		uint64_t body_size;
	} rows[] = {
		{ "", false, 0 },
		{ "Content-Length: 0\r\n", true, 0 },
		{ "Content-Length: 5\r\n", true, 5 },
		{ "Transfer-Encoding: chunked\r\n", true, BODY_SIZE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		buf_printf(
		    &head, "PUT / HTTP/1.1\r\n" HOST "%s\r\n", rows[i].field);
		parse(buf_str(&head), &parsed);
		assert_int_equal(parsed.status, 0);
		assert_int_equal(parsed.request.has_body, rows[i].has_body);
		assert_true(parsed.request.body_size == rows[i].body_size);
		arena_done(&parsed.arena);
		buf_done(&head);
	}
}

static void
hears_the_expectation_of_100(void **state)
{
	static const struct {
		const char *minor_and_fields;
		int status;
		bool want;
	} rows[] = {
		{ "1\r\nExpect: 100-continue\r\nContent-Length: 1", 0, true },
		{ "1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked", 0,
		    true },
		{ "1\r\nExpect: 100-continue\r\nContent-Length: 0", 0, false },
		{ "1\r\nExpect: 100-continue\r\nA: b", 0, false },
		{ "0\r\nExpect: 100-continue\r\nContent-Length: 1", 0, false },
		{ "0\r\nExpect: more\r\nContent-Length: 1", 0, false },
		{ "1\r\nExpect: more\r\nContent-Length: 1", 417, false },
		{ "1\r\nExpect:\r\nContent-Length: 1", 417, false },
		{ "1\r\nExpect: 100-continue, more\r\nA: b", 417, false },
		{ "1\r\nExpect: 100-continue\r\nExpect: 100-continue", 417,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		buf_printf(&head, "PUT / HTTP/1.%s\r\n" HOST "\r\n",
		    rows[i].minor_and_fields);
		parse(buf_str(&head), &parsed);
		assert_int_equal(parsed.status, rows[i].status);
		assert_int_equal(parsed.request.expects_continue, rows[i].want);
		arena_done(&parsed.arena);
		buf_done(&head);
	}
}

static void
knows_who_keeps_the_connection(void **state)
{
	static const struct {
		const char *minor_and_fields;
		bool wants_close;
	} rows[] = {
		{ "1\r\nA: b", false },
		{ "1\r\nConnection: close", true },
		{ "1\r\nConnection: x, Close\r\nConnection: y", true },
		{ "1\r\nConnection: keep-alive", false },
		{ "1\r\nConnection: closed", false },
		{ "2\r\nA: b", false },
		{ "0\r\nA: b", true },
		{ "0\r\nConnection: Keep-Alive", false },
		{ "0\r\nConnection: keep-alive, close", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;
		struct buf head;

		buf_init(&head, HEAD_SIZE_MAX);
		buf_printf(&head, "GET / HTTP/1.%s\r\n" HOST "\r\n",
		    rows[i].minor_and_fields);
		parse(buf_str(&head), &parsed);
		assert_int_equal(parsed.status, 0);
		assert_int_equal(parsed.wants_close, rows[i].wants_close);
		arena_done(&parsed.arena);
		buf_done(&head);
	}
}

static void
keeps_for_the_log_what_it_read(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(str_of("GET /a%zz HTTP/1.0\r\n\r\n"), &parsed);
	assert_int_equal(parsed.status, 400);
	assert_true(str_is(parsed.request.method, "GET"));
	assert_true(str_is(parsed.request.target, "/a%zz"));
	assert_int_equal(parsed.request.version, HTTP_1_0);
	arena_done(&parsed.arena);
}

static void
refuses_what_is_not_one_whole_head(void **state)
{
	static const char whole[] = "GET / HTTP/1.1\r\n" HOST "\r\n";

	(void)state;
	for (size_t size = 0; size < sizeof(whole) - 1; size++)
		assert_status((struct str){ whole, size }, 400);
	assert_status(str_of("GET / HTTP/1.1\r\n" HOST "\r\nA"), 400);
}

static void
says_why_it_refuses(void **state)
{
	static const struct {
		const char *head;
		const char *word;
	} rows[] = {
		{ "GET /\r\n\r\n", "request line" },
		{ "GET / HTTP/1.1\r\n\r\n", "Host" },
		{ "GET /%zz HTTP/1.1\r\n" HOST "\r\n", "percent" },
		{ "GET /../x HTTP/1.1\r\n" HOST "\r\n", "\"..\"" },
		{ "GET /#x HTTP/1.1\r\n" HOST "\r\n", "\"#\"" },
		{ "GET x HTTP/1.1\r\n" HOST "\r\n", "absolute" },
		{ "GET / HTTP/1.1\r\n" HOST " x\r\n\r\n", "same line" },
		{ "GET / HTTP/1.1\r\n" HOST "X: \x01\r\n\r\n", "control" },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: x\r\n\r\n",
		    "Content-Length" },
		{ "PUT / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: gzip, chunked\r\n\r\n",
		    "transfer coding" },
		{ "PUT / HTTP/1.1\r\n" HOST "Expect: x\r\n\r\n",
		    "expectation" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed parsed;

		parse(str_of(rows[i].head), &parsed);
		if (parsed.request.flaw == NULL ||
		    strstr(parsed.request.flaw, rows[i].word) == NULL)
			fail_msg("%s: %s", rows[i].head, parsed.request.flaw);
		arena_done(&parsed.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_request_says),
		cmocka_unit_test(judges_request_lines),
		cmocka_unit_test(
		    takes_the_longest_method_and_not_one_octet_more),
		cmocka_unit_test(
		    takes_the_longest_target_and_not_one_octet_more),
		cmocka_unit_test(takes_the_longest_path_and_not_one_octet_more),
		cmocka_unit_test(judges_targets),
		cmocka_unit_test(prefers_the_authority_of_the_target),
		cmocka_unit_test(wants_one_host),
		cmocka_unit_test(judges_field_lines),
		cmocka_unit_test(takes_so_many_fields_and_not_one_more),
		cmocka_unit_test(refuses_a_length_in_doubt),
		cmocka_unit_test(knows_no_coding_but_chunked),
		cmocka_unit_test(says_how_the_body_is_framed),
		cmocka_unit_test(hears_the_expectation_of_100),
		cmocka_unit_test(knows_who_keeps_the_connection),
		cmocka_unit_test(keeps_for_the_log_what_it_read),
		cmocka_unit_test(refuses_what_is_not_one_whole_head),
		cmocka_unit_test(says_why_it_refuses),
	};

	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
