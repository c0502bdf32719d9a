/*
 * upload_resource_test.c - uploads in parts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "method_rig.h"

#define PART "Content-Type: application/partial-upload\r\n"
#define NEXT PART "Upload-Complete: ?0\r\n"
#define LAST PART "Upload-Complete: ?1\r\n"
#define BEGIN "Upload-Complete: ?0\r\n"

/* The target of a request to the upload that began last. */
static char *
begin(struct rig *rig, const char *line, const char *fields)
{
	char *location;

	assert_int_equal(rig_send(rig, line, fields, ""), 201);
	location = strdup(rig_field(rig, "Location"));
	assert_non_null(location);
	assert_int_equal(strncmp(location, "/.tarry/uploads/", 16), 0);
	return location;
}

static int
send(struct rig *rig, const char *method, const char *location,
    const char *fields, const char *body)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%s %s", method, location);
	return rig_send(rig, line, fields, body);
}

static void
shows_the_file_with_its_last_part(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	at = begin(&rig, "PUT /a", BEGIN "Upload-Length: 12\r\n");
	assert_string_equal(rig_field(&rig, "Upload-Offset"), "0");
	assert_int_equal(
	    send(&rig, "PATCH", at, NEXT "Upload-Offset: 0\r\n", "one "), 204);
	assert_string_equal(rig_field(&rig, "Upload-Offset"), "4");
	assert_false(rig_exists(&rig, "/a"));
	assert_int_equal(send(&rig, "HEAD", at, NULL, NULL), 204);
	assert_string_equal(rig_field(&rig, "Upload-Offset"), "4");
	assert_string_equal(rig_field(&rig, "Upload-Length"), "12");
	assert_string_equal(rig_field(&rig, "Upload-Complete"), "?0");
	assert_string_equal(rig_field(&rig, "Cache-Control"), "no-store");
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 4\r\n", "two thre"),
	    201);
	assert_string_equal(rig_field(&rig, "Upload-Complete"), "?1");
	assert_true(rig_field(&rig, "ETag")[0] == '"');
	assert_int_equal(rig_send(&rig, "GET /a", NULL, NULL), 200);
	assert_string_equal(rig_body(&rig), "one two thre");
	assert_int_equal(send(&rig, "HEAD", at, NULL, NULL), 404);
	free(at);
	rig_done(&rig);
}

static void
takes_the_first_octets_with_the_put(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", BEGIN, "first "), 201);
	assert_string_equal(rig_field(&rig, "Upload-Offset"), "6");
	at = strdup(rig_field(&rig, "Location"));
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 6\r\n", ""), 201);
	assert_int_equal(rig_send(&rig, "GET /a", NULL, NULL), 200);
	assert_string_equal(rig_body(&rig), "first ");
	free(at);
	rig_done(&rig);
}

static void
refuses_a_part_that_does_not_fit(void **state)
{
	static const struct {
		const char *fields;
		const char *body;
		int status;
	} rows[] = {
		{ LAST "Upload-Offset: 1\r\n", "67890", 409 },
		{ LAST "Upload-Offset: 6\r\n", "67890", 409 },
		{ LAST, "67890", 400 },
		{ LAST "Upload-Offset: -5\r\n", "67890", 400 },
		{ LAST "Upload-Offset: x\r\n", "67890", 400 },
		{ "Upload-Complete: ?1\r\nUpload-Offset: 5\r\n", "67890", 415 },
		{ "Content-Type: text/plain\r\nUpload-Offset: 5\r\n", "6",
		    415 },
		{ LAST "Upload-Offset: 5\r\n", "6789", 400 },
		{ LAST "Upload-Offset: 5\r\n", "678901", 400 },
		{ NEXT "Upload-Offset: 5\r\n", "678901", 400 },
		{ LAST "Upload-Offset: 5\r\n", "67890", 201 },
		{ LAST "Upload-Offset: 10\r\n", "", 404 },
	};
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	at = begin(&rig, "PUT /a", BEGIN "Upload-Length: 10\r\n");
	assert_int_equal(
	    send(&rig, "PATCH", at, NEXT "Upload-Offset: 0\r\n", "12345"), 204);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    send(&rig, "PATCH", at, rows[i].fields, rows[i].body),
		    rows[i].status);
		if (rows[i].status == 409)
			assert_string_equal(
			    rig_field(&rig, "Upload-Offset"), "5");
	}
	free(at);
	rig_done(&rig);
}

static void
keeps_to_what_the_put_said(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	at = begin(&rig, "PUT /a",
	    BEGIN "If-None-Match: *\r\nX-OC-Mtime: 1000000000\r\n");
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "another's"), 201);
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 412);
	assert_int_equal(rig_send(&rig, "DELETE /a", NULL, NULL), 204);
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 201);
	assert_string_equal(rig_field(&rig, "X-OC-MTime"), "accepted");
	assert_string_equal(
	    rig_field(&rig, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
	free(at);
	rig_done(&rig);
}

static void
needs_the_token_of_a_locked_file(void **state)
{
	struct rig rig;
	const char *fields;
	char *token;
	char *at;

	(void)state;
	rig_init(&rig);
	at = begin(&rig, "PUT /a", BEGIN);
	assert_int_equal(rig_send(&rig, "LOCK /a", NULL, RIG_EXCLUSIVE), 201);
	token = strdup(rig_field(&rig, "Lock-Token"));
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 423);
	fields = rig_format(
	    &rig, LAST "Upload-Offset: 0\r\nIf: </a> (%s)\r\n", token);
	assert_int_equal(send(&rig, "PATCH", at, fields, "x"), 204);
	assert_int_equal(rig_send(&rig, "PUT /a", BEGIN, ""), 423);
	free(token);
	free(at);
	rig_done(&rig);
}

static void
refuses_to_begin_what_it_could_not_end(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", BEGIN "If-Match: *\r\n", "", 412 },
		{ "PUT /b", BEGIN "If-None-Match: \"x\"\r\n", "", 400 },
		{ "PUT /b", BEGIN "Content-Language: de\r\n", "", 400 },
		{ "PUT /b", BEGIN "Upload-Length: 101\r\n", "", 413 },
		{ "PUT /c", BEGIN, "", 405 },
		{ "PUT /no/b", BEGIN, "", 409 },
		{ "PUT /b", BEGIN "Upload-Length: 100\r\n", "", 201 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "MKCOL /c", NULL, NULL), 201);
	rig.dav.body_size_max = 100;
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
takes_no_more_in_all_than_one_put_may_have(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	rig.dav.body_size_max = 8;
	at = begin(&rig, "PUT /a", BEGIN);
	assert_int_equal(
	    send(&rig, "PATCH", at, NEXT "Upload-Offset: 0\r\n", "12345"), 204);
	assert_int_equal(
	    send(&rig, "PATCH", at, NEXT "Upload-Offset: 5\r\n", "6789"), 413);
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 5\r\n", "678"), 201);
	free(at);
	rig_done(&rig);
}

static void
is_nobody_elses(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	rig.principal = "ann";
	at = begin(&rig, "PUT /a", BEGIN);
	rig.principal = "eve";
	assert_int_equal(send(&rig, "HEAD", at, NULL, NULL), 404);
	assert_int_equal(send(&rig, "DELETE", at, NULL, NULL), 404);
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 404);
	rig.principal = "ann";
	assert_int_equal(send(&rig, "OPTIONS", at, NULL, NULL), 200);
	assert_int_equal(send(&rig, "DELETE", at, NULL, NULL), 204);
	assert_int_equal(send(&rig, "HEAD", at, NULL, NULL), 404);
	free(at);
	rig_done(&rig);
}

static enum err
fill_up(struct upload *upload, struct str octets)
{
	(void)upload;
	(void)octets;
	return ERR_SPACE;
}

static void
ends_when_a_part_cannot_be_kept(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	at = begin(&rig, "PUT /a", BEGIN);
	rig.ops.upload_write = fill_up;
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 507);
	assert_int_equal(send(&rig, "HEAD", at, NULL, NULL), 404);
	free(at);
	rig_done(&rig);
}

static void
asks_the_rules_again_at_the_end(void **state)
{
	struct rig rig;
	char *at;

	(void)state;
	rig_init(&rig);
	rig.principal = "ann";
	rig_rules(&rig, (const char *const[]){ "ann / write", NULL });
	at = begin(&rig, "PUT /a", BEGIN);
	rig_rules(&rig, (const char *const[]){ "ann / read", NULL });
	assert_int_equal(
	    send(&rig, "PATCH", at, LAST "Upload-Offset: 0\r\n", "x"), 403);
	assert_false(rig_exists(&rig, "/a"));
	free(at);
	rig_done(&rig);
}

static void
is_offered_where_a_file_can_be_put(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "OPTIONS /a", NULL, NULL), 200);
	assert_string_equal(rig_field(&rig, "Upload-Limit"), "max-age=86400");
	rig.dav.body_size_max = 100;
	assert_int_equal(rig_send(&rig, "OPTIONS /a", NULL, NULL), 200);
	assert_string_equal(
	    rig_field(&rig, "Upload-Limit"), "max-age=86400, max-size=100");
	rig.dav.is_read_only = true;
	assert_int_equal(rig_send(&rig, "OPTIONS /a", NULL, NULL), 200);
	assert_string_equal(rig_field(&rig, "Upload-Limit"), "");
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_file_with_its_last_part),
		cmocka_unit_test(takes_the_first_octets_with_the_put),
		cmocka_unit_test(refuses_a_part_that_does_not_fit),
		cmocka_unit_test(keeps_to_what_the_put_said),
		cmocka_unit_test(needs_the_token_of_a_locked_file),
		cmocka_unit_test(refuses_to_begin_what_it_could_not_end),
		cmocka_unit_test(takes_no_more_in_all_than_one_put_may_have),
		cmocka_unit_test(is_nobody_elses),
		cmocka_unit_test(ends_when_a_part_cannot_be_kept),
		cmocka_unit_test(asks_the_rules_again_at_the_end),
		cmocka_unit_test(is_offered_where_a_file_can_be_put),
	};

	return cmocka_run_group_tests_name(
	    "upload_resource", tests, NULL, NULL);
}
