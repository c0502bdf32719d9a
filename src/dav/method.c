/*
 * method.c - see method.h and call.h.
 */
#include "dav/method.h"

#include "dav/access.h"

static const struct {
	const struct method *method;
	const char *name;
	unsigned where;
	unsigned needs;
} rows[] = {
#define X(identifier, name, where, needs) { &identifier, name, where, needs },
#include "dav/method.def"
#undef X
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

#define X(identifier, name, where, needs) ", " name
static const char all_names[] =
#include "dav/method.def"
    ;
#undef X

_Static_assert(sizeof(all_names) <= METHOD_ALLOW_SIZE_MAX, "all methods fit");

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
	return all_names + 2; /* without the first comma */
}

void
method_allow_on(struct buf *out, const struct method_allow *allow)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (!(rows[i].where & allow->where))
			continue;
		if (allow->is_read_only && !rows[i].method->is_read_only)
			continue;
		if (rows[i].needs & ~allow->rights)
			continue;
		if (out->len > 0)
			buf_add_text(out, ", ");
		buf_add_text(out, rows[i].name);
	}
}

unsigned
method_needs(const struct method *method)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].method == method)
			return rows[i].needs;
	return ACCESS_NONE;
}

bool
method_makes(const struct method *method)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].method == method)
			return !method->is_read_only &&
			       (rows[i].where & METHOD_ON_NOTHING);
	return false;
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
