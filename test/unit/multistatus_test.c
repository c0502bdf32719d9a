/*
 * multistatus_test.c - the promises of dav/multistatus.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dav/multistatus.h"
#include "op/progress.h"

static struct buf out;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, 64 * 1024);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_done(&out);
	return 0;
}

static void
assert_out(const char *want)
{
	assert_int_equal(out.err, ERR_NONE);
	if (!str_is(buf_str(&out), want))
		fail_msg("%.*s\nis not\n%s", STR_ARG(buf_str(&out)), want);
	buf_clear(&out);
}

static void
frames_a_document(void **state)
{
	(void)state;
	multistatus_begin(&out);
	multistatus_end(&out);
	assert_out("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	           "<D:multistatus xmlns:D=\"DAV:\">\n"
	           "</D:multistatus>\n");
}

static void
writes_paths_as_urls(void **state)
{
	static const struct {
		const char *path;
		bool is_collection;
		const char *want;
	} rows[] = {
		{ "/", true, "/" },
		{ "/a", false, "/a" },
		{ "/a", true, "/a/" },
		/* RFC 4918, 8.3.1 */
		{ "/sample/a test", false, "/sample/a%20test" },
		{ "/a&b<c>\"", false, "/a%26b%3Cc%3E%22" },
		{ "/\xc3\xa4\xff", false, "/%C3%A4%FF" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf want;

		buf_init(&want, 256);
		buf_printf(&want, "<D:href>%s</D:href>", rows[i].want);
		buf_add_char(&want, '\0');
		multistatus_href(
		    &out, str_of(rows[i].path), rows[i].is_collection);
		assert_out(want.data);
		buf_done(&want);
	}
}

/* RFC 4918, 9.6.2 (the prefix is ours). */
static void
tells_of_one_member(void **state)
{
	(void)state;
	multistatus_member(&out, str_of("/container/resource3"), false, 423,
	    "lock-token-submitted");
	assert_out("<D:response><D:href>/container/resource3</D:href>"
	           "<D:status>HTTP/1.1 423 Locked</D:status>"
	           "<D:error><D:lock-token-submitted/></D:error>"
	           "</D:response>\n");
	multistatus_member(&out, str_of("/webdav/secret"), true, 403, NULL);
	assert_out("<D:response><D:href>/webdav/secret/</D:href>"
	           "<D:status>HTTP/1.1 403 Forbidden</D:status>"
	           "</D:response>\n");
}

static void
tells_of_each_failure(void **state)
{
	struct progress *progress = progress_new();

	(void)state;
	assert_non_null(progress);
	progress_member_done(progress, str_of("/a/good"));
	progress_member_failed(progress, str_of("/a/locked"), ERR_LOCKED);
	progress_destination_failed(progress, str_of("/b/no"), ERR_DENIED);
	multistatus_failures(&out, progress, str_of(NULL));
	assert_out("<D:response><D:href>/a/locked</D:href>"
	           "<D:status>HTTP/1.1 423 Locked</D:status>"
	           "<D:error><D:lock-token-submitted/></D:error>"
	           "</D:response>\n"
	           "<D:response><D:href>/b/no</D:href>"
	           "<D:status>HTTP/1.1 403 Forbidden</D:status>"
	           "</D:response>\n");
	progress_free(progress);
}

static void
names_failures_as_from_their_root(void **state)
{
	struct progress *progress = progress_new();

	(void)state;
	assert_non_null(progress);
	progress_member_failed(progress, str_of("/ann/a b"), ERR_DENIED);
	multistatus_failures(&out, progress, str_of("/ann"));
	assert_out("<D:response><D:href>/a%20b</D:href>"
	           "<D:status>HTTP/1.1 403 Forbidden</D:status>"
	           "</D:response>\n");
	progress_free(progress);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_a_document),
		cmocka_unit_test(writes_paths_as_urls),
		cmocka_unit_test(tells_of_one_member),
		cmocka_unit_test(tells_of_each_failure),
		cmocka_unit_test(names_failures_as_from_their_root),
	};

	return cmocka_run_group_tests_name(
	    "multistatus", tests, setup, teardown);
}
