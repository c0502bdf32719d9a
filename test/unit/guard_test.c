/*
 * guard_test.c - whom the guard remembers, and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/guard.h"

enum { T0 = 1000 };

static const struct str peer = STR("192.0.2.1");
static const struct str agent = STR("curl/7.88.1");

static void
numbered_peer_remember(struct guard *guard, int number, int64_t now_ms)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "p%d", number);
	guard_remember(guard, str_of(text), agent, now_ms);
}

static bool
numbered_peer_is_known(struct guard *guard, int number, int64_t now_ms)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "p%d", number);
	return guard_knows(guard, str_of(text), agent, now_ms);
}

static void
knows_the_peer_and_the_agent_together(void **state)
{
	static const struct {
		struct str peer;
		struct str agent;
		bool want;
	} rows[] = {
		{ STR("192.0.2.1"), STR("curl/7.88.1"), true },
		{ STR("192.0.2.2"), STR("curl/7.88.1"), false },
		{ STR("192.0.2.1"), STR("curl/7.88.2"), false },
		{ STR("192.0.2.1"), STR(""), false },
		{ STR("192.0.2.1c"), STR("url/7.88.1"), false },
		{ STR("192.0.2.1curl/7.88.1"), STR(""), false },
	};
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	assert_false(guard_knows(&guard, peer, agent, T0));
	guard_remember(&guard, peer, agent, T0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    guard_knows(&guard, rows[i].peer, rows[i].agent, T0),
		    rows[i].want);
	guard_done(&guard);
}

static void
knows_a_peer_without_an_agent(void **state)
{
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	guard_remember(&guard, peer, str_of(NULL), T0);
	assert_true(guard_knows(&guard, peer, str_of(NULL), T0));
	assert_false(guard_knows(&guard, peer, agent, T0));
	guard_done(&guard);
}

static void
forgets_after_a_day(void **state)
{
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	guard_remember(&guard, peer, agent, T0);
	assert_true(guard_knows(&guard, peer, agent, T0 + GUARD_MEMORY_MS - 1));
	assert_false(guard_knows(&guard, peer, agent, T0 + GUARD_MEMORY_MS));
	guard_done(&guard);
}

static void
remembers_from_the_last_time_on(void **state)
{
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	guard_remember(&guard, peer, agent, T0);
	guard_remember(&guard, peer, agent, T0 + 500);
	assert_int_equal(guard.count, 1);
	assert_true(guard_knows(&guard, peer, agent, T0 + GUARD_MEMORY_MS));
	guard_done(&guard);
}

static void
lets_the_oldest_go_when_it_is_full(void **state)
{
	struct guard guard;

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	for (int i = 0; i < INTERIM_GUARD_COUNT_MAX; i++)
		numbered_peer_remember(&guard, i, T0 + i);
	assert_true(numbered_peer_is_known(&guard, 0, T0 + 5000));

	/* The first went wrong again: now the second is the oldest. */
	numbered_peer_remember(&guard, 0, T0 + 5000);
	numbered_peer_remember(&guard, INTERIM_GUARD_COUNT_MAX, T0 + 5000);
	assert_int_equal(guard.count, INTERIM_GUARD_COUNT_MAX);
	assert_true(numbered_peer_is_known(&guard, 0, T0 + 5000));
	assert_false(numbered_peer_is_known(&guard, 1, T0 + 5000));
	assert_true(numbered_peer_is_known(&guard, 2, T0 + 5000));
	assert_true(
	    numbered_peer_is_known(&guard, INTERIM_GUARD_COUNT_MAX, T0 + 5000));
	guard_done(&guard);
}

static void *
remember_many(void *context)
{
	for (int i = 0; i < 200; i++) {
		numbered_peer_remember(context, i, T0);
		(void)numbered_peer_is_known(context, i, T0);
	}
	return NULL;
}

static void
serves_threads_at_once(void **state)
{
	struct guard guard;
	pthread_t threads[4];

	(void)state;
	assert_int_equal(guard_init(&guard), ERR_NONE);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, remember_many, &guard),
		    0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(guard.count, 200);
	guard_done(&guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_peer_and_the_agent_together),
		cmocka_unit_test(knows_a_peer_without_an_agent),
		cmocka_unit_test(forgets_after_a_day),
		cmocka_unit_test(remembers_from_the_last_time_on),
		cmocka_unit_test(lets_the_oldest_go_when_it_is_full),
		cmocka_unit_test(serves_threads_at_once),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
