/*
 * uri_test.c - the promises of http/uri.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/uri.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
assert_normalised(
    struct str raw, enum err want_err, const char *want, bool want_final_slash)
{
	struct arena arena;
	struct str path = STR("untouched");
	bool has_final_slash = false;
	enum err err;

	arena_init(&arena, REQUEST_MEMORY_MAX);
	err = uri_path_normalise(&arena, raw, &path, &has_final_slash);
	if (err != want_err || !str_is(path, want) ||
	    has_final_slash != want_final_slash)
		fail_msg("%.*s: %s, %.*s, %d", STR_ARG(raw), err_text(err),
		    STR_ARG(path), has_final_slash);
	arena_done(&arena);
}

static void
gives_every_name_one_form(void **state)
{
	static const struct {
		const char *raw;
		const char *path;
		bool has_final_slash;
	} rows[] = {
		{ "/", "/", true },
		{ "//", "/", true },
		{ "/.", "/", true },
		{ "/./", "/", true },
		{ "/%2e", "/", true },
		{ "/a", "/a", false },
		{ "/a/", "/a", true },
		{ "/a//", "/a", true },
		{ "/a/.", "/a", true },
		{ "/a/%2E", "/a", true },
		{ "/a/./b", "/a/b", false },
		{ "//a///b//c", "/a/b/c", false },
		{ "/a%20b/", "/a b", true },
		{ "/%61%7E", "/a~", false },
		{ "/a%2eb", "/a.b", false },
		{ "/.a", "/.a", false },
		{ "/a.", "/a.", false },
		{ "/...", "/...", false },
		{ "/%25%32%66", "/%2f", false }, /* decoded once */
		{ "/%2525", "/%25", false },
		{ "/a\\b%5c", "/a\\b\\", false },
		{ "/%FF\xfe", "/\xff\xfe", false },
		{ "/%0a%7f", "/\n\x7f", false },
		{ "/a%3Fb%23", "/a?b#", false },
		{ "/[a]{b}|\"<>^`", "/[a]{b}|\"<>^`", false },
		{ "/a;b=c,d&e:f@g", "/a;b=c,d&e:f@g", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_normalised(str_of(rows[i].raw), ERR_NONE, rows[i].path,
		    rows[i].has_final_slash);
}

static void
refuses_what_is_no_path(void **state)
{
	static const char *const rows[] = { "", "a", "a/b", "%2fa", "*", "/%",
		"/%4", "/%4/", "/%g0", "/%0g", "/%1g", "/%%41", "/a b", " /a",
		"/a ", "/a\tb", "/a\nb", "/\x01", "/\x7f", "/a?b", "/a#b",
		"/%-1", "/%+1", "/%u0041" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_normalised(
		    str_of(rows[i]), ERR_SYNTAX, "untouched", false);
	assert_normalised(
	    (struct str){ "/a\0b", 4 }, ERR_SYNTAX, "untouched", false);
}

static void
refuses_what_we_could_not_have(void **state)
{
	static const char *const rows[] = { "/..", "/../", "/a/..", "/a/../b",
		"/%2e%2e", "/%2E.", "/.%2e/a", "/a/b/%2e%2E/", "/a%2fb",
		"/a%2F", "/%2f", "/..%2f", "/%00", "/a%00b", "/..%00" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_normalised(
		    str_of(rows[i]), ERR_NAME, "untouched", false);
}

static void
takes_the_longest_path_and_not_one_more(void **state)
{
	char raw[PATH_SIZE_MAX * 3];
	char want[PATH_SIZE_MAX + 1];
	struct str s = { raw, 0 };

	(void)state;
	memset(want, 'a', sizeof(want));
	want[0] = '/';
	want[PATH_SIZE_MAX] = '\0';
	raw[s.len++] = '/';
	while (s.len < (size_t)1 + (PATH_SIZE_MAX - 1) * 3) {
		memcpy(raw + s.len, "%61", 3);
		s.len += 3;
	}
	assert_normalised(s, ERR_NONE, want, false);
	raw[s.len++] = 'a';
	assert_normalised(s, ERR_LIMIT, "untouched", false);
	raw[s.len - 1] = '/';
	assert_normalised(s, ERR_NONE, want, true);
}

static void
says_when_the_arena_is_full(void **state)
{
	struct arena arena;
	struct str path;
	bool has_final_slash;

	(void)state;
	arena_init(&arena, 1);
	assert_int_equal(
	    uri_path_normalise(&arena, str_of("/a"), &path, &has_final_slash),
	    ERR_LIMIT);
	arena_done(&arena);
}

static void
encodes_all_but_the_unreserved(void **state)
{
	static const char kept[] = "/-._~0123456789"
	                           "abcdefghijklmnopqrstuvwxyz"
	                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char digits[] = "0123456789ABCDEF";

	(void)state;
	for (int i = 0; i < 256; i++) {
		char octet = (char)i;
		char want[4] = { '%', digits[i / 16], digits[i % 16], '\0' };
		struct buf out;

		if (memchr(kept, i, sizeof(kept) - 1) != NULL)
			memcpy(want, (char[2]){ octet, '\0' }, 2);
		buf_init(&out, 16);
		uri_path_encode(&out, (struct str){ &octet, 1 });
		assert_true(str_is(buf_str(&out), want));
		buf_done(&out);
	}
}

static void
takes_an_absolute_uri_apart(void **state)
{
	static const struct {
		const char *uri;
		const char *scheme;
		const char *authority;
		const char *path;
		const char *query; /* NULL: none */
	} rows[] = {
		{ "http://a/b", "http", "a", "/b", NULL },
		{ "HTTPS://a:1/b?c", "HTTPS", "a:1", "/b", "c" },
		{ "http://a", "http", "a", "/", NULL },
		{ "http://a:80", "http", "a:80", "/", NULL },
		{ "http://a/", "http", "a", "/", NULL },
		{ "http://a?b", "http", "a", "/", "b" },
		{ "http://a?", "http", "a", "/", "" },
		{ "http://a?b/c", "http", "a", "/", "b/c" },
		{ "http://a/b?c?d", "http", "a", "/b", "c?d" },
		{ "http://[::1]:8/b", "http", "[::1]:8", "/b", NULL },
		{ "http://a//b@c:d", "http", "a", "//b@c:d", NULL },
		{ "http://a/http://b/", "http", "a", "/http://b/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str scheme;
		struct str authority;
		struct str rest;
		struct str path;
		struct str query;

		assert_int_equal(uri_parse_absolute(str_of(rows[i].uri),
		                     &scheme, &authority, &rest),
		    ERR_NONE);
		uri_split_query(rest, &path, &query);
		assert_true(str_is(scheme, rows[i].scheme));
		assert_true(str_is(authority, rows[i].authority));
		assert_true(str_is(path, rows[i].path));
		assert_int_equal(query.data == NULL, rows[i].query == NULL);
		assert_true(str_equal(query, str_of(rows[i].query)));
	}
}

static void
refuses_other_uris(void **state)
{
	static const char *const rows[] = { "", "/a", "a", "http",
		"http:", "http:/", "http://", "http:///", "http:///a",
		"http://?a", "http:a", "http:/a/b", "ftp://a/", "httpss://a/",
		"://a/", "http://u@a/", "http://u:p@a/", "http://a/b#c",
		"http://a#", "http://a b/", "http://a/b c", "http://a/\n",
		"http://:80/", "http://a:b/", "http://[::1/", "http://a\\b/",
		"http://a,b/", " http://a/" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str out;

		assert_int_equal(
		    uri_parse_absolute(str_of(rows[i]), &out, &out, &out),
		    ERR_SYNTAX);
	}
}

static void
judges_authorities(void **state)
{
	static const struct {
		const char *authority;
		bool want;
	} rows[] = {
		{ "", true },
		{ "localhost", true },
		{ "a-b.c_d~1", true },
		{ "127.0.0.1:8102", true },
		{ "a%20b", true },
		{ "a:", true },
		{ "a:0", true },
		{ "a:65535", true },
		{ "a:65536", false },
		{ "a:99999999999999999999999", false },
		{ "a:+1", false },
		{ "a:1:2", false },
		{ ":80", false },
		{ ":", false },
		{ "[::]", true },
		{ "[::ffff:1.2.3.4]:80", true },
		{ "[2001:db8:0:0:0:0:0:1]", true },
		{ "[]", false },
		{ "[::1", false },
		{ "::1", false },
		{ "[1.2.3.4]", false },
		{ "[::1]80", false },
		{ "[::1]]", false },
		{ "[fe80::1%25eth0]", false },
		{ "[0000:0000:0000:0000:0000:0000:255.255.255.2555555]",
		    false },
		{ "a%2", false },
		{ "a%zz", false },
		{ "u@a", false },
		{ "a/b", false },
		{ "a,b", false },
		{ "a b", false },
		{ "a\"b", false },
		{ "a&b", false },
		{ "a'b", false },
		{ "\xc3\xa9", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (uri_authority_is_valid(str_of(rows[i].authority)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].authority);
	}
	assert_false(uri_authority_is_valid((struct str){ "[::1\0]", 6 }));
}

static void
knows_what_only_this_network_can_name(void **state)
{
	static const struct {
		const char *authority;
		bool want;
	} rows[] = {
		{ "", true },
		{ "localhost", true },
		{ "LocalHost:8102", true },
		{ "a.b.LOCALHOST:1", true },
		{ "127.0.0.1", true },
		{ "192.0.2.1:80", true },
		{ "[::1]:80", true },
		{ "nas", true },
		{ "nas:8102", true },
		{ "example.org", false },
		{ "example.org:8102", false },
		{ "127.0.0.1.example.org", false },
		{ "localhost.example.org", false },
		{ "alocalhost.x", false },
		{ "xlocalhost.", false },
		{ "a%2eb", false },
		{ "127.0.0.x", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (uri_authority_is_near(str_of(rows[i].authority)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].authority);
	}
}

static void
knows_what_is_below_what(void **state)
{
	static const struct {
		const char *path;
		const char *ancestor;
		bool want;
	} rows[] = {
		{ "/a/b", "/a", true },
		{ "/a/b/c", "/a", true },
		{ "/ab", "/a", false },
		{ "/a", "/a", false },
		{ "/a", "/a/b", false },
		{ "/a", "/", true },
		{ "/a/b", "/", true },
		{ "/", "/", false },
		{ "/", "/a", false },
		{ "/b/a", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(uri_path_is_within(str_of(rows[i].path),
		                     str_of(rows[i].ancestor)),
		    rows[i].want);
}

static void
calls_a_path_as_from_a_root(void **state)
{
	static const struct {
		const char *path;
		const char *root;
		const char *want;
	} rows[] = {
		{ "/a/b", "", "/a/b" },
		{ "/a/b", "/", "/a/b" },
		{ "/a/b", "/a", "/b" },
		{ "/a/b/c", "/a", "/b/c" },
		{ "/a/b", "/a/b", "/" },
		{ "/ab/c", "/a", "/" },
		{ "/", "/a", "/" },
		{ "/", "", "/" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(str_is(
		    uri_path_from(str_of(rows[i].path), str_of(rows[i].root)),
		    rows[i].want));
}

static void
splits_a_path_in_parent_and_name(void **state)
{
	static const struct {
		const char *path;
		const char *parent;
		const char *name;
	} rows[] = {
		{ "/", "/", "" },
		{ "/a", "/", "a" },
		{ "/a/b", "/a", "b" },
		{ "/a/bc/def", "/a/bc", "def" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str path = str_of(rows[i].path);

		assert_true(str_is(uri_path_parent(path), rows[i].parent));
		assert_true(str_is(uri_path_name(path), rows[i].name));
	}
	expect_assert_failure((void)uri_path_parent(str_of("a")));
	expect_assert_failure((void)uri_path_name(str_of("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_every_name_one_form),
		cmocka_unit_test(refuses_what_is_no_path),
		cmocka_unit_test(refuses_what_we_could_not_have),
		cmocka_unit_test(takes_the_longest_path_and_not_one_more),
		cmocka_unit_test(says_when_the_arena_is_full),
		cmocka_unit_test(encodes_all_but_the_unreserved),
		cmocka_unit_test(takes_an_absolute_uri_apart),
		cmocka_unit_test(refuses_other_uris),
		cmocka_unit_test(judges_authorities),
		cmocka_unit_test(knows_what_only_this_network_can_name),
		cmocka_unit_test(knows_what_is_below_what),
		cmocka_unit_test(calls_a_path_as_from_a_root),
		cmocka_unit_test(splits_a_path_in_parent_and_name),
	};

	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
