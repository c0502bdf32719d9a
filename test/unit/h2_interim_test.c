/*
 * h2_interim_test.c - 100 and 102 over HTTP/2: when, and one at a time.
 */
#include "h2_rig.h"
#include "http/h2_inside.h"

#define OK(id) id ":200 content-length=2 " id ":[ok] " id ":end"

static void
says_102_as_a_head_that_does_not_end_the_stream(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	rig.rig.progress = 1;
	rig.rig.lines = "Progress: 1/9\r\n";
	(void)h2_rig_ask(&rig, "COPY", "/a", "prefer: processing\n");
	h2_rig_expect(&rig, "1:102 progress=1/9");
	rig.rig.progress = 2;
	rig_at(&rig.rig, RIG_T0 + 999);
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + 1000);
	h2_rig_expect(&rig, "1:102 progress=1/9");
	rig_complete(&rig.rig);
	h2_rig_expect(
	    &rig, "1:200 interim-sent=2 content-length=2 1:[ok] 1:end");
	assert_int_equal(rig.rig.logged_interim_count, 2);
	/* The connection needs no closing after it: nothing can be mixed up. */
	assert_false(rig.rig.is_over);
	h2_rig_done(&rig);
}

/* Nothing here has a 103 to say; whatever will is carried in the same way. */
static void
carries_any_1xx_but_101(void **state)
{
	static const struct str lines =
	    STR("Link: </style.css>; rel=preload\r\n");
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_response_interim(rig.rig.x->session, 103, lines);
	h2_rig_frame(&rig, NGHTTP2_PING, 0, 0, "whatever", 8); /* drives it */
	h2_rig_expect(&rig, "1:103");
	expect_assert_failure(
	    h2_response_interim(rig.rig.x->session, 101, lines));
	rig_complete(&rig.rig);
	h2_rig_expect(&rig, OK("1"));
	h2_rig_done(&rig);
}

static void
keeps_one_102_of_a_stream_waiting_at_most(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	rig.rig.progress = 1;
	rig.rig.window = 0; /* the peer reads nothing */
	(void)h2_rig_ask(&rig, "COPY", "/a", "user-agent: curl/7.88.1\n");
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS - 1);
	rig_complete(&rig.rig);
	rig_read(&rig.rig, RIG_ALL);
	h2_rig_expect(&rig, "1:102 " OK("1"));
	assert_int_equal(rig.rig.logged_interim_count, 1);
	h2_rig_done(&rig);
}

static void
stacks_no_102_on_a_100_that_was_not_read(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.rig.finish = RIG_HOLD;
	rig.rig.progress = 1;
	rig.rig.window = 0;
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a",
	    "expect: 100-continue\nuser-agent: curl/7.88.1\n"
	    "content-length: 3\n",
	    0);
	rig.is_upload_open = false;
	rig.upload_left = 3;
	assert_int_equal(nghttp2_session_resume_data(rig.client, 1), 0);
	h2_rig_flow(&rig);
	assert_int_equal(rig.rig.finished, 1);
	rig_at(&rig.rig, RIG_T0 + RIG_SEND_MS - 1);
	assert_int_equal(rig.rig.x->log.interim_count, 1);
	rig_read(&rig.rig, RIG_ALL);
	h2_rig_expect(&rig, "1:100 1:102");
	h2_rig_done(&rig);
}

static void
goes_on_with_102s_while_another_stream_is_busy(void **state)
{
	static const char *const pieces[] = { "abcd", "efgh", NULL };
	struct h2_rig rig;

	(void)state;
	h2_rig_open(&rig, 4, 4);
	rig.holds_window = true;
	rig.rig.kind = RESPONSE_PULLED;
	rig.rig.pieces = pieces;
	(void)h2_rig_ask(&rig, "GET", "/a", "");
	h2_rig_expect(&rig, "1:200 1:[abcd]"); /* stalled */
	rig.rig.kind = RESPONSE_BYTES;
	rig.rig.finish = RIG_HOLD;
	rig.rig.progress = 1;
	(void)h2_rig_ask(&rig, "COPY", "/b", "user-agent: curl/7.88.1\n");
	rig_at(&rig.rig, RIG_T0 + RIG_THRESHOLD_MS + RIG_INTERVAL_MS);
	h2_rig_expect(&rig, "3:102 3:102");
	h2_rig_done(&rig);
}

static void
answers_a_probe_with_one_102_at_once(void **state)
{
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	(void)h2_rig_ask(&rig, "OPTIONS", "*", "prefer: processing\n");
	h2_rig_expect(
	    &rig, "1:102 1:200 interim-sent=1 content-length=2 1:[ok] 1:end");
	h2_rig_done(&rig);
}

static void
asks_for_a_body_only_when_it_is_wanted(void **state)
{
	static const char expects[] =
	    "expect: 100-continue\ncontent-length: 3\n";
	struct h2_rig rig;

	(void)state;
	h2_rig_init(&rig);
	rig.is_upload_open = true;
	(void)h2_rig_put(&rig, "/a", expects, 0);
	h2_rig_expect(&rig, "1:100");
	assert_int_equal(rig.rig.finished, 0);
	rig.is_upload_open = false;
	rig.upload_left = 3;
	assert_int_equal(nghttp2_session_resume_data(rig.client, 1), 0);
	h2_rig_expect(&rig, OK("1"));
	assert_int_equal(rig.rig.logged_interim_count, 1);

	rig.is_upload_open = true;
	rig.rig.start = RIG_REFUSE;
	(void)h2_rig_put(&rig, "/a", expects, 0);
	h2_rig_expect(&rig, "3:403 content-length=0 3:end");
	rig_at(&rig.rig, RIG_T0 + 1999); /* curl must read it first */
	h2_rig_expect(&rig, "");
	rig_at(&rig.rig, RIG_T0 + 2000);
	h2_rig_expect(&rig, "3:reset(0)");
	h2_rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    says_102_as_a_head_that_does_not_end_the_stream),
		cmocka_unit_test(carries_any_1xx_but_101),
		cmocka_unit_test(keeps_one_102_of_a_stream_waiting_at_most),
		cmocka_unit_test(stacks_no_102_on_a_100_that_was_not_read),
		cmocka_unit_test(
		    goes_on_with_102s_while_another_stream_is_busy),
		cmocka_unit_test(answers_a_probe_with_one_102_at_once),
		cmocka_unit_test(asks_for_a_body_only_when_it_is_wanted),
	};

	return cmocka_run_group_tests_name("h2_interim", tests, NULL, NULL);
}
