/*
 * prop_patch_test.c - the promises of dav/prop_patch.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/prop.h"
#include "dav/xml.h"
#include "fake_store.h"

enum { MEMORY_MAX = 4 * 1024 * 1024 };

static struct fake_store store;
static struct arena arena;
static struct buf out;

static int
setup(void **state)
{
	(void)state;
	fake_store_init(&store);
	arena_init(&arena, MEMORY_MAX);
	buf_init(&out, MEMORY_MAX);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	buf_done(&out);
	return 0;
}

/* What stands inside the propertyupdate. */
static enum err
parse(const char *text, struct proppatch *out_patch)
{
	struct xml_node *root;
	struct buf whole;
	enum err err;

	buf_init(&whole, MEMORY_MAX);
	buf_printf(&whole,
	    "<propertyupdate xmlns=\"DAV:\" xmlns:x=\"x:\""
	    " xmlns:w=\"urn:schemas-microsoft-com:\">%s</propertyupdate>",
	    text);
	err = xml_parse(buf_str(&whole), &arena, &root);
	buf_done(&whole);
	assert_int_equal(err, ERR_NONE);
	return prop_parse_proppatch(root, &arena, out_patch);
}

static struct proppatch
apply(const char *text)
{
	struct proppatch patch;

	assert_int_equal(parse(text, &patch), ERR_NONE);
	assert_int_equal(
	    prop_apply(&store.store, str_of("/a"), &patch), ERR_NONE);
	return patch;
}

static const struct {
	const char *text;
	enum err err;
	int statuses[3]; /* up to a 0 */
} instructions[] = {
	{ "<set><prop><x:a>1</x:a></prop></set>", ERR_NONE, { 200 } },
	{ "<set><prop><x:a/><x:b/></prop></set>", ERR_NONE, { 200, 200 } },
	{ "<remove><prop><x:a/></prop></remove>", ERR_NONE, { 200 } },
	{ "<set><prop><displayname>n</displayname>"
	  "<getcontentlanguage/></prop></set>",
	    ERR_NONE, { 200, 200 } },
	{ "<remove><prop><displayname/></prop></remove>", ERR_NONE, { 200 } },
	{ "<ignored><prop><x:a/></prop></ignored>"
	  "<set><prop><x:b/></prop></set>",
	    ERR_NONE, { 200 } },
	/* protected ones, and the others with them */
	{ "<set><prop><getetag>x</getetag></prop></set>", ERR_NONE, { 403 } },
	{ "<remove><prop><getetag/></prop></remove>", ERR_NONE, { 403 } },
	{ "<set><prop><x:a/><resourcetype/></prop></set>"
	  "<remove><prop><x:b/></prop></remove>",
	    ERR_NONE, { 424, 403, 424 } },
	{ "<remove><prop><w:Win32LastModifiedTime/></prop></remove>", ERR_NONE,
	    { 403 } },
	/* a value that the property cannot have */
	{ "<set><prop><w:Win32LastModifiedTime>yesterday"
	  "</w:Win32LastModifiedTime><x:a/></prop></set>",
	    ERR_NONE, { 409, 424 } },
	{ "<set><prop><w:Win32LastModifiedTime>"
	  " Mon, 12 Jan 1998 09:25:56 GMT "
	  "</w:Win32LastModifiedTime></prop></set>",
	    ERR_NONE, { 200 } },
	/* the last year of nanoseconds since 1970, and the next */
	{ "<set><prop><w:Win32LastModifiedTime>"
	  "Fri, 01 Jan 2262 00:00:00 GMT"
	  "</w:Win32LastModifiedTime></prop></set>",
	    ERR_NONE, { 409 } },
	{ "<set><prop><w:Win32LastModifiedTime>"
	  "Wed, 01 Jan 2262 00:00:00 GMT"
	  "</w:Win32LastModifiedTime></prop></set>",
	    ERR_NONE, { 200 } },
	{ "<set><prop><w:Win32LastModifiedTime>"
	  "Thu, 01 Jan 2263 00:00:00 GMT"
	  "</w:Win32LastModifiedTime></prop></set>",
	    ERR_NONE, { 409 } },
	/* not a propertyupdate */
	{ "", ERR_SYNTAX, { 0 } },
	{ "<set/>", ERR_SYNTAX, { 0 } },
	{ "<set><prop/></set>", ERR_SYNTAX, { 0 } },
	{ "<set><x:a/></set>", ERR_SYNTAX, { 0 } },
	{ "<x:set><prop><x:a/></prop></x:set>", ERR_SYNTAX, { 0 } },
};

static void
judges_each_instruction(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]);
	     i++) {
		struct proppatch patch;

		if (parse(instructions[i].text, &patch) != instructions[i].err)
			fail_msg("%s", instructions[i].text);
		if (instructions[i].err != ERR_NONE)
			continue;
		for (size_t j = 0; j < patch.count; j++)
			if (patch.items[j].status !=
			    instructions[i].statuses[j])
				fail_msg("%s: %d", instructions[i].text,
				    patch.items[j].status);
	}
}

static void
refuses_another_document(void **state)
{
	struct proppatch patch;
	struct xml_node *root;

	(void)state;
	assert_int_equal(
	    xml_parse(str_of("<D:propfind xmlns:D=\"DAV:\"><D:set><D:prop>"
	                     "<D:x/></D:prop></D:set></D:propfind>"),
	        &arena, &root),
	    ERR_NONE);
	assert_int_equal(
	    prop_parse_proppatch(root, &arena, &patch), ERR_SYNTAX);
}

/* RFC 4918, 9.2.2. */
static void
does_what_the_example_says(void **state)
{
	struct proppatch patch;
	struct xml_node *root;

	(void)state;
	fake_store_add(&store, "http://ns.example.com/standards/z39.50/",
	    "Copyright-Owner", "<c/>");
	assert_int_equal(
	    xml_parse(
	        str_of("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n"
	               "<D:propertyupdate xmlns:D=\"DAV:\"\n"
	               " xmlns:Z=\"http://ns.example.com/standards/z39.50/\">\n"
	               "<D:set><D:prop><Z:Authors>\n"
	               "<Z:Author>Jim Whitehead</Z:Author>\n"
	               "<Z:Author>Roy Fielding</Z:Author>\n"
	               "</Z:Authors></D:prop></D:set>\n"
	               "<D:remove><D:prop><Z:Copyright-Owner/></D:prop>\n"
	               "</D:remove></D:propertyupdate>"),
	        &arena, &root),
	    ERR_NONE);
	assert_int_equal(prop_parse_proppatch(root, &arena, &patch), ERR_NONE);
	assert_int_equal(
	    prop_apply(&store.store, str_of("/bar.html"), &patch), ERR_NONE);
	assert_int_equal(store.prop_count, 1);
	assert_string_equal(store.props[0].xml,
	    "<Z:Authors xmlns:Z=\"http://ns.example.com/standards/z39.50/\">\n"
	    "<Z:Author>Jim Whitehead</Z:Author>\n"
	    "<Z:Author>Roy Fielding</Z:Author>\n"
	    "</Z:Authors>");
	prop_write_proppatch(str_of("/bar.html"), false, &patch, &out);
	assert_true(str_is(buf_str(&out),
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:multistatus xmlns:D=\"DAV:\">\n"
	    "<D:response><D:href>/bar.html</D:href><D:propstat><D:prop>"
	    "<Authors xmlns=\"http://ns.example.com/standards/z39.50/\"/>"
	    "<Copyright-Owner"
	    " xmlns=\"http://ns.example.com/standards/z39.50/\"/>"
	    "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
	    "</D:response>\n</D:multistatus>\n"));
}

static void
does_nothing_when_one_is_bad(void **state)
{
	struct proppatch patch;

	(void)state;
	patch = apply("<set><prop><x:a/><getetag/>"
	              "<w:Win32LastModifiedTime>Mon, 12 Jan 1998 09:25:56 GMT"
	              "</w:Win32LastModifiedTime></prop></set>");
	assert_int_equal(store.prop_count, 0);
	assert_int_equal(store.modified_ns, 0);
	prop_write_proppatch(str_of("/a"), true, &patch, &out);
	assert_true(str_is(buf_str(&out),
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:multistatus xmlns:D=\"DAV:\">\n"
	    "<D:response><D:href>/a/</D:href>"
	    "<D:propstat><D:prop><a xmlns=\"x:\"/>"
	    "<Win32LastModifiedTime xmlns=\"urn:schemas-microsoft-com:\"/>"
	    "</D:prop>"
	    "<D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat>"
	    "<D:propstat><D:prop><D:getetag/></D:prop>"
	    "<D:status>HTTP/1.1 403 Forbidden</D:status>"
	    "<D:error><D:cannot-modify-protected-property/></D:error>"
	    "</D:propstat></D:response>\n</D:multistatus>\n"));
}

static void
works_in_document_order(void **state)
{
	(void)state;
	(void)apply("<set><prop><x:a>1</x:a></prop></set>"
	            "<remove><prop><x:a/></prop></remove>");
	assert_int_equal(store.prop_count, 0);
	(void)apply("<remove><prop><x:a/></prop></remove>"
	            "<set><prop><x:a>2</x:a></prop></set>"
	            "<set><prop><x:a>3</x:a></prop></set>");
	assert_int_equal(store.prop_count, 1);
	assert_string_equal(store.props[0].xml, "<x:a xmlns:x=\"x:\">3</x:a>");
}

#define TOUCH                                                                  \
	"<set><prop><w:Win32LastModifiedTime>Mon, 12 Jan 1998 09:25:56 GMT"    \
	"</w:Win32LastModifiedTime></prop></set>"

/* What Explorer sends after each upload. */
static void
touches_the_resource_as_explorer_wishes(void **state)
{
	(void)state;
	(void)apply(
	    TOUCH "<set><prop><w:Win32CreationTime>x</w:Win32CreationTime>"
	          "<w:Win32FileAttributes>00000020</w:Win32FileAttributes>"
	          "</prop></set>");
	assert_int_equal(store.modified_ns, INT64_C(884597156000000000));
	assert_int_equal(store.prop_count, 2);
	(void)apply(TOUCH); /* and nothing else */
	assert_int_equal(store.prop_count, 2);
}

static void
undoes_the_touch_when_the_rest_fails(void **state)
{
	struct proppatch patch;

	(void)state;
	store.modified_ns = 7;
	store.change_err = ERR_STORAGE;
	assert_int_equal(
	    parse(TOUCH "<set><prop><x:a/></prop></set>", &patch), ERR_NONE);
	assert_int_equal(
	    prop_apply(&store.store, str_of("/a"), &patch), ERR_STORAGE);
	assert_int_equal(store.modified_ns, 7);
	store.touch_err = ERR_DENIED;
	store.change_err = ERR_NONE;
	assert_int_equal(
	    prop_apply(&store.store, str_of("/a"), &patch), ERR_DENIED);
	assert_int_equal(store.prop_count, 0);
}

static void
says_507_when_there_is_no_room(void **state)
{
	static const enum err errs[] = { ERR_LIMIT, ERR_SPACE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct proppatch patch;

		store.change_err = errs[i];
		patch = apply("<set><prop><x:a/><x:b/></prop></set>");
		assert_int_equal(patch.items[0].status, 507);
		assert_int_equal(patch.items[1].status, 507);
	}
}

static void
has_a_limit_for_the_size_of_one(void **state)
{
	enum { FRAME = sizeof("<x:a xmlns:x=\"x:\"></x:a>") - 1 };
	struct buf text;

	(void)state;
	buf_init(&text, MEMORY_MAX);
	for (size_t more = 0; more < 2; more++) {
		struct proppatch patch;

		buf_clear(&text);
		buf_add_text(&text, "<set><prop><x:b/><x:a>");
		for (size_t i = 0; i < PROP_SIZE_MAX - FRAME + more; i++)
			buf_add_char(&text, 'y');
		buf_add_text(&text, "</x:a></prop></set>");
		buf_add_char(&text, '\0');
		assert_int_equal(parse(text.data, &patch), ERR_NONE);
		assert_int_equal(patch.items[0].status, more == 0 ? 200 : 424);
		assert_int_equal(patch.items[1].status, more == 0 ? 200 : 507);
	}
	buf_done(&text);
}

static void
has_a_limit_of_instructions(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, MEMORY_MAX);
	for (size_t more = 0; more < 2; more++) {
		struct proppatch patch;

		buf_clear(&text);
		buf_add_text(&text, "<set><prop>");
		for (size_t i = 0; i < PROPPATCH_COUNT_MAX + more; i++)
			buf_add_text(&text, "<x:a/>");
		buf_add_text(&text, "</prop></set>");
		buf_add_char(&text, '\0');
		assert_int_equal(
		    parse(text.data, &patch), more == 0 ? ERR_NONE : ERR_LIMIT);
	}
	buf_done(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(judges_each_instruction),
		TEST(refuses_another_document),
		TEST(does_what_the_example_says),
		TEST(does_nothing_when_one_is_bad),
		TEST(works_in_document_order),
		TEST(touches_the_resource_as_explorer_wishes),
		TEST(undoes_the_touch_when_the_rest_fails),
		TEST(says_507_when_there_is_no_room),
		TEST(has_a_limit_for_the_size_of_one),
		TEST(has_a_limit_of_instructions),
	};

	return cmocka_run_group_tests_name("prop_patch", tests, NULL, NULL);
}
