/*
 * method_proppatch_test.c - PROPPATCH: RFC 4918, 9.2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "method_rig.h"

#define SET(prop) "<set><prop>" prop "</prop></set>"
#define UPDATE(text)                                                           \
	"<propertyupdate xmlns=\"DAV:\" xmlns:z=\"urn:z\">" text               \
	"</propertyupdate>"
#define GOOD UPDATE(SET("<z:color>red</z:color>"))

static void
answers_as_rfc_4918_says(void **state)
{
	static const struct rig_row rows[] = {
		{ "PROPPATCH /missing", NULL, GOOD, 404 },
		{ "PROPPATCH /", NULL, NULL, 400 },
		{ "PROPPATCH /", NULL, "<a", 400 },
		{ "PROPPATCH /", NULL, "<a/>", 400 },
		{ "PROPPATCH /", "If: (<DAV:no-lock>)\r\n", GOOD, 412 },
		{ "PROPPATCH /", NULL, GOOD, 207 },
		{ "LOCK /a", NULL, RIG_EXCLUSIVE, 201 },
		{ "PROPPATCH /a", NULL, GOOD, 423 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	rig_done(&rig);
}

static void
keeps_what_was_set(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 201 },
		{ "PROPPATCH /a", NULL, GOOD, 207 },
		{ "PROPFIND /a", "Depth: 0\r\n", NULL, 207 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, ">red<"));
	rig_done(&rig);
}

static void
does_all_or_nothing(void **state)
{
	static const struct rig_row rows[] = {
		{ "PUT /a", NULL, "x", 201 },
		{ "PROPPATCH /a", NULL,
		    UPDATE(SET("<z:color>red</z:color>")
		            SET("<getetag>x</getetag>")),
		    207 },
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	RIG_PLAY(&rig, rows);
	assert_true(rig_says(&rig, "403 Forbidden"));
	assert_true(rig_says(&rig, "424 Failed Dependency"));
	assert_int_equal(
	    rig_send(&rig, "PROPFIND /a", "Depth: 0\r\n", NULL), 207);
	assert_false(rig_says(&rig, ">red<"));
	rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_rfc_4918_says),
		cmocka_unit_test(keeps_what_was_set),
		cmocka_unit_test(does_all_or_nothing),
	};

	return cmocka_run_group_tests_name(
	    "method_proppatch", tests, NULL, NULL);
}
