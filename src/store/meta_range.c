/*
 * meta_range.c - see meta_range.h.
 */
#include "store/meta_range.h"

#include <string.h>

static struct str
ended(char *text, struct str path, char end)
{
	memcpy(text, path.data, path.len);
	text[path.len] = end;
	return str_make(text, path.len + 1);
}

void
meta_range_init(struct meta_range *range, struct str path)
{
	CHECK(path.len > 1);
	CHECK(path.len <= PATH_SIZE_MAX);
	range->from[0] = path;
	range->below[0] = ended(range->texts[0], path, '\0');
	range->from[1] = ended(range->texts[1], path, '/');
	range->below[1] = ended(range->texts[2], path, '/' + 1);
}

void
meta_range_split(struct str path, struct str *out_parent, struct str *out_name)
{
	size_t at = path.len;

	CHECK(path.len > 0 && path.data[0] == '/');
	if (path.len == 1) {
		*out_parent = str_make("", 0);
		*out_name = str_make("", 0);
		return;
	}
	while (path.data[at - 1] != '/')
		at--;
	*out_name = str_from(path, at);
	*out_parent = str_make(path.data, at > 1 ? at - 1 : 1);
}
