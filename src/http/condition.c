/*
 * condition.c - see condition.h.
 */
#include "http/condition.h"

#include <stddef.h>

#include "http/date.h"
#include "http/octet.h"

enum comparison { WEAK, STRONG }; /* RFC 9110, 8.8.3.2 */

struct entity_tag {
	bool is_weak;
	struct str opaque; /* with its quotes */
};

/* etagc = %x21 / %x23-7E / obs-text */
static bool
is_etagc(char octet)
{
	return octet != ' ' && octet != '"' && !octet_is_control(octet);
}

/* Cuts an entity-tag (RFC 9110, 8.8.3) off the start of *rest. */
static bool
cut_entity_tag(struct str *rest, struct entity_tag *out_tag)
{
	struct str s = *rest;
	size_t size = 1;

	out_tag->is_weak = str_starts(s, (struct str)STR("W/"));
	if (out_tag->is_weak)
		s = str_from(s, 2);
	if (s.len < 2 || s.data[0] != '"')
		return false;
	while (size < s.len && is_etagc(s.data[size]))
		size++;
	if (size == s.len || s.data[size] != '"')
		return false;
	out_tag->opaque = str_make(s.data, size + 1);
	*rest = str_from(s, size + 1);
	return true;
}

static bool
tag_matches(const struct condition *now, const struct entity_tag *tag,
    enum comparison comparison)
{
	if (!now->exists || now->etag.len == 0)
		return false;
	if (tag->is_weak && comparison == STRONG)
		return false;
	return str_equal(tag->opaque, now->etag);
}

/*
 * Reads a list of entity-tags; false: it is none.  A comma may stand inside a
 * tag, so the list cannot be cut at commas first.
 */
static bool
read_list(const struct condition *now, struct str list,
    enum comparison comparison, bool *inout_has_match)
{
	bool needs_comma = false;

	for (list = str_trim(list); list.len > 0; list = str_trim(list)) {
		struct entity_tag tag;

		if (list.data[0] == ',') {
			list = str_from(list, 1);
			needs_comma = false;
			continue;
		}
		if (needs_comma || !cut_entity_tag(&list, &tag))
			return false;
		if (tag_matches(now, &tag, comparison))
			*inout_has_match = true;
		needs_comma = true;
	}
	return true;
}

/* Whether "*" or a list, on all lines of that name, matches what exists. */
static bool
has_match(const struct condition *now, const struct fields *fields,
    const char *name, enum comparison comparison)
{
	bool matches = false;

	if (fields_count(fields, name) == 1 &&
	    str_is(fields_get(fields, name), "*"))
		return now->exists;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (str_is_nocase(field->name, name) &&
		    !read_list(now, field->value, comparison, &matches))
			return false;
	}
	return matches;
}

/* The date of a field that is there once, and well-formed. */
static bool
read_date(const struct condition *now, const struct fields *fields,
    const char *name, int64_t *out_wall_s)
{
	return fields_count(fields, name) == 1 &&
	       date_parse(fields_get(fields, name), now->now_s, out_wall_s) ==
	           ERR_NONE;
}

static bool
has_date(const struct condition *now)
{
	return now->exists && now->modified_s != CONDITION_NO_DATE;
}

/* Steps 1 and 2 of RFC 9110, 13.2.2: is it still what the client knows? */
static bool
is_still_known(const struct condition *now, const struct fields *fields)
{
	int64_t since_s;

	if (fields_find(fields, "If-Match") != NULL)
		return has_match(now, fields, "If-Match", STRONG);
	if (!has_date(now) ||
	    !read_date(now, fields, "If-Unmodified-Since", &since_s))
		return true;
	return now->modified_s <= since_s;
}

/* Steps 3 and 4: is it something that the client does not have? */
static bool
is_new(const struct condition *now, const struct fields *fields)
{
	int64_t since_s;

	if (fields_find(fields, "If-None-Match") != NULL)
		return !has_match(now, fields, "If-None-Match", WEAK);
	if (!now->is_get || !has_date(now) ||
	    !read_date(now, fields, "If-Modified-Since", &since_s))
		return true;
	return now->modified_s > since_s;
}

int
condition_check(const struct condition *now, const struct fields *fields)
{
	if (!is_still_known(now, fields))
		return 412;
	if (!is_new(now, fields))
		return now->is_get ? 304 : 412;
	return 0;
}

bool
condition_range_applies(
    const struct condition *now, const struct fields *fields)
{
	const struct field *field = fields_find(fields, "If-Range");
	struct entity_tag tag;
	struct str value;
	int64_t wall_s;

	if (field == NULL)
		return true;
	value = field->value;
	if (fields_count(fields, "If-Range") > 1)
		return false;
	if (cut_entity_tag(&value, &tag))
		return value.len == 0 && tag_matches(now, &tag, STRONG);
	return has_date(now) && read_date(now, fields, "If-Range", &wall_s) &&
	       wall_s == now->modified_s;
}
