/*
 * destination_test.c - the promises of dav/destination.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/destination.h"

struct look {
	struct arena arena;
	struct request request;
	struct response response;
	struct call call;
};

static void
begin(struct look *look, const char *host, const char *destination)
{
	*look = (struct look){ .request = { .arena = &look->arena } };
	arena_init(&look->arena, REQUEST_MEMORY_MAX);
	response_init(&look->response, &look->arena);
	look->request.authority = str_of(host);
	look->call.request = &look->request;
	look->call.response = &look->response;
	if (destination != NULL)
		assert_int_equal(
		    fields_add(&look->request.fields, &look->arena,
		        str_of("Destination"), str_of(destination)),
		    ERR_NONE);
}

static void
end(struct look *look)
{
	response_done(&look->response);
	arena_done(&look->arena);
}

static void
reads_paths_and_uris_of_this_server(void **state)
{
	static const struct {
		const char *host;
		const char *destination;
		int status; /* 0: it is taken */
		const char *path;
	} rows[] = {
		{ "a.org", "/b", 0, "/b" },
		{ "a.org", "/b/", 0, "/b" },
		{ "a.org", "/b%20c/./d", 0, "/b c/d" },
		{ "a.org", "http://a.org/b", 0, "/b" },
		{ "a.org", "http://A.ORG/b", 0, "/b" },
		{ "a.org", "https://a.org/b", 0, "/b" },
		{ "a.org:8080", "http://a.org/b", 0, "/b" },
		{ "a.org", "https://a.org:8443/b", 0, "/b" },
		{ "a.org", "http://a.org", 0, "/" },
		{ "[2001:db8::1]:80", "http://[2001:db8::1]/b", 0, "/b" },
		{ "[2001:db8::1]:80", "http://[2001:db8::2]/b", 502, "" },
		{ "a.org", "http://b.org/b", 502, "" },
		{ "a.org", "http://a.org.b.org/b", 502, "" },
		{ "a.org", "", 400, "" },
		{ "a.org", "b", 400, "" },
		{ "a.org", "//b.org/b", 400, "" },
		{ "a.org", "ftp://a.org/b", 400, "" },
		{ "a.org", "http://u@a.org/b", 400, "" },
		{ "a.org", "/b?c", 400, "" },
		{ "a.org", "/b#c", 400, "" },
		{ "a.org", "http://a.org/b?", 400, "" },
		{ "a.org", "/b%2", 400, "" },
		{ "a.org", "/b/../c", 403, "" },
		{ "a.org", "/b/%2e%2e/c", 403, "" },
		{ "a.org", "/b%00", 403, "" },
		{ "a.org", "/b%2Fc", 403, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, rows[i].host, rows[i].destination);
		assert_int_equal(destination_prepare(&look.call),
		    rows[i].status == 0 ? STEP_ON : STEP_ANSWERED);
		assert_int_equal(look.response.status, rows[i].status);
		assert_int_equal(
		    look.call.has_destination, rows[i].status == 0);
		if (rows[i].status == 0)
			assert_true(
			    str_is(look.call.destination, rows[i].path));
		end(&look);
	}
}

static void
believes_what_a_proxy_says_of_its_host(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		enum step want;
	} rows[] = {
		{ "X-Forwarded-Host", "dav.org", STEP_ON },
		{ "X-Forwarded-Host", "other.org, DAV.org:443", STEP_ON },
		{ "X-Forwarded-Host", "other.org", STEP_ANSWERED },
		{ "X-Forwarded-Host", "", STEP_ANSWERED },
		{ "Forwarded", "for=192.0.2.1;host=dav.org;proto=https",
		    STEP_ON },
		{ "Forwarded", "for=a, for=b; Host=\"dav.org:443\"", STEP_ON },
		{ "Forwarded", "for=dav.org", STEP_ANSWERED },
		{ "Forwarded", "host=", STEP_ANSWERED },
		{ "Forwarded", ";;=;,\"", STEP_ANSWERED },
		{ "X-Host", "dav.org", STEP_ANSWERED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, "inside:8102", "https://dav.org/b");
		assert_int_equal(
		    fields_add(&look.request.fields, &look.arena,
		        str_of(rows[i].name), str_of(rows[i].value)),
		    ERR_NONE);
		assert_int_equal(destination_prepare(&look.call), rows[i].want);
		end(&look);
	}
}

static void
goes_by_the_path_where_a_proxy_has_put_its_own_name(void **state)
{
	static const struct {
		const char *host;
		bool peer_is_loopback;
		enum step want;
	} rows[] = {
		{ "localhost", false, STEP_ON },
		{ "LocalHost:8102", false, STEP_ON },
		{ "dav.localhost", false, STEP_ON },
		{ "127.0.0.1:8102", false, STEP_ON },
		{ "127.9.9.9", false, STEP_ON },
		{ "[::1]:8102", false, STEP_ON },
		{ "", false, STEP_ON },
		{ "inside", true, STEP_ON },
		{ "inside", false, STEP_ANSWERED },
		{ "notlocalhost", false, STEP_ANSWERED },
		{ "127.0.0.1.org", false, STEP_ANSWERED },
		{ "128.0.0.1", false, STEP_ANSWERED },
		{ "[::2]", false, STEP_ANSWERED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look look;

		begin(&look, rows[i].host, "https://dav.org/b");
		look.request.peer_is_loopback = rows[i].peer_is_loopback;
		assert_int_equal(destination_prepare(&look.call), rows[i].want);
		end(&look);
	}
}

static void
names_both_hosts_and_what_to_do(void **state)
{
	struct look look;
	struct buf *bytes = &look.response.bytes;

	(void)state;
	begin(&look, "inside.org", "https://dav.org/b");
	assert_int_equal(destination_prepare(&look.call), STEP_ANSWERED);
	assert_int_equal(look.response.status, 502);
	buf_add_char(bytes, '\0');
	assert_non_null(strstr(bytes->data, "inside.org"));
	assert_non_null(strstr(bytes->data, "dav.org"));
	assert_non_null(strstr(bytes->data, "X-Forwarded-Host"));
	end(&look);
}

static void
takes_one_destination_only(void **state)
{
	struct look look;

	(void)state;
	begin(&look, "a.org", NULL);
	assert_int_equal(destination_prepare(&look.call), STEP_ON);
	assert_false(look.call.has_destination);
	end(&look);
	begin(&look, "a.org", "/b");
	assert_int_equal(fields_add(&look.request.fields, &look.arena,
	                     str_of("destination"), str_of("/c")),
	    ERR_NONE);
	assert_int_equal(destination_prepare(&look.call), STEP_ANSWERED);
	assert_int_equal(look.response.status, 400);
	end(&look);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_paths_and_uris_of_this_server),
		cmocka_unit_test(believes_what_a_proxy_says_of_its_host),
		cmocka_unit_test(
		    goes_by_the_path_where_a_proxy_has_put_its_own_name),
		cmocka_unit_test(names_both_hosts_and_what_to_do),
		cmocka_unit_test(takes_one_destination_only),
	};

	return cmocka_run_group_tests_name("destination", tests, NULL, NULL);
}
