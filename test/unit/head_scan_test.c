/*
 * head_scan_test.c - the promises of head_scan(), of http/head.c.
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

/* What head_scan says when text comes in one piece. */
static enum err
scan_whole(struct str text, struct head_scan *scan)
{
	*scan = (struct head_scan){ 0 };
	return head_scan(scan, text);
}

static void
finds_the_end_of_a_head(void **state)
{
	static const struct {
		const char *text;
		size_t start;
		size_t size;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 0, 18 },
		{ "GET / HTTP/1.1\r\nA: b\r\n\r\n", 0, 24 },
		{ "\r\nGET / HTTP/1.1\r\n\r\n", 2, 18 },
		{ "GET / HTTP/1.1\r\n\r\nbody\r\n\r\n", 0, 18 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct head_scan scan;

		assert_int_equal(
		    scan_whole(str_of(rows[i].text), &scan), ERR_NONE);
		assert_int_equal(scan.start, rows[i].start);
		assert_int_equal(scan.size, rows[i].size);
	}
}

static void
waits_for_the_end_of_a_head(void **state)
{
	static const char whole[] = "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n";

	(void)state;
	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		struct head_scan scan;

		assert_int_equal(
		    scan_whole((struct str){ whole, size }, &scan), ERR_AGAIN);
	}
}

static void
refuses_at_once_what_begins_no_head(void **state)
{
	static const char *const rows[] = { " ", "\n", "\r\r", "\r\n\r",
		"\r\n\r\nGET", "\r\n ", "\x16\x03\x01", "\xff", "(", "A\n",
		"GET / HTTP/1.1\nA", "GET / HTTP/1.1\r\nA: b\n",
		"GET / HTTP/1.1\r\n\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct head_scan scan;

		assert_int_equal(
		    scan_whole(str_of(rows[i]), &scan), ERR_SYNTAX);
		assert_int_equal(scan.status, 400);
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
takes_the_largest_head_and_not_one_octet_more(void **state)
{
	static const char start[] = "GET / HTTP/1.1\r\nA: ";
	static const struct {
		size_t size;
		const char *end;
		enum err want;
	} rows[] = {
		{ HEAD_SIZE_MAX - 4, "\r\n\r\n", ERR_NONE },
		{ HEAD_SIZE_MAX - 4, "\r\n\r\nbody", ERR_NONE },
		{ HEAD_SIZE_MAX - 3, "\r\n\r\n", ERR_LIMIT },
		{ HEAD_SIZE_MAX - 1, "", ERR_AGAIN },
		{ HEAD_SIZE_MAX, "", ERR_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct head_scan scan;
		struct buf text;

		buf_init(&text, 2 * HEAD_SIZE_MAX);
		fill(&text, start, rows[i].size, rows[i].end);
		assert_int_equal(
		    scan_whole(buf_str(&text), &scan), rows[i].want);
		assert_int_equal(
		    scan.status, rows[i].want == ERR_LIMIT ? 431 : 0);
		buf_done(&text);
	}
}

static void
takes_the_longest_request_line_and_not_one_octet_more(void **state)
{
	static const struct {
		size_t size;
		const char *end;
		enum err want;
	} rows[] = {
		{ REQUEST_LINE_SIZE_MAX, "\r\n\r\n", ERR_NONE },
		{ REQUEST_LINE_SIZE_MAX, "\r", ERR_AGAIN },
		{ REQUEST_LINE_SIZE_MAX + 1, "\r\n\r\n", ERR_LIMIT },
		{ REQUEST_LINE_SIZE_MAX + 1, "", ERR_AGAIN },
		{ REQUEST_LINE_SIZE_MAX + 2, "", ERR_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct head_scan scan;
		struct buf text;

		buf_init(&text, 2 * HEAD_SIZE_MAX);
		fill(&text, "GET /", rows[i].size, rows[i].end);
		assert_int_equal(
		    scan_whole(buf_str(&text), &scan), rows[i].want);
		assert_int_equal(
		    scan.status, rows[i].want == ERR_LIMIT ? 414 : 0);
		buf_done(&text);
	}
}

/* Feeds text as it comes with cuts after each step octets. */
static enum err
scan_in_steps(struct str text, size_t step, struct head_scan *scan)
{
	enum err err = ERR_AGAIN;

	*scan = (struct head_scan){ 0 };
	for (size_t size = 0; size < text.len && err == ERR_AGAIN;) {
		size = size + step < text.len ? size + step : text.len;
		err = head_scan(scan, str_make(text.data, size));
	}
	return err;
}

static void
finds_the_same_however_slowly_it_comes(void **state)
{
	static const char *const rows[] = {
		"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nbody",
		"GET / HTTP/1.1\r\nA: b\n\r\n",
		"\r\n\r\nGET",
		"GET / HTTP/1.1\r\n\r\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = str_of(rows[i]);
		struct head_scan want;
		enum err want_err = scan_whole(text, &want);

		for (size_t step = 1; step < text.len; step++) {
			struct head_scan got;

			assert_int_equal(
			    scan_in_steps(text, step, &got), want_err);
			assert_int_equal(got.status, want.status);
			assert_int_equal(got.start, want.start);
			assert_int_equal(got.size, want.size);
		}
	}
}

/* What was looked at may even be gone: it is not looked at again. */
static void
looks_at_no_octet_twice(void **state)
{
	char text[] = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
	const size_t size = sizeof(text) - 1;
	struct head_scan scan = { 0 };

	(void)state;
	for (size_t i = 1; i < size; i++) {
		assert_int_equal(
		    head_scan(&scan, (struct str){ text, i }), ERR_AGAIN);
		assert_int_equal(scan.scanned, i);
	}
	memset(text, '\n', size - 2); /* the last line is still to be read */
	assert_int_equal(
	    head_scan(&scan, (struct str){ text, size }), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_end_of_a_head),
		cmocka_unit_test(waits_for_the_end_of_a_head),
		cmocka_unit_test(refuses_at_once_what_begins_no_head),
		cmocka_unit_test(takes_the_largest_head_and_not_one_octet_more),
		cmocka_unit_test(
		    takes_the_longest_request_line_and_not_one_octet_more),
		cmocka_unit_test(finds_the_same_however_slowly_it_comes),
		cmocka_unit_test(looks_at_no_octet_twice),
	};

	return cmocka_run_group_tests_name("head_scan", tests, NULL, NULL);
}
