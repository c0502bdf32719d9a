/*
 * gate_check_test.c - when credentials are verified, and how often.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate_rig.h"
#include "http/gate_cache.h"
#include "http/throttle.h"

static void
remembers_who_was_right_for_two_minutes(void **state)
{
	static const struct gate_rig_visit ann = { .authorization = ANN_RIGHT };

	(void)state;
	rig.wall_s = 0; /* a token would be good for longer */
	gate_rig_open();
	for (int i = 0; i < 3; i++)
		assert_int_equal(gate_rig_ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 1);
	atomic_store(&rig.now_ms, T0 + GATE_CACHE_MS);
	assert_int_equal(gate_rig_ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
remembers_a_token_no_longer_than_it_is_good(void **state)
{
	static const struct gate_rig_visit tom = { .authorization =
		                                       TOKEN_GOOD };

	(void)state;
	gate_rig_open();
	assert_int_equal(gate_rig_ask(tom, "tom"), 0);
	atomic_store(&rig.now_ms, T0 + TOKEN_S * 1000 - 1);
	assert_int_equal(gate_rig_ask(tom, "tom"), 0);
	assert_int_equal(rig.verify_count, 1);
	atomic_store(&rig.now_ms, T0 + TOKEN_S * 1000);
	assert_int_equal(gate_rig_ask(tom, "tom"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
verifies_again_what_it_was_told_to_forget(void **state)
{
	static const struct gate_rig_visit ann = { .authorization = ANN_RIGHT };

	(void)state;
	gate_rig_open();
	assert_int_equal(gate_rig_ask(ann, "ann"), 0);
	gate_forget(rig.gate);
	assert_int_equal(gate_rig_ask(ann, "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
remembers_no_failure(void **state)
{
	(void)state;
	gate_rig_open();
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_WRONG }, ""),
	    401);
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_WRONG }, ""),
	    401);
	assert_int_equal(rig.verify_count, 2);
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_RIGHT }, "ann"),
	    0);
}

static void
says_when_to_try_again(void **state)
{
	static const struct gate_rig_visit wrong = { .authorization =
		                                         ANN_WRONG };
	struct gate_rig_visit late = { .authorization = ANN_RIGHT };

	(void)state;
	gate_rig_open();
	for (int i = 0; i < THROTTLE_NAME_COUNT; i++)
		assert_int_equal(gate_rig_ask(wrong, ""), 401);
	gate_rig_arrive(&late);
	gate_rig_wait();
	assert_true(
	    str_is(fields_get(&late.x->response.fields, "Retry-After"), "1"));
	assert_int_equal(gate_rig_leave(&late, ""), 429);
	assert_int_equal(rig.verify_count, THROTTLE_NAME_COUNT);
	atomic_store(&rig.now_ms, T0 + 1000);
	assert_int_equal(
	    gate_rig_ask(
	        (struct gate_rig_visit){ .authorization = ANN_RIGHT }, "ann"),
	    0);
}

static void
counts_a_network_of_ipv6_as_one(void **state)
{
	struct gate_rig_visit other = { .authorization = TOKEN_GOOD };

	(void)state;
	gate_rig_open();
	for (int i = 0; i < THROTTLE_ADDRESS_COUNT; i++) {
		char peer[64];

		(void)snprintf(peer, sizeof(peer), "2001:db8::%x:1", i);
		assert_int_equal(
		    gate_rig_ask(
		        (struct gate_rig_visit){
		            .authorization = TOKEN_BAD, .peer = peer },
		        ""),
		    401);
	}
	other.peer = "2001:db8::ffff:ffff:ffff:ffff";
	assert_int_equal(gate_rig_ask(other, ""), 429);
	other.peer = "2001:db8:0:1::1";
	assert_int_equal(gate_rig_ask(other, "tom"), 0);
	other.peer = "::ffff:192.0.2.1";
	assert_int_equal(gate_rig_ask(other, "tom"), 0);
}

static void
an_address_is_the_same_by_ipv6(void **state)
{
	struct gate_rig_visit visit = { .authorization = TOKEN_BAD };

	(void)state;
	gate_rig_open();
	for (int i = 0; i < THROTTLE_ADDRESS_COUNT; i++) {
		visit.peer = i % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1";
		assert_int_equal(gate_rig_ask(visit, ""), 401);
	}
	assert_int_equal(gate_rig_ask(visit, ""), 429);
	visit.peer = "::ffff:192.0.2.2";
	assert_int_equal(gate_rig_ask(visit, ""), 401);
}

static void
does_not_count_this_machine(void **state)
{
	(void)state;
	gate_rig_open();
	for (int i = 0; i < 2 * THROTTLE_ADDRESS_COUNT; i++)
		assert_int_equal(
		    gate_rig_ask(
		        (struct gate_rig_visit){
		            .authorization = TOKEN_BAD, .peer = "127.0.0.1" },
		        ""),
		    401);
}

static void
says_so_when_nobody_can_tell(void **state)
{
	(void)state;
	gate_rig_open();
	for (int i = 0; i < 2 * THROTTLE_ADDRESS_COUNT; i++)
		assert_int_equal(
		    gate_rig_ask(
		        (struct gate_rig_visit){ .authorization = ANN_UNSURE },
		        ""),
		    503);
	assert_int_equal(rig.failure_count, 0);
}

static void
the_same_at_once_is_verified_once(void **state)
{
	struct gate_rig_visit visits[3] = { { .authorization = ANN_RIGHT },
		{ .authorization = ANN_RIGHT },
		{ .authorization = ANN_RIGHT, .peer = "192.0.2.2" } };

	(void)state;
	rig.is_slow = true;
	gate_rig_open();
	gate_rig_arrive(&visits[0]);
	assert_int_equal(sem_wait(&rig.entered), 0);
	gate_rig_arrive(&visits[1]);
	gate_rig_arrive(&visits[2]); /* from elsewhere: another's own */
	assert_int_equal(sem_wait(&rig.entered), 0);
	assert_int_equal(sem_post(&rig.go), 0);
	assert_int_equal(sem_post(&rig.go), 0);
	gate_rig_wait();
	for (int i = 0; i < 3; i++)
		assert_int_equal(gate_rig_leave(&visits[i], "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

/* Else who was taken off the list could come in by what began before. */
static void
who_comes_after_that_does_not_join_what_began_before(void **state)
{
	struct gate_rig_visit visits[2] = { { .authorization = ANN_RIGHT },
		{ .authorization = ANN_RIGHT } };

	(void)state;
	rig.is_slow = true;
	gate_rig_open();
	gate_rig_arrive(&visits[0]);
	assert_int_equal(sem_wait(&rig.entered), 0);
	gate_forget(rig.gate);
	gate_rig_arrive(&visits[1]);
	assert_int_equal(sem_post(&rig.go), 0);
	assert_int_equal(sem_post(&rig.go), 0);
	gate_rig_wait();
	for (int i = 0; i < 2; i++)
		assert_int_equal(gate_rig_leave(&visits[i], "ann"), 0);
	assert_int_equal(rig.verify_count, 2);
}

static void
so_many_wait_and_no_more(void **state)
{
	static struct gate_rig_visit visits[GATE_CHECK_COUNT_MAX + 1];
	static char peers[GATE_CHECK_COUNT_MAX + 1][32];

	(void)state;
	rig.is_slow = true;
	gate_rig_open();
	for (int i = 0; i < GATE_CHECK_COUNT_MAX + 1; i++) {
		(void)snprintf(
		    peers[i], sizeof(peers[i]), "10.0.%d.%d", i / 256, i % 256);
		visits[i] =
		    (struct gate_rig_visit){ .authorization = TOKEN_GOOD,
			    .peer = peers[i] };
		gate_rig_arrive(&visits[i]);
	}
	for (int i = 0; i < GATE_CHECK_COUNT_MAX; i++)
		assert_int_equal(sem_post(&rig.go), 0);
	gate_rig_wait();
	for (int i = 0; i < GATE_CHECK_COUNT_MAX; i++)
		assert_int_equal(gate_rig_leave(&visits[i], "tom"), 0);
	assert_int_equal(
	    gate_rig_leave(&visits[GATE_CHECK_COUNT_MAX], ""), 503);
}

static void
who_has_gone_meanwhile_is_not_let_in(void **state)
{
	struct gate_rig_visit visit = { .authorization = ANN_RIGHT };

	(void)state;
	rig.is_slow = true;
	gate_rig_open();
	gate_rig_arrive(&visit);
	assert_int_equal(sem_wait(&rig.entered), 0);
	rig.handler.abort(rig.handler.context, visit.x);
	assert_int_equal(sem_post(&rig.go), 0);
	gate_rig_wait();
	(void)gate_rig_leave(&visit, "");
	assert_int_equal(rig.started, 0);
	assert_int_equal(rig.aborted, 0);
	assert_int_equal(rig.released, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, gate_rig_set_up, gate_rig_tear_down)
		TEST(remembers_who_was_right_for_two_minutes),
		TEST(remembers_a_token_no_longer_than_it_is_good),
		TEST(verifies_again_what_it_was_told_to_forget),
		TEST(remembers_no_failure),
		TEST(says_when_to_try_again),
		TEST(counts_a_network_of_ipv6_as_one),
		TEST(an_address_is_the_same_by_ipv6),
		TEST(does_not_count_this_machine),
		TEST(says_so_when_nobody_can_tell),
		TEST(the_same_at_once_is_verified_once),
		TEST(who_comes_after_that_does_not_join_what_began_before),
		TEST(so_many_wait_and_no_more),
		TEST(who_has_gone_meanwhile_is_not_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
