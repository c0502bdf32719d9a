/*
 * if_header_test.c - the promises of dav/if_header.c.
 *
 * The oracle knows three resources: /locked has the tokens a: and b: and the
 * entity tag "e1"; /plain has no token and the tag "e2"; /weak has a weak tag.
 * Others have nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dav/if_header.h"

enum { MEMORY_MAX = 64 * 1024 };

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

static bool
has_token(void *context, struct str path, struct str token)
{
	(void)context;
	return str_is(path, "/locked") &&
	       (str_is(token, "a:") || str_is(token, "b:"));
}

static struct str
etag(void *context, struct str path)
{
	(void)context;
	if (str_is(path, "/locked"))
		return str_of("\"e1\"");
	if (str_is(path, "/weak"))
		return str_of("W/\"e3\"");
	return str_of(str_is(path, "/plain") ? "\"e2\"" : "");
}

static const struct if_oracle oracle = { has_token, etag, NULL };

static enum err
parse(const char *text, struct if_header **out_if)
{
	return if_header_parse(str_of(text), &arena, out_if);
}

static const struct {
	const char *text;
	enum err want;
} headers[] = {
	{ "(<a:>)", ERR_NONE },
	{ "  ( <a:> )\t", ERR_NONE },
	{ "(<a:>)(<b:>)", ERR_NONE },
	{ "(Not<a:>)", ERR_NONE },
	{ "(nOt <a:> NOT [\"x\"])", ERR_NONE },
	{ "([W/\"x\"])", ERR_NONE },
	{ "([\"]>)\"])", ERR_NONE },
	{ "([\"\"])", ERR_NONE },
	{ "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>)", ERR_NONE },
	{ "(<x+y-z.9:/%41?q>)", ERR_NONE },
	{ "</x> (<a:>)", ERR_NONE },
	{ "<http://h:80/x?q> (<a:>) (<b:>) </y> (<a:>)", ERR_NONE },
	{ "<http://h> (<a:>)", ERR_NONE },
	{ "", ERR_SYNTAX },
	{ " ", ERR_SYNTAX },
	{ "()", ERR_SYNTAX },
	{ "(<a:>", ERR_SYNTAX },
	{ "(<a:)", ERR_SYNTAX },
	{ "<a:>)", ERR_SYNTAX },
	{ "(<a:>))", ERR_SYNTAX },
	{ "((<a:>))", ERR_SYNTAX },
	{ "(<a:>),(<b:>)", ERR_SYNTAX },
	{ "(<a:>, <b:>)", ERR_SYNTAX },
	{ "(<>)", ERR_SYNTAX },
	{ "(<a>)", ERR_SYNTAX },
	{ "(<:a>)", ERR_SYNTAX },
	{ "(<9a:>)", ERR_SYNTAX },
	{ "(<a_b:>)", ERR_SYNTAX },
	{ "(< a:>)", ERR_SYNTAX },
	{ "(<a: >)", ERR_SYNTAX },
	{ "(<a:#f>)", ERR_SYNTAX },
	{ "(<a:%4>)", ERR_SYNTAX },
	{ "(<a:%4g>)", ERR_SYNTAX },
	{ "(<a:\x7f>)", ERR_SYNTAX },
	{ "(<a:\xc3\xa4>)", ERR_SYNTAX },
	{ "(a:)", ERR_SYNTAX },
	{ "(Not)", ERR_SYNTAX },
	{ "(Not Not <a:>)", ERR_SYNTAX },
	{ "(Nothing <a:>)", ERR_SYNTAX },
	{ "Not (<a:>)", ERR_SYNTAX },
	{ "([x])", ERR_SYNTAX },
	{ "([\"x])", ERR_SYNTAX },
	{ "([\"x\"", ERR_SYNTAX },
	{ "([ \"x\"])", ERR_SYNTAX },
	{ "([\"x\" ])", ERR_SYNTAX },
	{ "([w/\"x\"])", ERR_SYNTAX },
	{ "([W/])", ERR_SYNTAX },
	{ "([", ERR_SYNTAX },
	{ "([\"x\x01\"])", ERR_SYNTAX },
	{ "</x>", ERR_SYNTAX },
	{ "</x> </y> (<a:>)", ERR_SYNTAX },
	{ "(<a:>) </x> (<a:>)", ERR_SYNTAX },
	{ "</x> (<a:>) x", ERR_SYNTAX },
	{ "<> (<a:>)", ERR_SYNTAX },
	{ "<x> (<a:>)", ERR_SYNTAX },
	{ "<ftp://h/x> (<a:>)", ERR_SYNTAX },
	{ "</a b> (<a:>)", ERR_SYNTAX },
	{ "</a%zz> (<a:>)", ERR_SYNTAX },
	{ "</a%00> (<a:>)", ERR_SYNTAX },
	{ "</a/../b> (<a:>)", ERR_SYNTAX },
	{ "</a#f> (<a:>)", ERR_SYNTAX },
};

static void
reads_the_grammar_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct if_header *it;

		if (parse(headers[i].text, &it) != headers[i].want)
			fail_msg("\"%s\"", headers[i].text);
	}
}

static void
stops_at_every_octet_that_is_missing(void **state)
{
	static const char text[] = "<http://h/x> (Not <a:b> [W/\"c\"]) (<d:>)";
	size_t good = sizeof("<http://h/x> (Not <a:b> [W/\"c\"])") - 1;

	(void)state;
	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		struct if_header *it;
		enum err want =
		    size == good || size == good + 1 ? ERR_NONE : ERR_SYNTAX;

		assert_int_equal(
		    if_header_parse(str_make(text, size), &arena, &it), want);
	}
}

static void
holds_when_one_list_is_true(void **state)
{
	static const struct {
		const char *text;
		const char *path; /* of the request */
		bool want;
	} rows[] = {
		{ "(<a:>)", "/locked", true },
		{ "(<a:>)", "/plain", false },
		{ "(<c:>)", "/locked", false },
		{ "(<a:> <b:>)", "/locked", true },
		{ "(<a:> <c:>)", "/locked", false },
		{ "(<c:>) (<a:>)", "/locked", true },
		{ "(<c:>) (<d:>)", "/locked", false },
		{ "(Not <a:>)", "/locked", false },
		{ "(Not <c:>)", "/locked", true },
		{ "([\"e1\"])", "/locked", true },
		{ "([\"E1\"])", "/locked", false },
		{ "(Not [\"e1\"])", "/locked", false },
		{ "([W/\"e1\"])", "/locked", false }, /* strong comparison */
		{ "(Not [W/\"e1\"])", "/locked", true },
		{ "([W/\"e3\"])", "/weak", false },
		{ "([\"e3\"])", "/weak", false },
		{ "(<a:> [\"e1\"])", "/locked", true },
		{ "(<a:> [\"e2\"])", "/locked", false },
		/* Tagged: what the request is for does not matter. */
		{ "</locked> (<a:>)", "/plain", true },
		{ "<http://other:81/locked?q> (<a:>)", "/plain", true },
		{ "</l%6Fcked/> (<a:>)", "/plain", true },
		{ "</plain> (<a:>)", "/locked", false },
		{ "</plain> (<a:>) </locked> (<a:>)", "/x", true },
		{ "</plain> (<a:>) ([\"e2\"])", "/x", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct if_header *it;

		assert_int_equal(parse(rows[i].text, &it), ERR_NONE);
		if (if_header_holds(it, str_of(rows[i].path), &oracle) !=
		    rows[i].want)
			fail_msg("%s: %s", rows[i].path, rows[i].text);
	}
}

/* The examples of RFC 4918, 10.4.6 to 10.4.11, and who submits what there. */

static const char token_1[] = "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2";
static const char token_2[] = "urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092";

struct rfc_state {
	const char *path;
	const char *token;
	const char *etag;
};

static bool
rfc_has_token(void *context, struct str path, struct str token)
{
	const struct rfc_state *it = context;

	return str_is(path, it->path) && str_is(token, it->token);
}

static struct str
rfc_etag(void *context, struct str path)
{
	const struct rfc_state *it = context;

	return str_of(str_is(path, it->path) ? it->etag : "");
}

static void
judges_the_examples_of_the_rfc(void **state)
{
	static const struct {
		const char *text;
		struct rfc_state resource;
		bool want;
	} rows[] = {
		/* 10.4.6, no-tag production */
		{ "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " [\"I am an ETag\"]) ([\"I am another ETag\"])",
		    { "/r", token_1, "\"I am an ETag\"" }, true },
		{ "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " [\"I am an ETag\"]) ([\"I am another ETag\"])",
		    { "/r", token_2, "\"I am an ETag\"" }, false },
		{ "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " [\"I am an ETag\"]) ([\"I am another ETag\"])",
		    { "/r", token_2, "\"I am another ETag\"" }, true },
		/* 10.4.7, Not with no-tag production */
		{ "(Not <urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " <urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092>)",
		    { "/r", token_2, "" }, true },
		{ "(Not <urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " <urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092>)",
		    { "/r", token_1, "" }, false },
		/* 10.4.8, always true */
		{ "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>)"
		  " (Not <DAV:no-lock>)",
		    { "/r", token_2, "" }, true },
		/* 10.4.9, tagged list in COPY: of /resource1 */
		{ "</r> (<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " [W/\"A weak ETag\"]) ([\"strong ETag\"])",
		    { "/r", token_1, "\"strong ETag\"" }, true },
		/* there the weak comparison would do as well; ours is strong */
		{ "</r> (<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>"
		  " [W/\"A weak ETag\"]) ([\"strong ETag\"])",
		    { "/r", token_1, "\"A weak ETag\"" }, false },
		/* 10.4.10, of a collection */
		{ "<http://www.example.com/r>"
		  " (<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>)",
		    { "/r", token_1, "" }, true },
		/* 10.4.11, of an unmapped URL: it has no tag at all */
		{ "</specs> ([\"4217\"])", { "/other", "", "" }, false },
		{ "</specs> (Not [\"4217\"])", { "/other", "", "" }, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rfc_state resource = rows[i].resource;
		struct if_oracle rfc = { rfc_has_token, rfc_etag, &resource };
		struct if_header *it;

		assert_int_equal(parse(rows[i].text, &it), ERR_NONE);
		if (if_header_holds(it, str_of("/r"), &rfc) != rows[i].want)
			fail_msg("%s", rows[i].text);
	}
}

static void
counts_every_token_as_submitted(void **state)
{
	struct if_header *it;

	(void)state;
	assert_int_equal(
	    parse("</x> (Not <a:1> [\"e:3\"]) </y> (<b:2>)", &it), ERR_NONE);
	assert_true(if_header_submits(it, str_of("a:1")));
	assert_true(if_header_submits(it, str_of("b:2")));
	assert_false(if_header_submits(it, str_of("b:")));
	assert_false(if_header_submits(it, str_of("\"e:3\"")));
	assert_false(if_header_submits(NULL, str_of("a:1")));
}

static void
repeat(struct buf *out, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_text(out, text);
}

static void
has_a_limit_of_lists(void **state)
{
	struct if_header *it;
	struct buf text;

	(void)state;
	buf_init(&text, MEMORY_MAX);
	repeat(&text, "(<a:>)", IF_LIST_COUNT_MAX);
	assert_int_equal(
	    if_header_parse(buf_str(&text), &arena, &it), ERR_NONE);
	assert_int_equal(it->list_count, IF_LIST_COUNT_MAX);
	repeat(&text, "(<a:>)", 1);
	assert_int_equal(
	    if_header_parse(buf_str(&text), &arena, &it), ERR_LIMIT);
	buf_done(&text);
}

static void
has_a_limit_of_conditions(void **state)
{
	struct if_header *it;
	struct buf text;

	(void)state;
	buf_init(&text, MEMORY_MAX);
	for (size_t more = 0; more < 2; more++) {
		buf_clear(&text);
		buf_add_char(&text, '(');
		repeat(&text, "<a:>", IF_CONDITION_COUNT_MAX + more);
		buf_add_char(&text, ')');
		assert_int_equal(if_header_parse(buf_str(&text), &arena, &it),
		    more == 0 ? ERR_NONE : ERR_LIMIT);
	}
	buf_done(&text);
}

static void
says_so_when_the_memory_ends(void **state)
{
	struct if_header *it;
	struct arena small;

	(void)state;
	arena_init(&small, 64);
	assert_int_equal(
	    if_header_parse(str_of("(<a:>)(<b:>)"), &small, &it), ERR_LIMIT);
	arena_done(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_grammar_and_nothing_else),
		cmocka_unit_test(stops_at_every_octet_that_is_missing),
		cmocka_unit_test(holds_when_one_list_is_true),
		cmocka_unit_test(judges_the_examples_of_the_rfc),
		cmocka_unit_test(counts_every_token_as_submitted),
		cmocka_unit_test(has_a_limit_of_lists),
		cmocka_unit_test(has_a_limit_of_conditions),
		cmocka_unit_test(says_so_when_the_memory_ends),
	};

	return cmocka_run_group_tests_name("if_header", tests, setup, teardown);
}
