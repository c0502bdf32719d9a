/*
 * crowd_test.c - how many connections there may be, in all and of one address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/crowd.h"

enum { EACH = 3, ALL = 6 };

struct visit {
	enum crowd_verdict verdict;
	struct crowd_guest *guest;
};

static struct crowd *
make(size_t count_max)
{
	const struct crowd_options options = {
		.count_max = count_max,
		.count_each_max = EACH,
		.secrets = { 1, 22, 333, 4444 },
	};
	struct crowd *crowd = crowd_new(&options);

	assert_non_null(crowd);
	return crowd;
}

static struct visit
enter(struct crowd *crowd, const char *text)
{
	struct sockaddr_storage storage = { .ss_family = AF_INET };
	struct sockaddr_in *in = (void *)&storage;
	struct sockaddr_in6 *in6 = (void *)&storage;
	struct visit visit;

	if (inet_pton(AF_INET, text, &in->sin_addr) != 1) {
		storage.ss_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	}
	visit.verdict =
	    crowd_enter(crowd, (const void *)&storage, &visit.guest);
	return visit;
}

static void
turns_away_more_than_so_many_of_one_address(void **state)
{
	/* Those that are the same to us, and a stranger. */
	static const char *const rows[][3] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		{ "192.0.2.1", "::ffff:192.0.2.1", "192.0.3.1" },
		{ "2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crowd *crowd = make(100);
		struct visit visits[EACH];
		struct visit one_more;

		for (size_t n = 0; n < EACH; n++) {
			visits[n] = enter(crowd, rows[i][n % 2]);
			assert_int_equal(visits[n].verdict, CROWD_WELCOME);
		}
		one_more = enter(crowd, rows[i][0]);
		assert_int_equal(one_more.verdict, CROWD_FULL_OF_THEM);
		crowd_leave(crowd, one_more.guest);
		one_more = enter(crowd, rows[i][2]);
		assert_int_equal(one_more.verdict, CROWD_WELCOME);
		crowd_leave(crowd, one_more.guest);
		crowd_leave(crowd, visits[0].guest);
		visits[0] = enter(crowd, rows[i][1]);
		assert_int_equal(visits[0].verdict, CROWD_WELCOME);
		for (size_t n = 0; n < EACH; n++)
			crowd_leave(crowd, visits[n].guest);
		assert_int_equal(crowd_count(crowd), 0);
		crowd_free(crowd);
	}
}

static void
knows_no_limit_for_one_address_of_this_machine(void **state)
{
	static const char *const addresses[] = { "127.0.0.1", "127.1.2.3",
		"::1", "::ffff:127.0.0.1" };
	struct crowd *crowd = make(100);

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		struct visit visit = enter(crowd, addresses[i % 4]);

		assert_int_equal(visit.verdict, CROWD_WELCOME);
		assert_null(visit.guest);
	}
	assert_int_equal(crowd_count(crowd), 40);
	for (size_t i = 0; i < 40; i++)
		crowd_leave(crowd, NULL);
	crowd_free(crowd);
}

static void
is_full_at_some_time(void **state)
{
	struct crowd *crowd = make(ALL);

	(void)state;
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(
		    enter(crowd, "127.0.0.1").verdict, CROWD_WELCOME);
	assert_int_equal(enter(crowd, "127.0.0.1").verdict, CROWD_FULL);
	crowd_leave(crowd, NULL);
	crowd_leave(crowd, NULL);
	assert_int_equal(enter(crowd, "127.0.0.1").verdict, CROWD_WELCOME);
	for (size_t i = 0; i < ALL; i++)
		crowd_leave(crowd, NULL);
	crowd_free(crowd);
}

static void
forgets_addresses_that_have_left(void **state)
{
	struct crowd *crowd = make(100);

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct sockaddr_in in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(0x0a000000U + i),
		};
		struct crowd_guest *guest;

		assert_int_equal(crowd_enter(crowd, (const void *)&in, &guest),
		    CROWD_WELCOME);
		crowd_leave(crowd, guest); /* or the sanitizer sees it */
	}
	crowd_free(crowd);
}

static void
a_socket_without_a_peer_is_only_counted(void **state)
{
	struct crowd *crowd = make(100);
	struct crowd_guest *guest;

	(void)state;
	assert_int_equal(crowd_enter_peer(crowd, -1, &guest), CROWD_WELCOME);
	assert_null(guest);
	assert_int_equal(crowd_count(crowd), 1);
	crowd_leave(crowd, guest);
	crowd_free(crowd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_away_more_than_so_many_of_one_address),
		cmocka_unit_test(
		    knows_no_limit_for_one_address_of_this_machine),
		cmocka_unit_test(is_full_at_some_time),
		cmocka_unit_test(forgets_addresses_that_have_left),
		cmocka_unit_test(a_socket_without_a_peer_is_only_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
