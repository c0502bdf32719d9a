/*
 * if_header_fuzz.c - any text as an If header, asked about a resource.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "dav/if_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_token(void *context, struct str path, struct str token)
{
	CHECK(*(const unsigned *)context == 7);
	CHECK(path.len > 0);
	CHECK(path.data[0] == '/');
	CHECK(path.len == 1 || path.data[path.len - 1] != '/');
	CHECK(token.len > 1);
	CHECK(str_has(token, ':'));
	return token.len % 2 == 0;
}

static struct str
etag(void *context, struct str path)
{
	CHECK(*(const unsigned *)context == 7);
	return str_of(path.len % 2 == 0 ? "\"\"" : "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned magic = 7;
	const struct if_oracle oracle = { has_token, etag, &magic };
	struct if_header *it;
	struct arena arena;
	size_t next = 0;

	if (size > HEAD_SIZE_MAX)
		return 0;
	arena_init(&arena, REQUEST_MEMORY_MAX);
	if (if_header_parse(str_make((const char *)data, size), &arena, &it) ==
	    ERR_NONE) {
		CHECK(it->list_count > 0);
		CHECK(it->list_count <= IF_LIST_COUNT_MAX);
		CHECK(it->condition_count <= IF_CONDITION_COUNT_MAX);
		for (size_t i = 0; i < it->list_count; i++) {
			CHECK(it->lists[i].first == next);
			CHECK(it->lists[i].count > 0);
			CHECK(it->lists[i].has_resource ==
			      it->lists[0].has_resource);
			next += it->lists[i].count;
		}
		CHECK(next == it->condition_count);
		for (size_t i = 0; i < next; i++)
			CHECK(if_header_submits(it, it->conditions[i].value) ||
			      it->conditions[i].kind == IF_ETAG);
		(void)if_header_holds(it, str_of("/x"), &oracle);
	}
	arena_done(&arena);
	return 0;
}
