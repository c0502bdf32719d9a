/*
 * str.c - see str.h.
 */
#include "base/str.h"

#include <string.h>
#include <strings.h>

struct str
str_of(const char *text)
{
	return (struct str){ text, text == NULL ? 0 : strlen(text) };
}

struct str
str_make(const char *data, size_t size)
{
	return (struct str){ data, size };
}

bool
str_is_empty(struct str s)
{
	return s.len == 0;
}

bool
str_equal(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	return a.len == 0 || memcmp(a.data, b.data, a.len) == 0;
}

bool
str_is(struct str s, const char *text)
{
	return str_equal(s, str_of(text));
}

bool
str_is_nocase(struct str s, const char *text)
{
	return s.len == strlen(text) && str_starts_nocase(s, text);
}

bool
str_starts(struct str s, struct str prefix)
{
	if (s.len < prefix.len)
		return false;
	return str_equal((struct str){ s.data, prefix.len }, prefix);
}

bool
str_starts_nocase(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s.len < len)
		return false;
	return len == 0 || strncasecmp(s.data, prefix, len) == 0;
}

bool
str_ends(struct str s, struct str suffix)
{
	if (s.len < suffix.len)
		return false;
	return str_equal(str_from(s, s.len - suffix.len), suffix);
}

bool
str_has(struct str s, char octet)
{
	return str_find(s, octet) < s.len;
}

int
str_compare(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.data, b.data, len);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

struct str
str_from(struct str s, size_t offset)
{
	CHECK(offset <= s.len);
	if (offset == 0)
		return s;
	return (struct str){ s.data + offset, s.len - offset };
}

static bool
is_space(char octet)
{
	return octet == ' ' || octet == '\t';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_space(s.data[0]))
		s = str_from(s, 1);
	while (s.len > 0 && is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

size_t
str_find(struct str s, char octet)
{
	const char *found = s.len == 0 ? NULL : memchr(s.data, octet, s.len);

	return found == NULL ? s.len : (size_t)(found - s.data);
}

struct str
str_cut(struct str *rest, char separator)
{
	struct str before = { rest->data, str_find(*rest, separator) };

	*rest = str_from(
	    *rest, before.len < rest->len ? before.len + 1 : before.len);
	return before;
}

struct str
str_put(char **room, struct str s)
{
	struct str copy = { *room, s.len };

	if (s.len > 0)
		memcpy(*room, s.data, s.len);
	*room += s.len;
	return copy;
}

enum err
str_to_u64(struct str s, uint64_t max, uint64_t *out_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return ERR_SYNTAX;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.data[i] - '0');

		if (value > (max - digit) / 10 || digit > max)
			return ERR_RANGE;
		value = value * 10 + digit;
	}
	*out_value = value;
	return ERR_NONE;
}
