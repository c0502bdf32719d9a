/*
 * interim_policy_test.c - who may be sent a 102, and how.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/interim_policy.h"

enum { T0 = 1000, MANY = INTERIM_UPLOAD_SIZE_MIN };

#define DIRECT "192.0.2.1"
#define TRUSTED "198.51.100.7"
#define CURL "curl/7.88.1"
#define REQUESTS "python-requests/2.28.1"
#define NEON_NEW "davfs2/1.7.1 neon/0.37.1"

/* One request, and what is wanted; what is left out is the usual. */
struct row {
	const char *agent;  /* NULL: no User-Agent */
	const char *prefer; /* NULL: no Prefer */
	const char *extra;  /* the name of one more field; or NULL */
	const char *peer;   /* NULL: DIRECT */
	uint64_t body_size;
	enum http_version version; /* 0: HTTP/1.0 is never the usual */
	const char *withheld;      /* NULL: a 102 may be sent, and then: */
	uint32_t budget;
	bool may_carry_fields;
	bool must_close_after;
};

static void
add(struct fields *fields, const char *name, const char *value)
{
	if (value != NULL)
		fields->items[fields->count++] =
		    (struct field){ str_of(name), str_of(value) };
}

static struct interim_verdict
decide(const struct interim_policy *policy, const struct row *row,
    struct guard *guard)
{
	struct field items[4];
	struct request request = {
		.version = row->version,
		.fields = { .items = items, .capacity = 4 },
		.peer = str_of(row->peer == NULL ? DIRECT : row->peer),
		.has_body = row->body_size > 0,
		.body_size = row->body_size,
	};
	struct interim_verdict verdict;

	request.peer_is_loopback = str_starts_nocase(request.peer, "127.");
	add(&request.fields, "User-Agent", row->agent);
	add(&request.fields, "Prefer", row->prefer);
	add(&request.fields, row->extra == NULL ? "" : row->extra,
	    row->extra == NULL ? NULL : "x");
	interim_decide(policy, &request, guard, T0, &verdict);
	return verdict;
}

static struct interim_policy
policy_of(enum interim_mode mode)
{
	struct interim_policy policy;

	interim_policy_init(&policy);
	policy.mode = mode;
	assert_int_equal(
	    cidr_list_add(&policy.trusted_proxies, str_of(TRUSTED)), ERR_NONE);
	return policy;
}

static void
expect_rows(enum interim_mode mode, const struct row *rows, size_t count)
{
	struct interim_policy policy = policy_of(mode);
	struct guard guard;

	assert_int_equal(guard_init(&guard), ERR_NONE);
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct interim_verdict got = decide(&policy, row, &guard);

		assert_int_equal(got.plan.may_send, got.withheld == NULL);
		if (row->withheld != NULL) {
			assert_non_null(got.withheld);
			assert_string_equal(got.withheld, row->withheld);
			assert_int_equal(got.plan.budget, 0);
			continue;
		}
		assert_null(got.withheld);
		assert_int_equal(got.plan.budget, row->budget);
		assert_int_equal(got.may_carry_fields, row->may_carry_fields);
		assert_int_equal(got.must_close_after, row->must_close_after);
		assert_int_equal(
		    got.plan.prefers_processing, row->prefer != NULL);
	}
	guard_done(&guard);
}

#define EXPECT_ROWS(mode, rows)                                                \
	expect_rows(mode, rows, sizeof(rows) / sizeof((rows)[0]))

static void
auto_asks_the_table_and_the_way(void **state)
{
	static const struct row rows[] = {
		{ CURL, .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ CURL, .version = HTTP_2, .budget = 90,
		    .may_carry_fields = true },
		{ "rclone/v1.60.1", .version = HTTP_1_1, .budget = 5,
		    .may_carry_fields = true },
		{ "Tornado/6.2", .version = HTTP_1_1, .budget = 90 },
		{ CURL, .version = HTTP_1_0, .withheld = "http/1.0" },
		{ REQUESTS, .version = HTTP_1_1, .withheld = "agent" },
		{ REQUESTS, .version = HTTP_2, .withheld = "agent" },
		{ "unknown/1", .version = HTTP_1_1, .withheld = "agent" },
		{ NULL, .version = HTTP_1_1, .withheld = "agent" },
		{ CURL, .version = HTTP_1_1, .extra = "Via",
		    .withheld = "proxy" },
		{ CURL, .version = HTTP_1_1, .peer = "127.0.0.1",
		    .withheld = "loopback" },
		{ CURL, .version = HTTP_1_1, .extra = "Via",
		    .peer = "127.0.0.1", .withheld = "proxy" },
		/* A second User-Agent makes it nobody. */
		{ CURL, .version = HTTP_1_1, .extra = "User-Agent",
		    .withheld = "agent" },
		/* Other wishes are no opt-in. */
		{ REQUESTS, .version = HTTP_1_1, .withheld = "agent",
		    .prefer = "respond-async, wait=5" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_AUTO, rows);
}

static void
auto_believes_a_trusted_proxy_up_to_a_few(void **state)
{
	static const struct row rows[] = {
		{ CURL, .version = HTTP_1_1, .peer = TRUSTED, .budget = 90,
		    .may_carry_fields = true },
		{ CURL, .version = HTTP_1_1, .peer = TRUSTED, .extra = "Via",
		    .budget = 5, .may_carry_fields = true },
		{ REQUESTS, .version = HTTP_1_1, .peer = TRUSTED,
		    .withheld = "agent" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_AUTO, rows);
}

static void
follows_an_upload_only_where_it_is_borne(void **state)
{
	static const struct row rows[] = {
		{ CURL, .version = HTTP_1_1, .body_size = MANY, .budget = 90,
		    .may_carry_fields = true },
		{ "davfs2/1.6.1 neon/0.32.5", .version = HTTP_1_1,
		    .body_size = BODY_SIZE_UNKNOWN, .budget = 100,
		    .may_carry_fields = true },
		{ NEON_NEW, .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ NEON_NEW, .version = HTTP_1_1, .body_size = MANY - 1,
		    .budget = 90, .may_carry_fields = true },
		{ NEON_NEW, .version = HTTP_1_1, .body_size = MANY,
		    .withheld = "body" },
		{ NEON_NEW, .version = HTTP_1_1, .body_size = BODY_SIZE_UNKNOWN,
		    .withheld = "body" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_AUTO, rows);
}

static void
on_speaks_to_every_agent_but_those_that_break(void **state)
{
	static const struct row rows[] = {
		{ CURL, .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ CURL, .version = HTTP_1_1, .peer = "127.0.0.1", .budget = 90,
		    .may_carry_fields = true },
		{ CURL, .version = HTTP_1_1, .extra = "Via", .budget = 5,
		    .may_carry_fields = true },
		{ "rclone/v1.60.1", .version = HTTP_1_1, .budget = 5,
		    .may_carry_fields = true },
		{ "unknown/1", .version = HTTP_1_1, .budget = 4,
		    .must_close_after = true },
		{ "unknown/1", .version = HTTP_1_1, .budget = 4,
		    .body_size = MANY, .must_close_after = true },
		{ NULL, .version = HTTP_1_1, .budget = 4,
		    .must_close_after = true },
		{ REQUESTS, .version = HTTP_1_1, .withheld = "agent" },
		{ NEON_NEW, .version = HTTP_1_1, .body_size = MANY,
		    .withheld = "body" },
		{ CURL, .version = HTTP_1_0, .withheld = "http/1.0" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_ON, rows);
}

static void
off_is_final(void **state)
{
	static const struct row rows[] = {
		{ CURL, .version = HTTP_1_1, .withheld = "off" },
		{ CURL, .version = HTTP_2, .prefer = "processing",
		    .withheld = "off" },
		{ CURL, .version = HTTP_1_0, .withheld = "http/1.0" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_OFF, rows);
}

static void
an_opt_in_wins_over_table_and_way(void **state)
{
	static const struct row rows[] = {
		{ CURL, "processing", .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ "unknown/1", "processing", .version = HTTP_1_1, .budget = 100,
		    .may_carry_fields = true, .must_close_after = true },
		{ NULL, "wait=5, processing", .version = HTTP_1_1,
		    .budget = 100, .may_carry_fields = true,
		    .must_close_after = true },
		{ REQUESTS, "processing", .version = HTTP_1_1, .budget = 100,
		    .may_carry_fields = true, .must_close_after = true },
		{ "Go-http-client/1.1", "processing", .version = HTTP_1_1,
		    .budget = 5, .may_carry_fields = true },
		{ "Tornado/6.2", "processing", .version = HTTP_1_1,
		    .budget = 90, .may_carry_fields = true },
		{ CURL, "processing", "Via", .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ CURL, "processing", .peer = "127.0.0.1", .version = HTTP_1_1,
		    .budget = 90, .may_carry_fields = true },
		{ NEON_NEW, "processing", .body_size = MANY,
		    .version = HTTP_1_1, .budget = 90,
		    .may_carry_fields = true },
		{ CURL, "processing", .version = HTTP_1_0,
		    .withheld = "http/1.0" },
	};

	(void)state;
	EXPECT_ROWS(INTERIM_MODE_AUTO, rows);
}

static void
the_guard_stays_in_force_whoever_asks(void **state)
{
	static const struct {
		enum interim_mode mode;
		struct row row;
		bool is_known;
	} rows[] = {
		{ INTERIM_MODE_AUTO, { CURL, .version = HTTP_1_1 }, true },
		{ INTERIM_MODE_ON, { CURL, .version = HTTP_1_1 }, true },
		{ INTERIM_MODE_AUTO,
		    { CURL, "processing", .version = HTTP_1_1 }, true },
		{ INTERIM_MODE_AUTO,
		    { CURL, .version = HTTP_1_1, .peer = "192.0.2.2" }, false },
		{ INTERIM_MODE_AUTO, { "curl/8.0", .version = HTTP_1_1 },
		    false },
	};
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	guard_remember(&guard, str_of(DIRECT), str_of(CURL), T0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct interim_policy policy = policy_of(rows[i].mode);
		struct interim_verdict got =
		    decide(&policy, &rows[i].row, &guard);

		assert_int_equal(got.plan.may_send, !rows[i].is_known);
		if (rows[i].is_known)
			assert_string_equal(got.withheld, "guard");
	}
	guard_done(&guard);
}

static void
hands_the_times_on(void **state)
{
	static const struct row row = { CURL, .version = HTTP_1_1 };
	struct interim_policy policy;
	struct guard guard;
	struct interim_verdict got;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	interim_policy_init(&policy);
	got = decide(&policy, &row, &guard);
	assert_int_equal(got.plan.threshold_ms, 20000);
	assert_int_equal(got.plan.interval_ms, 15000);
	policy.threshold_ms = 500;
	policy.interval_ms = 1000;
	policy.mode = INTERIM_MODE_OFF;
	got = decide(&policy, &row, &guard);
	assert_int_equal(got.plan.threshold_ms, 500);
	assert_int_equal(got.plan.interval_ms, 1000);
	guard_done(&guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auto_asks_the_table_and_the_way),
		cmocka_unit_test(auto_believes_a_trusted_proxy_up_to_a_few),
		cmocka_unit_test(follows_an_upload_only_where_it_is_borne),
		cmocka_unit_test(on_speaks_to_every_agent_but_those_that_break),
		cmocka_unit_test(off_is_final),
		cmocka_unit_test(an_opt_in_wins_over_table_and_way),
		cmocka_unit_test(the_guard_stays_in_force_whoever_asks),
		cmocka_unit_test(hands_the_times_on),
	};

	return cmocka_run_group_tests_name("interim_policy", tests, NULL, NULL);
}
