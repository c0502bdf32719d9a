/*
 * fields.h - the header fields of one message, in their order.
 *
 * Names are compared without regard to case (RFC 9110, 5.1).  The texts belong
 * to the arena of the message.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct field {
	struct str name;
	struct str value; /* without white space at its ends */
};

struct fields {
	struct field *items;
	size_t count;
	size_t capacity;
};

/*
 * Appends a field; name and value are borrowed.  ERR_LIMIT: FIELD_COUNT_MAX
 * fields are there, or the arena is full.
 */
enum err fields_add(struct fields *fields, struct arena *arena, struct str name,
    struct str value) MUST_CHECK;

/* The first of that name; NULL if there is none. */
const struct field *fields_find(const struct fields *fields, const char *name);

/* The value of the first of that name; data is NULL if there is none. */
struct str fields_get(const struct fields *fields, const char *name);

size_t fields_count(const struct fields *fields, const char *name);

/*
 * All lines of a list field as one value, joined by ", " (RFC 9110, 5.3).
 * data is NULL if there is none.  ERR_LIMIT: the arena is full.
 */
enum err fields_join(const struct fields *fields, struct arena *arena,
    const char *name, struct str *out_value) MUST_CHECK;

/* Whether a comma-separated list field has this token, in any case. */
bool fields_has_token(
    const struct fields *fields, const char *name, const char *token);

#endif
