/*
 * condition_test.c - the promises of http/condition.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/condition.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define EXACT "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

enum { MODIFIED_S = 784111777, NOW_S = 1795381985 };

/* What the rows are tried on. */
enum subject { GET, PUT, GET_ABSENT, PUT_ABSENT, GET_BARE };

static struct condition
condition_of(enum subject subject)
{
	struct condition now = {
		.exists = true,
		.is_get = subject != PUT && subject != PUT_ABSENT,
		.etag = STR("\"a\""),
		.modified_s = MODIFIED_S,
		.now_s = NOW_S,
	};

	now.exists = subject != GET_ABSENT && subject != PUT_ABSENT;
	if (subject == GET_BARE) {
		now.etag = (struct str){ NULL, 0 };
		now.modified_s = CONDITION_NO_DATE;
	}
	return now;
}

struct row {
	enum subject subject;
	const char *fields; /* "Name: value", each line ended by "\n" */
	int want;
};

static void
add_fields(struct fields *fields, struct arena *arena, const char *text)
{
	struct str rest = str_of(text);

	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		struct str name = str_cut(&line, ':');

		assert_int_equal(
		    fields_add(fields, arena, name, str_trim(line)), ERR_NONE);
	}
}

static void
assert_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct condition now = condition_of(rows[i].subject);
		struct fields fields = { 0 };
		struct arena arena;

		arena_init(&arena, REQUEST_MEMORY_MAX);
		add_fields(&fields, &arena, rows[i].fields);
		if (condition_check(&now, &fields) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].fields);
		arena_done(&arena);
	}
}

static void
lets_pass_what_has_no_condition(void **state)
{
	static const struct row rows[] = {
		{ GET, "", 0 },
		{ PUT, "Range: bytes=0-\nIf-Range: \"b\"\n", 0 },
		{ PUT_ABSENT, "If-Matches: \"b\"\n", 0 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
wants_a_strong_match_for_if_match(void **state)
{
	static const struct row rows[] = {
		{ PUT, "If-Match: \"a\"\n", 0 },
		{ GET, "if-match: \"b\" ,, \"a\"\n", 0 },
		{ PUT, "If-Match: \"b\"\nIF-MATCH: \"a\"\n", 0 },
		{ PUT, "If-Match: W/\"a\"\n", 412 },
		{ PUT, "If-Match: \"A\"\n", 412 },
		{ PUT, "If-Match: \"b\", \"ab\", \"\"\n", 412 },
		{ GET, "If-Match: \"b\"\n", 412 },
		{ PUT, "If-Match: \"x,\"\n", 412 },
		{ PUT, "If-Match: \"x,\"a\"\n", 412 },
		{ PUT, "If-Match: \"x,\", \"a\"\n", 0 },
		{ PUT, "If-Match: *\n", 0 },
		{ PUT_ABSENT, "If-Match: *\n", 412 },
		{ PUT_ABSENT, "If-Match: \"a\"\n", 412 },
		{ GET_BARE, "If-Match: *\n", 0 },
		{ GET_BARE, "If-Match: \"\"\n", 412 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
takes_a_malformed_list_for_no_match(void **state)
{
	static const struct row rows[] = {
		{ PUT, "If-Match:\n", 412 },
		{ PUT, "If-Match: a\n", 412 },
		{ PUT, "If-Match: \"a\n", 412 },
		{ PUT, "If-Match: \"\n", 412 },
		{ PUT, "If-Match: W/\n", 412 },
		{ PUT, "If-Match: \"a\" \"b\"\n", 412 },
		{ PUT, "If-Match: \"a\", b\n", 412 },
		{ PUT, "If-Match: \"a\"\nIf-Match: b\n", 412 },
		{ PUT, "If-Match: *, \"a\"\n", 412 },
		{ PUT, "If-Match: *\nIf-Match: \"a\"\n", 412 },
		{ PUT, "If-Match: **\n", 412 },
		{ PUT, "If-Match: w/\"a\"\n", 412 },
		{ PUT, "If-Match: \"b c\", \"a\"\n", 412 },
		{ GET, "If-None-Match: \"a\", b\n", 0 },
		{ PUT, "If-None-Match: *, \"a\"\n", 0 },
		{ GET, "If-None-Match:\n", 0 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
wants_no_weak_match_for_if_none_match(void **state)
{
	static const struct row rows[] = {
		{ GET, "If-None-Match: \"a\"\n", 304 },
		{ GET, "If-None-Match: W/\"a\"\n", 304 },
		{ GET, "If-None-Match: \"b\", W/\"a\"\n", 304 },
		{ PUT, "If-None-Match: W/\"a\"\n", 412 },
		{ PUT, "If-None-Match: *\n", 412 },
		{ GET, "If-None-Match: *\n", 304 },
		{ GET, "If-None-Match: \"b\"\n", 0 },
		{ PUT_ABSENT, "If-None-Match: *\n", 0 },
		{ PUT_ABSENT, "If-None-Match: \"a\"\n", 0 },
		{ GET_BARE, "If-None-Match: *\n", 304 },
		{ GET_BARE, "If-None-Match: \"\"\n", 0 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
compares_dates(void **state)
{
	static const struct row rows[] = {
		{ PUT, "If-Unmodified-Since: " BEFORE "\n", 412 },
		{ PUT, "If-Unmodified-Since: " EXACT "\n", 0 },
		{ GET, "If-Unmodified-Since: " AFTER "\n", 0 },
		{ GET, "If-Modified-Since: " BEFORE "\n", 0 },
		{ GET, "If-Modified-Since: " EXACT "\n", 304 },
		{ GET, "If-Modified-Since: " AFTER "\n", 304 },
		{ GET, "If-Modified-Since: Sun Nov  6 08:49:37 1994\n", 304 },
		{ GET, "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\n",
		    304 },
		{ PUT, "If-Modified-Since: " EXACT "\n", 0 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
ignores_a_date_that_says_nothing(void **state)
{
	static const struct row rows[] = {
		{ PUT, "If-Unmodified-Since: yesterday\n", 0 },
		{ PUT, "If-Unmodified-Since: " BEFORE ", " BEFORE "\n", 0 },
		{ PUT,
		    "If-Unmodified-Since: " BEFORE
		    "\nIf-Unmodified-Since: " BEFORE "\n",
		    0 },
		{ GET, "If-Modified-Since: 0\n", 0 },
		{ GET_BARE, "If-Unmodified-Since: " BEFORE "\n", 0 },
		{ GET_BARE, "If-Modified-Since: " AFTER "\n", 0 },
		{ PUT_ABSENT, "If-Unmodified-Since: " BEFORE "\n", 0 },
		{ GET_ABSENT, "If-Modified-Since: " AFTER "\n", 0 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
keeps_the_order_of_precedence(void **state)
{
	static const struct row rows[] = {
		{ GET, "If-None-Match: \"a\"\nIf-Match: \"b\"\n", 412 },
		{ GET, "If-None-Match: \"a\"\nIf-Match: \"a\"\n", 304 },
		{ PUT, "If-Match: \"a\"\nIf-Unmodified-Since: " BEFORE "\n",
		    0 },
		{ GET,
		    "If-None-Match: \"a\"\nIf-Unmodified-Since: " BEFORE "\n",
		    412 },
		{ GET, "If-None-Match: \"b\"\nIf-Modified-Since: " EXACT "\n",
		    0 },
		{ GET, "If-None-Match: b\nIf-Modified-Since: " EXACT "\n", 0 },
		{ GET, "If-Match: \"a\"\nIf-Modified-Since: " EXACT "\n", 304 },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
honours_a_range_only_of_what_the_peer_has(void **state)
{
	static const struct row rows[] = {
		{ GET, "", true },
		{ GET, "If-Range: \"a\"\n", true },
		{ GET, "If-Range: " EXACT "\n", true },
		{ GET, "If-Range: \"b\"\n", false },
		{ GET, "If-Range: W/\"a\"\n", false },
		{ GET, "If-Range: \"a\", \"b\"\n", false },
		{ GET, "If-Range: \"a\"\nIf-Range: \"a\"\n", false },
		{ GET, "If-Range: " BEFORE "\n", false },
		{ GET, "If-Range: " AFTER "\n", false },
		{ GET, "If-Range: *\n", false },
		{ GET, "If-Range:\n", false },
		{ GET, "If-Range: \"a\n", false },
		{ GET_BARE, "If-Range: \"\"\n", false },
		{ GET_BARE, "If-Range: " EXACT "\n", false },
		{ GET_ABSENT, "If-Range: \"a\"\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct condition now = condition_of(rows[i].subject);
		struct fields fields = { 0 };
		struct arena arena;

		arena_init(&arena, REQUEST_MEMORY_MAX);
		add_fields(&fields, &arena, rows[i].fields);
		if (condition_range_applies(&now, &fields) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].fields);
		arena_done(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_pass_what_has_no_condition),
		cmocka_unit_test(wants_a_strong_match_for_if_match),
		cmocka_unit_test(takes_a_malformed_list_for_no_match),
		cmocka_unit_test(wants_no_weak_match_for_if_none_match),
		cmocka_unit_test(compares_dates),
		cmocka_unit_test(ignores_a_date_that_says_nothing),
		cmocka_unit_test(keeps_the_order_of_precedence),
		cmocka_unit_test(honours_a_range_only_of_what_the_peer_has),
	};

	return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
