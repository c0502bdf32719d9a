/*
 * metrics_test.c - what is counted, and how it is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/metrics.h"
#include "http/exchange.h"

static struct metrics_times no_times;

static void
count(struct metrics_lane *lane, const char *method, int status,
    const struct exchange_log *log)
{
	struct exchange *x = exchange_new(NULL);

	assert_non_null(x);
	x->request.method = str_of(method);
	x->log = *log;
	metrics_count_request(lane, x, status, log->started_ms + 20);
	exchange_free(x);
}

static void
expect_line(const struct metrics_view *view, const char *line)
{
	struct buf text;

	buf_init(&text, 1024 * 1024);
	metrics_write(view, &text);
	buf_add_char(&text, '\0');
	assert_int_equal(text.err, ERR_NONE);
	if (strstr(text.data, line) == NULL)
		fail_msg("no line %s in:\n%s", line, text.data);
	buf_done(&text);
}

static struct metrics_view
view_of(const struct metrics_lane *const *lanes, size_t lane_count)
{
	return (struct metrics_view){
		.lanes = lanes,
		.lane_count = lane_count,
		.meta_commits = &no_times,
		.journal_commits = &no_times,
	};
}

static void
adds_up_what_each_lane_has_counted(void **state)
{
	static struct metrics_lane one;
	static struct metrics_lane two;
	const struct metrics_lane *const lanes[] = { &one, &two };
	const struct exchange_log log = {
		.started_ms = 1000,
		.interim_count = 3,
		.received_size = 5,
		.sent_size = 7,
		.withheld = "proxy",
	};
	struct metrics_view view = view_of(lanes, 2);

	(void)state;
	count(&one, "COPY", 201, &log);
	count(&two, "COPY", 201, &log);
	count(&two, "BREW", 418, &log);
	metrics_count_visit(&one, METRICS_ACCEPTED);
	metrics_count_visit(&two, METRICS_SHED);
	expect_line(&view,
	    "\ntarry_requests_total{method=\"COPY\",status=\"201\"} 2\n");
	expect_line(&view,
	    "\ntarry_requests_total{method=\"other\",status=\"other\"} 1\n");
	expect_line(&view, "\ntarry_interim_sent_total 9\n");
	expect_line(
	    &view, "\ntarry_interim_withheld_total{reason=\"proxy\"} 3\n");
	expect_line(&view, "\ntarry_received_bytes_total 15\n");
	expect_line(&view, "\ntarry_sent_bytes_total 21\n");
	expect_line(&view, "\ntarry_connections_total{what=\"accepted\"} 1\n");
	expect_line(
	    &view, "\ntarry_connections_total{what=\"closed_idle\"} 1\n");
	expect_line(&view, "\ntarry_request_seconds_bucket{le=\"0.01\"} 0\n");
	expect_line(&view, "\ntarry_request_seconds_bucket{le=\"0.05\"} 3\n");
	expect_line(&view, "\ntarry_request_seconds_sum{} 0.060000\n");
}

/* No peer can make the text longer. */
static void
knows_every_method_and_status_it_counts(void **state)
{
	static struct metrics_lane lane;
	const struct metrics_lane *const lanes[] = { &lane };
	const struct exchange_log log = { .withheld = "no such reason" };
	struct metrics_view view = view_of(lanes, 1);
	char name[] = "METHOD00";

	(void)state;
	for (int i = 0; i < 100; i++) {
		name[6] = (char)('0' + i / 10);
		name[7] = (char)('0' + i % 10);
		count(&lane, name, 600 + i, &log);
	}
	expect_line(&view,
	    "\ntarry_requests_total{method=\"other\",status=\"other\"} 100\n");
	expect_line(
	    &view, "\ntarry_interim_withheld_total{reason=\"other\"} 100\n");
}

static void
puts_times_into_buckets_with_their_bounds(void **state)
{
	static struct metrics_times times;
	struct metrics_view view = view_of(NULL, 0);

	(void)state;
	view.meta_commits = &times;
	metrics_count_time(&times, 500);
	metrics_count_time(&times, 501);
	metrics_count_time(&times, 60000000);
	metrics_count_time(&times, 60000001);
	metrics_count_time(&times, -1); /* no clock goes back; if it did */
#define LINE(le)                                                               \
	"\ntarry_sqlite_commit_seconds_bucket{database=\"meta\",le=\"" le
	expect_line(&view, LINE("0.0005\"} 2\n"));
	expect_line(&view, LINE("0.001\"} 3\n"));
	expect_line(&view, LINE("10\"} 3\n"));
	expect_line(&view, LINE("60\"} 4\n"));
	expect_line(&view, LINE("+Inf\"} 5\n"));
	expect_line(&view,
	    "\ntarry_sqlite_commit_seconds_sum{database=\"meta\"} "
	    "120.001002\n");
	expect_line(&view,
	    "\ntarry_sqlite_commit_seconds_count{database=\"meta\"} 5\n");
}

static int64_t
clock_of_test(void)
{
	return 4000;
}

static void
a_clock_counts_what_it_times(void **state)
{
	struct metrics_view view = view_of(NULL, 0);
	struct metrics_clock clock;
	const struct stopwatch *watch = &clock.stopwatch;

	(void)state;
	metrics_clock_init(&clock, clock_of_test);
	assert_int_equal(watch->start(watch->context), 4000);
	watch->stop(watch->context, 1000);
	view.journal_commits = &clock.times;
	expect_line(&view,
	    "\ntarry_sqlite_commit_seconds_sum{database=\"ops\"} 0.003000\n");
}

static void
tells_what_is_so_at_the_moment(void **state)
{
	struct metrics_view view = view_of(NULL, 0);

	(void)state;
	view.moment.connections = 12;
	view.moment.operations[OPERATION_RUNNING] = 3;
	view.moment.pool_waiting = 4;
	expect_line(&view, "\ntarry_connections 12");
	expect_line(&view, "\ntarry_operations{state=\"running\"} 3\n");
	expect_line(&view, "\ntarry_queue_length{queue=\"pool\"} 4\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up_what_each_lane_has_counted),
		cmocka_unit_test(knows_every_method_and_status_it_counts),
		cmocka_unit_test(puts_times_into_buckets_with_their_bounds),
		cmocka_unit_test(a_clock_counts_what_it_times),
		cmocka_unit_test(tells_what_is_so_at_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
