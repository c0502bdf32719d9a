/*
 * prop_test.c - the promises of dav/prop.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dav/prop.h"
#include "dav/prop_live.h"
#include "dav/xml.h"

static struct arena arena;

/* Stands in for prop_live.c: two rows are enough here. */
const struct prop_live prop_live_table[] = {
	{ .space = STR("DAV:"), .name = STR("getetag"), .is_in_allprop = true },
	{ .space = STR("DAV:"), .name = STR("quota-used-bytes") },
	{ .name = STR("") },
};

const struct prop_live *
prop_live_find(struct str space, struct str name)
{
	for (size_t i = 0; i < 2; i++)
		if (str_equal(space, prop_live_table[i].space) &&
		    str_equal(name, prop_live_table[i].name))
			return &prop_live_table[i];
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1024 * 1024);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static enum err
parse(const char *text, struct propfind *out_propfind)
{
	struct xml_node *root;

	assert_int_equal(xml_parse(str_of(text), &arena, &root), ERR_NONE);
	return prop_parse_propfind(root, &arena, out_propfind);
}

static void
reads_a_propfind_and_nothing_else(void **state)
{
	static const struct {
		const char *text; /* inside <propfind xmlns="DAV:"> */
		enum err want;
		enum propfind_kind kind;
		size_t name_count;
	} rows[] = {
		{ "<allprop/>", ERR_NONE, PROPFIND_ALLPROP, 0 },
		{ "<propname/>", ERR_NONE, PROPFIND_PROPNAME, 0 },
		{ "<prop/>", ERR_NONE, PROPFIND_PROP, 0 },
		{ " <prop> <a/> x <b/></prop> ", ERR_NONE, PROPFIND_PROP, 2 },
		{ "<prop><a/><a/><a xmlns=\"\"/></prop>", ERR_NONE,
		    PROPFIND_PROP, 2 },
		{ "<allprop/><include><a/><quota-used-bytes/></include>",
		    ERR_NONE, PROPFIND_ALLPROP, 2 },
		/* what allprop has anyway is not told twice */
		{ "<include><getetag/></include><allprop/>", ERR_NONE,
		    PROPFIND_ALLPROP, 0 },
		/* unknown elements are ignored (RFC 4918, 17, and A.4) */
		{ "<propname/><leave-out/>", ERR_NONE, PROPFIND_PROPNAME, 0 },
		{ "<expired-props/>", ERR_SYNTAX, 0, 0 },
		{ "", ERR_SYNTAX, 0, 0 },
		{ "allprop", ERR_SYNTAX, 0, 0 },
		{ "<allprop xmlns=\"x\"/>", ERR_SYNTAX, 0, 0 },
		{ "<allprop/><propname/>", ERR_SYNTAX, 0, 0 },
		{ "<allprop/><prop/>", ERR_SYNTAX, 0, 0 },
		{ "<prop/><propname/>", ERR_SYNTAX, 0, 0 },
		{ "<include/>", ERR_SYNTAX, 0, 0 },
		{ "<prop/><include/>", ERR_SYNTAX, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct propfind propfind;
		struct buf text;
		size_t count = 0;

		buf_init(&text, 1024);
		buf_printf(&text, "<propfind xmlns=\"DAV:\">%s</propfind>",
		    rows[i].text);
		buf_add_char(&text, '\0');
		if (parse(text.data, &propfind) != rows[i].want)
			fail_msg("%s", rows[i].text);
		buf_done(&text);
		if (rows[i].want != ERR_NONE)
			continue;
		assert_int_equal(propfind.kind, rows[i].kind);
		for (const struct prop_name *name = propfind.names;
		     name != NULL; name = name->next)
			count++;
		assert_int_equal(count, rows[i].name_count);
	}
}

static void
takes_an_empty_body_for_allprop(void **state)
{
	struct propfind propfind;

	(void)state;
	assert_int_equal(
	    prop_parse_propfind(NULL, &arena, &propfind), ERR_NONE);
	assert_int_equal(propfind.kind, PROPFIND_ALLPROP);
	assert_null(propfind.names);
	assert_int_equal(parse("<D:propertyupdate xmlns:D=\"DAV:\"><D:allprop/>"
	                       "</D:propertyupdate>",
	                     &propfind),
	    ERR_SYNTAX);
	assert_int_equal(
	    parse("<propfind><allprop/></propfind>", &propfind), ERR_SYNTAX);
}

/* RFC 4918, 9.1.3. */
static void
keeps_the_names_in_their_order(void **state)
{
	static const char *const want[] = { "bigbox", "author", "DingALing",
		"Random" };
	const struct prop_name *name;
	struct propfind propfind;

	(void)state;
	assert_int_equal(
	    parse("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n"
	          "<D:propfind xmlns:D=\"DAV:\">\n"
	          " <D:prop xmlns:R=\"http://ns.example.com/boxschema/\">\n"
	          "  <R:bigbox/>\n  <R:author/>\n  <R:DingALing/>\n"
	          "  <R:Random/>\n </D:prop>\n</D:propfind>",
	        &propfind),
	    ERR_NONE);
	name = propfind.names;
	for (size_t i = 0; i < 4; i++, name = name->next) {
		assert_true(str_is(name->name, want[i]));
		assert_true(
		    str_is(name->space, "http://ns.example.com/boxschema/"));
		assert_null(name->live);
	}
	assert_null(name);
	assert_int_equal(parse("<D:propfind xmlns:D=\"DAV:\"><D:prop>"
	                       "<D:getetag/></D:prop></D:propfind>",
	                     &propfind),
	    ERR_NONE);
	assert_ptr_equal(propfind.names->live, &prop_live_table[0]);
}

static void
has_a_limit_of_names(void **state)
{
	struct propfind propfind;
	struct buf text;

	(void)state;
	buf_init(&text, 64 * 1024);
	for (size_t more = 0; more < 2; more++) {
		buf_clear(&text);
		buf_add_text(&text, "<propfind xmlns=\"DAV:\"><prop>");
		for (size_t i = 0; i < PROPFIND_NAME_COUNT_MAX + more; i++)
			buf_printf(&text, "<a%zu/><a%zu/>", i, i);
		buf_add_text(&text, "</prop></propfind>");
		buf_add_char(&text, '\0');
		assert_int_equal(parse(text.data, &propfind),
		    more == 0 ? ERR_NONE : ERR_LIMIT);
	}
	buf_done(&text);
}

static void
writes_a_name_in_its_namespace(void **state)
{
	static const struct {
		const char *space;
		const char *want;
	} rows[] = {
		{ "DAV:", "<D:a/>" },
		{ "", "<a xmlns=\"\"/>" },
		{ "x\"&\n", "<a xmlns=\"x&quot;&amp;&#10;\"/>" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		prop_write_name(&out, str_of(rows[i].space), str_of("a"));
		assert_true(str_is(buf_str(&out), rows[i].want));
		buf_clear(&out);
	}
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_propfind_and_nothing_else),
		cmocka_unit_test(takes_an_empty_body_for_allprop),
		cmocka_unit_test(keeps_the_names_in_their_order),
		cmocka_unit_test(has_a_limit_of_names),
		cmocka_unit_test(writes_a_name_in_its_namespace),
	};

	return cmocka_run_group_tests_name("prop", tests, setup, teardown);
}
