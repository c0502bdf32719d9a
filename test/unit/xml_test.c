/*
 * xml_test.c - the promises of dav/xml.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dav/xml.h"

enum { MEMORY_MAX = 16 * 1024 * 1024 };

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, MEMORY_MAX);
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
parse(const char *text, struct xml_node **out_root)
{
	return xml_parse(str_of(text), &arena, out_root);
}

static struct xml_node *
parse_good(const char *text)
{
	struct xml_node *root;

	if (parse(text, &root) != ERR_NONE)
		fail_msg("%s", text);
	return root;
}

static void
reads_a_tree_with_its_namespaces(void **state)
{
	const struct xml_node *root = parse_good(
	    "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n"
	    "<D:propfind xmlns:D=\"DAV:\">"
	    "<D:prop xmlns:R=\"http://ns.example.com/boxschema/\">"
	    "<R:bigbox/><author/><x xmlns=\"DAV:\" y=\"1\" R:y=\"2\"/>"
	    "</D:prop></D:propfind>");
	const struct xml_node *prop = xml_child(root, "DAV:", "prop");
	const struct xml_node *node;

	(void)state;
	assert_true(xml_is(root, "DAV:", "propfind"));
	assert_false(xml_is(root, "DAV:", "Propfind"));
	assert_false(xml_is(root, "", "propfind"));
	assert_non_null(prop);
	node = xml_first(prop);
	assert_true(xml_is(node, "http://ns.example.com/boxschema/", "bigbox"));
	assert_true(str_is(node->prefix, "R"));
	assert_ptr_equal(node->parent, prop);
	node = xml_next(node);
	assert_true(xml_is(node, "", "author"));
	node = xml_next(node);
	assert_true(xml_is(node, "DAV:", "x"));
	assert_true(str_is(node->prefix, ""));
	/* An attribute without a prefix has no namespace. */
	assert_true(str_is(node->attributes->space, ""));
	assert_true(str_is(node->attributes->value, "1"));
	assert_true(str_is(
	    node->attributes->next->space, "http://ns.example.com/boxschema/"));
	assert_true(str_is(node->attributes->next->prefix, "R"));
	assert_null(xml_next(node));
	assert_null(xml_child(root, "DAV:", "allprop"));
}

static const struct {
	const char *text;
	enum err want;
} documents[] = {
	{ "<a/>", ERR_NONE },
	{ "<a xmlns=\"\"/>", ERR_NONE },
	{ "<a xmlns:b=\"c\" b:d=\"1\" d=\"2\"/>", ERR_NONE },
	{ "<a xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"/>", ERR_NONE },
	{ "<a xml:lang=\"\"/>", ERR_NONE },
	{ "<a>&lt;&#65;&#x10ffff;</a>", ERR_NONE },
	{ "<a>\xef\xbf\xbd</a>", ERR_NONE },
	{ "", ERR_SYNTAX },
	{ " ", ERR_SYNTAX },
	{ "<a>", ERR_SYNTAX },
	{ "<a></b>", ERR_SYNTAX },
	{ "<a/><b/>", ERR_SYNTAX },
	{ "<a/>x", ERR_SYNTAX },
	{ "<a b=c/>", ERR_SYNTAX },
	{ "<a b=\"1\" b=\"2\"/>", ERR_SYNTAX },
	{ "<a>&b;</a>", ERR_SYNTAX },
	{ "<a>&#0;</a>", ERR_SYNTAX },
	{ "<a>&#xffff;</a>", ERR_SYNTAX },
	{ "<a>\x01</a>", ERR_SYNTAX },
	{ "<a>\xff</a>", ERR_SYNTAX },
	{ "<a>\xc0\x80</a>", ERR_SYNTAX },
	{ "<a>\xed\xa0\x80</a>", ERR_SYNTAX },
	{ "<?xml version=\"1.0\" encoding=\"no-such\"?><a/>", ERR_SYNTAX },
	/* letters in ISO 8859-1, for expat, but not in XML */
	{ "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><\xc0\xb7/>",
	    ERR_NONE },
	{ "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a\xba/>",
	    ERR_SYNTAX },
	{ "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>"
	  "<a xmlns:\xb5=\"b\"/>",
	    ERR_SYNTAX },
	/* Namespaces in XML 1.0 */
	{ "<b:a/>", ERR_SYNTAX },
	{ "<a b:c=\"\"/>", ERR_SYNTAX },
	{ "<:a/>", ERR_SYNTAX },
	{ "<a:/>", ERR_SYNTAX },
	{ "<a:b:c xmlns:a=\"d\"/>", ERR_SYNTAX },
	{ "<a xmlns:b=\"\"/>", ERR_SYNTAX },
	{ "<a xmlns:b:c=\"d\"/>", ERR_SYNTAX },
	{ "<a xmlns:b=\"x\" xmlns:c=\"x\" b:d=\"\" c:d=\"\"/>", ERR_SYNTAX },
	{ "<xmlns:a/>", ERR_SYNTAX },
	{ "<b:-a xmlns:b=\"c\"/>", ERR_SYNTAX },
	{ "<a xmlns:b=\"c\" b:1=\"\"/>", ERR_SYNTAX },
	{ "<a xmlns:xmlns=\"b\"/>", ERR_SYNTAX },
	{ "<a xmlns:xml=\"b\"/>", ERR_SYNTAX },
	{ "<a xmlns:b=\"http://www.w3.org/XML/1998/namespace\"/>", ERR_SYNTAX },
	{ "<a xmlns=\"http://www.w3.org/2000/xmlns/\"/>", ERR_SYNTAX },
	/* a DOCTYPE, however harmless, and wherever it stands */
	{ "<!DOCTYPE a><a/>", ERR_DENIED },
	{ "<!-- --><!DOCTYPE a SYSTEM \"/etc/passwd\"><a/>", ERR_DENIED },
	{ "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>"
	  "<a>&c;</a>",
	    ERR_DENIED },
	{ "<!DOCTYPE a [<!ENTITY % b SYSTEM \"http://h/\"> %b;]><a/>",
	    ERR_DENIED },
	{ "<!DOCTYPE", ERR_SYNTAX },
	{ "<a/><!DOCTYPE a>", ERR_SYNTAX },
};

static void
refuses_what_is_not_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct xml_node *root;

		if (parse(documents[i].text, &root) != documents[i].want)
			fail_msg("%s", documents[i].text);
	}
}

static void
stops_wherever_the_document_ends_early(void **state)
{
	static const char text[] =
	    "<a xmlns:b=\"c\"><b:d e=\"f\">g&amp;h</b:d><!-- i --></a>";
	struct xml_node *root;

	(void)state;
	for (size_t size = 0; size < sizeof(text) - 1; size++)
		assert_int_equal(
		    xml_parse(str_make(text, size), &arena, &root), ERR_SYNTAX);
	assert_int_equal(parse(text, &root), ERR_NONE);
}

static void
keeps_text_and_drops_what_is_none(void **state)
{
	const struct xml_node *root = parse_good(
	    "<a> b\r\n<!-- c -->&lt;<![CDATA[<d>&]]><?e f?>g<h>i</h>j</a>");
	struct str text;

	(void)state;
	assert_true(str_is(root->child->text, " b\n<<d>&g"));
	assert_int_equal(xml_text(root, &arena, &text), ERR_NONE);
	assert_true(str_is(text, " b\n<<d>&gij"));
	assert_int_equal(xml_text(parse_good("<a/>"), &arena, &text), ERR_NONE);
	assert_int_equal(text.len, 0);
}

static void
reads_other_encodings(void **state)
{
	static const char utf16[] = "\xff\xfe<\0a\0>\0\xe4\0<\0/\0a\0>\0";
	struct xml_node *root;

	(void)state;
	root = parse_good(
	    "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe4</a>");
	assert_true(str_is(root->child->text, "\xc3\xa4"));
	assert_int_equal(
	    xml_parse(str_make(utf16, sizeof(utf16) - 1), &arena, &root),
	    ERR_NONE);
	assert_true(str_is(root->child->text, "\xc3\xa4"));
}

static void
knows_the_language_in_force(void **state)
{
	const struct xml_node *root =
	    parse_good("<a xml:lang=\"en\"><b/><c xml:lang=\"de\"><d/></c>"
	               "<e xml:lang=\"\"/></a>");
	const struct xml_node *b = xml_child(root, "", "b");
	const struct xml_node *c = xml_next(b);

	(void)state;
	assert_true(str_is(b->lang, "en"));
	assert_true(str_is(xml_first(c)->lang, "de"));
	assert_true(str_is(xml_next(c)->lang, ""));
}

static void
walks_in_document_order(void **state)
{
	static const char *const want[] = { "b", "c", "d", "e" };
	const struct xml_node *root =
	    parse_good("<a><b><c/><d/></b><f/><e/></a>");
	const struct xml_node *b = xml_first(root);
	const struct xml_node *at = b;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(str_is(at->name, want[i]));
		at = xml_walk(at, b);
	}
	assert_null(at); /* not beyond b */
}

static void
add(struct buf *out, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_text(out, text);
}

static enum err
parse_buf(struct buf *text)
{
	struct xml_node *root;
	enum err err;

	assert_int_equal(text->err, ERR_NONE);
	err = xml_parse(buf_str(text), &arena, &root);
	buf_clear(text);
	return err;
}

static void
has_a_limit_of_everything(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 4 * XML_SIZE_MAX);
	for (size_t more = 0; more < 2; more++) {
		enum err want = more == 0 ? ERR_NONE : ERR_LIMIT;

		add(&text, "<a>", XML_DEPTH_MAX + more);
		add(&text, "</a>", XML_DEPTH_MAX + more);
		assert_int_equal(parse_buf(&text), want);

		add(&text, "<a>", 1);
		add(&text, "<b/>", XML_NODE_COUNT_MAX - 1 + more);
		add(&text, "</a>", 1);
		assert_int_equal(parse_buf(&text), want);

		add(&text, "<a", 1);
		for (size_t i = 0; i < XML_ATTRIBUTE_COUNT_MAX + more; i++)
			buf_printf(&text, " b%zu=\"\"", i);
		add(&text, "/>", 1);
		assert_int_equal(parse_buf(&text), want);

		/* Those in scope, of two elements. */
		add(&text, "<a xmlns=\"b\"><c", 1);
		for (size_t i = 1; i < XML_NAMESPACE_COUNT_MAX + more; i++)
			buf_printf(&text, " xmlns:d%zu=\"e\"", i);
		add(&text, "/><f xmlns:g=\"h\"/></a>", 1);
		assert_int_equal(parse_buf(&text), want);

		add(&text, "<a>", 1);
		add(&text, "b", XML_SIZE_MAX - 7 + more);
		add(&text, "</a>", 1);
		assert_int_equal(parse_buf(&text), want);
	}
	buf_done(&text);
}

static void
says_so_when_the_memory_ends(void **state)
{
	static const char text[] =
	    "<a xmlns:b=\"c\" b:d=\"e\"><f>g</f>h<i xml:lang=\"j\"/></a>";
	struct xml_node *root;
	size_t limit_count = 0;
	enum err err = ERR_LIMIT;

	(void)state;
	for (size_t size = 1; err == ERR_LIMIT; size++) {
		struct arena small;

		arena_init(&small, size);
		err = xml_parse(str_of(text), &small, &root);
		limit_count += err == ERR_LIMIT;
		arena_done(&small);
	}
	assert_int_equal(err, ERR_NONE);
	assert_true(limit_count > 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_tree_with_its_namespaces),
		cmocka_unit_test(refuses_what_is_not_well_formed),
		cmocka_unit_test(stops_wherever_the_document_ends_early),
		cmocka_unit_test(keeps_text_and_drops_what_is_none),
		cmocka_unit_test(reads_other_encodings),
		cmocka_unit_test(knows_the_language_in_force),
		cmocka_unit_test(walks_in_document_order),
		cmocka_unit_test(has_a_limit_of_everything),
		cmocka_unit_test(says_so_when_the_memory_ends),
	};

	return cmocka_run_group_tests_name("xml", tests, setup, teardown);
}
