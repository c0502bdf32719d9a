/*
 * method_get_index_test.c - the page of a collection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/request.h"
#include "method_rig.h"

static void
has_a_row_for_each_member(void **state)
{
	static const struct rig_row rows[] = {
		{ "MKCOL /c", NULL, NULL, 201 },
		{ "MKCOL /c/d", NULL, NULL, 201 },
		{ "PUT /c/%3Cb%3E%20%26%22", "X-OC-Mtime: 1000000000\r\n",
		    "12345", 201 },
		{ "GET /c", NULL, NULL, 200 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "<a href=\"/c/d/\">d/</a>"));
	assert_true(rig_says(&rig,
	    "<a href=\"/c/%3Cb%3E%20%26%22\">&lt;b&gt; &amp;&quot;</a>"
	    "</td><td>5</td><td>2001-09-09T01:46:40Z</td>"));
	assert_true(rig_says(&rig, "<a href=\"/\">../</a>"));
	assert_true(rig_says(&rig, "</html>\n"));
	assert_true(rig.response.pulled_size == BODY_SIZE_UNKNOWN);
	rig_done(&rig);
}

static void
of_the_root_has_no_way_up(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 201 },
		{ "GET /", NULL, NULL, 200 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "<a href=\"/a\">a</a>"));
	assert_false(rig_says(&rig, "../"));
	rig_done(&rig);
}

static void
head_tells_the_same_without_reading_it(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.list = NULL; /* a call would be seen */
	assert_int_equal(rig_send(&rig, "HEAD /", NULL, NULL), 200);
	assert_string_equal(
	    rig_field(&rig, "Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(
	    rig_field(&rig, "X-Content-Type-Options"), "nosniff");
	rig_done(&rig);
}

static void
allows_its_own_style_and_nothing_else(void **state)
{
	struct rig rig;
	const char *nonce;
	const char *style;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 200);
	assert_non_null(strstr(
	    rig_field(&rig, "Content-Security-Policy"), "default-src 'none'"));
	nonce = strstr(rig_field(&rig, "Content-Security-Policy"), "'nonce-");
	assert_non_null(nonce);
	nonce += strlen("'nonce-");
	style = rig_format(
	    &rig, "<style nonce=\"%.*s\">", (int)strcspn(nonce, "'"), nonce);
	assert_true(rig_says(&rig, style));
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 200);
	assert_false(rig_says(&rig, style));
	rig_done(&rig);
}

static enum err
list_denied(struct store *store, struct str path, struct lister **out_lister)
{
	(void)store;
	(void)path;
	(void)out_lister;
	return ERR_DENIED;
}

static void
of_an_unreadable_collection_is_403(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.list = list_denied;
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 403);
	rig_done(&rig);
}

static enum err
list_no_collection(
    struct store *store, struct str path, struct lister **out_lister)
{
	(void)store;
	(void)path;
	(void)out_lister;
	return ERR_FILE;
}

static enum err
open_what_goes(struct store *store, struct str path, int *out_fd,
    struct resource *out_resource)
{
	static bool is_gone = false;
	enum err err = is_gone ? ERR_ABSENT : ERR_COLLECTION;

	(void)store;
	(void)path;
	(void)out_fd;
	(void)out_resource;
	is_gone = true;
	return err;
}

static void
looks_again_at_what_is_no_collection_any_more(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.ops.list = list_no_collection;
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 503);
	rig.ops.open = open_what_goes;
	assert_int_equal(rig_send(&rig, "GET /", NULL, NULL), 404);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_row_for_each_member),
		cmocka_unit_test(of_the_root_has_no_way_up),
		cmocka_unit_test(head_tells_the_same_without_reading_it),
		cmocka_unit_test(allows_its_own_style_and_nothing_else),
		cmocka_unit_test(of_an_unreadable_collection_is_403),
		cmocka_unit_test(looks_again_at_what_is_no_collection_any_more),
	};

	return cmocka_run_group_tests_name(
	    "method_get_index", tests, NULL, NULL);
}
