/*
 * uri_fuzz.c - any text as a path, a URI and an authority: a path keeps its
 * form through encoding and normalising, and stays where it is.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_names(struct str path)
{
	struct str rest = path;

	CHECK(path.len <= PATH_SIZE_MAX);
	CHECK(str_cut(&rest, '/').len == 0);
	CHECK(path.len == 1 || rest.data[rest.len - 1] != '/');
	while (rest.len > 0) {
		struct str name = str_cut(&rest, '/');

		CHECK(name.len > 0);
		CHECK(!str_has(name, '\0'));
		CHECK(!str_is(name, "."));
		CHECK(!str_is(name, ".."));
	}
	for (; path.len > 1; path = uri_path_parent(path)) {
		struct str parent = uri_path_parent(path);

		CHECK(uri_path_is_within(path, parent));
		CHECK(!uri_path_is_within(parent, path));
		CHECK(uri_path_name(path).len > 0);
	}
}

static void
check_path(struct str raw)
{
	struct arena arena;
	struct buf encoded;
	struct str path;
	struct str again;
	bool has_final_slash;

	arena_init(&arena, REQUEST_MEMORY_MAX);
	buf_init(&encoded, 3 * PATH_SIZE_MAX);
	if (uri_path_normalise(&arena, raw, &path, &has_final_slash) ==
	    ERR_NONE) {
		check_names(path);
		uri_path_encode(&encoded, path);
		CHECK(encoded.err == ERR_NONE);
		CHECK(uri_path_normalise(&arena, buf_str(&encoded), &again,
		          &has_final_slash) == ERR_NONE);
		CHECK(str_equal(again, path));
		CHECK(has_final_slash == (path.len == 1));
	}
	buf_done(&encoded);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char unsafe[] = " ,<>&'\"\\@/?#";
	struct str text = { (const char *)data, size };
	struct str authority = text;
	struct str scheme;
	struct str rest;
	struct str path;
	struct str query;

	check_path(text);
	if (uri_parse_absolute(text, &scheme, &authority, &rest) == ERR_NONE) {
		CHECK(authority.len > 0);
		CHECK(uri_authority_is_valid(authority));
		uri_split_query(rest, &path, &query);
		CHECK(path.data[0] == '/');
		check_path(path);
	}
	if (uri_authority_is_valid(authority)) {
		for (size_t i = 0; i < sizeof(unsafe); i++)
			CHECK(!str_has(authority, unsafe[i]));
	}
	return 0;
}
