/*
 * xml_write_test.c - the promises of dav/xml_write.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/xml.h"

static struct arena arena;
static struct buf out;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, XML_SIZE_MAX);
	buf_init(&out, XML_SIZE_MAX);
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

static void
assert_out(const char *want)
{
	assert_int_equal(out.err, ERR_NONE);
	if (!str_is(buf_str(&out), want))
		fail_msg("%.*s\nis not\n%s", STR_ARG(buf_str(&out)), want);
	buf_clear(&out);
}

static const struct xml_node *
parse(const char *text)
{
	struct xml_node *root;

	if (xml_parse(str_of(text), &arena, &root) != ERR_NONE)
		fail_msg("%s", text);
	return root;
}

/* What is written of the first child of the root. */
static void
makes_an_element_stand_alone(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "<r><a/></r>", "<a/>" },
		{ "<r><a></a></r>", "<a/>" },
		{ "<r><a> b<c/> </a>d</r>", "<a> b<c/> </a>" },
		/* what its names need is declared, and nothing else */
		{ "<r xmlns:b=\"c\" xmlns:d=\"e\"><b:a/></r>",
		    "<b:a xmlns:b=\"c\"/>" },
		{ "<r xmlns:b=\"c\"><a><b:d/></a></r>",
		    "<a xmlns:b=\"c\"><b:d/></a>" },
		{ "<r xmlns:b=\"c\"><a b:d=\"\"/></r>",
		    "<a xmlns:b=\"c\" b:d=\"\"/>" },
		{ "<r xmlns=\"c\"><a/></r>", "<a xmlns=\"c\"/>" },
		{ "<r xmlns=\"c\" xmlns:b=\"d\"><b:a e=\"\"/></r>",
		    "<b:a xmlns:b=\"d\" e=\"\"/>" },
		{ "<r xmlns=\"c\"><b xmlns=\"\"><d/></b></r>",
		    "<b xmlns=\"\"><d/></b>" },
		/* also what only texts and values use */
		{ "<r xmlns:b=\"c\"><a>b:d</a></r>",
		    "<a xmlns:b=\"c\">b:d</a>" },
		{ "<r xmlns:b=\"c\"><a>(1*b:d)</a></r>",
		    "<a xmlns:b=\"c\">(1*b:d)</a>" },
		{ "<r xmlns:b=\"c\"><a><x y=\"z b:d\"/></a></r>",
		    "<a xmlns:b=\"c\"><x y=\"z b:d\"/></a>" },
		{ "<r xmlns:b=\"c\"><a>ab:d b</a></r>", "<a>ab:d b</a>" },
		{ "<r xmlns:b=\"c\"><a>:b</a></r>", "<a>:b</a>" },
		/* what it declares itself stays, needed or not */
		{ "<r><a xmlns:b=\"c\"/></r>", "<a xmlns:b=\"c\"/>" },
		{ "<r><a><d xmlns:b=\"c\"/><e/></a></r>",
		    "<a><d xmlns:b=\"c\"/><e/></a>" },
		/* an inner declaration hides an outer one */
		{ "<r xmlns:b=\"c\"><b:a xmlns:b=\"d\"/></r>",
		    "<b:a xmlns:b=\"d\"/>" },
		{ "<r xmlns:b=\"c\"><b:a><b:e xmlns:b=\"d\"/></b:a></r>",
		    "<b:a xmlns:b=\"c\"><b:e xmlns:b=\"d\"/></b:a>" },
		/* its language */
		{ "<r xml:lang=\"en\"><a/></r>", "<a xml:lang=\"en\"/>" },
		{ "<r xml:lang=\"en\"><a xml:lang=\"de\"/></r>",
		    "<a xml:lang=\"de\"/>" },
		{ "<r xml:lang=\"en\"><a xml:lang=\"\"/></r>",
		    "<a xml:lang=\"\"/>" },
		{ "<r xml:lang=\"en\"><a><b/></a></r>",
		    "<a xml:lang=\"en\"><b/></a>" },
		/* text */
		{ "<r><a>&lt;&gt;&amp;\"<![CDATA[<x>]]></a></r>",
		    "<a>&lt;&gt;&amp;&quot;&lt;x&gt;</a>" },
		{ "<r><a>\n\t&#13;</a></r>", "<a>\n\t&#13;</a>" },
		{ "<r><a b=\"'&quot;&lt;&#10;&#9;&#13;\"/></r>",
		    "<a b=\"'&quot;&lt;&#10;&#9;&#13;\"/>" },
		{ "<r><a>b<!-- c -->d<?e f?>g</a></r>", "<a>bdg</a>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		xml_write(xml_first(parse(rows[i].text)), &out);
		assert_out(rows[i].want);
	}
}

/* RFC 4918, 4.3.1. */
static void
keeps_the_property_of_the_rfc(void **state)
{
	const struct xml_node *root =
	    parse("<D:prop xml:lang=\"en\" xmlns:D=\"DAV:\">\n"
	          "  <x:author xmlns:x='http://example.com/ns'>\n"
	          "    <x:name>Jane Doe</x:name>\n"
	          "    <!-- Jane's contact info -->\n"
	          "    <x:uri type='email'\n"
	          "           "
	          "added='2005-11-26'>mailto:jane.doe@example.com</x:uri>\n"
	          "    <x:notes xmlns:h='http://www.w3.org/1999/xhtml'>\n"
	          "      Jane has been working way <h:em>too</h:em> long on\n"
	          "      <![CDATA[<RFC2518>]]>.\n"
	          "    </x:notes>\n"
	          "  </x:author>\n"
	          "</D:prop>");

	(void)state;
	xml_write(xml_first(root), &out);
	assert_out(
	    "<x:author xmlns:x=\"http://example.com/ns\" xml:lang=\"en\">\n"
	    "    <x:name>Jane Doe</x:name>\n"
	    "    \n"
	    "    <x:uri type=\"email\" added=\"2005-11-26\">"
	    "mailto:jane.doe@example.com</x:uri>\n"
	    "    <x:notes xmlns:h=\"http://www.w3.org/1999/xhtml\">\n"
	    "      Jane has been working way <h:em>too</h:em> long on\n"
	    "      &lt;RFC2518&gt;.\n"
	    "    </x:notes>\n"
	    "  </x:author>");
}

/* The owner of RFC 4918, 9.10.7. */
static void
writes_the_content_alone(void **state)
{
	const struct xml_node *root = parse(
	    "<D:lockinfo xmlns:D='DAV:'><D:owner>\n"
	    "<D:href>http://example.org/~ejw/contact.html</D:href> &amp; me"
	    "</D:owner></D:lockinfo>");

	(void)state;
	xml_write_content(xml_first(root), &out);
	assert_out("\n<D:href xmlns:D=\"DAV:\">"
	           "http://example.org/~ejw/contact.html</D:href> &amp; me");
	xml_write_content(parse("<a/>"), &out);
	assert_out("");
}

static void
escapes_what_xml_cannot_hold(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "", "" },
		{ "a/b c~\x7f", "a/b c~\x7f" },
		{ "a&b<c>d\"e'", "a&amp;b&lt;c&gt;d&quot;e'" },
		{ "\t\n\r", "\t\n&#13;" },
		{ "\x01"
		  "a\x1f",
		    "\xef\xbf\xbd"
		    "a\xef\xbf\xbd" },
		/* the first and the last of each size */
		{ "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf" },
		{ "\xe0\xa0\x80\xef\xbf\xbd", "\xe0\xa0\x80\xef\xbf\xbd" },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		/* beside them */
		{ "\xc1\xbf", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xef\xbf\xbe", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x8f\xbf\xbf",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf5"
		  "a",
		    "\xef\xbf\xbd"
		    "a" },
		/* cut short */
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82"
		  "a",
		    "\xef\xbf\xbd\xef\xbf\xbd"
		    "a" },
		{ "\x80", "\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		xml_escape(&out, str_of(rows[i].text));
		assert_out(rows[i].want);
	}
	xml_escape(&out, str_make("\0", 1));
	assert_out("\xef\xbf\xbd");
	xml_escape_attribute(&out, str_of("\t\n\r\"\x01"));
	assert_out("&#9;&#10;&#13;&quot;\xef\xbf\xbd");
}

static void
writes_the_deepest_and_the_widest(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, XML_SIZE_MAX);
	for (size_t i = 1; i < XML_DEPTH_MAX; i++)
		buf_add_text(&text, "<a>");
	buf_add_text(&text, "<a");
	for (size_t i = 0; i < XML_NAMESPACE_COUNT_MAX; i++)
		buf_printf(&text, " xmlns:b%zu=\"c\"", i);
	buf_add_text(&text, "/>");
	for (size_t i = 1; i < XML_DEPTH_MAX; i++)
		buf_add_text(&text, "</a>");
	buf_add_char(&text, '\0');
	xml_write(parse(text.data), &out);
	assert_int_equal(out.err, ERR_NONE);
	assert_int_equal(out.len, text.len - 1);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_an_element_stand_alone),
		cmocka_unit_test(keeps_the_property_of_the_rfc),
		cmocka_unit_test(writes_the_content_alone),
		cmocka_unit_test(escapes_what_xml_cannot_hold),
		cmocka_unit_test(writes_the_deepest_and_the_widest),
	};

	return cmocka_run_group_tests_name("xml_write", tests, setup, teardown);
}
