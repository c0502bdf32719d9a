/*
 * lock_share_test.c - nobody takes all locks, nor those of somebody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/lock_share.h"

static void
fill(void *out, size_t size)
{
	memset(out, 7, size);
}

static void
has_a_limit_for_each_and_not_for_all(void **state)
{
	struct lock_share share;
	const struct str ann = STR("ann"), none = STR("");

	(void)state;
	lock_share_init(&share, fill);
	for (int i = 0; i < LOCK_COUNT_EACH_MAX; i++) {
		assert_false(lock_share_is_full(&share, ann));
		lock_share_add(&share, ann);
	}
	assert_true(lock_share_is_full(&share, ann));
	assert_false(lock_share_is_full(&share, none));
	lock_share_remove(&share, ann);
	assert_false(lock_share_is_full(&share, ann));
}

/* The few that share a count are a matter of luck. */
static void
tells_most_principals_apart(void **state)
{
	struct lock_share share;
	unsigned used = 0;
	char name[] = "user-00";

	(void)state;
	lock_share_init(&share, fill);
	for (int i = 0; i < 100; i++) {
		name[5] = (char)('0' + i / 10);
		name[6] = (char)('0' + i % 10);
		lock_share_add(&share, str_of(name));
	}
	for (size_t i = 0; i < LOCK_SHARE_SLOT_COUNT; i++)
		used += share.counts[i] > 0;
	assert_true(used > 85);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_limit_for_each_and_not_for_all),
		cmocka_unit_test(tells_most_principals_apart),
	};

	return cmocka_run_group_tests_name("lock_share", tests, NULL, NULL);
}
