/*
 * prefer_fuzz.c - any Prefer fields, one a line: since the first of each wish
 * counts, saying all of them again changes nothing.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "http/prefer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add(struct fields *fields, struct arena *arena, struct str lines)
{
	while (lines.len > 0) {
		struct str value = str_cut(&lines, '\n');

		(void)!fields_add(fields, arena, str_of("Prefer"), value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str lines = { (const char *)data, size };
	struct fields fields = { 0 };
	struct arena arena;
	struct prefer prefer;
	struct prefer again;

	arena_init(&arena, REQUEST_MEMORY_MAX);
	add(&fields, &arena, lines);
	prefer_parse(&fields, &prefer);
	add(&fields, &arena, lines);
	prefer_parse(&fields, &again);
	CHECK(!prefer.strict || !prefer.lenient);
	CHECK(prefer.wait_s <= PREFER_WAIT_S_MAX);
	CHECK(prefer.has_wait || prefer.wait_s == 0);
	CHECK(again.processing == prefer.processing);
	CHECK(again.respond_async == prefer.respond_async);
	CHECK(again.strict == prefer.strict);
	CHECK(again.lenient == prefer.lenient);
	CHECK(again.return_minimal == prefer.return_minimal);
	CHECK(again.has_wait == prefer.has_wait);
	CHECK(again.wait_s == prefer.wait_s);
	arena_done(&arena);
	return 0;
}
