/*
 * route_test.c - what tells of a proxy, and what does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/route.h"

static enum route
route_with(const char *name, bool is_loopback)
{
	struct field items[] = {
		{ STR("Host"), STR("example.org") },
		{ str_of(name), STR("x") },
	};
	struct request request = {
		.fields = { items, 2, 2 },
		.peer_is_loopback = is_loopback,
	};

	return route_of(&request);
}

static void
sees_a_proxy_by_its_fields(void **state)
{
	static const char *const rows[] = { "Via", "via", "Forwarded",
		"X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto",
		"X-Forwarded-Server", "X-Real-IP", "Client-IP", "X-Varnish",
		"Surrogate-Capability", "CF-Ray", "CF-Connecting-IP",
		"True-Client-IP", "CDN-Loop", "Fastly-Client-IP",
		"X-Envoy-External-Address", "X-Amzn-Trace-Id",
		"Proxy-Connection" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(route_with(rows[i], false), ROUTE_PROXY);
		assert_int_equal(route_with(rows[i], true), ROUTE_PROXY);
	}
}

static void
sees_none_in_a_client_s_own_fields(void **state)
{
	static const char *const rows[] = { "Connection", "Depth", "Viaduct",
		"Vi", "CF", "X-Forwarded", "X-Request-ID", "Origin",
		"Max-Forwards", "Client-IPs" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(route_with(rows[i], false), ROUTE_DIRECT);
}

static void
suspects_whoever_runs_beside_us(void **state)
{
	struct request request = { .peer_is_loopback = true };

	(void)state;
	assert_int_equal(route_of(&request), ROUTE_LOOPBACK);
	assert_int_equal(route_with("Depth", true), ROUTE_LOOPBACK);
	request.peer_is_loopback = false;
	assert_int_equal(route_of(&request), ROUTE_DIRECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_a_proxy_by_its_fields),
		cmocka_unit_test(sees_none_in_a_client_s_own_fields),
		cmocka_unit_test(suspects_whoever_runs_beside_us),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
