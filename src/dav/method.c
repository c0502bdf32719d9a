/*
 * method.c - see method.h and call.h.
 */
#include "dav/method.h"

static const struct {
	const struct method *method;
	const char *name;
	unsigned where;
} rows[] = {
#define X(identifier, name, where) { &identifier, name, where },
#include "dav/method.def"
#undef X
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

#define X(identifier, name, where) ", " name
static const char allow[] =
#include "dav/method.def"
    ;
#undef X

_Static_assert(sizeof(allow) <= METHOD_ALLOW_SIZE_MAX, "all methods fit");

const struct method *
method_find(struct str name)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (str_is(name, rows[i].name))
			return rows[i].method;
	return NULL;
}

const char *
method_allow(void)
{
	return allow + 2; /* without the first comma */
}

void
method_allow_on(struct buf *out, enum method_where where, bool is_read_only)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (!(rows[i].where & where))
			continue;
		if (is_read_only && !rows[i].method->is_read_only)
			continue;
		if (out->len > 0)
			buf_add_text(out, ", ");
		buf_add_text(out, rows[i].name);
	}
}

bool
method_is_known_elsewhere(struct str name)
{
	static const char *const names[] = { "POST", "PATCH", "TRACE",
		"CONNECT" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}
