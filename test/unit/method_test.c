/*
 * method_test.c - the table of methods.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dav/method.h"
#include "method_rig.h"

static void
finds_each_method_by_its_exact_name(void **state)
{
	static const char *const names[] = { "OPTIONS", "GET", "HEAD", "PUT",
		"DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH",
		"LOCK", "UNLOCK" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct method *method = method_find(str_of(names[i]));

		assert_non_null(method);
		assert_string_equal(method->name, names[i]);
		assert_non_null(method->check);
		assert_non_null(method->run);
		assert_true(method->is_read_only || method->claims != NULL ||
		            method == &method_unlock);
		assert_true((method->body == BODY_UPLOADED) ==
		            (method->upload != NULL));
		assert_non_null(strstr(method_allow(), names[i]));
	}
	assert_null(method_find(str_of("get")));
	assert_null(method_find(str_of("GETS")));
	assert_null(method_find(str_of("")));
}

static void
knows_the_methods_that_nothing_here_has(void **state)
{
	(void)state;
	assert_true(method_is_known_elsewhere(str_of("POST")));
	assert_true(method_is_known_elsewhere(str_of("PATCH")));
	assert_true(method_is_known_elsewhere(str_of("TRACE")));
	assert_true(method_is_known_elsewhere(str_of("CONNECT")));
	assert_false(method_is_known_elsewhere(str_of("GET")));
	assert_false(method_is_known_elsewhere(str_of("BREW")));
}

/* RFC 4918, 8.4: what would be ignored is refused. */
static void
refuse_content_that_they_would_ignore(void **state)
{
	static const struct method *const methods[] = { &method_mkcol,
		&method_copy, &method_move, &method_unlock };

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		assert_int_equal(methods[i]->body, BODY_REFUSED);
}

static void
refuses_every_change_of_what_is_read_only(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 403 },
		{ "DELETE /", NULL, NULL, 403 },
		{ "MKCOL /a", NULL, NULL, 403 },
		{ "COPY /", "Destination: /a\r\n", NULL, 403 },
		{ "MOVE /", "Destination: /a\r\n", NULL, 403 },
		{ "PROPPATCH /", NULL, "<x/>", 403 },
		{ "LOCK /", NULL, RIG_EXCLUSIVE, 403 },
		{ "UNLOCK /", NULL, NULL, 403 },
		{ "OPTIONS /", NULL, NULL, 200 },
		{ "GET /", NULL, NULL, 200 },
		{ "HEAD /", NULL, NULL, 200 },
		{ "PROPFIND /", "Depth: 0\r\n", NULL, 207 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	rig.dav.is_read_only = true;
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_method_by_its_exact_name),
		cmocka_unit_test(knows_the_methods_that_nothing_here_has),
		cmocka_unit_test(refuse_content_that_they_would_ignore),
		cmocka_unit_test(refuses_every_change_of_what_is_read_only),
	};

	return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
