/*
 * metrics.c - see metrics.h.
 */
#include "apps/metrics.h"

#include <inttypes.h>

#include "http/exchange.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const methods[] = { "OPTIONS", "GET", "HEAD", "PUT",
	"DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK",
	"UNLOCK", "POST", "PATCH", "REPORT", "SEARCH" };

static const int statuses[] = { 200, 201, 202, 204, 206, 207, 304, 400, 401,
	403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 416, 417, 421, 422,
	423, 424, 425, 428, 429, 431, 499, 500, 501, 502, 503, 504, 505, 507,
	508, 511 };

/* As http/interim_policy.c and http/session_interim.c say it. */
static const char *const withheld[] = { "http/1.0", "off", "guard", "agent",
	"proxy", "loopback", "body", "desync" };

static const struct {
	int64_t us;
	const char *text; /* seconds */
} buckets[] = { { 500, "0.0005" }, { 1000, "0.001" }, { 2500, "0.0025" },
	{ 5000, "0.005" }, { 10000, "0.01" }, { 50000, "0.05" },
	{ 100000, "0.1" }, { 500000, "0.5" }, { 1000000, "1" },
	{ 10000000, "10" }, { 60000000, "60" } };

_Static_assert(COUNT(methods) + 1 == METRICS_METHOD_COUNT, "methods");
_Static_assert(COUNT(statuses) + 1 == METRICS_STATUS_COUNT, "statuses");
_Static_assert(COUNT(withheld) + 1 == METRICS_WITHHELD_COUNT, "reasons");
_Static_assert(COUNT(buckets) + 1 == METRICS_BUCKET_COUNT, "buckets");

static void
add(_Atomic uint64_t *to, uint64_t number)
{
	(void)atomic_fetch_add_explicit(to, number, memory_order_relaxed);
}

/* The index of "other" is that of none. */
static size_t
method_index(struct str method)
{
	size_t i = 0;

	while (i < COUNT(methods) && !str_is(method, methods[i]))
		i++;
	return i;
}

static size_t
status_index(int status)
{
	size_t i = 0;

	while (i < COUNT(statuses) && statuses[i] != status)
		i++;
	return i;
}

static size_t
withheld_index(const char *reason)
{
	size_t i = 0;

	while (i < COUNT(withheld) && !str_is(str_of(reason), withheld[i]))
		i++;
	return i;
}

void
metrics_count_request(struct metrics_lane *lane, const struct exchange *x,
    int status, int64_t now_ms)
{
	const struct exchange_log *log = &x->log;

	add(&lane->requests[method_index(x->request.method)]
	                   [status_index(status)],
	    1);
	add(&lane->interims, log->interim_count);
	if (log->withheld != NULL)
		add(&lane->withheld[withheld_index(log->withheld)], 1);
	add(&lane->received_size, log->received_size);
	add(&lane->sent_size, log->sent_size);
	metrics_count_time(&lane->times, (now_ms - log->started_ms) * 1000);
}

void
metrics_count_visit(struct metrics_lane *lane, enum metrics_visit visit)
{
	add(&lane->visits[visit], 1);
}

void
metrics_count_time(struct metrics_times *times, int64_t spent_us)
{
	size_t i = 0;

	if (spent_us < 0)
		spent_us = 0;
	while (i < COUNT(buckets) && spent_us > buckets[i].us)
		i++;
	add(&times->counts[i], 1);
	add(&times->sum_us, (uint64_t)spent_us);
}

static int64_t
on_clock_start(void *context)
{
	struct metrics_clock *clock = context;

	return clock->now_us();
}

static void
on_clock_stop(void *context, int64_t started)
{
	struct metrics_clock *clock = context;

	metrics_count_time(&clock->times, clock->now_us() - started);
}

void
metrics_clock_init(struct metrics_clock *clock, int64_t (*now_us)(void))
{
	*clock = (struct metrics_clock){ .now_us = now_us };
	clock->stopwatch = (struct stopwatch){
		.start = on_clock_start,
		.stop = on_clock_stop,
		.context = clock,
	};
}

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP tarry_%s %s\n# TYPE tarry_%s %s\n", name, help,
	    name, type);
}

static uint64_t
number(const _Atomic uint64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

static void
merge_times(struct metrics_times *total, const struct metrics_times *times)
{
	for (size_t i = 0; i < METRICS_BUCKET_COUNT; i++)
		add(&total->counts[i], number(&times->counts[i]));
	add(&total->sum_us, number(&times->sum_us));
}

static void
merge(struct metrics_lane *total, const struct metrics_lane *lane)
{
	for (size_t m = 0; m < METRICS_METHOD_COUNT; m++)
		for (size_t s = 0; s < METRICS_STATUS_COUNT; s++)
			add(&total->requests[m][s],
			    number(&lane->requests[m][s]));
	for (size_t i = 0; i < METRICS_WITHHELD_COUNT; i++)
		add(&total->withheld[i], number(&lane->withheld[i]));
	for (size_t i = 0; i < METRICS_VISIT_COUNT; i++)
		add(&total->visits[i], number(&lane->visits[i]));
	add(&total->interims, number(&lane->interims));
	add(&total->received_size, number(&lane->received_size));
	add(&total->sent_size, number(&lane->sent_size));
	merge_times(&total->times, &lane->times);
}

static void
write_requests(const struct metrics_lane *total, struct buf *out)
{
	head(out, "requests_total", "counter",
	    "Requests that are over, by method and final status.");
	for (size_t m = 0; m < METRICS_METHOD_COUNT; m++) {
		for (size_t s = 0; s < METRICS_STATUS_COUNT; s++) {
			uint64_t count = number(&total->requests[m][s]);

			if (count == 0)
				continue;
			buf_printf(out, "tarry_requests_total{method=\"%s\",",
			    m < COUNT(methods) ? methods[m] : "other");
			if (s < COUNT(statuses))
				buf_printf(out, "status=\"%d\"}", statuses[s]);
			else
				buf_add_text(out, "status=\"other\"}");
			buf_printf(out, " %" PRIu64 "\n", count);
		}
	}
}

static void
write_counter(struct buf *out, const char *name, const char *help,
    const _Atomic uint64_t *counter)
{
	head(out, name, "counter", help);
	buf_printf(out, "tarry_%s %" PRIu64 "\n", name, number(counter));
}

static void
write_interims(const struct metrics_lane *total, struct buf *out)
{
	write_counter(out, "interim_sent_total",
	    "Interim (1xx) responses sent.", &total->interims);
	head(out, "interim_withheld_total", "counter",
	    "Requests that could not have a 102, by the reason.");
	for (size_t i = 0; i < METRICS_WITHHELD_COUNT; i++)
		buf_printf(out,
		    "tarry_interim_withheld_total{reason=\"%s\"} %" PRIu64 "\n",
		    i < COUNT(withheld) ? withheld[i] : "other",
		    number(&total->withheld[i]));
}

static void
write_traffic(const struct metrics_lane *total, struct buf *out)
{
	static const char *const visits[] = {
		[METRICS_ACCEPTED] = "accepted",
		[METRICS_REFUSED] = "refused",
		[METRICS_REFUSED_ADDRESS] = "refused_address",
		[METRICS_SHED] = "closed_idle",
	};

	write_counter(out, "received_bytes_total",
	    "Content received, without framing.", &total->received_size);
	write_counter(out, "sent_bytes_total", "Content sent, without framing.",
	    &total->sent_size);
	head(out, "connections_total", "counter",
	    "Connections accepted, refused, or closed to make room.");
	for (size_t i = 0; i < COUNT(visits); i++)
		buf_printf(out,
		    "tarry_connections_total{what=\"%s\"} %" PRIu64 "\n",
		    visits[i], number(&total->visits[i]));
}

/* label is a whole one, or "". */
static void
write_times(const struct metrics_times *times, const char *name,
    const char *label, struct buf *out)
{
	const char *comma = label[0] == '\0' ? "" : ",";
	uint64_t count = 0;

	for (size_t i = 0; i < METRICS_BUCKET_COUNT; i++) {
		count += number(&times->counts[i]);
		buf_printf(out, "tarry_%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n",
		    name, label, comma,
		    i < COUNT(buckets) ? buckets[i].text : "+Inf", count);
	}
	buf_printf(out, "tarry_%s_sum{%s} %.6f\n", name, label,
	    (double)number(&times->sum_us) / 1e6);
	buf_printf(out, "tarry_%s_count{%s} %" PRIu64 "\n", name, label, count);
}

static void
write_histograms(const struct metrics_view *view,
    const struct metrics_lane *total, struct buf *out)
{
	head(out, "request_seconds", "histogram",
	    "From a request's head to the end of its response.");
	write_times(&total->times, "request_seconds", "", out);
	head(out, "sqlite_commit_seconds", "histogram",
	    "How long SQLite takes to commit.");
	write_times(view->meta_commits, "sqlite_commit_seconds",
	    "database=\"meta\"", out);
	write_times(view->journal_commits, "sqlite_commit_seconds",
	    "database=\"ops\"", out);
}

static void
write_operations(const struct metrics_moment *moment, struct buf *out)
{
	head(out, "operations", "gauge",
	    "Operations that are under way or kept, by state.");
	for (size_t i = 0; i < COUNT(moment->operations); i++)
		buf_printf(out, "tarry_operations{state=\"%s\"} %" PRIu64 "\n",
		    operation_state_name((enum operation_state)i),
		    moment->operations[i]);
	head(out, "queue_length", "gauge", "What waits, by what it waits for.");
	buf_printf(out, "tarry_queue_length{queue=\"claim\"} %" PRIu64 "\n",
	    moment->operations_waiting_for_claim);
	buf_printf(out, "tarry_queue_length{queue=\"operation\"} %" PRIu64 "\n",
	    moment->operations_waiting_for_thread);
	buf_printf(out, "tarry_queue_length{queue=\"pool\"} %" PRIu64 "\n",
	    moment->pool_waiting);
}

/* The names that Prometheus' own libraries give to what each process has. */
static void
write_process(const struct metrics_moment *moment, struct buf *out)
{
	const struct {
		const char *name;
		const char *type;
		const char *help;
		double value;
	} rows[] = {
		{ "tarry_connections", "gauge", "Open connections.",
		    (double)moment->connections },
		{ "tarry_uptime_seconds", "gauge", "Since the server started.",
		    moment->uptime_s },
		{ "process_start_time_seconds", "gauge",
		    "When the process started, since 1970.", moment->start_s },
		{ "process_cpu_seconds_total", "counter",
		    "Processor time, of user and system.", moment->cpu_s },
		{ "process_resident_memory_bytes", "gauge", "Resident memory.",
		    (double)moment->resident_size },
		{ "process_open_fds", "gauge", "Open descriptors.",
		    (double)moment->descriptors },
		{ "process_max_fds", "gauge", "Descriptors that may be open.",
		    (double)moment->descriptors_max },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.3f\n",
		    rows[i].name, rows[i].help, rows[i].name, rows[i].type,
		    rows[i].name, rows[i].value);
}

void
metrics_write(const struct metrics_view *view, struct buf *out)
{
	struct metrics_lane total = { 0 };

	for (size_t i = 0; i < view->lane_count; i++)
		merge(&total, view->lanes[i]);
	head(out, "build_info", "gauge", "The program, always 1.");
	buf_add_text(
	    out, "tarry_build_info{version=\"" TARRY_VERSION "\"} 1\n");
	write_requests(&total, out);
	write_interims(&total, out);
	write_traffic(&total, out);
	write_histograms(view, &total, out);
	write_operations(&view->moment, out);
	write_process(&view->moment, out);
}
