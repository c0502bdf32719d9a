/*
 * agent_test.c - whom the policy table allows what: a real User-Agent of each
 * row, and those who look like one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/agent.h"

#define GECKO "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 "
#define WEBKIT                                                                 \
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "                  \
	"(KHTML, like Gecko) "
#define MORE " zlib/1.2.13 libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3"

static void
never_allows_an_agent_that_breaks(void **state)
{
	static const char *const rows[] = {
		"Python-urllib/3.11",
		"python-urllib3/1.26.12",
		"python-requests/2.28.1",
		"python-requests/2.34.2",
		"libwww-perl/6.68",
		"lwp-request/6.68 libwww-perl/6.68",
		"Java/17.0.15",
		"okhttp/3.13.1",
		"okhttp/4.12.0",
		"SVN/1.14.2 (x86_64-pc-linux-gnu) serf/1.3.9",
		"SVN/1.14.2",
		"serf/1.3.9",
		"Mozilla/5.0 (Linux) mirall/3.7.3git (Nextcloud, debian)",
		"wget2/1.99.1",
		"Wget/1.99.1",
		"Wget/2.1.0",
		"ureq/2.6.2",
		"lftp/4.9.2",
		"aria2/1.36.0",
		/* A denial wins, wherever it stands. */
		"curl/7.88.1 python-requests/2.28.1",
		"python-requests/2.28.1 curl/7.88.1",
		"tool/1.0 (a comment) neon/0.32.5 lftp/4.9.2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct agent *agent = agent_find(str_of(rows[i]));

		assert_non_null(agent);
		assert_int_equal(agent->verdict, AGENT_DENY);
	}
}

static void
allows_an_agent_what_it_was_measured_to_bear(void **state)
{
	static const struct {
		const char *user_agent;
		uint32_t budget;
		bool bears_fields;
		bool bears_after_body;
		bool resets_timer;
	} rows[] = {
		{ "rclone/v1.60.1-DEV", 5, true, true, false },
		{ "Go-http-client/1.1", 5, true, true, false },
		{ "Go-http-client/2.0", 5, true, true, false },
		{ "Java-http-client/17.0.15", 8, true, true, false },
		{ "litmus/0.13 neon/0.32.5", 100, true, true, true },
		{ "cadaver/0.24 neon/0.32.5", 100, true, true, true },
		{ "davfs2/1.6.1 neon/0.32.5", 100, true, true, true },
		{ "neon/0.30.0", 100, true, true, true },
		{ "cadaver/0.26 neon/0.33.0", 90, true, false, false },
		{ "davfs2/1.7.1 neon/0.37.1", 90, true, false, false },
		{ "curl/7.88.1", 90, true, true, false },
		{ "curl/8.20.0", 90, true, true, false },
		{ "PycURL/7.45.2 libcurl/7.88.1 GnuTLS/3.7.9" MORE, 90, true,
		    true, false },
		{ "Wget/1.21.3", 90, true, true, true },
		{ "Wget/1.25.0 (linux-gnu)", 90, true, true, true },
		{ "gvfs/1.50.3", 90, true, false, true },
		{ "an-app/1 libsoup/3.2.3", 90, true, false, true },
		{ "python-httpx/0.23.3", 90, true, false, true },
		{ "Python/3.11 aiohttp/3.8.4", 90, true, true, true },
		{ "Tornado/6.2", 90, false, false, false },
		{ "node", 90, true, false, true },
		{ "undici", 90, true, false, true },
		{ "got (https://github.com/sindresorhus/got)", 90, true, true,
		    true },
		{ "axios/1.21.1", 90, true, true, false },
		{ "Apache-HttpClient/4.5.14 (Java/17.0.15)", 90, true, false,
		    true },
		{ "HTTP-Tiny/0.082", 90, true, false, true },
		{ "HTTP-Tiny/0.080", 90, true, false, true },
		{ "Ruby", 90, true, false, true },
		{ "nghttp2/1.52.0", 90, true, false, true },
		{ WEBKIT "Chrome/156.0.8078.79 Safari/537.36", 90, true, false,
		    false },
		{ GECKO "Firefox/153.0", 90, true, false, false },
		/* The smaller budget wins. */
		{ "curl/7.88.1 Go-http-client/1.1", 5, true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct agent *agent =
		    agent_find(str_of(rows[i].user_agent));

		assert_non_null(agent);
		assert_int_equal(agent->verdict, AGENT_ALLOW);
		assert_int_equal(agent->budget, rows[i].budget);
		assert_int_equal(agent->bears_fields, rows[i].bears_fields);
		assert_int_equal(
		    agent->bears_after_body, rows[i].bears_after_body);
		assert_int_equal(agent->resets_timer, rows[i].resets_timer);
	}
}

static void
knows_nothing_of_the_rest(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"/",
		"()",
		"(((",
		"(python-requests/2.28.1)",
		"Mozilla/5.0", /* Qt */
		"Mozilla/5.0 (X11; Linux x86_64) KIO/5.103 Konqueror/5.22",
		"Mozilla/5.0 (X11) Firefox/153.0",    /* without Gecko */
		"Mozilla/5.0 (X11) Chrome/156.0.0.0", /* without AppleWebKit */
		WEBKIT "QtWebEngine/5.15.8 Chrome/87.0.4280.144 Safari/537.36",
		WEBKIT "Chrome/155.0.0.0 Safari/537.36",
		GECKO "Firefox/152.9",
		"DAVx5/4.2 (dav4jvm; okhttp/4.9.3) Android/12",
		"Microsoft-WebDAV-MiniRedir/10.0.19045",
		"libdavix/0.7.6 neon/0.0.29",
		"Python/3.11",
		/* Case counts, and the whole name. */
		"CURL/7.88.1",
		"Curl/7.88.1",
		"mycurl/7.88.1",
		"curl-like/7.88.1",
		"curlx",
		"java/17",
		/* Older than measured, or beyond what a row speaks for. */
		"curl/7.87.0",
		"curl",
		"curl/",
		"curl/x7.88",
		"neon/0.29.6",
		"rclone/v1.59.2",
		"Java-http-client/16.0.2",
		"Apache-HttpClient/4.4.1 (Java/17)",
		"Apache-HttpClient/5.0 (Java/17)",
		"gvfs/1.49.9",
		"aiohttp/3.7.4",
		"okhttp/5.0.0",
		"Wget/1.20.9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_null(agent_find(str_of(rows[i])));
	assert_null(agent_find(str_of(NULL)));
}

static void
reads_versions_of_any_length(void **state)
{
	assert_non_null(agent_find(str_of("curl/99999999999999999999.1")));
	assert_non_null(agent_find(str_of("curl/8.99999999999999999999")));
	assert_non_null(agent_find(str_of("curl/008.1")));
	assert_non_null(agent_find(str_of("curl/8-DEV")));
	assert_null(agent_find(str_of("curl/v")));
	(void)state;
}

static void
passes_over_comments(void **state)
{
	static const char *const rows[] = {
		"a (python-requests/2) curl/8.0",
		"a (one (two) python-requests/2 ) curl/8.0",
		"a (\\) python-requests/2 ) curl/8.0",
		"a(python-requests/2)curl/8.0(lftp/4)",
		"\tcurl/8.0\t(never closed (python-requests/2 ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct agent *agent = agent_find(str_of(rows[i]));

		assert_non_null(agent);
		assert_string_equal(agent->product, "curl");
	}
}

static void
does_not_read_a_text_too_long(void **state)
{
	char text[AGENT_SIZE_MAX + 1];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text + AGENT_SIZE_MAX - 8, "curl/8.0", 8);
	assert_non_null(agent_find(str_make(text, AGENT_SIZE_MAX)));
	assert_null(agent_find(str_make(text, AGENT_SIZE_MAX + 1)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_allows_an_agent_that_breaks),
		cmocka_unit_test(allows_an_agent_what_it_was_measured_to_bear),
		cmocka_unit_test(knows_nothing_of_the_rest),
		cmocka_unit_test(reads_versions_of_any_length),
		cmocka_unit_test(passes_over_comments),
		cmocka_unit_test(does_not_read_a_text_too_long),
	};

	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
