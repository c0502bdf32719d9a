/*
 * server_access_test.c - tests src/apps/server_access.c.
 */
#include "apps/server_access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dav/access.h"

static void
takes_the_users_name_from_the_end(void **state)
{
	static const struct {
		const char *text;
		const char *directory;
		bool has_homes;
	} rows[] = {
		{ "/srv/dav", "/srv/dav", false },
		{ "/srv/dav/", "/srv/dav/", false },
		{ "/srv/dav/%u", "/srv/dav", true },
		{ "/srv/dav/%u/", "/srv/dav", true },
		{ "dav/%u", "dav", true },
		{ "%u", ".", true },
		{ "/%u", "/", true },
		{ "/srv/a%u", "/srv/a%u", false },
		{ "/srv/%ua", "/srv/%ua", false },
		{ "/srv/%U", "/srv/%U", false },
	};
	struct server_access_root root;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    server_access_root(rows[i].text, &root), ERR_NONE);
		assert_string_equal(root.directory, rows[i].directory);
		assert_int_equal(root.has_homes, rows[i].has_homes);
	}
}

static void
takes_it_from_nowhere_else(void **state)
{
	static const char *const rows[] = { "/srv/%u/dav", "%u/a", "/%u/%u" };
	struct server_access_root root;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    server_access_root(rows[i], &root), ERR_SYNTAX);
}

static void
limits_the_directory(void **state)
{
	struct server_access_root root;
	char text[PATH_SIZE_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PATH_SIZE_MAX] = '\0';
	assert_int_equal(server_access_root(text, &root), ERR_NONE);
	assert_int_equal(strlen(root.directory), PATH_SIZE_MAX);
	text[PATH_SIZE_MAX] = 'a';
	text[PATH_SIZE_MAX + 1] = '\0';
	assert_int_equal(server_access_root(text, &root), ERR_LIMIT);
}

static void
reads_the_rules_in_their_order(void **state)
{
	const struct option_texts good = {
		.items = { "* / none", "ann / read" }, .count = 2
	};
	const struct option_texts bad = { .items = { "* / none", "ann" },
		.count = 2 };
	const struct option_texts none = { .count = 0 };
	struct access *access;
	struct buf why;

	(void)state;
	buf_init(&why, 256);
	assert_int_equal(server_access_rules(&none, &why, &access), ERR_NONE);
	assert_null(access);
	assert_int_equal(server_access_rules(&good, &why, &access), ERR_NONE);
	assert_int_equal(access_rights(access, str_of("ann"), str_of("/a")),
	    ACCESS_READ | ACCESS_LOOK);
	assert_int_equal(
	    access_rights(access, str_of("bob"), str_of("/a")), ACCESS_NONE);
	access_unref(access);
	assert_int_equal(why.len, 0);
	assert_int_equal(server_access_rules(&bad, &why, &access), ERR_SYNTAX);
	assert_true(why.len > 0);
	buf_done(&why);
}

/* A directory with /x/a/b, and in it a rule. */
struct place {
	char path[32];
	struct server_access_root root;
};

static void
place_init(struct place *place)
{
	char path[64];

	(void)snprintf(
	    place->path, sizeof(place->path), "/tmp/tarry-rules-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	for (const char *const *name =
	         (const char *const[]){ "/x", "/x/a", "/x/a/b", NULL };
	     *name != NULL; name++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->path, *name);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(
	    server_access_root(place->path, &place->root), ERR_NONE);
}

static void
place_done(const struct place *place)
{
	char path[64];

	for (const char *const *name =
	         (const char *const[]){ "/x/a/b", "/x/a", "/x", "", NULL };
	     *name != NULL; name++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->path, *name);
		assert_int_equal(rmdir(path), 0);
	}
}

static bool
is_ann(void *context, struct str name)
{
	(void)context;
	return str_is(name, "ann");
}

static void
tells_which_rules_match_nothing(void **state)
{
	static const struct {
		const char *rule;
		const char *later;
		bool is_flawed;
		bool is_flawed_in_homes;
	} rows[] = {
		{ "* / read", NULL, false, false },
		{ "ann /x/a/b read", NULL, false, true },
		{ "ann /a/b read", NULL, true, false },
		{ "@ /x/b read", NULL, true, true },
		{ "bob / read", NULL, true, true },
		{ "%2A / read", NULL, true, true },
		{ "ann / read", "* / none", true, true },
		{ "- / read", "ann / none", false, false },
	};
	struct place place;

	(void)state;
	place_init(&place);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct option_texts texts = { .items = { rows[i].rule,
			                                rows[i].later },
			.count = rows[i].later == NULL ? 1 : 2 };
		struct server_access_check check = { .root = &place.root,
			.is_user = is_ann };
		struct access *access;

		assert_int_equal(
		    server_access_rules(&texts, NULL, &access), ERR_NONE);
		check.access = access;
		place.root.has_homes = false;
		assert_int_equal(
		    server_access_flaw(&check, 0) != NULL, rows[i].is_flawed);
		place.root.has_homes = true;
		assert_int_equal(server_access_flaw(&check, 0) != NULL,
		    rows[i].is_flawed_in_homes);
		access_unref(access);
	}
	place_done(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_users_name_from_the_end),
		cmocka_unit_test(takes_it_from_nowhere_else),
		cmocka_unit_test(limits_the_directory),
		cmocka_unit_test(reads_the_rules_in_their_order),
		cmocka_unit_test(tells_which_rules_match_nothing),
	};

	return cmocka_run_group_tests_name("server_access", tests, NULL, NULL);
}
