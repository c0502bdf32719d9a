/*
 * server_users_test.c - which choices of users fit the addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/server_users.h"
#include "net/listener.h"

static const struct server_users_options unsaid = {
	.anonymous = SERVER_USERS_ANONYMOUS_UNSAID,
};

/* A fake of dav/method.c. */
const struct method *method_find(struct str name);

const struct method *
method_find(struct str name)
{
	(void)name;
	return NULL;
}

static void
random_octets(void *out, size_t size)
{
	memset(out, 7, size);
}

static void
handle(void *context, struct exchange *x)
{
	(void)context;
	(void)x;
}

static void
only_this_machine_is_served_without_a_choice(void **state)
{
	static const struct {
		const char *listen;
		enum err want;
	} rows[] = {
		{ "127.0.0.1:0", ERR_NONE },
		{ "127.255.1.2:0", ERR_NONE },
		{ "[::1]:0", ERR_NONE },
		{ "128.0.0.1:0", ERR_CONFLICT },
		{ "*:0", ERR_CONFLICT },
		{ "[::]:0", ERR_CONFLICT },
		{ "[::ffff:127.0.0.1]:0", ERR_CONFLICT },
		{ "192.0.2.1:0", ERR_CONFLICT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address addresses[2];
		bool is_tls[2] = { true, true };
		struct server_users_place place = {
			.addresses = addresses,
			.is_tls = is_tls,
			.address_count = 2,
		};
		struct server_users users;

		assert_int_equal(
		    listener_parse("127.0.0.1:0", &addresses[0]), ERR_NONE);
		assert_int_equal(
		    listener_parse(rows[i].listen, &addresses[1]), ERR_NONE);
		server_users_init(&users, &unsaid);
		assert_int_equal(
		    server_users_check(&users, &place), rows[i].want);
		server_users_close(&users);
	}
}

static void
each_choice_will_do(void **state)
{
	static const struct {
		struct server_users_options options;
		bool needs_certificates;
	} rows[] = {
		{ { .users = "f", .anonymous = -1 }, false },
		{ { .jwt_keys = "f",
		      .jwt_issuer = "i",
		      .jwt_audience = "a",
		      .anonymous = -1 },
		    false },
		{ { .anonymous = -1 }, true },
		{ { .anonymous = SERVER_USERS_ANONYMOUS_READ }, false },
		{ { .anonymous = SERVER_USERS_ANONYMOUS_WRITE }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address;
		bool is_tls = true;
		struct server_users_place place = { &address, &is_tls, 1,
			rows[i].needs_certificates };
		struct server_users users;

		assert_int_equal(listener_parse("*:0", &address), ERR_NONE);
		server_users_init(&users, &rows[i].options);
		assert_int_equal(server_users_check(&users, &place), ERR_NONE);
		assert_false(users.is_open_to_all);
		server_users_close(&users);
	}
}

static void
tokens_need_an_issuer_and_an_audience(void **state)
{
	static const struct server_users_options rows[] = {
		{ .jwt_keys = "f" },
		{ .jwt_keys = "f", .jwt_issuer = "i" },
		{ .jwt_keys = "f", .jwt_audience = "a" },
		{ .jwt_issuer = "i" },
		{ .jwt_audience = "a" },
		{ .jwt_algorithms = "RS256" },
		{ .jwt_keys = "f",
		    .jwt_issuer = "i",
		    .jwt_audience = "a",
		    .jwt_algorithms = "none" },
	};
	struct server_users_place place = { .address_count = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_users users;

		server_users_init(&users, &rows[i]);
		assert_int_equal(
		    server_users_check(&users, &place), ERR_CONFLICT);
		server_users_close(&users);
	}
}

static void
stands_before_another_handler(void **state)
{
	struct handler handler = { .start = handle };
	struct server_users_place place = { .address_count = 0 };
	struct server_users users;

	(void)state;
	server_users_init(&users, &unsaid);
	assert_int_equal(server_users_check(&users, &place), ERR_NONE);
	assert_true(users.is_open_to_all);
	assert_int_equal(server_users_open(&users), ERR_NONE);
	assert_int_equal(
	    server_users_guard(&users, random_octets, &handler), ERR_NONE);
	assert_true(handler.start != handle);
	server_users_refresh(&users, SERVER_USERS_NOW); /* nothing to read */
	server_users_close(&users);
}

static void
says_what_cannot_be_read(void **state)
{
	static const struct server_users_options missing = {
		.users = "/nowhere/users",
		.anonymous = SERVER_USERS_ANONYMOUS_UNSAID,
	};
	struct server_users users;

	(void)state;
	server_users_init(&users, &missing);
	assert_int_equal(server_users_open(&users), ERR_SYSTEM);
	server_users_close(&users);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_this_machine_is_served_without_a_choice),
		cmocka_unit_test(each_choice_will_do),
		cmocka_unit_test(tokens_need_an_issuer_and_an_audience),
		cmocka_unit_test(stands_before_another_handler),
		cmocka_unit_test(says_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
