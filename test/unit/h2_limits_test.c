/*
 * h2_limits_test.c - what a peer may do over HTTP/2, and what is one too many.
 */
#include <string.h>

#include "base/limits.h"
#include "h2_rig.h"
#include "http/h2.h"

#define OK(id) id ":200 content-length=2 " id ":[ok] " id ":end"

enum { BLOCK_SIZE_MAX = 64 * 1024 };

static void
bears_its_streams_and_not_one_more(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	for (int i = 0; i < 4; i++)
		(void)h2_rig_ask(&rig, "GET", "/a", "");
	assert_int_equal(rig.rig.started, 4);
	/* The client knows the limit, and lets its next one wait. */
	(void)h2_rig_ask(&rig, "GET", "/b", "");
	assert_int_equal(rig.rig.started, 4);
	rig.rig.finish = RIG_GO_ON;
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("7") " " OK("9"));
	h2_rig_done(&rig);
}

/* Resetting a stream does not end the work on it. */
static void
counts_work_whose_stream_was_reset(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	for (int i = 0; i < 4; i++)
		h2_rig_reset(&rig, h2_rig_ask(&rig, "COPY", "/a", ""), 8);
	(void)h2_rig_ask(&rig, "COPY", "/b", "");
	h2_rig_expect(&rig, "9:reset(7)");
	assert_int_equal(rig.rig.started, 4);
	rig.rig.finish = RIG_GO_ON;
	rig_complete(&rig.rig);
	(void)h2_rig_ask(&rig, "GET", "/b", "");
	h2_rig_expect(&rig, OK("11"));
	h2_rig_done(&rig);
}

static void
bears_resets_and_not_one_more(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	for (int i = 0; i < H2_RESET_COUNT_MAX; i++)
		h2_rig_reset(&rig, h2_rig_ask(&rig, "GET", "/a", ""), 8);
	rig.events.len = 0;
	rig.is_quiet = true;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "401:200 content-length=2 401:end");
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	nghttp2_submit_rst_stream(rig.client, NGHTTP2_FLAG_NONE, 403, 8);
	h2_rig_expect(&rig, "goaway(11)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

/* As many as it bears, then one: of frames that are nothing but work. */
static void
bears_noise_and_not_one_more(void **state)
{
	static const struct {
		uint8_t type;
		int32_t id;
		const char *payload;
		size_t size;
	} frames[] = {
		{ NGHTTP2_PING, 0, "12345678", 8 },
		{ NGHTTP2_WINDOW_UPDATE, 0, "\0\0\0\1", 4 },
		{ NGHTTP2_PRIORITY, 9, "\0\0\0\0\1", 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct h2_rig rig;
		int left = H2_NOISE_COUNT_MAX;

		h2_rig_init(&rig);
		left -= 2; /* both SETTINGS of the greeting */
		/* The window of the connection, on the other side, too. */
		for (int n = 0; n < left - 1; n++)
			h2_rig_frame(&rig, frames[i].type, 0, frames[i].id,
			    frames[i].payload, frames[i].size);
		h2_rig_expect(&rig, "");
		assert_false(rig.rig.is_over);
		for (int n = 0; n < 3; n++)
			h2_rig_frame(&rig, frames[i].type, 0, frames[i].id,
			    frames[i].payload, frames[i].size);
		h2_rig_expect(&rig, "goaway(11)");
		assert_true(rig.rig.is_over);
		h2_rig_done(&rig);
	}
}

/* Each is answered, and the client expects that. */
static void
bears_settings_and_not_one_more(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	for (int n = 0; n < H2_NOISE_COUNT_MAX + 10; n++) {
		assert_int_equal(rig.rig.is_over, n > H2_NOISE_COUNT_MAX - 2);
		(void)nghttp2_submit_settings(
		    rig.client, NGHTTP2_FLAG_NONE, NULL, 0);
		h2_rig_flow(&rig);
		if (n == H2_NOISE_COUNT_MAX - 2)
			h2_rig_expect(&rig, "goaway(11)");
	}
	h2_rig_done(&rig);
}

static void
bears_empty_pieces_of_content_and_not_for_ever(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", 1);
	for (int n = 0; n < H2_NOISE_COUNT_MAX - 10; n++)
		h2_rig_frame(&rig, NGHTTP2_DATA, 0, 1, "", 0);
	h2_rig_expect(&rig, "");
	for (int n = 0; n < 20; n++)
		h2_rig_frame(&rig, NGHTTP2_DATA, 0, 1, "", 0);
	h2_rig_expect(&rig, "goaway(11)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
bears_noise_for_ever_when_it_is_spread(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	for (int n = 0; n < 3 * H2_NOISE_COUNT_MAX; n++) {
		rig_at(&rig.rig, rig.rig.now_ms + 20);
		h2_rig_frame(&rig, NGHTTP2_PING, 0, 0, "12345678", 8);
	}
	h2_rig_expect(&rig, "");
	assert_false(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
refuses_a_head_that_is_too_large(void **state)
{
	/* Names and values, and 32 for each field: RFC 9113, 6.5.2. */
	static const char own[] = ":methodGET:schemehttp:path/:authorityhx";
	size_t fits = HEAD_SIZE_MAX - strlen(own) - 5 * (size_t)32;
	char *lines = test_malloc(BLOCK_SIZE_MAX);
	struct h2_rig rig;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		memset(lines, 'v', BLOCK_SIZE_MAX);
		memcpy(lines, "x:", 2);
		memcpy(lines + 2 + fits + more, "\n", 2);
		h2_rig_init(&rig);
		rig.is_quiet = true;
		(void)h2_rig_ask(&rig, "GET", "/", lines);
		assert_int_equal(rig.rig.finished, more == 0);
		assert_true(str_starts(buf_str(&rig.events),
		    str_of(more == 0 ? "1:200 " : "1:431 ")));
		h2_rig_done(&rig);
	}
	test_free(lines);
}

static void
refuses_too_many_fields(void **state)
{
	struct h2_rig rig;
	char block[1024];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t size = 0;

		/* :method GET, :scheme http, :path /, :authority h */
		memcpy(block, "\x82\x86\x84\x01\x01h", 6);
		size = 6;
		for (size_t i = 0; i < FIELD_COUNT_MAX + more; i++) {
			memcpy(block + size, "\x00\x01x\x01y", 5);
			size += 5;
		}
		h2_rig_init(&rig);
		h2_rig_frame(&rig, NGHTTP2_HEADERS,
		    NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
		    block, size);
		assert_int_equal(rig.rig.finished, more == 0);
		h2_rig_done(&rig);
	}
}

/* One octet says a field of 4 KiB again: HPACK, 2.3.3. */
static void
refuses_a_head_that_is_small_only_on_the_wire(void **state)
{
	enum { REPEATS = 10000, VALUE = 3000 };
	char *block = test_malloc(BLOCK_SIZE_MAX);
	size_t size = 6;
	struct h2_rig rig;

	(void)state;
	memcpy(block, "\x82\x86\x84\x01\x01h", size);
	/* x: vvv..., indexed; 3000 is 127 + 2873. */
	memcpy(block + size, "\x40\x01x\x7f\xb9\x16", 6);
	size += 6;
	memset(block + size, 'v', VALUE);
	size += VALUE;
	memset(block + size, 0xbe, REPEATS); /* the newest entry */
	size += REPEATS;
	h2_rig_init(&rig);
	h2_rig_frame(&rig, NGHTTP2_HEADERS,
	    NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block, size);
	assert_int_equal(rig.rig.started, 0);
	rig.is_quiet = true;
	assert_int_equal(rig.rig.logged_status, 431);
	h2_rig_done(&rig);
	test_free(block);
}

static void
ends_a_head_that_never_ends(void **state)
{
	char block[] = "\x00\x01x\x01y";
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	h2_rig_frame(&rig, NGHTTP2_HEADERS, 0, 1, "\x82\x86\x84", 3);
	for (int i = 0; i < 100 && !rig.rig.is_over; i++)
		h2_rig_frame(&rig, NGHTTP2_CONTINUATION, 0, 1, block, 5);
	assert_true(rig.rig.is_over);
	assert_int_equal(rig.rig.started, 0);
	h2_rig_done(&rig);
}

static void
refuses_what_is_malformed(void **state)
{
	/* 1 (PROTOCOL_ERROR): RFC 9113, 8.1.1. */
	static const struct {
		const char *method, *path, *lines, *begin;
	} rows[] = {
		{ "GET", "/a", "connection: close\n", "1:reset(1)" },
		{ "GET", "/a", "transfer-encoding: chunked\n", "1:reset(1)" },
		{ "GET", "/a", "te: gzip\n", "1:reset(1)" },
		{ "GET", "/a", "X y: z\n", "1:reset(1)" },
		{ "GET", "/a", "x: a\001b\n", "1:reset(1)" },
		{ "GET", "/a", "content-length: 5\n", "1:reset(1)" },
		{ "GET", "/a", "host: other\n", "1:400 " },
		{ "GET", "/a", "host: h\n", "1:200 " },
		{ "GET", "/%2f", "", "1:400 " },
		{ "GET", "/a#b", "", "1:400 " },
		{ "GET", "/a/../../b", "", "1:400 " },
		{ "GET", "/a", "expect: else\n", "1:417 " },
		{ "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM", "/a", "", "1:501 " },
		{ "OPTIONS", "*", "", "1:200 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct h2_rig rig;

		h2_rig_init(&rig);
		(void)h2_rig_ask(
		    &rig, rows[i].method, rows[i].path, rows[i].lines);
		if (!str_starts(buf_str(&rig.events), str_of(rows[i].begin)))
			fail_msg("row %zu: %.*s", i, (int)rig.events.len,
			    rig.events.data);
		h2_rig_done(&rig);
	}
}

static void
refuses_a_target_that_is_too_long(void **state)
{
	char path[TARGET_SIZE_MAX + 2];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct h2_rig rig;

		memset(path, 'q', sizeof(path));
		memcpy(path, "/?", 2);
		path[TARGET_SIZE_MAX + more] = '\0';
		h2_rig_init(&rig);
		(void)h2_rig_ask(&rig, "GET", path, "");
		assert_true(str_starts(buf_str(&rig.events),
		    str_of(more == 0 ? "1:200 " : "1:414 ")));
		h2_rig_done(&rig);
	}
}

static void
refuses_trailers_that_are_too_large(void **state)
{
	enum { VALUE_SIZE = 4000 };
	char *block = test_malloc(BLOCK_SIZE_MAX);

	(void)state;
	for (size_t count = 2; count < 4; count++) {
		size_t size = 0;
		struct h2_rig rig;

		for (size_t i = 0; i < count; i++) {
			/* t: vvv...; 4000 is 127 + 3873 */
			memcpy(block + size, "\x00\x01t\x7f\xa1\x1e", 6);
			memset(block + size + 6, 'v', VALUE_SIZE);
			size += 6 + VALUE_SIZE;
		}
		h2_rig_init(&rig);
		rig.is_upload_open = true;
		(void)h2_rig_put(&rig, "/a", "", 3);
		h2_rig_frame(&rig, NGHTTP2_HEADERS,
		    NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1,
		    block, size);
		h2_rig_flow(&rig);
		assert_true(str_starts(buf_str(&rig.events),
		    str_of(count == 2 ? "1:200 " : "1:400 ")));
		h2_rig_done(&rig);
	}
	test_free(block);
}

static void
ends_a_connection_that_does_not_begin_as_one(void **state)
{
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.protocol = &h2_protocol;
	rig.make = h2_new;
	rig_connect(&rig);
	rig_send(&rig, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(rig.is_over);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bears_its_streams_and_not_one_more),
		cmocka_unit_test(counts_work_whose_stream_was_reset),
		cmocka_unit_test(bears_resets_and_not_one_more),
		cmocka_unit_test(bears_noise_and_not_one_more),
		cmocka_unit_test(bears_settings_and_not_one_more),
		cmocka_unit_test(
		    bears_empty_pieces_of_content_and_not_for_ever),
		cmocka_unit_test(bears_noise_for_ever_when_it_is_spread),
		cmocka_unit_test(refuses_a_head_that_is_too_large),
		cmocka_unit_test(refuses_too_many_fields),
		cmocka_unit_test(refuses_a_head_that_is_small_only_on_the_wire),
		cmocka_unit_test(ends_a_head_that_never_ends),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(refuses_a_target_that_is_too_long),
		cmocka_unit_test(refuses_trailers_that_are_too_large),
		cmocka_unit_test(ends_a_connection_that_does_not_begin_as_one),
	};

	return cmocka_run_group_tests_name("h2_limits", tests, NULL, NULL);
}
