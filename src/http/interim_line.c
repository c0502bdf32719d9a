/*
 * interim_line.c - see interim_line.h.
 */
#include "http/interim_line.h"

static bool
is_forbidden(struct str name)
{
	static const char *const names[] = { "Content-Length",
		"Transfer-Encoding", "Connection", "Trailer", "Set-Cookie" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is_nocase(name, names[i]))
			return true;
	return false;
}

struct field
interim_line_cut(struct str *rest)
{
	struct str value = str_cut(rest, '\n');
	struct field field;

	CHECK(str_ends(value, (struct str)STR("\r")));
	value.len--;
	field.name = str_cut(&value, ':');
	field.value = str_trim(value);
	CHECK(field.name.len > 0); /* an empty line would end the head */
	CHECK(!is_forbidden(field.name));
	return field;
}
