/*
 * session_interim_test.c - when a session says 102, and when it must not.
 */
#include <string.h>

#include "base/limits.h"
#include "session_rig.h"

#define HOST "Host: h\r\n"
#define PREFER "Prefer: processing\r\n"
#define COPY "COPY /a HTTP/1.1\r\n" HOST "\r\n"
#define COPY_ASKED "COPY /a HTTP/1.1\r\n" HOST PREFER "\r\n"
#define CURL_COPY "COPY /a HTTP/1.1\r\n" HOST "User-Agent: curl/7.88.1\r\n\r\n"
#define OPTIONS_ASKED "OPTIONS /a HTTP/1.1\r\n" HOST PREFER "\r\n"

enum {
	DUE = RIG_T0 + RIG_THRESHOLD_MS, /* the first 102 */
	LATE = RIG_T0 + 3600 * 1000,
};

/* A handler that works until the test completes it. */
static void
init_slow(struct rig *rig)
{
	rig_init(rig);
	rig->finish = RIG_HOLD;
	rig->progress = 1;
}

static void
says_102_after_the_threshold_and_then_at_intervals(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, CURL_COPY);
	rig_at(&rig, DUE - 1);
	rig_expect(&rig, "");
	rig_at(&rig, DUE);
	rig_expect(&rig, RIG_102);
	rig_at(&rig, DUE + RIG_INTERVAL_MS - 1);
	rig_expect(&rig, "");
	rig_at(&rig, DUE + 2 * RIG_INTERVAL_MS);
	rig_expect(&rig, RIG_102 RIG_102);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK); /* curl is known: it stays */
	assert_int_equal(rig.logged_interim_count, 3);
	rig_at(&rig, DUE + 20 * RIG_INTERVAL_MS);
	rig_expect(&rig, "");
	rig_done(&rig);
}

static void
never_speaks_to_http_1_0(void **state)
{
	static const char *const inputs[] = {
		"COPY /a HTTP/1.0\r\n\r\n",
		"COPY /a HTTP/1.0\r\n" PREFER "\r\n",
		"COPY /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"COPY /a HTTP/1.0\r\nUser-Agent: curl/7.88.1\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct rig rig;

		init_slow(&rig);
		rig_send(&rig, inputs[i]);
		rig_at(&rig, LATE);
		rig_expect(&rig, "");
		rig_complete(&rig);
		assert_int_equal(rig.logged_interim_count, 0);
		assert_string_equal(rig.logged_withheld, "http/1.0");
		rig_done(&rig);
	}
}

static void
says_nothing_before_the_last_octet_of_the_body(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig,
	    "PUT /a HTTP/1.1\r\n" HOST PREFER "Content-Length: 3\r\n\r\nab");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS - 1);
	rig_expect(&rig, "");
	rig_send(&rig, "c");
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static void
says_nothing_before_the_work_is_accepted(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.progress = 0;
	rig_send(&rig, COPY_ASKED);
	rig_at(&rig, DUE + RIG_INTERVAL_MS);
	rig_expect(&rig, "");
	rig.progress = 1;
	rig_at(&rig, DUE + RIG_INTERVAL_MS + 100);
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static void
says_102_as_soon_as_the_work_is_accepted(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.progress = 0;
	rig_send(&rig, COPY_ASKED);
	rig_expect(&rig, "");
	rig.progress = 1;
	rig_at(&rig, RIG_T0 + 1);
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static void
says_nothing_while_the_handler_only_decides(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.start = RIG_HOLD;
	rig_send(&rig, COPY_ASKED);
	rig_at(&rig, LATE);
	rig_expect(&rig, "");
	rig_refuse(&rig);
	rig_expect(&rig, "HTTP/1.1 403 Forbidden\nInterim-Sent: 0\n"
	                 "Content-Length: 0\n\n");
	rig_done(&rig);
}

static void
keeps_one_waiting_at_most(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.window = 0;
	rig_send(&rig, CURL_COPY);
	rig_at(&rig, LATE);
	rig_read(&rig, RIG_ALL);
	rig_expect(&rig, RIG_102);
	rig_at(&rig, LATE + RIG_INTERVAL_MS - 1);
	rig_expect(&rig, "");
	rig_at(&rig, LATE + RIG_INTERVAL_MS);
	rig_expect(&rig, RIG_102);

	rig_read(&rig, 5); /* a part of the next, and then the answer */
	rig_at(&rig, LATE + 2 * RIG_INTERVAL_MS);
	rig_complete(&rig);
	rig_at(&rig, LATE + 2 * RIG_INTERVAL_MS + RIG_SEND_MS - 1);
	rig_read(&rig, RIG_ALL);
	rig_expect(&rig, RIG_102 RIG_OK);
	rig_done(&rig);
}

static void
stacks_no_102_on_a_100_that_was_not_read(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.window = 0;
	rig_send(&rig, "PUT /a HTTP/1.1\r\n" HOST PREFER
	               "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	rig_send(&rig, "abc");
	rig_at(&rig, LATE);
	rig_read(&rig, strlen("HTTP/1.1 100 Continue\r\n\r"));
	rig_at(&rig, LATE + 1000);
	rig_read(&rig, RIG_ALL);
	rig_expect(&rig, RIG_100 RIG_102);
	rig_complete(&rig);
	rig_done(&rig);

	rig_init(&rig); /* nor does a probe */
	rig.window = 0;
	rig_send(&rig, "OPTIONS /a HTTP/1.1\r\n" HOST PREFER
	               "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	rig_send(&rig, "abc");
	rig_read(&rig, RIG_ALL);
	rig_expect(&rig, RIG_100 "HTTP/1.1 200 OK\nInterim-Sent: 1\n"
	                         "Content-Length: 2\n\nok");
	rig_done(&rig);
}

static void
counts_what_was_queued_and_no_more(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.window = 0;
	rig_send(&rig, "PUT /a HTTP/1.1\r\n" HOST PREFER
	               "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	rig_send(&rig, "abc");
	rig_at(&rig, LATE);
	rig_close(&rig);
	assert_int_equal(rig.logged_interim_count, 1);
	rig_done(&rig);
}

/* What is not read any more cannot be seen to come behind a 102. */
static void
says_nothing_while_it_reads_no_further(void **state)
{
	static const char block[64 * 1024];
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, CURL_COPY);
	rig_send_octets(&rig, block, sizeof(block));
	assert_false(session_protocol.wants_input(rig.session));
	rig_at(&rig, LATE);
	rig_expect(&rig, "");
	rig_complete(&rig);
	rig_done(&rig);
}

static void
says_nothing_after_the_final_head(void **state)
{
	static const char *const pieces[] = { "abc", "de", NULL };
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.kind = RESPONSE_PULLED;
	rig.pieces = pieces;
	rig.pull = RIG_HOLD;
	rig_send(&rig, CURL_COPY);
	rig_complete(&rig);
	rig_at(&rig, LATE);
	rig_expect(&rig, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
	rig_complete(&rig);
	rig_at(&rig, LATE + LATE);
	rig_expect(&rig, "3\nabc");
	rig_complete(&rig);
	rig_expect(&rig, "\n2\nde\n0\n\n");
	rig_done(&rig);
}

static void
speaks_for_the_oldest_request_alone(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, CURL_COPY CURL_COPY);
	rig_at(&rig, DUE);
	rig_expect(&rig, RIG_102);
	assert_int_equal(rig.started, 1);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK);
	assert_int_equal(rig.started, 2);
	rig_at(&rig, DUE + RIG_THRESHOLD_MS - 1);
	rig_expect(&rig, "");
	rig_at(&rig, DUE + RIG_THRESHOLD_MS);
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static uint32_t
count_102(const struct rig *rig)
{
	struct str rest = buf_str(&rig->output);
	uint32_t count = 0;

	while (rest.len > 0) {
		count += str_starts(rest, str_of("HTTP/1.1 102 "));
		(void)str_cut(&rest, '\n');
	}
	return count;
}

/* rclone, and whatever is built with Go, bears five: its 100 is one of them. */
static void
spends_the_budget_of_the_agent_the_100_included(void **state)
{
	static const char put[] =
	    "PUT /a HTTP/1.1\r\n" HOST "User-Agent: rclone/v1.60.1\r\n"
	    "Content-Length: 3\r\n";
	struct rig rig;

	(void)state;
	for (int expects = 0; expects < 2; expects++) {
		init_slow(&rig);
		rig_send(&rig, put);
		rig_send(
		    &rig, expects ? "Expect: 100-continue\r\n\r\n" : "\r\n");
		rig_send(&rig, "abc");
		rig_at(&rig, LATE);
		assert_int_equal(count_102(&rig), 5 - expects);
		rig_complete(&rig);
		assert_int_equal(rig.logged_interim_count, 5);
		rig_done(&rig);
	}
}

static void
tells_each_progress_to_whoever_asked_at_most_once_a_second(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.policy.interval_ms = 15000;
	rig.lines = "Progress: 1/9\r\n";
	rig_send(&rig, COPY_ASKED);
	rig_expect(&rig, "HTTP/1.1 102 Processing\nProgress: 1/9\n\n");
	rig.progress = 2;
	rig_at(&rig, RIG_T0 + 999);
	rig_expect(&rig, "");
	rig_at(&rig, RIG_T0 + 1000);
	rig_expect(&rig, "HTTP/1.1 102 Processing\nProgress: 1/9\n\n");
	rig_at(&rig, RIG_T0 + 15999);
	rig_expect(&rig, "");
	rig_at(&rig, RIG_T0 + 16000); /* nothing new: the heartbeat */
	rig_expect(&rig, "HTTP/1.1 102 Processing\nProgress: 1/9\n\n");
	rig_complete(&rig);
	rig_expect(&rig, "HTTP/1.1 200 OK\nInterim-Sent: 3\n"
	                 "Content-Length: 2\nConnection: close\n\nok");
	rig_done(&rig);
}

static void
gives_no_fields_to_whom_they_would_hurt(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig.lines = "Progress: 1/9\r\n";
	rig_send(&rig, COPY); /* unknown */
	rig_at(&rig, DUE);
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static void
leaves_out_lines_that_have_no_place(void **state)
{
	char lines[2 * INTERIM_FIELDS_SIZE_MAX];
	struct rig rig;

	(void)state;
	init_slow(&rig);
	memset(lines, 'x', sizeof(lines));
	memcpy(lines, "A: b\r\nC: ", strlen("A: b\r\nC: "));
	lines[sizeof(lines) - 1] = '\0';
	rig.lines = lines;
	rig_send(&rig, COPY_ASKED);
	rig_expect(&rig, "HTTP/1.1 102 Processing\nA: b\n\n");
	rig_complete(&rig);
	rig_done(&rig);
}

static void
closes_after_a_102_to_an_unknown_agent(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, COPY);
	rig_at(&rig, DUE - 1);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK); /* none was needed: it stays */
	rig_send(&rig, COPY);
	rig_at(&rig, rig.now_ms + RIG_THRESHOLD_MS);
	rig_complete(&rig);
	rig_expect(&rig, RIG_102 RIG_OK_CLOSE);
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
answers_a_probe_with_one_102_at_once(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_send(&rig, OPTIONS_ASKED);
	rig_expect(&rig, RIG_102 "HTTP/1.1 200 OK\nInterim-Sent: 1\n"
	                         "Content-Length: 2\nConnection: close\n\nok");
	rig_done(&rig);

	rig_init(&rig); /* also where no more than asking is allowed */
	rig.policy.mode = INTERIM_MODE_AUTO;
	rig_send(&rig, "OPTIONS * HTTP/1.1\r\n" HOST PREFER
	               "User-Agent: curl/7.88.1\r\n\r\n");
	rig_expect(&rig, RIG_102 "HTTP/1.1 200 OK\nInterim-Sent: 1\n"
	                         "Content-Length: 2\n\nok");
	rig_done(&rig);
}

static void
says_in_a_probe_that_none_was_sent(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.policy.mode = INTERIM_MODE_OFF;
	rig_send(&rig, OPTIONS_ASKED);
	rig_expect(&rig, "HTTP/1.1 200 OK\nInterim-Sent: 0\n"
	                 "Content-Length: 2\n\nok");
	rig_done(&rig);

	rig_init(&rig);
	rig_send(&rig, "OPTIONS /a HTTP/1.0\r\n" PREFER "\r\n");
	rig_expect(&rig, "HTTP/1.1 200 OK\nInterim-Sent: 0\n"
	                 "Content-Length: 2\nConnection: close\n\nok");
	rig_done(&rig);
}

static void
is_silent_to_a_peer_that_took_the_102_for_the_answer(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, COPY_ASKED);
	rig_expect(&rig, RIG_102);
	rig_send(&rig, "G");
	assert_int_equal(session_protocol.next_ms(rig.session), CONN_NEVER);
	rig_at(&rig, LATE);
	rig_expect(&rig, "");
	assert_false(rig.is_over); /* the work is finished */
	rig_complete(&rig);
	rig_expect(&rig, "");
	assert_true(rig.is_over);
	assert_string_equal(rig.logged_withheld, "desync");

	rig_connect(&rig); /* what is remembered */
	rig_send(&rig, COPY_ASKED);
	rig_at(&rig, LATE + LATE);
	rig_complete(&rig);
	rig_expect(&rig, "HTTP/1.1 200 OK\nInterim-Sent: 0\n"
	                 "Content-Length: 2\n\nok");
	assert_string_equal(rig.logged_withheld, "guard");

	rig_send(&rig, CURL_COPY); /* another agent of that address */
	rig_at(&rig, rig.now_ms + RIG_THRESHOLD_MS);
	rig_expect(&rig, RIG_102);
	rig_complete(&rig);
	rig_done(&rig);
}

static void
takes_what_came_before_the_102_for_pipelined(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, CURL_COPY "GET /b HT");
	rig_at(&rig, DUE);
	rig.finish = RIG_GO_ON;
	rig_complete(&rig);
	rig_send(&rig, "TP/1.1\r\n" HOST "\r\n");
	rig_expect(&rig, RIG_102 RIG_OK RIG_OK);
	rig_done(&rig);

	init_slow(&rig); /* the 102 is still on its way */
	rig.window = 0;
	rig_send(&rig, CURL_COPY);
	rig_at(&rig, DUE);
	rig.finish = RIG_GO_ON;
	rig_send(&rig, "GET /b HTTP/1.1\r\n" HOST "\r\n");
	rig_complete(&rig);
	rig_read(&rig, RIG_ALL);
	rig_expect(&rig, RIG_102 RIG_OK RIG_OK);
	rig_done(&rig);
}

static void
goes_on_with_102s_when_the_peer_ends_its_side(void **state)
{
	struct rig rig;

	(void)state;
	init_slow(&rig);
	rig_send(&rig, CURL_COPY);
	rig_end_input(&rig);
	rig_at(&rig, DUE);
	rig_complete(&rig);
	rig_expect(&rig, RIG_102 RIG_OK);
	assert_true(rig.is_over);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    says_102_after_the_threshold_and_then_at_intervals),
		cmocka_unit_test(never_speaks_to_http_1_0),
		cmocka_unit_test(
		    says_nothing_before_the_last_octet_of_the_body),
		cmocka_unit_test(says_nothing_before_the_work_is_accepted),
		cmocka_unit_test(says_102_as_soon_as_the_work_is_accepted),
		cmocka_unit_test(says_nothing_while_the_handler_only_decides),
		cmocka_unit_test(keeps_one_waiting_at_most),
		cmocka_unit_test(stacks_no_102_on_a_100_that_was_not_read),
		cmocka_unit_test(counts_what_was_queued_and_no_more),
		cmocka_unit_test(says_nothing_while_it_reads_no_further),
		cmocka_unit_test(says_nothing_after_the_final_head),
		cmocka_unit_test(speaks_for_the_oldest_request_alone),
		cmocka_unit_test(
		    spends_the_budget_of_the_agent_the_100_included),
		cmocka_unit_test(
		    tells_each_progress_to_whoever_asked_at_most_once_a_second),
		cmocka_unit_test(gives_no_fields_to_whom_they_would_hurt),
		cmocka_unit_test(leaves_out_lines_that_have_no_place),
		cmocka_unit_test(closes_after_a_102_to_an_unknown_agent),
		cmocka_unit_test(answers_a_probe_with_one_102_at_once),
		cmocka_unit_test(says_in_a_probe_that_none_was_sent),
		cmocka_unit_test(
		    is_silent_to_a_peer_that_took_the_102_for_the_answer),
		cmocka_unit_test(takes_what_came_before_the_102_for_pipelined),
		cmocka_unit_test(goes_on_with_102s_when_the_peer_ends_its_side),
	};

	return cmocka_run_group_tests_name(
	    "session_interim", tests, NULL, NULL);
}
