/*
 * monitor_test.c - what status resources say, ours and others.
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

#include "client/monitor.h"

static void
every_kind_is_understood(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum monitor_phase phase;
		bool is_ours;
	} rows[] = {
		{ 200, "{\"state\":\"running\",\"links\":{}}", MONITOR_RUNNING,
		    true },
		{ 200, "{\"state\":\"queued\",\"links\":{}}", MONITOR_RUNNING,
		    true },
		{ 200, "{\"state\":\"done\",\"links\":{}}", MONITOR_DONE,
		    true },
		{ 200, "{\"state\":\"failed\",\"links\":{}}", MONITOR_FAILED,
		    true },
		{ 200, "{\"state\":\"cancelled\",\"links\":{}}",
		    MONITOR_CANCELLED, true },
		{ 202, "", MONITOR_RUNNING, false },
		{ 202, "{\"status\":\"inProgress\"}", MONITOR_RUNNING, false },
		{ 200, "{\"status\":\"completed\"}", MONITOR_DONE, false },
		{ 200, "{\"status\":\"inProgress\"}", MONITOR_RUNNING, false },
		{ 200, "{\"status\":\"error\"}", MONITOR_FAILED, false },
		{ 200, "<html>", MONITOR_DONE, false },
		{ 201, "", MONITOR_DONE, false },
		{ 303, "", MONITOR_DONE, false },
		{ 404, "", MONITOR_FAILED, false },
		{ 507, "{\"state\":\"running\"}", MONITOR_FAILED, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct monitor monitor;
		struct buf response;

		buf_init(&response, 100);
		monitor_read(
		    str_of(rows[i].body), rows[i].status, &monitor, &response);
		assert_int_equal(monitor.phase, rows[i].phase);
		assert_int_equal(monitor.is_ours, rows[i].is_ours);
		buf_done(&response);
	}
}

static void
the_numbers_are_read(void **state)
{
	static const char body[] =
	    "{\"state\":\"running\",\"progress\":{\"members_done\":3,"
	    "\"members_total\":9,\"bytes_done\":-1,\"bytes_total\":null},"
	    "\"estimate_s\":7,\"status\":null,"
	    "\"links\":{\"response\":\"/r\"}}";
	struct monitor monitor;
	struct buf response;

	(void)state;
	buf_init(&response, 100);
	monitor_read(str_of(body), 200, &monitor, &response);
	assert_int_equal(monitor.members_done, 3);
	assert_int_equal(monitor.members_total, 9);
	assert_int_equal(monitor.bytes_done, 0);
	assert_int_equal(monitor.bytes_total, 0);
	assert_int_equal(monitor.left_s, 7);
	assert_int_equal(monitor.status, 0);
	assert_true(str_is(buf_str(&response), "/r"));
	buf_done(&response);
}

static void
a_retry_is_neither_at_once_nor_never(void **state)
{
	(void)state;
	assert_int_equal(monitor_retry_ms(str_of(NULL)), 1000);
	assert_int_equal(monitor_retry_ms(str_of("0")), 200);
	assert_int_equal(monitor_retry_ms(str_of("3")), 3000);
	assert_int_equal(monitor_retry_ms(str_of("60")), 60000);
	assert_int_equal(monitor_retry_ms(str_of("61")), 60000);
	assert_int_equal(monitor_retry_ms(str_of("Sun, 06 Nov 1994")), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_understood),
		cmocka_unit_test(the_numbers_are_read),
		cmocka_unit_test(a_retry_is_neither_at_once_nor_never),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
