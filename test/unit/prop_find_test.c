/*
 * prop_find_test.c - the promises of dav/prop_find.c.
 *
 * What stands between the tags of a live property is prop_live_test.c's
 * business: a resource has as few of them here as can be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/prop.h"
#include "dav/xml.h"
#include "fake_store.h"

static struct fake_store store;
static struct arena arena;
static struct dav dav;
static struct buf out;
static struct resource resource;

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
	arena_init(&arena, 256 * 1024);
	buf_init(&out, 64 * 1024);
	resource =
	    (struct resource){ .has_props = true, .is_collection = true };
	dav = (struct dav){
		.store = &store.store,
		.locks = lock_table_new(&store.store, zeros),
	};
	return dav.locks == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	lock_table_free(dav.locks);
	arena_done(&arena);
	buf_done(&out);
	return 0;
}

/* What stands inside <propfind xmlns="DAV:" xmlns:x="x:">. */
static void
ask(const char *path, const char *question)
{
	const struct prop_subject subject = {
		.dav = &dav, .path = str_of(path), .resource = &resource
	};
	struct propfind propfind;
	struct xml_node *root;
	struct buf text;

	buf_init(&text, 4096);
	buf_printf(&text,
	    "<propfind xmlns=\"DAV:\" xmlns:x=\"x:\">%s</propfind>", question);
	assert_int_equal(xml_parse(buf_str(&text), &arena, &root), ERR_NONE);
	assert_int_equal(
	    prop_parse_propfind(root, &arena, &propfind), ERR_NONE);
	buf_done(&text);
	buf_clear(&out);
	prop_write_response(&subject, &propfind, &out);
	assert_int_equal(out.err, ERR_NONE);
}

static void
assert_out(const char *want)
{
	if (!str_is(buf_str(&out), want))
		fail_msg("%.*s\nis not\n%s", STR_ARG(buf_str(&out)), want);
}

#define OK "<D:status>HTTP/1.1 200 OK</D:status>"
#define NOT_FOUND "<D:status>HTTP/1.1 404 Not Found</D:status>"
#define FAILED "<D:status>HTTP/1.1 500 Internal Server Error</D:status>"

/* RFC 4918, 9.1.3, but that what is not to be seen is not there. */
static void
tells_those_that_were_asked_for(void **state)
{
	(void)state;
	fake_store_add(&store, "x:", "bigbox", "<b/>");
	fake_store_add(&store, "x:", "other", "<o/>");
	fake_store_add(&store, "x:", "author", "<a/>");
	ask("/file", "<prop><x:bigbox/><x:author/><resourcetype/><x:DingALing/>"
	             "<getetag/></prop>");
	assert_out("<D:response><D:href>/file/</D:href><D:propstat><D:prop>"
	           "<D:resourcetype><D:collection/></D:resourcetype>"
	           "<b/><a/></D:prop>" OK "</D:propstat>"
	           "<D:propstat><D:prop><DingALing xmlns=\"x:\"/>"
	           "<D:getetag/></D:prop>" NOT_FOUND "</D:propstat>"
	           "</D:response>\n");
}

static void
says_404_alone_when_there_is_nothing_else(void **state)
{
	(void)state;
	ask("/a", "<prop><x:b/></prop>");
	assert_out("<D:response><D:href>/a/</D:href><D:propstat><D:prop>"
	           "<b xmlns=\"x:\"/></D:prop>" NOT_FOUND "</D:propstat>"
	           "</D:response>\n");
}

static void
says_200_when_nothing_was_asked_for(void **state)
{
	(void)state;
	ask("/", "<prop/>");
	assert_out("<D:response><D:href>/</D:href><D:propstat><D:prop>"
	           "</D:prop>" OK "</D:propstat></D:response>\n");
}

/* As RFC 4918, 9.1.4, has it. */
static void
tells_all_names(void **state)
{
	(void)state;
	fake_store_add(&store, "x:", "bigbox", "<b/>");
	fake_store_add(&store, "DAV:", "displayname", "<n/>");
	fake_store_add(&store, "DAV:", "getcontentlanguage", "<l/>");
	ask("/container", "<propname/>");
	assert_out(
	    "<D:response><D:href>/container/</D:href><D:propstat><D:prop>"
	    "<D:creationdate/><D:displayname/><D:getlastmodified/>"
	    "<D:lockdiscovery/><D:resourcetype/><D:supportedlock/>"
	    "<D:quota-available-bytes/><D:quota-used-bytes/>"
	    "<Win32LastModifiedTime xmlns=\"urn:schemas-microsoft-com:\"/>"
	    "<bigbox xmlns=\"x:\"/><D:getcontentlanguage/>"
	    "</D:prop>" OK "</D:propstat></D:response>\n");
}

static bool
has(const char *text)
{
	return memmem(out.data, out.len, text, strlen(text)) != NULL;
}

/* RFC 4918, 9.1.5; RFC 4331, 2. */
static void
tells_all_but_the_quota(void **state)
{
	(void)state;
	fake_store_add(&store, "x:", "bigbox", "<b/>");
	ask("/container", "<allprop/>");
	assert_true(has("<D:creationdate>"));
	assert_true(has("<D:displayname>container</D:displayname>"));
	assert_true(has("<D:getlastmodified>"));
	assert_true(has("<D:lockdiscovery>"));
	assert_true(has("<D:resourcetype>"));
	assert_true(has("<D:supportedlock>"));
	assert_true(has("<b/>"));
	assert_false(has("quota"));
	assert_false(has("Win32"));
	assert_false(has("getcontentlength")); /* it is a collection */
	assert_false(has("404"));
}

/* RFC 4918, 9.1.6. */
static void
tells_what_is_included_too(void **state)
{
	(void)state;
	fake_store_add(&store, "x:", "kept", "<k/>");
	ask("/mycol",
	    "<allprop/><include><supported-report-set/><quota-used-bytes/>"
	    "<x:kept/><resourcetype/></include>");
	assert_true(has("<D:quota-used-bytes>403350"));
	assert_true(has("<k/><D:displayname>"));
	assert_true(has("<D:propstat><D:prop><D:supported-report-set/>"
	                "</D:prop>" NOT_FOUND "</D:propstat>"));
	assert_false(has("<kept"));
	assert_int_equal(store.props_calls, 1);
}

static void
lets_what_was_set_go_before_the_default(void **state)
{
	(void)state;
	ask("/a", "<prop><displayname/><getcontentlanguage/></prop>");
	assert_true(has("<D:displayname>a</D:displayname></D:prop>" OK));
	assert_true(has("<D:getcontentlanguage/></D:prop>" NOT_FOUND));
	fake_store_add(&store, "DAV:", "displayname", "<n/>");
	fake_store_add(&store, "DAV:", "getcontentlanguage", "<l/>");
	ask("/a", "<prop><displayname/><getcontentlanguage/></prop>");
	assert_true(has("<D:prop><n/><l/></D:prop>" OK));
	assert_false(has("displayname"));
	assert_false(has("404"));
	ask("/a", "<allprop/>");
	assert_true(has("<n/><l/></D:prop>" OK));
	assert_false(has("displayname"));
}

static void
asks_the_store_only_when_it_must(void **state)
{
	(void)state;
	ask("/a", "<prop><resourcetype/><getetag/></prop>");
	assert_int_equal(store.props_calls, 0);
	ask("/a", "<prop><x:b/></prop>");
	assert_int_equal(store.props_calls, 1);
	resource.has_props = false;
	ask("/a", "<prop><x:b/><displayname/></prop>");
	ask("/a", "<allprop/>");
	ask("/a", "<propname/>");
	assert_int_equal(store.props_calls, 1);
}

static void
says_what_the_store_could_not(void **state)
{
	(void)state;
	fake_store_add(&store, "x:", "b", "<b/>");
	store.props_err = ERR_STORAGE;
	ask("/a", "<prop><resourcetype/><x:b/><displayname/></prop>");
	assert_out("<D:response><D:href>/a/</D:href><D:propstat><D:prop>"
	           "<D:resourcetype><D:collection/></D:resourcetype>"
	           "</D:prop>" OK "</D:propstat>"
	           "<D:propstat><D:prop><b xmlns=\"x:\"/><D:displayname/>"
	           "</D:prop>" FAILED "</D:propstat></D:response>\n");
	ask("/a", "<allprop/>");
	assert_false(has("<b/>"));
	assert_true(has("<D:resourcetype>"));
	assert_true(has("<D:propstat><D:prop><D:displayname/></D:prop>" FAILED
	                "</D:propstat>"));
	ask("/a", "<propname/>");
	assert_true(
	    has("<D:propstat><D:prop></D:prop>" FAILED "</D:propstat>"));
	store.props_err = ERR_NONE;
	store.quota_err = ERR_DENIED;
	ask("/a", "<prop><quota-used-bytes/><x:c/></prop>");
	assert_out("<D:response><D:href>/a/</D:href>"
	           "<D:propstat><D:prop><D:quota-used-bytes/></D:prop>"
	           "<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>"
	           "<D:propstat><D:prop><c xmlns=\"x:\"/></D:prop>" NOT_FOUND
	           "</D:propstat></D:response>\n");
}

static void
takes_as_many_names_as_may_be_asked_for(void **state)
{
	struct propfind propfind;
	struct xml_node *root;
	struct buf text;
	const struct prop_subject subject = {
		.dav = &dav, .path = STR("/a"), .resource = &resource
	};

	(void)state;
	buf_init(&text, 64 * 1024);
	buf_add_text(&text, "<propfind xmlns=\"DAV:\"><prop>");
	for (size_t i = 0; i < PROPFIND_NAME_COUNT_MAX; i++)
		buf_printf(&text, "<a%zu/>", i);
	buf_add_text(&text, "</prop></propfind>");
	assert_int_equal(xml_parse(buf_str(&text), &arena, &root), ERR_NONE);
	assert_int_equal(
	    prop_parse_propfind(root, &arena, &propfind), ERR_NONE);
	prop_write_response(&subject, &propfind, &out);
	assert_int_equal(out.err, ERR_NONE);
	assert_true(has("<D:a0/>"));
	assert_true(has("<D:a255/></D:prop>" NOT_FOUND));
	buf_done(&text);
}

static void
answers_a_lock_with_a_whole_document(void **state)
{
	const struct prop_subject subject = {
		.dav = &dav, .path = STR("/a"), .resource = &resource
	};
	struct xml_node *root;

	(void)state;
	prop_write_lockdiscovery(&subject, &out);
	assert_out("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	           "<D:prop xmlns:D=\"DAV:\">"
	           "<D:lockdiscovery></D:lockdiscovery></D:prop>\n");
	assert_int_equal(xml_parse(buf_str(&out), &arena, &root), ERR_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_those_that_were_asked_for),
		TEST(says_404_alone_when_there_is_nothing_else),
		TEST(says_200_when_nothing_was_asked_for),
		TEST(tells_all_names),
		TEST(tells_all_but_the_quota),
		TEST(tells_what_is_included_too),
		TEST(lets_what_was_set_go_before_the_default),
		TEST(asks_the_store_only_when_it_must),
		TEST(says_what_the_store_could_not),
		TEST(takes_as_many_names_as_may_be_asked_for),
		TEST(answers_a_lock_with_a_whole_document),
	};

	return cmocka_run_group_tests_name("prop_find", tests, NULL, NULL);
}
