/*
 * session_limits_test.c - how long a session waits, how much it takes, and
 * what it refuses to read in two ways.
 */
#include <string.h>

#include "base/limits.h"
#include "session_rig.h"

#define HOST "Host: h\r\n"
#define GET "GET /a HTTP/1.1\r\n" HOST "\r\n"

static void
ends_an_idle_connection_without_a_word(void **state)
{
	static const char *const inputs[] = { "", GET, "\r", "\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		int64_t patience =
		    inputs[i][0] == '\r' ? RIG_HEAD_MS : RIG_IDLE_MS;
		struct rig rig;

		rig_init(&rig);
		rig_send(&rig, inputs[i]);
		buf_clear(&rig.output);
		rig_at(&rig, RIG_T0 + patience - 1);
		assert_false(rig.is_over);
		rig_at(&rig, RIG_T0 + patience);
		assert_true(rig.is_over);
		rig_expect(&rig, "");
		rig_done(&rig);
	}
}

static void
gives_a_head_its_time_from_its_first_octet_on(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS - 1);
	rig_send(&rig, "GET / H");
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS + 1);
	rig_send(&rig, "TTP"); /* a drop now and then does not help */
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS - 1 + RIG_HEAD_MS - 1);
	rig_expect(&rig, "");
	rig_at(&rig, RIG_T0 + RIG_IDLE_MS - 1 + RIG_HEAD_MS);
	rig_expect_status(&rig, "408");
	assert_true(rig.is_over);
	assert_int_equal(rig.started, 0);
	assert_int_equal(rig.logged_status, 408);
	rig_done(&rig);
}

static void
gives_a_body_its_time_from_its_latest_octet_on(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS - 1);
	rig_send(&rig, "a");
	rig_at(&rig, RIG_T0 + 2 * RIG_BODY_MS - 2);
	rig_expect(&rig, "");
	rig_at(&rig, RIG_T0 + 2 * RIG_BODY_MS - 1);
	rig_expect_status(&rig, "408");
	assert_true(rig.is_over);
	assert_int_equal(rig.finished, 0);
	rig_done(&rig);
}

static void
ends_a_body_that_comes_too_slowly(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.config.rate_min = 1000;
	rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS - 1);
	rig_send(&rig, "ab"); /* a millisecond each */
	rig_at(&rig, RIG_T0 + RIG_BODY_MS + 1);
	rig_expect(&rig, "");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS + 2);
	rig_expect_status(&rig, "408");
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
our_own_time_is_not_the_senders(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.config.rate_min = 1000;
	rig.body = RIG_HOLD;
	rig_send(&rig,
	    "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS - 1);
	rig_send(&rig, "1\r\na\r\n0\r\n\r\n");
	rig_at(&rig, RIG_T0 + 10 * RIG_BODY_MS);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
}

static void
ends_a_response_that_is_read_too_slowly(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.config.rate_min = 1000;
	rig.window = 0;
	rig_send(&rig, GET);
	rig_at(&rig, RIG_T0 + RIG_SEND_MS - 1);
	rig_read(&rig, 2);
	rig_at(&rig, RIG_T0 + RIG_SEND_MS + 1);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + RIG_SEND_MS + 2);
	assert_true(rig.is_over);
	rig_done(&rig);
}

static void
ends_a_body_that_is_drained_too_slowly(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.start = RIG_REFUSE;
	rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\na");
	rig_expect_status(&rig, "403");
	rig_at(&rig, RIG_T0 + RIG_BODY_MS - 1);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + RIG_BODY_MS);
	assert_true(rig.is_over);
	rig_expect(&rig, "");
	rig_done(&rig);
}

static void
ends_a_response_that_is_not_read(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.window = 10;
	rig_send(&rig, GET);
	rig_at(&rig, RIG_T0 + RIG_SEND_MS - 1);
	rig_read(&rig, 1);
	rig_at(&rig, RIG_T0 + 2 * RIG_SEND_MS - 2);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + 2 * RIG_SEND_MS - 1);
	assert_true(rig.is_over);
	assert_int_equal(rig.released, 1);
	rig_done(&rig);
}

static void
gives_the_handler_all_the_time(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.start = RIG_HOLD;
	rig.policy.mode = INTERIM_MODE_OFF;
	rig_send(&rig, GET);
	rig_at(&rig, RIG_T0 + 1000 * RIG_IDLE_MS);
	rig.finish = RIG_HOLD;
	rig_complete(&rig);
	rig_at(&rig, RIG_T0 + 2000 * RIG_IDLE_MS);
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
}

static void
wakes_the_handler_at_the_time_it_named(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.policy.mode = INTERIM_MODE_OFF;
	rig.finish = RIG_HOLD;
	rig.wake = RIG_HOLD;
	rig.wake_after_ms = 1000;
	rig_send(&rig, GET);
	rig_at(&rig, RIG_T0 + 999);
	assert_int_equal(rig.woken, 0);
	rig_at(&rig, RIG_T0 + 100000);
	assert_int_equal(rig.woken, 1); /* once */
	rig_complete(&rig);
	rig_expect(&rig, RIG_OK);

	rig.wake = RIG_GO_ON; /* which ends the step */
	rig_send(&rig, GET);
	rig_at(&rig, rig.now_ms + 1000);
	rig_expect(&rig, RIG_OK);
	assert_int_equal(rig.woken, 2);
	rig_done(&rig);
}

static void
wakes_no_handler_whose_step_has_ended(void **state)
{
	static const char *const pieces[] = { "a", "b", NULL };
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.kind = RESPONSE_PULLED;
	rig.pieces = pieces;
	rig.finish = RIG_HOLD;
	rig.pull = RIG_HOLD;
	rig.wake_after_ms = 1000;
	rig_send(&rig, GET);
	rig.wake_after_ms = 0;
	rig_complete(&rig); /* finish, which named a time; pull does not */
	rig_at(&rig, RIG_T0 + 100000);
	assert_int_equal(rig.woken, 0);
	rig_complete(&rig);
	rig_done(&rig);
}

/* "GET /?xx HTTP/1.1", "H: xxx", as many lines, sized as the row says. */
struct row {
	size_t target_size;
	size_t value_size;
	size_t line_count;
	const char *status;
};

static void
add_many(struct buf *out, size_t count)
{
	memset(buf_room(out, count), 'x', count);
	buf_grew(out, count);
}

static void
each_limit_has_its_status(void **state)
{
	enum { REST = sizeof("GET /a HTTP/1.1\r\nHost: h\r\nH: \r\n\r\n") - 1 };
	static const struct row rows[] = {
		{ TARGET_SIZE_MAX, 1, 0, "200" },
		{ TARGET_SIZE_MAX + 1, 1, 0, "414" },
		{ 100000, 1, 0, "414" },
		{ 2, HEAD_SIZE_MAX - REST, 0, "200" },
		{ 2, HEAD_SIZE_MAX - REST + 1, 0, "431" },
		{ 2, 100000, 0, "431" },
		{ 2, 1, FIELD_COUNT_MAX - 2, "200" },
		{ 2, 1, FIELD_COUNT_MAX - 1, "431" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct buf head;
		struct rig rig;

		rig_init(&rig);
		buf_init(&head, 200000);
		buf_add_text(&head, "GET /?"); /* a path has its own limit */
		add_many(&head, row->target_size - 2);
		buf_add_text(&head, " HTTP/1.1\r\n" HOST "H: ");
		add_many(&head, row->value_size);
		for (size_t j = 0; j < row->line_count; j++)
			buf_add_text(&head, "\r\nA: b");
		buf_add_text(&head, "\r\n\r\n");
		assert_int_equal(head.err, ERR_NONE);
		rig_send_octets(&rig, head.data, head.len);
		rig_expect_status(&rig, row->status);
		assert_int_equal(rig.is_over, strcmp(row->status, "200") != 0);
		buf_done(&head);
		rig_done(&rig);
	}
}

static void
refuses_what_could_be_read_in_two_ways(void **state)
{
#define PUT "PUT / HTTP/1.1\r\n" HOST
	static const struct {
		const char *input;
		const char *status;
	} rows[] = {
		{ PUT "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		    "400" },
		{ PUT "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "400" },
		{ PUT "Content-Length: 3, 3\r\n\r\n", "400" },
		{ PUT "Content-Length: +3\r\n\r\n", "400" },
		{ PUT "Content-Length: 9223372036854775808\r\n\r\n", "413" },
		{ PUT "Transfer-Encoding: chunked, x\r\n\r\n", "400" },
		{ PUT "Transfer-Encoding: x, chunked\r\n\r\n", "501" },
		{ PUT "Transfer-Encoding: chunked\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n",
		    "400" },
		{ PUT "A: b\r\n c\r\n\r\n", "400" },
		{ PUT "A : b\r\n\r\n", "400" },
		{ PUT "A: b\rc\r\n\r\n", "400" },
		{ PUT "A: b\n\r\n", "400" },
		{ "PUT / HTTP/1.1\r\n\r\n", "400" },
		{ PUT HOST "\r\n", "400" },
		{ "PUT /  HTTP/1.1\r\n" HOST "\r\n", "400" },
		{ "PUT / HTTP/1.10\r\n" HOST "\r\n", "400" },
		{ "PUT / HTTP/2.0\r\n" HOST "\r\n", "505" },
		{ "PRI * HTTP/2.0\r\n\r\n", "505" },
		{ PUT "Expect: 200-ok\r\n\r\n", "417" },
		{ "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		    "400" },
		{ "\x16\x03\x01", "400" }, /* TLS */
		{ "\r\n\r\n", "400" },
	};
	struct buf input;

	(void)state;
	buf_init(&input, 4096);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig rig;
		size_t step;

		rig_init(&rig);
		buf_clear(&input);
		buf_add_text(&input, rows[i / 2].input);
		buf_add_text(&input, "0\r\n\r\n" GET GET);
		step = i % 2 == 0 ? input.len : 1;
		for (size_t at = 0; at < input.len; at += step)
			rig_send_octets(&rig, input.data + at, step);
		rig_expect_status(&rig, rows[i / 2].status);
		assert_true(rig.is_over);
		assert_int_equal(rig.started, 0);
		assert_int_equal(rig.logged, 1);
		rig_done(&rig);
	}
	buf_done(&input);
}

static void
executes_nothing_behind_a_bad_chunk(void **state)
{
	static const char *const bodies[] = {
		"3\nabc\r\n0\r\n\r\n",
		"+3\r\nabc\r\n0\r\n\r\n",
		"0x3\r\nabc\r\n0\r\n\r\n",
		"3\r\nabcd\r\n0\r\n\r\n",
		"3 \r\nabc\r\n0\r\n\r\n",
		"00000000000000003\r\nabc\r\n0\r\n\r\n",
		"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
		"0\r\nA : b\r\n\r\n",
		"\r\n0\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct rig rig;
		struct str rest = str_of(bodies[i / 2]);
		size_t step = i % 2 == 0 ? rest.len : 1;

		rig_init(&rig);
		rig_send(&rig, "PUT / HTTP/1.1\r\n" HOST
		               "Transfer-Encoding: chunked\r\n\r\n");
		for (; rest.len > 0; rest = str_from(rest, step))
			rig_send_octets(&rig, rest.data, step);
		rig_send(&rig, GET);
		rig_expect_status(&rig, "400");
		assert_true(rig.is_over);
		assert_int_equal(rig.finished, 0);
		assert_int_equal(rig.started, 1);
		rig_done(&rig);
	}
}

static void
reads_ahead_no_more_than_it_has_a_place_for(void **state)
{
	static const char block[16 * 1024];
	size_t size = 0;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.finish = RIG_HOLD;
	rig_send(&rig, GET);
	while (session_protocol.wants_input(rig.session)) {
		rig_send_octets(&rig, block, sizeof(block));
		size += sizeof(block);
		assert_true(size < 1024 * 1024);
	}
	assert_int_equal(size, 64 * 1024);
	rig_complete(&rig); /* what waited is no request */
	assert_int_equal(rig.started, 1);
	assert_int_equal(rig.logged_status, 400);
	rig_done(&rig);
}

static void
reads_nothing_while_a_response_waits(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.window = 10;
	rig_send(&rig, GET);
	assert_false(session_protocol.wants_input(rig.session));
	rig_read(&rig, RIG_ALL);
	assert_true(session_protocol.wants_input(rig.session));
	rig_expect(&rig, RIG_OK);
	rig_done(&rig);
}

static void
takes_the_end_of_input_for_a_departure_if_told_to(void **state)
{
	(void)state;
	for (int is_departure = 0; is_departure < 2; is_departure++) {
		struct rig rig;

		rig_init(&rig);
		rig.config.is_end_departure = is_departure;
		rig.finish = RIG_HOLD;
		rig_send(&rig, GET);
		rig_end_input(&rig);
		assert_int_equal(rig.aborted, is_departure);
		rig_complete(&rig);
		rig_expect(&rig, is_departure ? "" : RIG_OK);
		rig_done(&rig);
	}
}

static void
counts_only_the_content_that_left(void **state)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 "
	                           "08:49:37 GMT\r\nContent-Length: 2\r\n\r\n";

	(void)state;
	for (size_t size = 0; size <= 2; size++) {
		struct rig rig;

		rig_init(&rig);
		rig.window = sizeof(head) - 1 + size;
		rig_send(&rig, GET);
		rig_close(&rig);
		assert_int_equal(rig.logged_sent_size, size);
		rig_done(&rig);
	}
}

#define UPLOAD "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nab"

static void
waits_for_an_upload_for_a_while_when_it_is_stopped(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.config.stop_ms = 5000;
	rig_send(&rig, UPLOAD);
	rig_stop(&rig);
	assert_false(rig.is_over);
	rig_at(&rig, RIG_T0 + 4999);
	assert_false(rig.is_over);
	rig_send(&rig, "c");
	rig_expect(&rig, RIG_OK_CLOSE);
	assert_true(rig.is_over);
	rig_done(&rig);

	rig_init(&rig);
	rig.config.stop_ms = 5000;
	rig_send(&rig, UPLOAD);
	rig_stop(&rig);
	rig_at(&rig, RIG_T0 + 5000);
	assert_true(rig.is_over);
	rig_expect(&rig, "");
	rig_done(&rig);
}

static void
closes_after_each_answer_when_it_is_about_to_stop(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.config.is_ending = true;
	rig_send(&rig, GET);
	rig_expect(&rig, RIG_OK_CLOSE);
	assert_true(rig.is_over);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_an_idle_connection_without_a_word),
		cmocka_unit_test(gives_a_head_its_time_from_its_first_octet_on),
		cmocka_unit_test(
		    gives_a_body_its_time_from_its_latest_octet_on),
		cmocka_unit_test(ends_a_body_that_comes_too_slowly),
		cmocka_unit_test(our_own_time_is_not_the_senders),
		cmocka_unit_test(ends_a_response_that_is_read_too_slowly),
		cmocka_unit_test(ends_a_body_that_is_drained_too_slowly),
		cmocka_unit_test(ends_a_response_that_is_not_read),
		cmocka_unit_test(gives_the_handler_all_the_time),
		cmocka_unit_test(wakes_the_handler_at_the_time_it_named),
		cmocka_unit_test(wakes_no_handler_whose_step_has_ended),
		cmocka_unit_test(each_limit_has_its_status),
		cmocka_unit_test(refuses_what_could_be_read_in_two_ways),
		cmocka_unit_test(executes_nothing_behind_a_bad_chunk),
		cmocka_unit_test(reads_ahead_no_more_than_it_has_a_place_for),
		cmocka_unit_test(reads_nothing_while_a_response_waits),
		cmocka_unit_test(
		    takes_the_end_of_input_for_a_departure_if_told_to),
		cmocka_unit_test(counts_only_the_content_that_left),
		cmocka_unit_test(
		    waits_for_an_upload_for_a_while_when_it_is_stopped),
		cmocka_unit_test(
		    closes_after_each_answer_when_it_is_about_to_stop),
	};

	return cmocka_run_group_tests_name("session_limits", tests, NULL, NULL);
}
