/*
 * users_fuzz.c - any text as a file of users, and as one that is changed.
 */
#include <stddef.h>
#include <stdint.h>

#include "apps/users.h"
#include "apps/users_edit.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	struct str hash = STR("$5$rounds=1000$abcdefgh$"
	                      "SThD9vDhR/nzOM9Kwez./wtANICYLW2Ygs55nGBCo/8");
	struct users *users = NULL;
	struct buf why;
	struct buf out;
	enum err err;
	size_t count;

	buf_init(&why, 16 * 1024);
	buf_init(&out, USERS_SIZE_MAX);
	err = users_parse(text, "F", &why, &users);
	CHECK((err == ERR_NONE) == (users != NULL));
	CHECK(err != ERR_SYNTAX || why.len > 0);
	if (err == ERR_NONE) {
		/* Whoever is in it can be changed, and then is there once. */
		count = users_count(users);
		users_unref(users);
		CHECK(users_edit_text(text, str_of("ann"), hash, &out) ==
		      ERR_NONE);
		CHECK(
		    users_parse(buf_str(&out), "F", &why, &users) == ERR_NONE);
		CHECK(users_count(users) - count <= 1);
		users_unref(users);
	}
	buf_done(&out);
	buf_done(&why);
	return 0;
}
