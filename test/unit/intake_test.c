/*
 * intake_test.c - any number of 1xx, and not more than is reasonable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/intake.h"

/* Feeds a whole head; the event of its last line. */
static enum intake_event
feed(struct intake *intake, const char *head, int64_t now_ms)
{
	struct str rest = str_of(head);
	enum intake_event event = INTAKE_MORE;

	while (rest.len > 0 && event == INTAKE_MORE) {
		size_t size = str_find(rest, '\n') + 1;

		event = intake_line(intake, str_make(rest.data, size), now_ms);
		rest = str_from(rest, size);
	}
	return event;
}

static void
interims_come_before_the_final_head(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 0);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 100 Continue\r\n\r\n", 0), INTAKE_INTERIM);
	assert_false(intake.was_accepted);
	assert_int_equal(feed(&intake,
	                     "HTTP/1.1 102 Processing\r\n"
	                     "Progress: 1/2\r\nX: a\r\nx:  b \r\n\r\n",
	                     0),
	    INTAKE_INTERIM);
	assert_true(intake.was_accepted);
	assert_true(str_is(intake_field(&intake, "progress", 0), "1/2"));
	assert_true(str_is(intake_field(&intake, "X", 0), "a"));
	assert_true(str_is(intake_field(&intake, "X", 1), "b"));
	assert_null(intake_field(&intake, "X", 2).data);
	assert_int_equal(
	    feed(&intake, "HTTP/2 199 \r\n\r\n", 0), INTAKE_INTERIM);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 201 Created\r\nY: c\r\n\r\n", 0),
	    INTAKE_FINAL);
	assert_int_equal(intake.status, 201);
	assert_int_equal(intake.count, 3);
	assert_null(intake_field(&intake, "Progress", 0).data);
	intake_done(&intake);
}

static void
what_an_interim_claims_of_a_body_is_only_noted(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 102 P\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 102 P\r\nTransfer-Encoding: chunked\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct intake intake;

		intake_init(&intake, 0, 0);
		assert_int_equal(feed(&intake, heads[i], 0), INTAKE_INTERIM);
		assert_true(intake.is_odd);
		assert_int_equal(
		    feed(&intake, "HTTP/1.1 200 OK\r\n\r\n", 0), INTAKE_FINAL);
		intake_done(&intake);
	}
}

static void
nobody_switches_protocols(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 0);
	assert_int_equal(feed(&intake, "HTTP/1.1 101 Switching\r\n\r\n", 0),
	    INTAKE_SWITCHED);
	intake_done(&intake);
}

static void
so_many_interims_and_no_more(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake, 3, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 0), INTAKE_INTERIM);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 0), INTAKE_TOO_MANY);
	intake_done(&intake);
}

static void
a_thousand_are_borne_if_they_take_their_time(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 0);
	for (int i = 0; i < INTAKE_COUNT_MAX; i++)
		assert_int_equal(
		    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 1000 * (int64_t)i),
		    INTAKE_INTERIM);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 2000000), INTAKE_TOO_MANY);
	intake_done(&intake);
}

static void
not_faster_than_fifty_a_second_for_five_seconds(void **state)
{
	enum { COUNT_MAX = INTAKE_RATE_MAX * INTAKE_RATE_S };
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 0);
	for (int i = 0; i < COUNT_MAX; i++)
		assert_int_equal(feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 5000),
		    INTAKE_INTERIM);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 10000), INTAKE_TOO_FAST);
	intake_done(&intake);
	intake_init(&intake, 0, 0);
	for (int i = 0; i < COUNT_MAX; i++)
		(void)feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 5000);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 102 P\r\n\r\n", 10001), INTAKE_INTERIM);
	intake_done(&intake);
}

static void
the_octets_of_all_of_them_have_a_limit(void **state)
{
	static const char head[] = "HTTP/1.1 102 P\r\n\r\n"; /* 18 octets */
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 36);
	assert_int_equal(feed(&intake, head, 0), INTAKE_INTERIM);
	assert_int_equal(feed(&intake, head, 0), INTAKE_INTERIM);
	assert_int_equal(feed(&intake, head, 0), INTAKE_TOO_LARGE);
	intake_done(&intake);
}

static void
one_of_them_has_a_limit(void **state)
{
	char line[INTAKE_EACH_SIZE_MAX];
	struct intake intake;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[1] = ':';
	intake_init(&intake, 0, 0);
	(void)feed(&intake, "HTTP/1.1 102 P\r\n", 0);
	assert_int_equal(
	    intake_line(&intake, str_make(line, sizeof(line) - 2), 0),
	    INTAKE_MORE); /* the CR LF makes it exactly so long */
	assert_int_equal(
	    intake_line(&intake, str_of("y: z\r\n"), 0), INTAKE_TOO_LARGE);
	intake_done(&intake);
}

static void
a_trailer_is_passed_over_and_a_new_status_is_not(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake, 0, 0);
	(void)feed(&intake, "HTTP/1.1 401 No\r\nA: 1\r\n\r\n", 0);
	assert_int_equal(feed(&intake, "B: 2\r\n\r\n", 0), INTAKE_MORE);
	assert_null(intake_field(&intake, "B", 0).data);
	assert_int_equal(
	    feed(&intake, "HTTP/1.1 200 OK\r\n\r\n", 0), INTAKE_FINAL);
	assert_int_equal(intake.status, 200);
	intake_done(&intake);
}

static void
what_is_no_status_line_is_malformed(void **state)
{
	static const char *const lines[] = { "SSH-2.0\r\n", "HTTP/1.1\r\n",
		"HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n",
		"HTTP/1.1 099 OK\r\n", "HTTP/1.1 abc\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct intake intake;

		intake_init(&intake, 0, 0);
		assert_int_equal(feed(&intake, lines[i], 0), INTAKE_MALFORMED);
		intake_done(&intake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interims_come_before_the_final_head),
		cmocka_unit_test(
		    what_an_interim_claims_of_a_body_is_only_noted),
		cmocka_unit_test(nobody_switches_protocols),
		cmocka_unit_test(so_many_interims_and_no_more),
		cmocka_unit_test(a_thousand_are_borne_if_they_take_their_time),
		cmocka_unit_test(
		    not_faster_than_fifty_a_second_for_five_seconds),
		cmocka_unit_test(the_octets_of_all_of_them_have_a_limit),
		cmocka_unit_test(one_of_them_has_a_limit),
		cmocka_unit_test(
		    a_trailer_is_passed_over_and_a_new_status_is_not),
		cmocka_unit_test(what_is_no_status_line_is_malformed),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
