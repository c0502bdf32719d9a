/*
 * h2_test.c - one HTTP/2 connection: many requests at once, each with its own
 * answer, its own interim responses and its own windows.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "h2_rig.h"
#include "http/h2.h"

#define OK(id) id ":200 content-length=2 " id ":[ok] " id ":end"

static void
answers_each_stream(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, OK("1"));
	(void)h2_rig_ask(&rig, "GET", "/b?q", "x: y\n");
	(void)h2_rig_ask(&rig, "PROPFIND", "/c", "");
	h2_rig_expect(&rig, OK("3") " " OK("5"));
	assert_true(str_is(buf_str(&rig.rig.targets), "/a /b?q /c "));
	assert_int_equal(rig.rig.released, 3);
	h2_rig_done(&rig);
}

static void
answers_in_the_order_in_which_the_work_is_done(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	(void)h2_rig_ask(&rig, "GET", "/b", "");
	h2_rig_expect(&rig, "");
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("3"));
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("1"));
	h2_rig_done(&rig);
}

static void
sends_no_content_where_none_belongs(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	(void)h2_rig_ask(&rig, "HEAD", "/a", "");
	h2_rig_expect(&rig, "1:200 content-length=2 1:end");
	rig.rig.status = 204;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "3:204 3:end");
	rig.rig.status = 200;
	rig.rig.kind = RESPONSE_EMPTY;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "5:200 content-length=0 5:end");
	h2_rig_done(&rig);
}

static void
pulls_a_response_piece_by_piece(void **state)
{
	static const char *const pieces[] = { "abc", "", "de", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "1:200 1:[abc] 1:[de] 1:end");
	rig.rig.pulled_size = 5;
	rig.rig.pull = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "3:200 content-length=5");
	rig.rig.pull = RIG_GO_ON;
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, "3:[abc] 3:[de] 3:end");
	h2_rig_done(&rig);
}

static void
cuts_short_what_breaks_its_promise(void **state)
{
	static const char *const pieces[] = { "abc", "de", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	rig.rig.pulled_size = 4;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "1:200 content-length=4 1:[abc] 1:reset(2)");
	rig.rig.pulled_size = BODY_SIZE_UNKNOWN;
	rig.rig.pull = RIG_BREAK;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "3:200 3:reset(2)");
	rig.rig.kind = RESPONSE_BYTES; /* the others live */
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, OK("5"));
	h2_rig_done(&rig);
}

static void
pulls_no_more_than_the_windows_of_the_peer_have_room_for(void **state)
{
	static const char *const pieces[] = { "abcd", "efgh", "ijkl", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_open(&rig, 6, 4);
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	rig.holds_window = true;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "1:200 1:[abcd] 1:[ef]");
	assert_int_equal(rig.rig.piece_index, 2);
	assert_int_equal(nghttp2_session_consume(rig.client, 1, 6), 0);
	h2_rig_expect(&rig, "1:[gh] 1:[ijkl] 1:end");
	h2_rig_done(&rig);
}

static void
hands_the_content_to_the_handler(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	(void)h2_rig_put(&rig, "/a", "", SIZE);
	h2_rig_expect(&rig, OK("1"));
	assert_int_equal(rig.rig.content.len, SIZE);
	(void)h2_rig_put(&rig, "/a", "content-length: 3\n", 3);
	h2_rig_expect(&rig, OK("3"));
	assert_int_equal(rig.rig.content.len, SIZE + 3);
	h2_rig_done(&rig);
}

/* Whether the body comes behind the head or with it, there is one. */
static void
knows_whether_there_is_a_body(void **state)
{
	struct h2_rig rig;
	const struct request *request;

	(void)state;
	for (int at_once = 0; at_once < 2; at_once++) {
		h2_rig_init(&rig);
		rig.sends_at_once = at_once;
		rig.rig.finish = RIG_HOLD;
		(void)h2_rig_put(&rig, "/a", "", 3);
		request = &rig.rig.x->request;
		assert_true(request->has_body);
		assert_true(request->body_size == BODY_SIZE_UNKNOWN);
		(void)h2_rig_put(&rig, "/a", "content-length: 3\n", 3);
		request = &rig.rig.x->request;
		assert_true(request->has_body);
		assert_true(request->body_size == 3);
		(void)h2_rig_ask(&rig, "PUT", "/a", "content-length: 0\n");
		request = &rig.rig.x->request;
		assert_true(request->has_body);
		assert_true(request->body_size == 0);
		(void)h2_rig_ask(&rig, "LOCK", "/a", "");
		request = &rig.rig.x->request;
		assert_false(request->has_body);
		assert_true(request->body_size == 0);
		h2_rig_done(&rig);
	}
}

/* Nobody takes it: what may come of a body is bounded by its window. */
static void
holds_no_more_of_a_body_than_its_window(void **state)
{
	enum { SIZE = 4 * 1024 * 1024, WINDOW_FIRST = 65535 };
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.start = RIG_HOLD;
	(void)h2_rig_put(&rig, "/a", "", SIZE);
	assert_int_equal(SIZE - rig.upload_left, WINDOW_FIRST);
	rig.rig.body = RIG_HOLD;
	rig_complete(&rig.rig);
	h2_rig_flow(&rig);
	assert_in_range(SIZE - rig.upload_left, 2 * WINDOW_FIRST,
	    H2_STREAM_WINDOW_SIZE_MAX);
	rig.rig.body = RIG_GO_ON;
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("1"));
	assert_int_equal(rig.rig.content.len, SIZE);
	h2_rig_done(&rig);
}

/* Bodies that wait for their turn leave the others their room. */
static void
lets_a_body_pass_by_those_that_wait(void **state)
{
	enum { COUNT = H2_WINDOW_SIZE_MAX / 60000 + 2 };
	struct h2_rig rig;

	(void)state;
	h2_rig_open(&rig, 0, COUNT + 1);
	rig.rig.start = RIG_HOLD;
	for (int i = 0; i < COUNT; i++)
		(void)h2_rig_put(&rig, "/a", "", 60000);
	assert_int_equal(rig.rig.started, COUNT);
	assert_int_equal(rig.upload_left, 0);
	rig.rig.start = RIG_GO_ON;
	(void)h2_rig_put(&rig, "/b", "", 8 * 1024 * 1024);
	h2_rig_expect(&rig, OK("73"));
	h2_rig_done(&rig);
}

/* Windows that leak would end this before its end. */
static void
gives_back_the_window_of_bodies_that_nobody_took(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.body = RIG_HOLD;
	rig.is_upload_open = true;
	for (int i = 0; i < 140; i++) {
		int32_t id = h2_rig_put(&rig, "/a", "", 0);

		rig.upload_left = 40 * 1024; /* a piece, and some more */
		(void)nghttp2_session_resume_data(rig.client, id);
		h2_rig_flow(&rig);
		assert_int_equal(rig.upload_left, 0);
		h2_rig_reset(&rig, id, NGHTTP2_CANCEL);
		rig_complete(&rig.rig);
	}
	rig.rig.body = RIG_GO_ON;
	rig.is_upload_open = false;
	(void)h2_rig_put(&rig, "/b", "", 3 * 1024 * 1024);
	h2_rig_expect(&rig, OK("281"));
	h2_rig_done(&rig);
}

static void
lets_a_small_rest_of_a_refused_body_come(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.start = RIG_REFUSE;
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", DRAIN_SIZE_MAX);
	h2_rig_expect(&rig, "1:403 content-length=0 1:end");
	assert_int_equal(rig.upload_left, 0);
	rig.upload_left = 1;
	assert_int_equal(nghttp2_session_resume_data(rig.client, 1), 0);
	h2_rig_flow(&rig);
	rig_at(&rig.rig, RIG_T0 + 1999);
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + 2000);
	h2_rig_expect(&rig, "1:reset(0)");
	h2_rig_done(&rig);
}

static void
respects_the_urgency_of_a_request(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "priority: u=1\n");
	(void)h2_rig_ask(&rig, "GET", "/b", "");
	(void)h2_rig_ask(&rig, "GET", "/c", "priority: u=5\n");
	rig.rig.window = 0;
	for (int i = 0; i < 3; i++)
		rig_complete(&rig.rig);
	rig_read(&rig.rig, RIG_ALL);
	h2_rig_expect(&rig, /* the first one was on its way */
	    OK("5") " 3:200 content-length=2 1:200 content-length=2 "
	            "1:[ok] 1:end 3:[ok] 3:end");
	h2_rig_done(&rig);
}

static void
tells_the_handler_that_a_stream_was_reset(void **state)
{
	struct h2_rig rig;
	int32_t id;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	id = h2_rig_ask(&rig, "COPY", "/a", "");
	h2_rig_reset(&rig, id, NGHTTP2_CANCEL);
	assert_int_equal(rig.rig.aborted, 1);
	assert_int_equal(rig.rig.logged, 1);
	assert_int_equal(rig.rig.released, 0);
	rig_complete(&rig.rig);
	assert_int_equal(rig.rig.released, 1);
	h2_rig_expect(&rig, "");
	rig.rig.finish = RIG_GO_ON;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, OK("3"));
	h2_rig_done(&rig);
}

/* Whoever resets a stream may ask again: for the same, on another one. */
static void
forgets_who_has_heard_when_a_stream_is_reset(void **state)
{
	struct h2_rig rig;
	uint64_t connection;
	int32_t id;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	id = h2_rig_ask(&rig, "COPY", "/a", "");
	connection = rig.rig.x->connection;
	(void)h2_rig_ask(&rig, "COPY", "/b", "");
	assert_true(rig.rig.x->connection == connection);
	h2_rig_reset(&rig, id, NGHTTP2_CANCEL);
	(void)h2_rig_ask(&rig, "COPY", "/a", "");
	assert_true(rig.rig.x->connection != connection);
	h2_rig_done(&rig);
}

static void
lets_the_work_outlive_the_connection(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	h2_rig_reset(&rig, h2_rig_ask(&rig, "COPY", "/a", ""), 8);
	(void)h2_rig_ask(&rig, "COPY", "/b", "");
	rig_close(&rig.rig);
	assert_int_equal(rig.rig.aborted, 2);
	rig_complete(&rig.rig);
	rig_complete(&rig.rig);
	assert_int_equal(rig.rig.released, 2);
	h2_rig_done(&rig);
}

static void
passes_trailers_over(void **state)
{
	static const char trailer[] = "\x00\x01t\x01v";
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", 3);
	h2_rig_frame(&rig, NGHTTP2_HEADERS,
	    NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1, trailer,
	    sizeof(trailer) - 1);
	h2_rig_expect(&rig, OK("1"));
	assert_int_equal(rig.rig.content.len, 3);
	h2_rig_done(&rig);
}

static void
finishes_what_it_has_begun_when_it_stops(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/b", "", 3);
	rig_stop(&rig.rig);
	h2_rig_expect(&rig, "goaway(0) 3:reset(8)");
	assert_false(rig.rig.is_over);
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("1"));
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);

	h2_rig_init(&rig); /* the rest of a body may come */
	rig.rig.config.stop_ms = 5000;
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/b", "", 3);
	rig_stop(&rig.rig);
	h2_rig_expect(&rig, "goaway(0)");
	rig_at(&rig.rig, RIG_T0 + 4999);
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + 5000);
	h2_rig_expect(&rig, "1:reset(8)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);

	h2_rig_init(&rig); /* nothing is under way */
	rig_stop(&rig.rig);
	h2_rig_expect(&rig, "goaway(0)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
answers_what_is_whole_when_the_peer_ends_its_side(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/b", "", 3);
	rig_end_input(&rig.rig);
	assert_int_equal(rig.rig.released, 1);
	assert_false(rig.rig.is_over);
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, "3:reset(8) " OK("1"));
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
sends_a_part_of_a_file(void **state)
{
	FILE *file = tmpfile();
	struct h2_rig rig;
	struct exchange *x;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fwrite("0123456789", 1, 10, file), 10);
	assert_int_equal(fflush(file), 0);
	h2_rig_init(&rig);
	for (int i = 0; i < 2; i++) {
		rig.rig.finish = RIG_HOLD;
		rig.rig.kind = RESPONSE_FILE;
		(void)h2_rig_ask(&rig, "GET", "/a", "");
		x = rig.rig.x;
		x->response.fd = dup(fileno(file));
		x->response.file_offset = 2;
		x->response.file_size = i == 0 ? 5 : 50; /* it was cut */
		rig_complete(&rig.rig);
	}
	h2_rig_expect(&rig, "1:200 content-length=5 1:[23456] 1:end "
	                    "3:200 content-length=50 3:[23456789] 3:reset(2)");
	h2_rig_done(&rig);
	(void)fclose(file);
}

static void
logs_what_was_sent_before_the_client_reset_it(void **state)
{
	struct h2_rig rig;
	FILE *file = tmpfile();
	struct exchange *x;
	int32_t id;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fwrite("0123456789", 1, 10, file), 10);
	assert_int_equal(fflush(file), 0);
	h2_rig_open(&rig, 4, 100);
	rig.holds_window = true;
	rig.rig.finish = RIG_HOLD;
	rig.rig.kind = RESPONSE_FILE;
	id = h2_rig_ask(&rig, "GET", "/a", "");
	x = rig.rig.x;
	x->response.fd = dup(fileno(file));
	x->response.file_size = 10;
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, "1:200 content-length=10 1:[0123]");
	h2_rig_reset(&rig, id, NGHTTP2_CANCEL);
	assert_int_equal(rig.rig.logged_sent_size, 4);
	h2_rig_done(&rig);
	(void)fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_each_stream),
		cmocka_unit_test(
		    answers_in_the_order_in_which_the_work_is_done),
		cmocka_unit_test(sends_no_content_where_none_belongs),
		cmocka_unit_test(pulls_a_response_piece_by_piece),
		cmocka_unit_test(cuts_short_what_breaks_its_promise),
		cmocka_unit_test(
		    pulls_no_more_than_the_windows_of_the_peer_have_room_for),
		cmocka_unit_test(sends_a_part_of_a_file),
		cmocka_unit_test(hands_the_content_to_the_handler),
		cmocka_unit_test(knows_whether_there_is_a_body),
		cmocka_unit_test(holds_no_more_of_a_body_than_its_window),
		cmocka_unit_test(lets_a_body_pass_by_those_that_wait),
		cmocka_unit_test(
		    gives_back_the_window_of_bodies_that_nobody_took),
		cmocka_unit_test(lets_a_small_rest_of_a_refused_body_come),
		cmocka_unit_test(respects_the_urgency_of_a_request),
		cmocka_unit_test(tells_the_handler_that_a_stream_was_reset),
		cmocka_unit_test(forgets_who_has_heard_when_a_stream_is_reset),
		cmocka_unit_test(lets_the_work_outlive_the_connection),
		cmocka_unit_test(passes_trailers_over),
		cmocka_unit_test(finishes_what_it_has_begun_when_it_stops),
		cmocka_unit_test(
		    answers_what_is_whole_when_the_peer_ends_its_side),
		cmocka_unit_test(logs_what_was_sent_before_the_client_reset_it),
	};

	return cmocka_run_group_tests_name("h2", tests, NULL, NULL);
}
