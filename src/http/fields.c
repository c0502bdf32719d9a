/*
 * fields.c - see fields.h.
 */
#include "http/fields.h"

#include <string.h>

#include "base/limits.h"

enum { CAPACITY_MIN = 16 }; /* most requests need no more */

static enum err
grow(struct fields *fields, struct arena *arena)
{
	size_t capacity = fields->capacity * 2;
	struct field *items;

	if (capacity == 0)
		capacity = CAPACITY_MIN;
	if (capacity > FIELD_COUNT_MAX)
		capacity = FIELD_COUNT_MAX;
	items = arena_alloc(arena, capacity * sizeof(*items));
	if (items == NULL)
		return ERR_LIMIT;
	if (fields->count > 0)
		memcpy(items, fields->items, fields->count * sizeof(*items));
	fields->items = items;
	fields->capacity = capacity;
	return ERR_NONE;
}

enum err
fields_add(struct fields *fields, struct arena *arena, struct str name,
    struct str value)
{
	CHECK(name.len > 0);
	CHECK(fields->count <= fields->capacity);
	if (fields->count == FIELD_COUNT_MAX)
		return ERR_LIMIT;
	if (fields->count == fields->capacity) {
		enum err err = grow(fields, arena);

		if (err != ERR_NONE)
			return err;
	}
	fields->items[fields->count++] = (struct field){ name, value };
	return ERR_NONE;
}

const struct field *
fields_find(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (str_is_nocase(fields->items[i].name, name))
			return &fields->items[i];
	}
	return NULL;
}

struct str
fields_get(const struct fields *fields, const char *name)
{
	const struct field *field = fields_find(fields, name);

	return field == NULL ? (struct str){ NULL, 0 } : field->value;
}

size_t
fields_count(const struct fields *fields, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++)
		count += str_is_nocase(fields->items[i].name, name);
	return count;
}

static size_t
joined_size(const struct fields *fields, const char *name)
{
	size_t size = 0;

	for (size_t i = 0; i < fields->count; i++) {
		if (str_is_nocase(fields->items[i].name, name))
			size += fields->items[i].value.len + 2;
	}
	return size;
}

enum err
fields_join(const struct fields *fields, struct arena *arena, const char *name,
    struct str *out_value)
{
	struct str value = { NULL, 0 };
	bool is_first = true;
	char *data;

	if (fields_count(fields, name) <= 1) {
		*out_value = fields_get(fields, name);
		return ERR_NONE;
	}
	data = arena_alloc(arena, joined_size(fields, name));
	if (data == NULL)
		return ERR_LIMIT;
	value.data = data;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (!str_is_nocase(field->name, name))
			continue;
		if (!is_first) {
			memcpy(data + value.len, ", ", 2);
			value.len += 2;
		}
		is_first = false;
		if (field->value.len > 0)
			memcpy(data + value.len, field->value.data,
			    field->value.len);
		value.len += field->value.len;
	}
	*out_value = value;
	return ERR_NONE;
}

bool
fields_has_token(
    const struct fields *fields, const char *name, const char *token)
{
	for (size_t i = 0; i < fields->count; i++) {
		struct str rest = fields->items[i].value;

		if (!str_is_nocase(fields->items[i].name, name))
			continue;
		while (rest.len > 0) {
			struct str item = str_trim(str_cut(&rest, ','));

			if (str_is_nocase(item, token))
				return true;
		}
	}
	return false;
}
