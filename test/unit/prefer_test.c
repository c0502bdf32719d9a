/*
 * prefer_test.c - the promises of http/prefer.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/prefer.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	const char *lines; /* each but the last ended by "\n" */
	struct prefer want;
};

static void
assert_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct prefer *want = &rows[i].want;
		struct str rest = str_of(rows[i].lines);
		struct fields fields = { 0 };
		struct arena arena;
		struct prefer got;

		arena_init(&arena, REQUEST_MEMORY_MAX);
		while (rest.len > 0) {
			struct str line = str_cut(&rest, '\n');

			assert_int_equal(
			    fields_add(&fields, &arena, str_of("prefer"), line),
			    ERR_NONE);
		}
		prefer_parse(&fields, &got);
		if (got.processing != want->processing ||
		    got.respond_async != want->respond_async ||
		    got.strict != want->strict ||
		    got.lenient != want->lenient ||
		    got.return_minimal != want->return_minimal ||
		    got.has_wait != want->has_wait ||
		    got.wait_s != want->wait_s)
			fail_msg("row %zu: %s", i, rows[i].lines);
		arena_done(&arena);
	}
}

static void
reads_each_wish(void **state)
{
	static const struct row rows[] = {
		{ "", { 0 } },
		{ "processing", { .processing = true } },
		{ "respond-async", { .respond_async = true } },
		{ "handling=strict", { .strict = true } },
		{ "handling=lenient", { .lenient = true } },
		{ "return=minimal", { .return_minimal = true } },
		{ "return=representation", { 0 } },
		{ "wait=10", { .has_wait = true, .wait_s = 10 } },
		{ "wait=0", { .has_wait = true } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
reads_lists_on_one_line_and_on_several(void **state)
{
	static const struct row rows[] = {
		{ "respond-async, wait=5,processing",
		    { .respond_async = true,
		        .has_wait = true,
		        .wait_s = 5,
		        .processing = true } },
		{ "respond-async\nprocessing",
		    { .respond_async = true, .processing = true } },
		{ " , ,\tPROCESSING , ", { .processing = true } },
		{ "Handling = Strict", { .strict = true } },
		{ "handling=\"strict\"", { .strict = true } },
		{ "wait=\"7\"", { .has_wait = true, .wait_s = 7 } },
		{ "respond-async=\"\"", { .respond_async = true } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
passes_over_parameters(void **state)
{
	static const struct row rows[] = {
		{ "processing; a=b; c", { .processing = true } },
		{ "wait=3 ;wait=4", { .has_wait = true, .wait_s = 3 } },
		{ "x; processing", { 0 } },
		{ "x=\"a, processing, \\\" ;\", respond-async",
		    { .respond_async = true } },
		{ "x; y=\"a, processing\"", { 0 } },
		{ "x=\"a\\\", processing", { 0 } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
lets_the_first_of_a_name_count(void **state)
{
	static const struct row rows[] = {
		{ "handling=strict, handling=lenient", { .strict = true } },
		{ "handling=lenient\nHandling=strict", { .lenient = true } },
		{ "handling=other, handling=strict", { 0 } },
		{ "wait=x, wait=5", { 0 } },
		{ "wait=1\nwait=2", { .has_wait = true, .wait_s = 1 } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
cuts_a_long_wait(void **state)
{
	static const struct row rows[] = {
		{ "wait=3600",
		    { .has_wait = true, .wait_s = PREFER_WAIT_S_MAX } },
		{ "wait=3601",
		    { .has_wait = true, .wait_s = PREFER_WAIT_S_MAX } },
		{ "wait=99999999999999999999999",
		    { .has_wait = true, .wait_s = PREFER_WAIT_S_MAX } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void
passes_over_what_is_malformed(void **state)
{
	static const struct row rows[] = {
		{ "wait", { 0 } },
		{ "wait=", { 0 } },
		{ "wait=-1", { 0 } },
		{ "wait=1.5", { 0 } },
		{ "wait=1s", { 0 } },
		{ "wait=99999999999999999999x", { 0 } },
		{ "=processing", { 0 } },
		{ "processings", { 0 } },
		{ "process ing", { 0 } },
		{ "\"processing\"", { 0 } },
		{ "handling=\"strict", { 0 } },
		{ "handling=xstrict\"", { 0 } },
		{ "handling=\"strictx", { 0 } },
		{ "handling=\"", { 0 } },
		{ "x=\"\\", { 0 } },
		{ "a b c, processing", { .processing = true } },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_wish),
		cmocka_unit_test(reads_lists_on_one_line_and_on_several),
		cmocka_unit_test(passes_over_parameters),
		cmocka_unit_test(lets_the_first_of_a_name_count),
		cmocka_unit_test(cuts_a_long_wait),
		cmocka_unit_test(passes_over_what_is_malformed),
	};

	return cmocka_run_group_tests_name("prefer", tests, NULL, NULL);
}
