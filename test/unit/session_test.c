/*
 * session_test.c - one connection: requests in, responses out, in order.
 */
#include <string.h>

#include "http/session_inside.h"
#include "session_rig.h"

#define HOST "Host: h\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define REFUSED "HTTP/1.1 403 Forbidden\nContent-Length: 0\n\n"
#define REFUSED_CLOSE                                                          \
	"HTTP/1.1 403 Forbidden\nContent-Length: 0\nConnection: close\n\n"

static void
answers_in_order_and_keeps_the_connection(void **state)
{
	(void)state;
	rig_expect_always(NULL, GET("/a"), RIG_OK);
	rig_expect_always(
	    NULL, GET("/a") GET("/b") GET("/c"), RIG_OK RIG_OK RIG_OK);
	rig_expect_always(
	    NULL, "\r\n" GET("/a") "\r\n" GET("/b"), RIG_OK RIG_OK);
	rig_expect_always(NULL,
	    "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc" GET("/b"),
	    RIG_OK RIG_OK);
	rig_expect_always(NULL,
	    "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n" GET("/b"),
	    RIG_OK RIG_OK);
	rig_expect_always(NULL,
	    "PUT /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" GET("/b"),
	    RIG_OK RIG_OK);
}

static void
closes_when_it_is_asked_to(void **state)
{
	static const char *const inputs[] = {
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Connection: a, CLOSE\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: x\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		rig_send(&rig, inputs[i]);
		rig_expect(&rig, RIG_OK_CLOSE);
		assert_true(rig.is_over);
		rig_send(&rig, GET("/late")); /* not read any more */
		assert_int_equal(rig.finished, 1);
		rig_done(&rig);
	}
}

static void
keeps_an_http_1_0_connection_that_asks_for_it(void **state)
{
	(void)state;
	rig_expect_always(NULL,
	    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	    "HTTP/1.1 200 OK\nContent-Length: 2\nConnection: keep-alive\n\nok"
	    "HTTP/1.1 200 OK\nContent-Length: 2\nConnection: "
	    "keep-alive\n\nok");
}

static void
gives_the_content_to_the_handler_without_framing(void **state)
{
	static const char *const inputs[] = {
		"PUT / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nTarry 102",
		"PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		"6\r\nTarry \r\n003\r\n102\r\n0\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 1; at < strlen(inputs[i]); at++) {
			struct rig rig;

			rig_init(&rig);
			rig_send_octets(&rig, inputs[i], at);
			rig_send(&rig, inputs[i] + at);
			assert_true(str_is(buf_str(&rig.content), "Tarry 102"));
			rig_expect(&rig, RIG_OK);
			rig_done(&rig);
		}
	}
}

static void
waits_for_the_handler_before_it_reads_the_next_piece(void **state)
{
	enum { SIZE = 300 * 1024, PIECE = 256 * 1024 };
	char *body = test_calloc(1, SIZE);
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.body = RIG_HOLD;
	rig_send(
	    &rig, "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 307200\r\n\r\n");
	for (size_t at = 0; at < SIZE;) {
		size_t size = SIZE - at < 65536 ? SIZE - at : 65536;

		if (!session_protocol.wants_input(rig.session))
			break;
		rig_send_octets(&rig, body + at, size);
		at += size;
	}
	assert_int_equal(rig.content.len, PIECE);
	rig_complete(&rig);
	assert_int_equal(rig.content.len, SIZE);
	assert_int_equal(rig.finished, 0);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
	test_free(body);
}

static void
asks_for_a_body_only_when_it_is_wanted(void **state)
{
	static const char head[] =
	    "PUT /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	    "Content-Length: 3\r\n\r\n";
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.start = RIG_HOLD;
	rig_send(&rig, head);
	rig_expect(&rig, "");
	rig_complete(&rig);
	rig_expect(&rig, RIG_100);
	rig_send(&rig, "abc");
	rig_expect(&rig, RIG_OK);
	assert_int_equal(rig.logged_interim_count, 1);

	rig_send(&rig, head); /* known before the body: no 100 */
	rig_refuse(&rig);
	rig_expect(&rig, REFUSED_CLOSE);
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
asks_for_no_body_that_is_on_its_way_or_empty(void **state)
{
	static const char *const inputs[] = {
		"PUT /a HTTP/1.1\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 3\r\n\r\na",
		"PUT /a HTTP/1.1\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
		"GET /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n",
		"PUT /a HTTP/1.0\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		rig_send(&rig, inputs[i]);
		rig.output.len = rig.output.len < 15 ? rig.output.len : 15;
		assert_false(
		    str_starts(buf_str(&rig.output), str_of("HTTP/1.1 100")));
		rig_done(&rig);
	}
}

static void
sends_no_content_to_a_head(void **state)
{
	static const char *const pieces[] = { "abc", NULL };
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_send(&rig, "HEAD / HTTP/1.1\r\n" HOST "\r\n" GET("/"));
	rig_expect(&rig, "HTTP/1.1 200 OK\nContent-Length: 2\n\n" RIG_OK);
	rig.kind = RESPONSE_PULLED;
	rig.pieces = pieces;
	rig_send(&rig, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
	rig_expect(&rig, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
	rig.kind = RESPONSE_BYTES;
	rig_send(&rig, GET("/"));
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
}

static void
sends_no_content_with_204_and_304(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.status = 204;
	rig_send(&rig, GET("/"));
	rig_expect(&rig, "HTTP/1.1 204 No Content\n\n");
	rig.status = 304;
	rig_send(&rig, GET("/"));
	rig_expect(&rig, "HTTP/1.1 304 Not Modified\n\n");
	rig_done(&rig);
}

static void
setup_pulled(struct rig *rig)
{
	static const char *const pieces[] = { "abc", "", "de", NULL };

	rig->kind = RESPONSE_PULLED;
	rig->pieces = pieces;
}

static void
setup_pulled_sized(struct rig *rig)
{
	setup_pulled(rig);
	rig->pulled_size = 5;
}

static void
frames_pulled_content_as_the_version_allows(void **state)
{
	(void)state;
	rig_expect_always(setup_pulled, GET("/") GET("/"),
	    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
	    "3\nabc\n2\nde\n0\n\n"
	    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
	    "3\nabc\n2\nde\n0\n\n");
	rig_expect_always(setup_pulled,
	    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	    "HTTP/1.1 200 OK\nConnection: close\n\nabcde");
	rig_expect_always(setup_pulled_sized, GET("/") GET("/"),
	    "HTTP/1.1 200 OK\nContent-Length: 5\n\nabcde"
	    "HTTP/1.1 200 OK\nContent-Length: 5\n\nabcde");
}

static void
pulls_no_more_than_the_peer_reads(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	setup_pulled(&rig);
	rig.window = 10;
	rig_send(&rig, GET("/"));
	assert_int_equal(rig.piece_index, 0);
	rig.pull = RIG_HOLD;
	rig_read(&rig, RIG_ALL); /* the head */
	rig.window = 4;
	rig_complete(&rig);
	assert_int_equal(rig.piece_index, 1);
	assert_null(rig.x);
	rig_read(&rig, RIG_ALL);
	assert_non_null(rig.x);
	rig_complete(&rig);
	rig_complete(&rig);
	rig_expect(&rig, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"
	                 "3\nabc\n2\nde\n0\n\n");
	rig_done(&rig);
}

/* Promised more, promised less, and a handler that cannot go on. */
static void
cuts_the_connection_when_content_cannot_be_completed(void **state)
{
	static const struct {
		uint64_t size;
		enum rig_move pull;
		const char *output;
	} rows[] = {
		{ 6, RIG_GO_ON, "HTTP/1.1 200 OK\nContent-Length: 6\n\nabc" },
		{ 4, RIG_GO_ON, "HTTP/1.1 200 OK\nContent-Length: 4\n\nabc" },
		{ 2, RIG_GO_ON, "HTTP/1.1 200 OK\nContent-Length: 2\n\n" },
		{ BODY_SIZE_UNKNOWN, RIG_BREAK,
		    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		setup_pulled(&rig);
		rig.pulled_size = rows[i].size;
		rig.pull = rows[i].pull;
		rig_send(&rig, GET("/a") GET("/b"));
		rig_expect(&rig, rows[i].output);
		assert_true(rig.is_over);
		assert_int_equal(rig.finished, 1);
		rig_done(&rig);
	}
}

static void
setup_refuse(struct rig *rig)
{
	rig->start = RIG_REFUSE;
}

static void
drains_a_short_body_that_was_not_wanted(void **state)
{
	(void)state;
	rig_expect_always(setup_refuse,
	    "PUT / HTTP/1.1\r\n" HOST
	    "Content-Length: 40\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n"
	    "\r\n12345" GET("/"),
	    REFUSED REFUSED);
}

static void
closes_instead_of_draining_a_long_body(void **state)
{
	static const struct {
		const char *field;
		bool is_over;
	} rows[] = {
		{ "Content-Length: 262144\r\n", false },
		{ "Content-Length: 262145\r\n", true },
		{ "Transfer-Encoding: chunked\r\n", true },
		{ "Content-Length: 5\r\nExpect: 100-continue\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		setup_refuse(&rig);
		rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST);
		rig_send(&rig, rows[i].field);
		rig_send(&rig, "\r\n");
		rig_expect(&rig, rows[i].is_over ? REFUSED_CLOSE : REFUSED);
		assert_int_equal(rig.is_over, rows[i].is_over);
		rig_done(&rig);
	}
}

static void
answers_early_from_the_middle_of_a_body(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.body = RIG_HOLD;
	rig_send(
	    &rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	rig_send(&rig, GET("/b"));
	rig_refuse(&rig);
	rig_expect(&rig, REFUSED RIG_OK);
	assert_int_equal(rig.finished, 1);
	rig_done(&rig);
}

/* It may have ended its own side only, as nc does, and read on. */
static void
tells_who_ends_a_body_early_and_changes_nothing(void **state)
{
	static const char *const inputs[] = {
		"PUT / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabc",
		"PUT / HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
		"PUT / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(inputs) / sizeof(inputs[0]); i++) {
		bool is_held = i % 2 == 1;
		struct rig rig;

		rig_init(&rig);
		rig.start = is_held ? RIG_HOLD : RIG_GO_ON;
		rig_send(&rig, inputs[i / 2]);
		rig_end_input(&rig);
		if (is_held)
			rig_complete(&rig);
		rig_expect_status(&rig, "400");
		assert_true(rig.is_over);
		assert_int_equal(rig.finished, 0);
		assert_int_equal(rig.released, 1);
		assert_int_equal(rig.logged_status, 400);
		rig_done(&rig);
	}
}

static void
answers_all_that_is_whole_when_the_peer_ends_its_side(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.start = RIG_HOLD;
	rig_send(&rig, GET("/a") GET("/b") "GET /half");
	rig_end_input(&rig);
	rig.start = RIG_GO_ON;
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK RIG_OK);
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
releases_once_when_the_peer_goes_in_any_step(void **state)
{
	enum { STEP_COUNT = 4, WAY_COUNT = 3 };

	(void)state;
	for (int i = 0; i < STEP_COUNT * WAY_COUNT; i++) {
		int step = i / WAY_COUNT;
		struct rig rig;

		rig_init(&rig);
		setup_pulled(&rig);
		rig.start = step == 0 ? RIG_HOLD : RIG_GO_ON;
		rig.body = step == 1 ? RIG_HOLD : RIG_GO_ON;
		rig.finish = step == 2 ? RIG_HOLD : RIG_GO_ON;
		rig.pull = step == 3 ? RIG_HOLD : RIG_GO_ON;
		rig.answers_abort = i % WAY_COUNT == 2;
		rig_send(&rig,
		    "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
		assert_non_null(rig.x);
		rig_close(&rig);
		assert_int_equal(rig.aborted, 1);
		assert_int_equal(rig.released, 0);
		assert_int_equal(rig.logged_status, 0);
		/* The piece is still the handler's, and whole. */
		if (step == 1)
			assert_true(str_is(buf_str(&rig.x->piece), "abc"));
		if (i % WAY_COUNT == 1 && (step == 1 || step == 0))
			rig_refuse(&rig);
		else
			rig_complete(&rig);
		assert_int_equal(rig.released, 1);
		rig_done(&rig);
	}
}

static void
releases_at_once_when_the_peer_goes_between_steps(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nab");
	rig_close(&rig);
	assert_int_equal(rig.aborted, 0);
	assert_int_equal(rig.released, 1);
	rig_done(&rig);

	rig_init(&rig);
	rig.window = 5;
	rig_send(&rig, GET("/"));
	rig_close(&rig);
	assert_int_equal(rig.released, 1);
	assert_int_equal(rig.logged_status, 200);
	rig_done(&rig);
}

static void
ends_at_once_when_it_is_stopped_idle(void **state)
{
	static const char *const inputs[] = { "", "GET / H", GET("/a"),
		GET("/a") "GET /b",
		"PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nab" };

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct rig rig;

		rig_init(&rig);
		rig_send(&rig, inputs[i]);
		rig_stop(&rig);
		assert_true(rig.is_over);
		rig_done(&rig);
	}
}

static void
finishes_what_it_works_on_when_it_is_stopped(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.finish = RIG_HOLD;
	rig_send(&rig, GET("/a") GET("/b"));
	rig_stop(&rig);
	assert_false(rig.is_over);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK_CLOSE);
	assert_true(rig.is_over);
	assert_int_equal(rig.finished, 1);
	rig_done(&rig);

	rig_init(&rig);
	rig.body = RIG_HOLD;
	rig_send(
	    &rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 262145\r\n\r\n");
	for (int i = 0; i < 4; i++) {
		static const char block[64 * 1024];

		rig_send_octets(&rig, block, sizeof(block));
	}
	rig_stop(&rig);
	rig_complete(&rig); /* more of the body would have to come */
	assert_true(rig.is_over);
	rig_expect(&rig, "");
	rig_done(&rig);
}

static void
says_how_and_by_whom_a_request_came(void **state)
{
	struct rig rig;
	char name[] = "ann";

	(void)state;
	rig_init(&rig);
	rig.finish = RIG_HOLD;
	rig.peer.is_tls = true;
	rig.peer.principal = str_of(name);
	rig_send(&rig, GET("/"));
	rig_close(&rig);
	name[0] = 'X'; /* the connection is gone, the request is not */
	assert_true(str_is(rig.x->request.scheme, "https"));
	assert_true(str_is(rig.x->request.principal, "ann"));
	rig_done(&rig);
}

static void
keeps_no_memory_while_it_is_idle(void **state)
{
	const struct session *s;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_send(&rig, GET("/"));
	rig_expect(&rig, RIG_OK);
	s = rig.session;
	assert_true(sizeof(*s) <= 1024);
	assert_null(s->in.data);
	assert_null(s->sender.out.data);
	assert_null(s->x);
	assert_int_equal(rig.released, 1);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_in_order_and_keeps_the_connection),
		cmocka_unit_test(closes_when_it_is_asked_to),
		cmocka_unit_test(keeps_an_http_1_0_connection_that_asks_for_it),
		cmocka_unit_test(
		    gives_the_content_to_the_handler_without_framing),
		cmocka_unit_test(
		    waits_for_the_handler_before_it_reads_the_next_piece),
		cmocka_unit_test(asks_for_a_body_only_when_it_is_wanted),
		cmocka_unit_test(asks_for_no_body_that_is_on_its_way_or_empty),
		cmocka_unit_test(sends_no_content_to_a_head),
		cmocka_unit_test(sends_no_content_with_204_and_304),
		cmocka_unit_test(frames_pulled_content_as_the_version_allows),
		cmocka_unit_test(pulls_no_more_than_the_peer_reads),
		cmocka_unit_test(
		    cuts_the_connection_when_content_cannot_be_completed),
		cmocka_unit_test(drains_a_short_body_that_was_not_wanted),
		cmocka_unit_test(closes_instead_of_draining_a_long_body),
		cmocka_unit_test(answers_early_from_the_middle_of_a_body),
		cmocka_unit_test(
		    tells_who_ends_a_body_early_and_changes_nothing),
		cmocka_unit_test(
		    answers_all_that_is_whole_when_the_peer_ends_its_side),
		cmocka_unit_test(releases_once_when_the_peer_goes_in_any_step),
		cmocka_unit_test(
		    releases_at_once_when_the_peer_goes_between_steps),
		cmocka_unit_test(ends_at_once_when_it_is_stopped_idle),
		cmocka_unit_test(finishes_what_it_works_on_when_it_is_stopped),
		cmocka_unit_test(says_how_and_by_whom_a_request_came),
		cmocka_unit_test(keeps_no_memory_while_it_is_idle),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
