/*
 * token_store_test.c - lock tokens, for this command and the next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "client/token_store.h"

static char dir_name[] = "/tmp/token-test-XXXXXX";

static const struct token file = { (char *)"urn:f", (char *)"http://h/d/f",
	false, 0 };
static const struct token tree = { (char *)"urn:t", (char *)"http://h/t/", true,
	2000 };

static void
wipe(const char *dir)
{
	static const char *const names[] = { "s/t/locks", "s/t/locks.lock" };
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/s/t", dir);
	(void)rmdir(path);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)rmdir(path);
	(void)rmdir(dir);
}

static void
another_command_finds_what_was_kept(void **state)
{
	char dir[sizeof(dir_name)];
	char path[128];
	struct token_store one;
	struct token_store other;
	struct stat found;

	(void)state;
	memcpy(dir, dir_name, sizeof(dir));
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s/t", dir);
	assert_int_equal(token_store_init(&one, path), ERR_NONE);
	assert_int_equal(token_store_init(&other, path), ERR_NONE);
	assert_int_equal(token_store_read(&other, 1000), ERR_NONE);
	assert_int_equal(other.count, 0);
	assert_int_equal(token_store_add(&one, &file, 1000), ERR_NONE);
	assert_int_equal(token_store_add(&one, &tree, 1000), ERR_NONE);
	assert_int_equal(stat(one.path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	assert_int_equal(token_store_read(&other, 2000), ERR_NONE);
	assert_int_equal(other.count, 2);
	assert_int_equal(token_store_read(&other, 2001), ERR_NONE);
	assert_int_equal(other.count, 1); /* the other has ended */
	assert_int_equal(token_store_remove(&other, "urn:f", 1000), ERR_NONE);
	assert_int_equal(token_store_read(&one, 1000), ERR_NONE);
	assert_int_equal(one.count, 1);
	assert_string_equal(one.tokens[0].url, tree.url);
	token_store_done(&one);
	token_store_done(&other);
	wipe(dir);
}

static void
tokens_that_matter_are_submitted(void **state)
{
	static const struct {
		const char *url;
		const char *tokens;
	} rows[] = {
		{ "http://h/d/f", "f" },
		{ "http://h/d/", "f" }, /* f is in it */
		{ "http://h/d/g", "" },
		{ "http://h/t", "t" },
		{ "http://h/t/x/y", "t" },
		{ "http://h/", "ft" },
		{ "http://i/t", "" },
	};
	struct token_store store;

	(void)state;
	assert_int_equal(token_store_init(&store, NULL), ERR_NONE);
	assert_int_equal(token_store_add(&store, &file, 0), ERR_NONE);
	assert_int_equal(token_store_add(&store, &tree, 0), ERR_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char found[3] = "";
		struct buf field;

		buf_init(&field, 4096);
		token_store_submit(&store, rows[i].url, &field);
		buf_add_char(&field, '\0');
		if (strstr(field.data,
		        "<http://h/d/f> (<urn:f>) (Not <DAV:no-lock>)"))
			(void)strncat(found, "f", 2);
		if (strstr(field.data,
		        "<http://h/t/> (<urn:t>) (Not <DAV:no-lock>)"))
			(void)strncat(found, "t", 2);
		assert_string_equal(found, rows[i].tokens);
		buf_done(&field);
	}
	token_store_done(&store);
}

static void
the_nearest_is_found(void **state)
{
	struct token_store store;

	(void)state;
	assert_int_equal(token_store_init(&store, NULL), ERR_NONE);
	assert_null(token_store_find(&store, "http://h/t/x"));
	assert_int_equal(token_store_add(&store, &tree, 0), ERR_NONE);
	assert_int_equal(token_store_add(&store, &file, 0), ERR_NONE);
	assert_string_equal(
	    token_store_find(&store, "http://h/t/x")->token, "urn:t");
	assert_string_equal(
	    token_store_find(&store, "http://h/d/f")->token, "urn:f");
	assert_null(token_store_find(&store, "http://h/d"));
	token_store_done(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_command_finds_what_was_kept),
		cmocka_unit_test(tokens_that_matter_are_submitted),
		cmocka_unit_test(the_nearest_is_found),
	};

	return cmocka_run_group_tests_name("token_store", tests, NULL, NULL);
}
