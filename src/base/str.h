/*
 * str.h - a view of text: pointer and size into memory that another owns.
 *
 * Nothing here allocates, and nothing needs a final NUL.  Comparisons are of
 * octets; the _nocase ones fold ASCII only, as HTTP's field names do.
 */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

struct str {
	const char *data;
	size_t len;
};

/* A literal, usable in a static initialiser too. */
#define STR(literal)                                                           \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).data

struct str str_of(const char *text); /* up to its NUL; NULL is empty */
struct str str_make(const char *data, size_t size);
bool str_is_empty(struct str s);
bool str_equal(struct str a, struct str b);
bool str_is(struct str s, const char *text);
bool str_is_nocase(struct str s, const char *text);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, const char *prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has(struct str s, char octet);
int str_compare(struct str a, struct str b); /* as memcmp, shorter first */

/* The part from offset to the end; offset is at most s.len. */
struct str str_from(struct str s, size_t offset);

/* Without spaces and tabs at both ends: OWS of RFC 9110, 5.6.3. */
struct str str_trim(struct str s);

/* The position of the first such octet, or s.len. */
size_t str_find(struct str s, char octet);

/*
 * Cuts *rest at the first separator: what stood before it is returned, *rest
 * is what follows.  Without a separator everything is returned and *rest is
 * empty.
 */
struct str str_cut(struct str *rest, char separator);

/* Copies s to *room, which goes on behind it: a view of the copy. */
struct str str_put(char **room, struct str s);

/* Decimal digits only, all of s: ERR_SYNTAX; above max: ERR_RANGE. */
enum err str_to_u64(struct str s, uint64_t max, uint64_t *out_value) MUST_CHECK;

#endif
