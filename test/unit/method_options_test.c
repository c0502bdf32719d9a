/*
 * method_options_test.c - OPTIONS: RFC 4918, 10.1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "method_rig.h"

static void
tells_what_can_be_done_where(void **state)
{
	static const struct {
		const char *line;
		const char *allow;
	} rows[] = {
		{ "OPTIONS *",
		    "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE,"
		    " PROPFIND, PROPPATCH, LOCK, UNLOCK" },
		{ "OPTIONS /",
		    "OPTIONS, GET, HEAD, DELETE, COPY, MOVE, PROPFIND,"
		    " PROPPATCH, LOCK, UNLOCK" },
		{ "OPTIONS /a",
		    "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, PROPFIND,"
		    " PROPPATCH, LOCK, UNLOCK" },
		{ "OPTIONS /missing", "OPTIONS, PUT, MKCOL, LOCK" },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	assert_int_equal(rig_send(&rig, "PUT /a", NULL, "x"), 201);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rig_send(&rig, rows[i].line, NULL, NULL), 200);
		assert_string_equal(rig_field(&rig, "Allow"), rows[i].allow);
		assert_string_equal(rig_field(&rig, "DAV"), "1, 2, 3");
		assert_string_equal(rig_field(&rig, "MS-Author-Via"), "DAV");
		assert_string_equal(rig_body(&rig), "");
	}
	rig_done(&rig);
}

static void
offers_no_change_of_what_is_read_only(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);

	rig.dav.is_read_only = true;
	assert_int_equal(rig_send(&rig, "OPTIONS /", NULL, NULL), 200);
	assert_string_equal(
	    rig_field(&rig, "Allow"), "OPTIONS, GET, HEAD, PROPFIND");
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_can_be_done_where),
		cmocka_unit_test(offers_no_change_of_what_is_read_only),
	};

	return cmocka_run_group_tests_name("method_options", tests, NULL, NULL);
}
