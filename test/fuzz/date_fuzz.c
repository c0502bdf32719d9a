/*
 * date_fuzz.c - any text as a date: what is read is written back as the same
 * moment.
 */
#include <stddef.h>
#include <stdint.h>

#include "http/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_S = 1795381985 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	char written[DATE_SIZE];
	int64_t wall_s;
	int64_t again_s;

	if (date_parse(text, NOW_S, &wall_s) != ERR_NONE)
		return 0;
	CHECK(wall_s >= DATE_WALL_S_MIN);
	CHECK(wall_s <= DATE_WALL_S_MAX);
	date_format(wall_s, written);
	CHECK(date_parse(str_of(written), NOW_S, &again_s) == ERR_NONE);
	CHECK(again_s == wall_s);
	/* The one form that we write ourselves has one spelling. */
	if (size == DATE_SIZE - 1 && data[3] == ',' && data[23] != '6')
		CHECK(str_is(text, written));
	return 0;
}
