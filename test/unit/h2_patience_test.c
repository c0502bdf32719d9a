/*
 * h2_patience_test.c - for how long a peer of HTTP/2 may do nothing, or little.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "h2_rig.h"

#define OK(id) id ":200 content-length=2 " id ":[ok] " id ":end"

static void
ends_an_idle_connection(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig_at(&rig.rig, RIG_T0 + RIG_IDLE_MS - 1);
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, OK("1"));
	rig_at(&rig.rig, RIG_T0 + 2 * RIG_IDLE_MS - 2);
	h2_rig_frame(&rig, NGHTTP2_PING, 0, 0, "12345678", 8); /* no request */
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + 2 * RIG_IDLE_MS - 1);
	h2_rig_expect(&rig, "goaway(0)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
loses_patience_with_half_a_head(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	h2_rig_frame(&rig, NGHTTP2_HEADERS, 0, 1, "\x82\x86\x84", 3);
	rig_at(&rig.rig, RIG_T0 + RIG_HEAD_MS - 1);
	assert_false(rig.rig.is_over);
	rig_at(&rig.rig, RIG_T0 + RIG_HEAD_MS);
	h2_rig_expect(&rig, "goaway(11)");
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

static void
loses_patience_with_half_a_body_and_keeps_the_others(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.is_quiet = true;
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", 3);
	rig_at(&rig.rig, RIG_T0 + RIG_BODY_MS - 1);
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + RIG_BODY_MS);
	h2_rig_flow(&rig);
	assert_true(str_starts(buf_str(&rig.events), str_of("1:408 ")));
	buf_clear(&rig.events);
	rig_at(&rig.rig, RIG_T0 + 2 * RIG_BODY_MS);
	h2_rig_expect(&rig, "1:reset(0)");
	(void)h2_rig_ask(&rig, "GET", "/b", "");
	h2_rig_expect(&rig, "3:200 content-length=2 3:end");
	h2_rig_done(&rig);
}

static void
loses_patience_with_a_window_that_stays_shut(void **state)
{
	static const char *const pieces[] = { "abcd", "efgh", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_open(&rig, 4, 4);
	rig.holds_window = true;
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "1:200 1:[abcd]");
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS - 1);
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS);
	h2_rig_expect(&rig, "1:reset(8)");
	assert_int_equal(rig.rig.released, 1);
	h2_rig_done(&rig);
}

static void
loses_patience_with_a_peer_that_reads_nothing(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.window = 0;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS - 1);
	assert_false(rig.rig.is_over);
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS);
	assert_true(rig.rig.is_over);
	h2_rig_done(&rig);
}

/* The connection's window, which it opens by single octets. */
static void
loses_patience_with_a_peer_that_lets_single_octets_through(void **state)
{
	enum { RATE = 1000 };
	FILE *file = tmpfile();
	struct h2_rig rig;
	int64_t end_ms = RIG_T0 + RIG_SEND_MS + 2000;

	(void)state;
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 1000000), 0);
	h2_rig_open(&rig, 1000000, 4);
	rig.rig.config.rate_min = RATE;
	rig.holds_window = true;
	rig.is_quiet = true;
	rig.rig.finish = RIG_HOLD;
	rig.rig.kind = RESPONSE_FILE;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	rig.rig.x->response.fd = dup(fileno(file));
	rig.rig.x->response.file_size = 1000000;
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, "1:200 content-length=1000000");
	while (rig.rig.now_ms < end_ms && !rig.rig.is_over) {
		rig_at(&rig.rig, rig.rig.now_ms + 1000);
		h2_rig_frame(&rig, NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4);
		h2_rig_flow(&rig);
	}
	assert_true(rig.rig.is_over);
	assert_in_range(
	    rig.rig.now_ms, RIG_T0 + RIG_SEND_MS, RIG_T0 + RIG_SEND_MS + 1000);
	h2_rig_done(&rig);
	(void)fclose(file);
}

/* The one that is behind another one's bulk is not to blame. */
static void
has_patience_with_a_stream_that_waits_for_another(void **state)
{
	static const char *const pieces[] = { "abcd", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	rig.rig.window = 0;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	for (int i = 0; i < 40; i++) {
		rig_at(&rig.rig, rig.rig.now_ms + RIG_SEND_MS - 1);
		rig_read(&rig.rig, 1);
	}
	rig_read(&rig.rig, RIG_ALL);
	h2_rig_expect(&rig, "1:200 1:[abcd] 1:end");
	h2_rig_done(&rig);
}

static void
loses_patience_with_a_body_that_trickles(void **state)
{
	struct h2_rig rig;
	int64_t end_ms = RIG_T0 + RIG_BODY_MS + 2000;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.config.rate_min = 1000;
	rig.is_quiet = true;
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", 1);
	while (rig.rig.now_ms < end_ms && rig.rig.logged_status == 0) {
		rig_at(&rig.rig, rig.rig.now_ms + 1000);
		rig.upload_left = 1;
		(void)nghttp2_session_resume_data(rig.client, 1);
		h2_rig_flow(&rig);
	}
	assert_int_equal(rig.rig.logged_status, 408);
	h2_rig_done(&rig);
}

/* A time of 0 is for ever. */
static void
has_patience_without_end_if_told_to(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.config.idle_ms = 0;
	rig.rig.config.body_ms = 0;
	assert_true(rig.rig.protocol->next_ms(rig.rig.session) == CONN_NEVER);
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", "", 1);
	assert_true(rig.rig.protocol->next_ms(rig.rig.session) == CONN_NEVER);
	h2_rig_done(&rig);
}

static void
is_idle_without_a_stream(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	assert_true(rig.rig.protocol->is_idle(rig.rig.session));
	rig.rig.finish = RIG_HOLD;
	h2_rig_reset(&rig, h2_rig_ask(&rig, "COPY", "/a", ""), 8);
	assert_false(rig.rig.protocol->is_idle(rig.rig.session));
	rig_complete(&rig.rig);
	assert_true(rig.rig.protocol->is_idle(rig.rig.session));
	h2_rig_done(&rig);
}

static void
takes_the_end_of_input_for_a_departure_if_told_to(void **state)
{
	(void)state;
	for (int is_departure = 0; is_departure < 2; is_departure++) {
		struct h2_rig rig;

		h2_rig_init(&rig);
		rig.rig.finish = RIG_HOLD;
		rig.rig.config.is_end_departure = is_departure;
		(void)h2_rig_ask(&rig, "COPY", "/a", "");
		rig_end_input(&rig.rig);
		assert_int_equal(rig.rig.aborted, is_departure);
		assert_int_equal(rig.rig.is_over, is_departure);
		h2_rig_done(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_an_idle_connection),
		cmocka_unit_test(loses_patience_with_half_a_head),
		cmocka_unit_test(
		    loses_patience_with_half_a_body_and_keeps_the_others),
		cmocka_unit_test(loses_patience_with_a_window_that_stays_shut),
		cmocka_unit_test(loses_patience_with_a_peer_that_reads_nothing),
		cmocka_unit_test(
		    loses_patience_with_a_peer_that_lets_single_octets_through),
		cmocka_unit_test(
		    has_patience_with_a_stream_that_waits_for_another),
		cmocka_unit_test(loses_patience_with_a_body_that_trickles),
		cmocka_unit_test(has_patience_without_end_if_told_to),
		cmocka_unit_test(is_idle_without_a_stream),
		cmocka_unit_test(
		    takes_the_end_of_input_for_a_departure_if_told_to),
	};

	return cmocka_run_group_tests_name("h2_patience", tests, NULL, NULL);
}
