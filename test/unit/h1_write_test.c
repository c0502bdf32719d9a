/*
 * h1_write_test.c - heads of responses, octet for octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/h1_write.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static void
writes_a_final_head(void **state)
{
	static const struct {
		int status;
		struct h1_head head;
		const char *text;
	} rows[] = {
		{ 200, { H1_LENGTH, 5, false, false, STR(DATE) },
		    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nETag: \"a\"\r\n"
		    "Content-Length: 5\r\n\r\n" },
		{ 207, { H1_CHUNKED, 0, false, false, STR(DATE) },
		    "HTTP/1.1 207 Multi-Status\r\nDate: " DATE
		    "\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ 304, { H1_NONE, 0, false, false, STR(DATE) },
		    "HTTP/1.1 304 Not Modified\r\nDate: " DATE
		    "\r\nETag: \"a\"\r\n\r\n" },
		{ 200, { H1_CLOSE, 0, true, true, STR(DATE) },
		    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nETag: \"a\"\r\n"
		    "Connection: close\r\n\r\n" },
		{ 200, { H1_LENGTH, 0, false, true, STR(DATE) },
		    "HTTP/1.1 200 OK\r\nDate: " DATE "\r\nETag: \"a\"\r\n"
		    "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct response response;
		struct arena arena;
		struct buf out;

		arena_init(&arena, 10000);
		response_init(&response, &arena);
		buf_init(&out, 1000);
		response.status = rows[i].status;
		response_field_text(&response, "ETag", "\"a\"");
		h1_write_final(&out, &response, &rows[i].head);
		assert_true(str_is(buf_str(&out), rows[i].text));
		buf_done(&out);
		response_done(&response);
		arena_done(&arena);
	}
}

static void
frames_content_as_the_version_and_the_status_allow(void **state)
{
	static const struct {
		enum http_version version;
		int status;
		enum response_body body;
		uint64_t size;
		enum h1_framing framing;
	} rows[] = {
		{ HTTP_1_1, 200, RESPONSE_EMPTY, 0, H1_LENGTH },
		{ HTTP_1_1, 200, RESPONSE_BYTES, 3, H1_LENGTH },
		{ HTTP_1_1, 206, RESPONSE_FILE, 9, H1_LENGTH },
		{ HTTP_1_1, 206, RESPONSE_PULLED, 9, H1_LENGTH },
		{ HTTP_1_0, 206, RESPONSE_PULLED, 9, H1_LENGTH },
		{ HTTP_1_1, 207, RESPONSE_PULLED, BODY_SIZE_UNKNOWN,
		    H1_CHUNKED },
		{ HTTP_1_0, 207, RESPONSE_PULLED, BODY_SIZE_UNKNOWN, H1_CLOSE },
		{ HTTP_1_1, 204, RESPONSE_EMPTY, 0, H1_NONE },
		{ HTTP_1_1, 304, RESPONSE_FILE, 9, H1_NONE },
		{ HTTP_1_1, 204, RESPONSE_PULLED, BODY_SIZE_UNKNOWN, H1_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request request = { .version = rows[i].version };
		struct response response = { .status = rows[i].status,
			.body = rows[i].body,
			.bytes = { .len = rows[i].size },
			.file_size = rows[i].size,
			.pulled_size = rows[i].size };
		uint64_t size = 0;

		assert_int_equal(h1_write_framing(&request, &response, &size),
		    rows[i].framing);
		if (rows[i].framing == H1_LENGTH)
			assert_int_equal(size, rows[i].size);
	}
}

static void
writes_an_interim_head(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	h1_write_interim(&out, 100, str_of(NULL));
	h1_write_interim(&out, 102, str_of("A: b\r\nProgress: 1/2\r\n"));
	assert_true(str_is(buf_str(&out),
	    "HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 102 Processing\r\nA: b\r\nProgress: 1/2\r\n\r\n"));
	buf_done(&out);
}

static void
lets_no_field_of_framing_into_an_interim_head(void **state)
{
	static const char *const lines[] = {
		"Content-Length: 0\r\n",
		"A: b\r\ncontent-length:0\r\n",
		"Transfer-Encoding: chunked\r\n",
		"CONNECTION: close\r\n",
		"Trailer: A\r\n",
		"Set-Cookie: a=b\r\n",
		"\r\n",
		"A: b\r\n\r\nHTTP/1.1 200 OK\r\n",
		"A: b",
		"A: b\n",
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_assert_failure(
		    h1_write_interim(&out, 102, str_of(lines[i])));
	expect_assert_failure(h1_write_interim(&out, 200, str_of(NULL)));
	expect_assert_failure(h1_write_interim(&out, 99, str_of(NULL)));
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

static void
never_writes_a_final_head_that_is_none(void **state)
{
	struct response response = { .status = 199 };
	struct h1_head head = { .framing = H1_NONE };
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	expect_assert_failure(h1_write_final(&out, &response, &head));
	buf_done(&out);
}

static void
frames_chunks(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	h1_write_chunk(&out, true, 3);
	buf_add_text(&out, "abc");
	h1_write_chunk(&out, false, 255);
	buf_add_text(&out, "...");
	h1_write_chunk(&out, false, 0);
	assert_true(
	    str_is(buf_str(&out), "3\r\nabc\r\nff\r\n...\r\n0\r\n\r\n"));
	buf_clear(&out);
	h1_write_chunk(&out, true, 0);
	assert_true(str_is(buf_str(&out), "0\r\n\r\n"));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_final_head),
		cmocka_unit_test(
		    frames_content_as_the_version_and_the_status_allow),
		cmocka_unit_test(writes_an_interim_head),
		cmocka_unit_test(lets_no_field_of_framing_into_an_interim_head),
		cmocka_unit_test(never_writes_a_final_head_that_is_none),
		cmocka_unit_test(frames_chunks),
	};

	return cmocka_run_group_tests_name("h1_write", tests, NULL, NULL);
}
