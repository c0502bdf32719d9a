/*
 * access_fuzz.c - any lines as rules; each that is one holds what it says.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dav/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
see(void *context, struct str below)
{
	const struct access *access = context;

	CHECK(below.len > 1);
	CHECK(below.data[0] == '/');
	CHECK(below.data[below.len - 1] != '/');
	(void)access_rights(access, str_of(""), below);
	return true;
}

/* The last of all decides wherever it is about somebody. */
static void
check_last(struct access *access, size_t count)
{
	const struct access_rule *last = access_rule_at(access, count - 1);
	struct str who = last->is_sign ? str_of("") : last->who;

	if (!last->is_sign || last->who.data[0] != '@')
		CHECK(access_rights(access, who, last->path) == last->rights ||
		      who.len == 0);
	CHECK(!access_is_overruled(access, count - 1));
	access_below(access, who, str_of("/"), see, access);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_make((const char *)data, size);
	struct access *access = access_new();
	struct buf why;
	size_t count = 0;

	CHECK(access != NULL);
	buf_init(&why, 1024);
	while (rest.len > 0) {
		enum err err = access_add(access, str_cut(&rest, '\n'), &why);

		CHECK((err == ERR_SYNTAX) == (why.len > 0));
		buf_clear(&why);
		count += err == ERR_NONE;
	}
	CHECK(access_rule_at(access, count) == NULL);
	if (count > 0)
		check_last(access, count);
	buf_done(&why);
	access_unref(access);
	return 0;
}
