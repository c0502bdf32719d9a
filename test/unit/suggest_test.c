/*
 * suggest_test.c - a slip of the finger is understood, nonsense is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/suggest.h"

static void
counts_what_differs(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "listen", "listen", 0 },
		{ "listne", "listen", 1 }, /* swapped */
		{ "lisen", "listen", 1 },  /* missing */
		{ "llisten", "listen", 1 },
		{ "lusten", "listen", 1 },
		{ "interim-aftr", "interim-after", 1 },
		{ "state", "sync", 4 },
		{ "ab", "ba", 1 },
		{ "abcd", "badc", 2 },
		{ "12345678901234567890123456789012",
		    "12345678901234567890123456789012", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    suggest_distance(str_of(rows[i].a), str_of(rows[i].b)),
		    rows[i].distance);
}

static void
suggests_the_nearest_or_nothing(void **state)
{
	static const struct {
		const char *typed, *meant;
	} rows[] = {
		{ "listne", "listen" }, { "interim-aftr", "interim-after" },
		{ "interim-eve", "interim-every" }, { "sate", "state" },
		{ "port", "" }, { "", "" },
		{ "123456789012345678901234567890123", "" }, /* 33 octets */
	};
	static const char *const words[] = { "listen", "interim",
		"interim-after", "interim-every", "state", "sync" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct suggestion it;

		suggest_init(&it, str_of(rows[i].typed));
		for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
			suggest_offer(&it, str_of(words[j]));
		assert_true(str_is(suggest_word(&it), rows[i].meant));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_differs),
		cmocka_unit_test(suggests_the_nearest_or_nothing),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
