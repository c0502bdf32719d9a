/*
 * range_fuzz.c - "SIZE VALUE": any Range of a file of any size gives parts of
 * that file, none of which touches another.
 */
#include <stddef.h>
#include <stdint.h>

#include "http/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_ranges(const struct range *ranges, size_t count, uint64_t size)
{
	CHECK(count > 0);
	CHECK(count <= RANGE_COUNT_MAX);
	for (size_t i = 0; i < count; i++) {
		CHECK(ranges[i].size > 0);
		CHECK(ranges[i].size <= size);
		CHECK(ranges[i].offset <= size - ranges[i].size);
		for (size_t j = 0; j < i; j++) {
			const struct range *a = &ranges[i];
			const struct range *b = &ranges[j];

			CHECK(a->offset + a->size < b->offset ||
			      b->offset + b->size < a->offset);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range ranges[RANGE_COUNT_MAX];
	struct str value = { (const char *)data, size };
	struct str digits = str_cut(&value, ' ');
	uint64_t file_size;
	size_t count = 0;

	if (str_to_u64(digits, UINT64_MAX, &file_size) != ERR_NONE)
		return 0;
	switch (range_resolve(value, file_size, ranges, &count)) {
	case RANGE_WHOLE:
		break;
	case RANGE_PARTIAL:
		check_ranges(ranges, count, file_size);
		break;
	case RANGE_UNSATISFIABLE:
		CHECK(count == 0);
		CHECK(file_size > 0);
		break;
	}
	return 0;
}
