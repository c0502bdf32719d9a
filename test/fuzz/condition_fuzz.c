/*
 * condition_fuzz.c - any fields "Name:value", one a line, on a resource that
 * the first octet describes: a verdict, and one that fits the method.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "http/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXISTS = 1, IS_GET = 2, HAS_ETAG = 4, HAS_DATE = 8 };

static void
check(const struct condition *now, const struct fields *fields)
{
	int status = condition_check(now, fields);
	bool has_if_match = fields_find(fields, "If-Match") != NULL;

	CHECK(status == 0 || status == 304 || status == 412);
	CHECK(status != 304 || (now->is_get && now->exists));
	/* What is not there has neither a tag nor a date to compare. */
	if (!now->exists)
		CHECK(status == (has_if_match ? 412 : 0));
	if (fields->count == 0)
		CHECK(status == 0);
	if (fields_find(fields, "If-Range") == NULL)
		CHECK(condition_range_applies(now, fields));
	else if (!now->exists)
		CHECK(!condition_range_applies(now, fields));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct condition now = {
		.etag = { NULL, 0 },
		.modified_s = CONDITION_NO_DATE,
		.now_s = 1795381985,
	};
	struct fields fields = { 0 };
	struct arena arena;

	if (size == 0)
		return 0;
	now.exists = data[0] & EXISTS;
	now.is_get = data[0] & IS_GET;
	if (data[0] & HAS_ETAG)
		now.etag = (struct str)STR("\"a\"");
	if (data[0] & HAS_DATE)
		now.modified_s = 784111777;
	arena_init(&arena, REQUEST_MEMORY_MAX);
	rest = str_from(rest, 1);
	while (rest.len > 0) {
		struct str value = str_cut(&rest, '\n');
		struct str name = str_cut(&value, ':');

		if (name.len > 0)
			(void)!fields_add(
			    &fields, &arena, name, str_trim(value));
	}
	check(&now, &fields);
	arena_done(&arena);
	return 0;
}
