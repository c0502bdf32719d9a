/*
 * prop_live_test.c - the promises of dav/prop_live.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/media.h"
#include "dav/prop_live.h"
#include "fake_store.h"

enum { WALL_S = 1000000 };

static struct fake_store store;
static struct arena arena;
static struct dav dav;
static struct media *media;
static struct buf out;

static const struct resource file = {
	.size = 4525,
	.modified_ns = INT64_C(884597156000000000), /* 1998-01-12 09:25:56 */
	.created_ns = INT64_C(880999341999999999),  /* 1997-12-01 18:02:21 */
	.etag = "\"zzyzx\"",
};

static const struct resource folder = { .is_collection = true };

static void
zeros(void *out_octets, size_t size)
{
	memset(out_octets, 0, size);
}

static int
setup(void **state)
{
	(void)state;
	fake_store_init(&store);
	arena_init(&arena, 64 * 1024);
	buf_init(&out, 64 * 1024);
	media = media_new(NULL);
	dav = (struct dav){
		.store = &store.store,
		.locks = lock_table_new(&store.store, zeros),
		.media = media,
	};
	return media == NULL || dav.locks == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	lock_table_free(dav.locks);
	media_free(media);
	arena_done(&arena);
	buf_done(&out);
	return 0;
}

static enum err
write_live(const char *space, const char *name, const char *path,
    const struct resource *resource)
{
	const struct prop_live *live =
	    prop_live_find(str_of(space), str_of(name));
	const struct prop_subject subject = {
		.dav = &dav,
		.path = str_of(path),
		.resource = resource,
		.wall_s = WALL_S,
	};

	assert_non_null(live);
	buf_clear(&out);
	return prop_live_write(live, &subject, &out);
}

static void
assert_out(const char *want)
{
	assert_int_equal(out.err, ERR_NONE);
	if (!str_is(buf_str(&out), want))
		fail_msg("%.*s\nis not\n%s", STR_ARG(buf_str(&out)), want);
}

/* The values of RFC 4918, 9.1.5, and of RFC 4331, 5. */
static void
tells_what_each_resource_has(void **state)
{
	static const char lockentries[] =
	    "<D:supportedlock>"
	    "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>"
	    "<D:locktype><D:write/></D:locktype></D:lockentry>"
	    "<D:lockentry><D:lockscope><D:shared/></D:lockscope>"
	    "<D:locktype><D:write/></D:locktype></D:lockentry>"
	    "</D:supportedlock>";
	static const struct {
		const char *name;
		const char *file; /* NULL: a file has none */
		const char *folder;
	} rows[] = {
		{ "creationdate",
		    "<D:creationdate>1997-12-01T18:02:21Z</D:creationdate>",
		    "<D:creationdate>1970-01-01T00:00:00Z</D:creationdate>" },
		{ "displayname", "<D:displayname>front.html</D:displayname>",
		    "<D:displayname>front.html</D:displayname>" },
		{ "getcontentlanguage", NULL, NULL },
		{ "getcontentlength",
		    "<D:getcontentlength>4525</D:getcontentlength>", NULL },
		{ "getcontenttype",
		    "<D:getcontenttype>text/html</D:getcontenttype>", NULL },
		{ "getetag", "<D:getetag>\"zzyzx\"</D:getetag>", NULL },
		{ "getlastmodified",
		    "<D:getlastmodified>Mon, 12 Jan 1998 09:25:56 GMT"
		    "</D:getlastmodified>",
		    "<D:getlastmodified>Thu, 01 Jan 1970 00:00:00 GMT"
		    "</D:getlastmodified>" },
		{ "lockdiscovery", "<D:lockdiscovery></D:lockdiscovery>",
		    "<D:lockdiscovery></D:lockdiscovery>" },
		{ "resourcetype", "<D:resourcetype></D:resourcetype>",
		    "<D:resourcetype><D:collection/></D:resourcetype>" },
		{ "supportedlock", lockentries, lockentries },
		{ "quota-available-bytes", NULL,
		    "<D:quota-available-bytes>596650"
		    "</D:quota-available-bytes>" },
		{ "quota-used-bytes", NULL,
		    "<D:quota-used-bytes>403350</D:quota-used-bytes>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = "/container/front.html";

		assert_int_equal(write_live("DAV:", rows[i].name, path, &file),
		    rows[i].file == NULL ? ERR_ABSENT : ERR_NONE);
		assert_out(rows[i].file == NULL ? "" : rows[i].file);
		assert_int_equal(
		    write_live("DAV:", rows[i].name, path, &folder),
		    rows[i].folder == NULL ? ERR_ABSENT : ERR_NONE);
		assert_out(rows[i].folder == NULL ? "" : rows[i].folder);
	}
	assert_int_equal(write_live("urn:schemas-microsoft-com:",
	                     "Win32LastModifiedTime", "/x", &file),
	    ERR_NONE);
	assert_out("<Z:Win32LastModifiedTime"
	           " xmlns:Z=\"urn:schemas-microsoft-com:\">"
	           "Mon, 12 Jan 1998 09:25:56 GMT"
	           "</Z:Win32LastModifiedTime>");
}

static void
names_a_resource_after_its_path(void **state)
{
	(void)state;
	assert_int_equal(
	    write_live("DAV:", "displayname", "/", &folder), ERR_NONE);
	assert_out("<D:displayname>/</D:displayname>");
	assert_int_equal(
	    write_live("DAV:", "displayname", "/a<b/c&\xff", &file), ERR_NONE);
	assert_out("<D:displayname>c&amp;\xef\xbf\xbd</D:displayname>");
}

static void
rounds_times_before_1970_down(void **state)
{
	static const struct {
		int64_t ns;
		const char *want;
	} rows[] = {
		{ -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
		{ -1000000000, "Wed, 31 Dec 1969 23:59:59 GMT" },
		{ -1000000001, "Wed, 31 Dec 1969 23:59:58 GMT" },
		{ 999999999, "Thu, 01 Jan 1970 00:00:00 GMT" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resource resource = { .modified_ns = rows[i].ns };
		struct buf want;

		buf_init(&want, 256);
		buf_printf(&want, "<D:getlastmodified>%s</D:getlastmodified>",
		    rows[i].want);
		buf_add_char(&want, '\0');
		assert_int_equal(
		    write_live("DAV:", "getlastmodified", "/a", &resource),
		    ERR_NONE);
		assert_out(want.data);
		buf_done(&want);
	}
}

static void
acquire(const char *path, bool is_shared, bool is_infinite, const char *owner)
{
	const struct lock_spec spec = {
		.path = str_of(path),
		.owner = str_of(owner),
		.is_shared = is_shared,
		.is_infinite = is_infinite,
		.timeout_s = 604800,
	};
	struct lock lock;

	assert_int_equal(
	    lock_acquire(dav.locks, &spec, WALL_S, &arena, &lock), ERR_NONE);
}

/* RFC 4918, 9.10.7. */
static void
shows_the_locks(void **state)
{
	(void)state;
	acquire("/workspace/webdav/proposal.doc", false, true,
	    "<D:href xmlns:D=\"DAV:\">http://example.org/~ejw/</D:href>");
	acquire("/shared", true, true, "");
	assert_int_equal(write_live("DAV:", "lockdiscovery",
	                     "/workspace/webdav/proposal.doc", &file),
	    ERR_NONE);
	assert_out("<D:lockdiscovery><D:activelock>"
	           "<D:lockscope><D:exclusive/></D:lockscope>"
	           "<D:locktype><D:write/></D:locktype>"
	           "<D:depth>infinity</D:depth>"
	           "<D:owner><D:href xmlns:D=\"DAV:\">http://example.org/~ejw/"
	           "</D:href></D:owner>"
	           "<D:timeout>Second-604800</D:timeout>"
	           "<D:locktoken><D:href>"
	           "urn:uuid:00000000-0000-4000-8000-000000000000"
	           "</D:href></D:locktoken>"
	           "<D:lockroot><D:href>/workspace/webdav/proposal.doc</D:href>"
	           "</D:lockroot></D:activelock></D:lockdiscovery>");
	/* That of a collection above it, whose URL ends in a slash. */
	assert_int_equal(
	    write_live("DAV:", "lockdiscovery", "/shared/a", &file), ERR_NONE);
	assert_out("<D:lockdiscovery><D:activelock>"
	           "<D:lockscope><D:shared/></D:lockscope>"
	           "<D:locktype><D:write/></D:locktype>"
	           "<D:depth>infinity</D:depth>"
	           "<D:timeout>Second-604800</D:timeout>"
	           "<D:locktoken><D:href>"
	           "urn:uuid:00000000-0000-4000-8000-000000000000"
	           "</D:href></D:locktoken>"
	           "<D:lockroot><D:href>/shared/</D:href></D:lockroot>"
	           "</D:activelock></D:lockdiscovery>");
}

static void
writes_nothing_when_the_store_fails(void **state)
{
	(void)state;
	store.quota_err = ERR_STORAGE;
	assert_int_equal(
	    write_live("DAV:", "quota-used-bytes", "/", &folder), ERR_STORAGE);
	assert_out("");
}

static void
knows_what_may_be_set(void **state)
{
	static const struct {
		const char *name;
		bool is_protected;
	} rows[] = {
		{ "creationdate", true },
		{ "displayname", false },
		{ "getcontentlanguage", false },
		{ "getcontentlength", true },
		{ "getcontenttype", true },
		{ "getetag", true },
		{ "getlastmodified", true },
		{ "lockdiscovery", true },
		{ "resourcetype", true },
		{ "supportedlock", true },
		{ "quota-available-bytes", true },
		{ "quota-used-bytes", true },
	};
	struct str dav_space = STR("DAV:");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct prop_live *live =
		    prop_live_find(dav_space, str_of(rows[i].name));

		assert_non_null(live);
		assert_int_equal(live->is_protected, rows[i].is_protected);
		assert_int_equal(live->is_in_allprop,
		    !str_starts(live->name, (struct str)STR("quota-")));
	}
	assert_null(prop_live_find(dav_space, str_of("getEtag")));
	assert_null(prop_live_find(dav_space, str_of("")));
	assert_null(prop_live_find(str_of(""), str_of("getetag")));
	assert_null(prop_live_find(str_of("urn:schemas-microsoft-com:"),
	    str_of("Win32FileAttributes")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_what_each_resource_has),
		TEST(names_a_resource_after_its_path),
		TEST(rounds_times_before_1970_down),
		TEST(shows_the_locks),
		TEST(writes_nothing_when_the_store_fails),
		TEST(knows_what_may_be_set),
	};

	return cmocka_run_group_tests_name("prop_live", tests, NULL, NULL);
}
