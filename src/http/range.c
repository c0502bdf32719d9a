/*
 * range.c - see range.h.
 */
#include "http/range.h"

#include <stdbool.h>

#include "http/octet.h"

enum { OVERLAP_COUNT_MAX = 2 }; /* RFC 9110, 17.15 */

struct list {
	struct range *ranges;
	size_t count;
	size_t overlap_count;
};

/* Digits only; what is too large to matter is UINT64_MAX. */
static bool
read_number(struct str digits, uint64_t *out_number)
{
	if (!octet_all_digit(digits))
		return false;
	if (str_to_u64(digits, UINT64_MAX, out_number) != ERR_NONE)
		*out_number = UINT64_MAX;
	return true;
}

/* Reads one range; *out_range has size 0 if it lies outside of the file. */
static bool
read_range(struct str text, uint64_t size, struct range *out_range)
{
	struct str last = text;
	struct str first = str_cut(&last, '-');
	uint64_t from = 0;
	uint64_t to = UINT64_MAX;

	if (first.len == text.len)
		return false; /* no "-" */
	*out_range = (struct range){ .offset = size };
	if (first.len == 0) {
		if (!read_number(last, &to))
			return false;
		out_range->size = to < size ? to : size;
		out_range->offset -= out_range->size;
		return true;
	}
	if (!read_number(first, &from))
		return false;
	if (last.len > 0 && !read_number(last, &to))
		return false;
	if (from > to)
		return false;
	if (from < size) {
		if (to > size - 1)
			to = size - 1;
		*out_range = (struct range){ from, to - from + 1 };
	}
	return true;
}

static uint64_t
end_of(const struct range *range)
{
	return range->offset + range->size;
}

static bool
touches(const struct range *a, const struct range *b)
{
	return a->offset <= end_of(b) && b->offset <= end_of(a);
}

static bool
overlaps(const struct range *a, const struct range *b)
{
	return a->offset < end_of(b) && b->offset < end_of(a);
}

static struct range
united(const struct range *a, const struct range *b)
{
	uint64_t offset = a->offset < b->offset ? a->offset : b->offset;
	uint64_t end = end_of(a) > end_of(b) ? end_of(a) : end_of(b);

	return (struct range){ offset, end - offset };
}

/*
 * The ranges there are do not touch each other.  All that the new one touches
 * become one with it, at the place of the first of them.
 */
static void
add(struct list *list, struct range range)
{
	size_t place = list->count;
	size_t kept = 0;
	bool has_overlap = false;

	for (size_t i = 0; i < list->count; i++) {
		struct range there = list->ranges[i];

		if (!touches(&there, &range)) {
			list->ranges[kept++] = there;
			continue;
		}
		has_overlap = has_overlap || overlaps(&there, &range);
		range = united(&there, &range);
		if (place == list->count)
			place = kept++;
	}
	if (place == list->count)
		place = kept++;
	list->ranges[place] = range;
	list->count = kept;
	list->overlap_count += has_overlap;
}

enum range_verdict
range_resolve(struct str value, uint64_t size, struct range *out_ranges,
    size_t *out_count)
{
	struct list list = { .ranges = out_ranges };
	struct str unit = str_cut(&value, '=');
	size_t seen_count = 0;

	if (!str_is_nocase(unit, "bytes") || size == 0)
		return RANGE_WHOLE;
	while (value.len > 0) {
		struct str item = str_trim(str_cut(&value, ','));
		struct range range;

		if (item.len == 0)
			continue; /* RFC 9110, 5.6.1.2 */
		if (++seen_count > RANGE_COUNT_MAX ||
		    !read_range(item, size, &range))
			return RANGE_WHOLE;
		if (range.size > 0)
			add(&list, range);
		if (list.overlap_count > OVERLAP_COUNT_MAX)
			return RANGE_WHOLE;
	}
	if (seen_count == 0)
		return RANGE_WHOLE;
	*out_count = list.count;
	return list.count > 0 ? RANGE_PARTIAL : RANGE_UNSATISFIABLE;
}
