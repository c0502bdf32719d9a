/*
 * identity.c - see identity.h.
 */
#include "dav/identity.h"

#include "base/limits.h"
#include "dav/call.h"
#include "http/fields.h"
#include "http/prefer.h"

/* A NUL stands in neither a path nor a field: so it can end both. */
static void
add_part(struct buf *out, struct str part)
{
	buf_add_str(out, part);
	buf_add_char(out, '\0');
}

void
identity_fingerprint(const struct call *call, struct buf *out)
{
	static const char *const names[] = { "If", "If-Match", "If-None-Match",
		"If-Modified-Since", "If-Unmodified-Since" };
	const struct fields *fields = &call->request->fields;
	struct prefer prefer;

	prefer_parse(fields, &prefer);
	add_part(out, str_of(call->method->name));
	add_part(out, call->path);
	add_part(out, call->destination);
	buf_add_char(out, "01i"[call->depth]);
	buf_add_char(out, call->overwrite ? 'T' : 'F');
	buf_add_char(out, prefer.strict ? 'S' : 'L');
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		for (size_t i = 0; i < fields->count; i++) {
			if (!str_is_nocase(fields->items[i].name, names[n]))
				continue;
			add_part(out, str_of(names[n]));
			add_part(out, fields->items[i].value);
		}
	}
}

/* value stands behind the first quote; *out_size is without the last one. */
static enum err
unescape(struct str value, char *out, size_t *out_size)
{
	size_t size = 0;
	size_t i = 0;

	for (; i < value.len && value.data[i] != '"'; i++) {
		if (value.data[i] == '\\') {
			i++;
			if (i == value.len ||
			    (value.data[i] != '"' && value.data[i] != '\\'))
				return ERR_SYNTAX;
		}
		if (value.data[i] < 0x20 || value.data[i] > 0x7e)
			return ERR_SYNTAX;
		if (size == IDEMPOTENCY_KEY_SIZE_MAX)
			return ERR_LIMIT;
		out[size++] = value.data[i];
	}
	if (size == 0 || i + 1 != value.len)
		return ERR_SYNTAX;
	*out_size = size;
	return ERR_NONE;
}

enum err
identity_key(
    const struct fields *fields, struct arena *arena, struct str *out_key)
{
	struct str value = fields_get(fields, "Idempotency-Key");
	char key[IDEMPOTENCY_KEY_SIZE_MAX];
	size_t size;
	enum err err;

	if (value.data == NULL) {
		*out_key = str_of(NULL);
		return ERR_NONE;
	}
	if (fields_count(fields, "Idempotency-Key") > 1)
		return ERR_SYNTAX;
	if (value.len == 0 || value.data[0] != '"')
		return ERR_SYNTAX;
	err = unescape(str_from(value, 1), key, &size);
	if (err != ERR_NONE)
		return err;
	if (arena_copy(arena, str_make(key, size), out_key) != ERR_NONE)
		return ERR_MEMORY;
	return ERR_NONE;
}
