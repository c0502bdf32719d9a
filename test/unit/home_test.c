/*
 * home_test.c - tests src/dav/home.c, and that every method stays in its home.
 */
#include "dav/home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "method_rig.h"

static struct rig rig;

static void
make(const char *path)
{
	struct store *store = rig.dav.store;

	assert_int_equal(
	    store->ops->make_collection(store, str_of(path)), ERR_NONE);
}

/* bob has /bob/s; the request is ann's, if nothing else is said. */
static int
set_up(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /s", NULL, "secret", 201 },
		{ "MKCOL /c", NULL, NULL, 201 },
	};

	(void)state;
	rig_init(&rig);
	rig.dav.has_homes = true;
	make("/ann");
	make("/bob");
	rig.principal = "bob";
	RIG_PLAY(&rig, rows);
	rig.principal = "ann";
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_done(&rig);
	return 0;
}

static void
knows_which_names_can_be_directories(void **state)
{
	static const struct {
		const char *name;
		bool is_safe;
	} rows[] = {
		{ "ann", true },
		{ "Ann.B-c_d+e@example.org", true },
		{ "-", true },
		{ "0", true },
		{ "", false },
		{ ".", false },
		{ "..", false },
		{ ".tarry", false },
		{ ".ann", false },
		{ "a/b", false },
		{ "../bob", false },
		{ "a\\b", false },
		{ "a b", false },
		{ "%u", false },
		{ "a\nb", false },
		{ "\xc3\xa4", false },
	};
	char name[HOME_NAME_SIZE_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    home_name_is_safe(str_of(rows[i].name)), rows[i].is_safe);
	assert_false(home_name_is_safe(str_make("a\0b", 3)));
	memset(name, 'a', sizeof(name));
	assert_true(home_name_is_safe(str_make(name, HOME_NAME_SIZE_MAX)));
	assert_false(home_name_is_safe(str_make(name, HOME_NAME_SIZE_MAX + 1)));
}

static void
lets_nobody_in_without_a_safe_name(void **state)
{
	static const char *const names[] = { "", "..", ".tarry", "a/b", "a b" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		rig.principal = names[i];
		assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 403);
		assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 403);
	}
	rig.principal = "";
	assert_int_equal(rig_send(&rig, "OPTIONS *", NULL, NULL), 200);
}

static void
has_all_paths_of_a_request_in_the_home(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 201 },
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "COPY /a", "Destination: /c/d\r\n", NULL, 201 },
		{ "MOVE /c/d", "Destination: /bob\r\n", NULL, 201 },
		{ "GET /s", NULL, NULL, 404 },
		{ "GET /bob/s", NULL, NULL, 404 },
		{ "GET /ann/a", NULL, NULL, 404 },
		{ "DELETE /bob", NULL, NULL, 204 },
		{ "DELETE /", NULL, NULL, 403 },
		{ "MOVE /", "Destination: /x\r\n", NULL, 403 },
		{ "COPY /a", "Destination: /\r\n", NULL, 403 },
		{ "MKCOL /", NULL, NULL, 405 },
	};

	(void)state;
	RIG_PLAY(&rig, rows);
	assert_true(rig_exists(&rig, "/ann/a"));
	assert_true(rig_exists(&rig, "/bob/s"));
	assert_false(rig_exists(&rig, "/a"));
}

static void
shows_paths_without_the_home(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 201 },
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "PROPFIND /", "Depth: infinity\r\n", NULL, 207 },
	};

	(void)state;
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "<D:href>/</D:href>"));
	assert_true(rig_says(&rig, "<D:displayname>/</D:displayname>"));
	assert_true(rig_says(&rig, "<D:href>/a</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/c/</D:href>"));
	assert_false(rig_says(&rig, "ann"));
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 200);
	assert_true(rig_says(&rig, "<title>/</title>"));
	assert_true(rig_says(&rig, "href=\"/c/\""));
	assert_false(rig_says(&rig, "../"));
	assert_false(rig_says(&rig, "ann"));
	assert_int_equal(rig_send(&rig, "GET /c/", NULL, NULL), 200);
	assert_true(rig_says(&rig, "<a href=\"/\">../"));
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /c/b%20c\r\n", NULL), 201);
	assert_string_equal(rig_field(&rig, "Location"), "/c/b%20c");
	assert_int_equal(rig_send(&rig, "PROPPATCH /a", NULL,
	                     "<D:propertyupdate xmlns:D=\"DAV:\"><D:set>"
	                     "<D:prop><x/></D:prop></D:set>"
	                     "</D:propertyupdate>"),
	    207);
	assert_true(rig_says(&rig, "<D:href>/a</D:href>"));
}

static void
shows_locks_without_the_home(void **state)
{
	(void)state;
	assert_int_equal(
	    rig_send(&rig, "LOCK /f", "Depth: 0\r\n", RIG_EXCLUSIVE), 201);
	assert_true(
	    rig_says(&rig, "<D:lockroot><D:href>/f</D:href></D:lockroot>"));
	assert_int_equal(rig_send(&rig, "PUT /f", NULL, "x"), 423);
	assert_true(rig_says(&rig, "<D:href>/f</D:href>"));
	assert_int_equal(rig_send(&rig, "LOCK /", NULL, RIG_EXCLUSIVE), 207);
	assert_true(rig_says(&rig, "<D:href>/f</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/</D:href>"));
	assert_false(rig_says(&rig, "ann"));
	rig.principal = "bob"; /* he has another /f */
	assert_int_equal(rig_send(&rig, "PUT /f", NULL, "x"), 201);
}

static void
evaluates_if_in_the_home(void **state)
{
	char etag[128];

	(void)state;
	rig.principal = "bob";
	assert_int_equal(rig_send(&rig, "HEAD /s", NULL, NULL), 200);
	(void)snprintf(etag, sizeof(etag), "%s", rig_field(&rig, "ETag"));
	assert_int_equal(
	    rig_send(&rig, "PUT /x",
	        rig_format(&rig, "If: </s> ([%s])\r\n", etag), "x"),
	    201);
	rig.principal = "ann";
	assert_int_equal(
	    rig_send(&rig, "PUT /x",
	        rig_format(&rig, "If: </s> ([%s])\r\n", etag), "x"),
	    412);
	assert_int_equal(
	    rig_send(&rig, "PUT /x",
	        rig_format(&rig, "If: </bob/s> ([%s])\r\n", etag), "x"),
	    412);
}

static void
reserves_the_same_name_as_the_store(void **state)
{
	struct str home = STR("/ann");

	(void)state;
	make("/ann/.Tarry");
	assert_int_equal(rig_send(&rig, "MKCOL /.Tarry", NULL, NULL), 403);
	assert_int_equal(rig_send(&rig, "PUT /.tarry/a", NULL, "x"), 403);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	assert_int_equal(
	    rig_send(&rig, "COPY /a", "Destination: /.tarry\r\n", NULL), 403);
	assert_int_equal(
	    rig_send(&rig, "PUT /a", "If: </.tarry/a> ([\"x\"])\r\n", "x"),
	    412);
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /", "Depth: 1\r\n", NULL), 207);
	assert_false(rig_says(&rig, "arry"));
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 200);
	assert_false(rig_says(&rig, "arry"));
	assert_false(home_is_reserved(home, str_of("/ann")));
	assert_false(home_is_reserved(home, str_of("/ann/a/.tarry")));
	assert_false(home_is_reserved(home, str_of("/ann/.tarry2")));
	assert_false(home_is_reserved(str_of(""), str_of("/.tarry")));
}

static void
has_a_limit_for_what_a_path_becomes(void **state)
{
	struct call call = { .dav = &rig.dav, .home = STR("/ann") };
	struct request request = { .arena = &rig.arena };
	char text[PATH_SIZE_MAX];
	struct str path;

	(void)state;
	call.request = &request;
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	assert_int_equal(
	    home_path(&call, str_make(text, PATH_SIZE_MAX - 4), &path),
	    ERR_NONE);
	assert_int_equal(path.len, PATH_SIZE_MAX);
	assert_int_equal(
	    home_path(&call, str_make(text, PATH_SIZE_MAX - 3), &path),
	    ERR_LIMIT);
	expect_assert_failure((void)!home_path(&call, str_of("a"), &path));
}

static void
makes_a_home_on_its_first_use(void **state)
{
	struct call call = { .dav = &rig.dav, .home = STR("/new") };

	(void)state;
	assert_true(home_is_missing(&call));
	rig.dav.is_read_only = true;
	assert_false(home_is_missing(&call));
	rig.dav.is_read_only = false;
	assert_int_equal(home_make(&call), ERR_NONE);
	assert_false(home_is_missing(&call));
	assert_int_equal(home_make(&call), ERR_NONE); /* another was first */
	assert_true(rig_exists(&rig, "/new"));
	call.home = str_of("");
	assert_false(home_is_missing(&call));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_which_names_can_be_directories),
		TEST(lets_nobody_in_without_a_safe_name),
		TEST(has_all_paths_of_a_request_in_the_home),
		TEST(shows_paths_without_the_home),
		TEST(shows_locks_without_the_home),
		TEST(evaluates_if_in_the_home),
		TEST(reserves_the_same_name_as_the_store),
		TEST(has_a_limit_for_what_a_path_becomes),
		TEST(makes_a_home_on_its_first_use),
	};

	return cmocka_run_group_tests_name("home", tests, NULL, NULL);
}
