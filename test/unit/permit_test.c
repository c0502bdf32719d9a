/*
 * permit_test.c - tests src/dav/permit.c, with every method and every right.
 */
#include "dav/permit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dav/method.h"
#include "method_rig.h"

#define PATCH                                                                  \
	"<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><x/></D:prop>"      \
	"</D:set></D:propertyupdate>"
#define TO(path) "Destination: " path "\r\n"
#define ON_THE_RIG(name)                                                       \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct rig rig;

#define RULES(...) rig_rules(&rig, (const char *const[]){ __VA_ARGS__, NULL })

/* /f, /t/, /t/a, /t/s/, /t/s/x, /empty/ */
static int
set_up(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /f", NULL, "f", 201 },
		{ "MKCOL /t", NULL, NULL, 201 },
		{ "PUT /t/a", NULL, "a", 201 },
		{ "MKCOL /t/s", NULL, NULL, 201 },
		{ "PUT /t/s/x", NULL, "x", 201 },
		{ "MKCOL /empty", NULL, NULL, 201 },
		{ "PROPPATCH /f", NULL, PATCH, 207 },
	};

	(void)state;
	rig_init(&rig);
	rig.principal = "ann";
	RIG_PLAY(&rig, rows);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_done(&rig);
	return 0;
}

static int
ask(const char *line, const char *fields, const char *body)
{
	return rig_send(&rig, line, fields, body);
}

/*
 * Each method, with all rights, with each right alone, and with none, at the
 * one path that it is about.
 */
static const struct matrix_row {
	const char *method;
	const char *line;
	const char *fields;
	const char *body;
	int all;
	int read;
	int write;
	int delete;
	int list;
	int none;
} matrix[] = {
	{ "OPTIONS", "OPTIONS /f", NULL, NULL, 200, 200, 200, 200, 200, 200 },
	{ "GET", "GET /f", NULL, NULL, 200, 200, 403, 403, 403, 404 },
	{ "GET", "GET /t", NULL, NULL, 200, 403, 403, 403, 200, 404 },
	{ "HEAD", "HEAD /f", NULL, NULL, 200, 200, 403, 403, 403, 404 },
	{ "HEAD", "HEAD /t", NULL, NULL, 200, 403, 403, 403, 200, 404 },
	{ "PUT", "PUT /f", NULL, "x", 204, 403, 204, 403, 403, 403 },
	{ "PUT", "PUT /n", NULL, "x", 201, 403, 201, 403, 403, 403 },
	{ "DELETE", "DELETE /f", NULL, NULL, 204, 403, 403, 204, 403, 404 },
	{ "DELETE", "DELETE /t", NULL, NULL, 204, 403, 403, 403, 403, 404 },
	{ "DELETE", "DELETE /n", NULL, NULL, 404, 403, 403, 404, 403, 404 },
	{ "MKCOL", "MKCOL /n", NULL, NULL, 201, 403, 201, 403, 403, 403 },
	{ "COPY", "COPY /f", TO("/z"), NULL, 201, 201, 403, 403, 403, 404 },
	{ "COPY", "COPY /t", TO("/z"), NULL, 201, 403, 403, 403, 403, 404 },
	{ "MOVE", "MOVE /f", TO("/z"), NULL, 201, 403, 403, 403, 403, 404 },
	{ "PROPFIND", "PROPFIND /f", "Depth: 0\r\n", NULL, 207, 207, 403, 403,
	    207, 404 },
	{ "PROPFIND", "PROPFIND /t", "Depth: 0\r\n", NULL, 207, 207, 403, 403,
	    207, 404 },
	{ "PROPFIND", "PROPFIND /t", "Depth: 1\r\n", NULL, 207, 403, 403, 403,
	    207, 404 },
	{ "PROPPATCH", "PROPPATCH /f", NULL, PATCH, 207, 403, 207, 403, 403,
	    404 },
	{ "LOCK", "LOCK /f", NULL, RIG_EXCLUSIVE, 200, 403, 200, 403, 403,
	    403 },
	{ "LOCK", "LOCK /n", NULL, RIG_EXCLUSIVE, 201, 403, 201, 403, 403,
	    403 },
	{ "LOCK", "LOCK /t", NULL, RIG_EXCLUSIVE, 200, 403, 403, 403, 403,
	    403 },
	{ "UNLOCK", "UNLOCK /f", "Lock-Token: <urn:x>\r\n", NULL, 409, 409, 409,
	    409, 409, 404 },
};

enum { ROW_COUNT = sizeof(matrix) / sizeof(matrix[0]) };

static void
play(const struct matrix_row *row, const char *rights, int status)
{
	char rule[64];

	(void)set_up(NULL);
	(void)snprintf(rule, sizeof(rule), "ann %.2s %s",
	    strchr(row->line, ' ') + 1, rights);
	RULES(rule);
	if (ask(row->line, row->fields, row->body) != status)
		fail_msg("%s with %s: %d, not %d\n%s", row->line, rights,
		    rig.response.status, status, rig_body(&rig));
	(void)tear_down(NULL);
}

static void
asks_for_the_right_of_each_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		play(&matrix[i], "all", matrix[i].all);
		play(&matrix[i], "read", matrix[i].read);
		play(&matrix[i], "write", matrix[i].write);
		play(&matrix[i], "delete", matrix[i].delete);
		play(&matrix[i], "list", matrix[i].list);
		play(&matrix[i], "none", matrix[i].none);
	}
}

static void
leaves_no_method_out(void **state)
{
	static const char *const names[] = {
#define X(identifier, name, where, needs) name,
#include "dav/method.def"
#undef X
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t row = 0;

		while (row < ROW_COUNT &&
		       strcmp(matrix[row].method, names[i]) != 0)
			row++;
		if (row == ROW_COUNT)
			fail_msg("%s has no row in the matrix", names[i]);
	}
}

/* Also where there is something, and where there could be. */
static void
hides_what_there_is_no_right_for(void **state)
{
	static const char *const lines[] = { "GET", "HEAD", "DELETE",
		"PROPFIND", "PROPPATCH", "UNLOCK", "COPY", "MOVE", "PUT",
		"MKCOL", "LOCK", "OPTIONS" };
	static const char fields[] = TO("/z") "Lock-Token: <urn:x>\r\n";

	(void)state;
	RULES("ann /t none");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[64];
		char said[2048];
		int status;

		(void)snprintf(line, sizeof(line), "%s /t/a", lines[i]);
		status = ask(line, fields, NULL);
		(void)snprintf(said, sizeof(said), "%s|%s", rig_body(&rig),
		    rig_field(&rig, "Allow"));
		(void)snprintf(line, sizeof(line), "%s /t/q", lines[i]);
		assert_int_equal(ask(line, fields, NULL), status);
		assert_string_equal(rig_format(&rig, "%s|%s", rig_body(&rig),
		                        rig_field(&rig, "Allow")),
		    said);
	}
}

static void
demands_of_a_destination_what_is_done_there(void **state)
{
	static const struct {
		const char *line;
		const char *rights;
		int status;
	} rows[] = {
		{ "COPY /f", "read,list,delete", 403 },
		{ "COPY /f", "none", 403 },
		{ "COPY /f", "write", 403 }, /* it replaces something */
		{ "COPY /f", "write,delete", 204 },
		{ "MOVE /f", "read,list,delete", 403 },
		{ "MOVE /f", "write", 403 },
		{ "MOVE /f", "write,delete", 204 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rule[64];

		(void)tear_down(NULL);
		(void)set_up(NULL);
		(void)snprintf(
		    rule, sizeof(rule), "ann /t/a %s", rows[i].rights);
		RULES(rule);
		assert_int_equal(
		    ask(rows[i].line, TO("/t/a"), NULL), rows[i].status);
		rig_rules(&rig, (const char *const[]){ NULL });
		assert_int_equal(ask("GET /t/a", NULL, NULL), 200);
		assert_string_equal(
		    rig_body(&rig), rows[i].status == 403 ? "a" : "f");
	}
}

static void
shows_no_member_that_is_hidden(void **state)
{
	(void)state;
	RULES("ann /t/s none", "ann /t/a write");
	assert_int_equal(ask("PROPFIND /", "Depth: infinity\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/</D:href>"));
	assert_false(rig_says(&rig, "/t/s"));
	assert_true(rig_says(&rig, "<D:href>/t/a</D:href><D:status>HTTP/1.1"
	                           " 403 Forbidden</D:status>"));
	assert_int_equal(ask("GET /t/", NULL, NULL), 200);
	assert_true(rig_says(&rig, "href=\"/t/a\""));
	assert_false(rig_says(&rig, "/t/s"));
}

static void
enters_no_collection_that_cannot_be_listed(void **state)
{
	(void)state;
	RULES("ann /t/s read");
	assert_int_equal(ask("PROPFIND /t", "Depth: infinity\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/s/</D:href><D:status>HTTP/1.1"
	                           " 403 Forbidden</D:status>"));
	assert_false(rig_says(&rig, "/t/s/x"));
	assert_int_equal(ask("PROPFIND /t", "Depth: 1\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/s/</D:href>"));
}

static void
tells_dead_properties_to_readers_only(void **state)
{
	(void)state;
	assert_int_equal(ask("PROPFIND /f", "Depth: 0\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<x/>"));
	RULES("ann /f list");
	assert_int_equal(ask("PROPFIND /f", "Depth: 0\r\n", NULL), 207);
	assert_true(rig_says(&rig, "getetag"));
	assert_false(rig_says(&rig, "<x/>"));
	assert_int_equal(ask("PROPFIND /", "Depth: 1\r\n", NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/f</D:href>"));
	assert_false(rig_says(&rig, "<x/>"));
}

static void
copies_what_may_be_read(void **state)
{
	(void)state;
	RULES("ann /t/s none", "ann /t/a write");
	assert_int_equal(ask("COPY /t", TO("/z"), NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/a</D:href><D:status>HTTP/1.1"
	                           " 403 Forbidden</D:status>"));
	assert_false(rig_says(&rig, "/t/s"));
	assert_true(rig_exists(&rig, "/z"));
	assert_false(rig_exists(&rig, "/z/a"));
	assert_false(rig_exists(&rig, "/z/s"));
	RULES("ann /t/s read"); /* its members' names are not known */
	assert_int_equal(ask("COPY /t", TO("/y"), NULL), 207);
	assert_true(rig_exists(&rig, "/y/a"));
	assert_false(rig_exists(&rig, "/y/s"));
	RULES("ann /t/s none");
	assert_int_equal(ask("COPY /t", TO("/x"), NULL), 201);
	assert_false(rig_exists(&rig, "/x/s"));
}

static void
touches_no_tree_with_a_member_that_stands_against_it(void **state)
{
	static const struct {
		const char *line;
		const char *fields;
		const char *body;
		const char *rights;
	} rows[] = {
		{ "DELETE /t", NULL, NULL, "read,write,list" },
		{ "DELETE /t", NULL, NULL, "read,write,delete" },
		{ "MOVE /t", TO("/z"), NULL, "read,write,list" },
		{ "MOVE /t", TO("/z"), NULL, "write,delete,list" },
		{ "MOVE /t", TO("/z"), NULL, "read,write,delete" },
		{ "COPY /empty", TO("/t"), NULL, "read,write,list" },
		{ "MOVE /empty", TO("/t"), NULL, "read,write,list" },
		{ "LOCK /t", NULL, RIG_EXCLUSIVE, "read,delete,list" },
	};
	char rule[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(
		    rule, sizeof(rule), "ann /t/s %s", rows[i].rights);
		RULES(rule);
		assert_int_equal(
		    ask(rows[i].line, rows[i].fields, rows[i].body), 207);
		assert_true(
		    rig_says(&rig, "<D:href>/t/s</D:href><D:status>HTTP/1.1 403"
		                   " Forbidden</D:status>"));
		assert_int_equal(rig_says(&rig, "424"), rows[i].body != NULL);
		assert_true(rig_exists(&rig, "/t/a"));
		assert_true(rig_exists(&rig, "/empty"));
		/* With all that it needs, or for somebody else's sake. */
		(void)snprintf(rule, sizeof(rule), "bob /t/s none");
		RULES(rule, "ann /t/s all", "ann /t/nothing read");
		assert_in_range(
		    ask(rows[i].line, rows[i].fields, rows[i].body), 200, 204);
		(void)tear_down(NULL);
		(void)set_up(NULL);
	}
}

static void
does_not_tell_whether_something_hidden_is_in_a_tree(void **state)
{
	static const char *const lines[] = { "DELETE /t", "MOVE /t",
		"LOCK /t" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char said[2048];

		RULES("ann /t/s none");
		assert_int_equal(ask(lines[i], TO("/z"), RIG_EXCLUSIVE), 403);
		(void)snprintf(said, sizeof(said), "%s", rig_body(&rig));
		RULES("ann /t/nothing none");
		assert_int_equal(ask(lines[i], TO("/z"), RIG_EXCLUSIVE), 403);
		assert_string_equal(rig_body(&rig), said);
		assert_true(rig_exists(&rig, "/t/s/x"));
	}
	RULES("ann /t/s none");
	assert_int_equal(ask("COPY /f", TO("/t"), NULL), 403);
}

static void
puts_nothing_where_it_may_not_write(void **state)
{
	(void)state;
	RULES("ann /z/s read,list", "ann /z/q read");
	assert_int_equal(ask("COPY /t", TO("/z"), NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/z/s</D:href><D:status>HTTP/1.1"
	                           " 403 Forbidden</D:status>"));
	assert_false(rig_exists(&rig, "/z"));
	assert_int_equal(ask("MOVE /t", TO("/z"), NULL), 207);
	assert_true(rig_exists(&rig, "/t/s/x"));
	/* Nothing of it would come there. */
	assert_int_equal(ask("COPY /t", TO("/z") "Depth: 0\r\n", NULL), 201);
	RULES("ann /y/s none", "ann /t/s none"); /* it is not copied */
	assert_int_equal(ask("COPY /t", TO("/y"), NULL), 201);
	assert_false(rig_exists(&rig, "/y/s"));
}

static void
names_the_topmost_of_those_that_stand_against_it(void **state)
{
	(void)state;
	RULES("ann /t/s/x read", "ann /t/s read,list", "ann /t/s/x read",
	    "ann /t/a read");
	assert_int_equal(ask("DELETE /t", NULL, NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/s</D:href>"));
	assert_true(rig_says(&rig, "<D:href>/t/a</D:href>"));
	assert_false(rig_says(&rig, "/t/s/x"));
	assert_null(strstr(
	    strstr(rig_body(&rig), "/t/a<") + 1, "<D:href>/t/a</D:href>"));
}

/* They are about paths as the client sees them. */
static void
applies_rules_in_a_home(void **state)
{
	struct store *store = rig.dav.store;

	(void)state;
	rig.dav.has_homes = true;
	assert_int_equal(
	    store->ops->make_collection(store, str_of("/ann")), ERR_NONE);
	assert_int_equal(ask("MKCOL /t", NULL, NULL), 201);
	assert_int_equal(ask("MKCOL /t/s", NULL, NULL), 201);
	RULES("ann /t/s read,list", "ann /ann none");
	assert_int_equal(ask("PUT /t/s/n", NULL, "x"), 403);
	assert_int_equal(ask("PUT /t/n", NULL, "x"), 201);
	assert_int_equal(ask("DELETE /t", NULL, NULL), 207);
	assert_true(rig_says(&rig, "<D:href>/t/s</D:href>"));
	assert_int_equal(ask("PUT /ann", NULL, "x"), 403);
}

static void
does_not_compare_what_it_may_not_look_at(void **state)
{
	char etag[128];

	(void)state;
	assert_int_equal(ask("HEAD /t/a", NULL, NULL), 200);
	(void)snprintf(etag, sizeof(etag), "If: </t/a> ([%s])\r\n",
	    rig_field(&rig, "ETag"));
	assert_int_equal(ask("PUT /f", etag, "x"), 204);
	RULES("ann /t write,delete");
	assert_int_equal(ask("PUT /f", etag, "x"), 412);
}

static void
allows_in_options_what_it_would_let_be_done(void **state)
{
	(void)state;
	RULES("ann /f read");
	assert_int_equal(ask("OPTIONS /f", NULL, NULL), 200);
	assert_string_equal(rig_field(&rig, "Allow"),
	    "OPTIONS, GET, HEAD, COPY, PROPFIND, UNLOCK");
	assert_int_equal(ask("MKCOL /t", NULL, NULL), 405);
	RULES("ann /t write");
	assert_int_equal(ask("MKCOL /t", NULL, NULL), 405);
	assert_string_equal(
	    rig_field(&rig, "Allow"), "OPTIONS, PROPPATCH, LOCK, UNLOCK");
}

static bool
challenge(
    void *context, const struct request *request, struct response *out_response)
{
	if (str_is(request->method, "HEAD"))
		return false; /* not here */
	if (out_response != NULL)
		response_field_text(out_response, "WWW-Authenticate", context);
	return true;
}

static char basic[] = "Basic realm=\"x\"";

static void
asks_nobody_who_he_is_where_that_can_be_said(void **state)
{
	(void)state;
	RULES("- / none");
	rig.dav.challenge = challenge;
	rig.dav.challenge_context = basic;
	assert_int_equal(ask("GET /f", NULL, NULL), 200);
	rig.principal = "";
	assert_int_equal(ask("GET /f", NULL, NULL), 401);
	assert_string_equal(rig_field(&rig, "WWW-Authenticate"), basic);
	assert_int_equal(ask("GET /nothing", NULL, NULL), 401);
	assert_int_equal(ask("PUT /f", NULL, "x"), 401);
	assert_int_equal(ask("HEAD /f", NULL, NULL), 404);
	rig.dav.challenge = NULL;
	assert_int_equal(ask("GET /f", NULL, NULL), 404);
	assert_int_equal(ask("PUT /f", NULL, "x"), 403);
}

static void
lets_nobody_change_what_is_read_only(void **state)
{
	(void)state;
	RULES("* / all");
	rig.dav.is_read_only = true;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct matrix_row *row = &matrix[i];
		bool is_reading =
		    method_find(str_of(row->method))->is_read_only;

		assert_int_equal(ask(row->line, row->fields, row->body),
		    is_reading ? row->all : 403);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_the_right_of_each_method),
		cmocka_unit_test(leaves_no_method_out),
		ON_THE_RIG(hides_what_there_is_no_right_for),
		ON_THE_RIG(demands_of_a_destination_what_is_done_there),
		ON_THE_RIG(shows_no_member_that_is_hidden),
		ON_THE_RIG(enters_no_collection_that_cannot_be_listed),
		ON_THE_RIG(tells_dead_properties_to_readers_only),
		ON_THE_RIG(copies_what_may_be_read),
		ON_THE_RIG(
		    touches_no_tree_with_a_member_that_stands_against_it),
		ON_THE_RIG(does_not_tell_whether_something_hidden_is_in_a_tree),
		ON_THE_RIG(puts_nothing_where_it_may_not_write),
		ON_THE_RIG(names_the_topmost_of_those_that_stand_against_it),
		ON_THE_RIG(applies_rules_in_a_home),
		ON_THE_RIG(does_not_compare_what_it_may_not_look_at),
		ON_THE_RIG(allows_in_options_what_it_would_let_be_done),
		ON_THE_RIG(asks_nobody_who_he_is_where_that_can_be_said),
		ON_THE_RIG(lets_nobody_change_what_is_read_only),
	};

	return cmocka_run_group_tests_name("permit", tests, NULL, NULL);
}
