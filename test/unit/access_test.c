/*
 * access_test.c - tests src/dav/access.c.
 */
#include "dav/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

enum { R = ACCESS_READ | ACCESS_LOOK, L = ACCESS_LIST | ACCESS_LOOK };

#define ALL (ACCESS_ALL)

static enum err
add(struct access *access, const char *rule)
{
	struct buf why;
	enum err err;

	buf_init(&why, 1024);
	err = access_add(access, str_of(rule), &why);
	assert_int_equal(err == ERR_SYNTAX, why.len > 0);
	buf_done(&why);
	return err;
}

static struct access *
make(const char *const *rules)
{
	struct access *access = access_new();

	assert_non_null(access);
	for (size_t i = 0; rules[i] != NULL; i++)
		assert_int_equal(add(access, rules[i]), ERR_NONE);
	return access;
}

static unsigned
ask(const struct access *access, const char *who, const char *path)
{
	return access_rights(access, str_of(who), str_of(path));
}

static void
allows_everything_where_there_is_no_rule(void **state)
{
	struct access *access = access_new();

	(void)state;
	assert_int_equal(ask(NULL, "", "/a"), ALL);
	assert_int_equal(ask(access, "", "/a"), ALL);
	assert_true(access_is_uniform_below(NULL, str_of(""), str_of("/")));
	assert_null(access_rule_at(NULL, 0));
	access_unref(access);
	access_unref(NULL);
	assert_null(access_ref(NULL));
}

static void
is_about_whole_names_of_a_path(void **state)
{
	static const struct {
		const char *rule;
		const char *in;
		const char *out;
	} rows[] = {
		{ "* /a none", "/a", "/" },
		{ "* /a none", "/a/b", "/ab" },
		{ "* /a none", "/a/b/c", "/A" },
		{ "* /a/ none", "/a", "/b/a" },
		{ "* /a/b none", "/a/b/c", "/a/bb" },
		{ "* /a/b none", "/a/b", "/a" },
		{ "* //a/./b none", "/a/b", "/a/c" },
		{ "* /a%20b none", "/a b/c", "/a%20b" },
		{ "* /%61 none", "/a", "/%61" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const rules[] = { rows[i].rule, NULL };
		struct access *access = make(rules);

		assert_int_equal(ask(access, "ann", rows[i].in), ACCESS_NONE);
		assert_int_equal(ask(access, "ann", rows[i].out), ALL);
		access_unref(access);
	}
}

static void
is_about_the_root_and_all_below(void **state)
{
	static const char *const rules[] = { "* / none", NULL };
	struct access *access = make(rules);

	(void)state;
	assert_int_equal(ask(access, "", "/"), ACCESS_NONE);
	assert_int_equal(ask(access, "", "/a"), ACCESS_NONE);
	access_unref(access);
}

static void
tells_users_from_each_other_and_from_nobody(void **state)
{
	static const char *const rules[] = { "* /all read", "@ /some read",
		"- /nobody read", "ann /ann read", "%2a /star read",
		"a%20b%25 /space read", NULL };
	static const struct {
		const char *path;
		const char *in[3];
		const char *out[4];
	} rows[] = {
		{ "/all", { "", "ann", "*" }, { NULL } },
		{ "/some", { "ann", "bob", "@" }, { "" } },
		{ "/nobody", { "" }, { "ann", "-" } },
		{ "/ann", { "ann" }, { "", "an", "anna", "Ann" } },
		{ "/star", { "*" }, { "", "ann" } },
		{ "/space", { "a b%" }, { "", "a%20b%25" } },
	};
	struct access *access = make(rules);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 3 && rows[i].in[k] != NULL; k++)
			assert_int_equal(
			    ask(access, rows[i].in[k], rows[i].path), R);
		for (size_t k = 0; k < 4 && rows[i].out[k] != NULL; k++)
			assert_int_equal(
			    ask(access, rows[i].out[k], rows[i].path), ALL);
	}
	access_unref(access);
}

/* Alone: rights are not added up. */
static void
lets_the_last_rule_decide(void **state)
{
	static const char *const rules[] = { "ann /a/b write", "* /a read,list",
		"ann /a/b/c delete", "bob /a none", NULL };
	struct access *access = make(rules);

	(void)state;
	assert_int_equal(ask(access, "ann", "/a/b"), R | L);
	assert_int_equal(ask(access, "ann", "/a/b/c"), ACCESS_DELETE);
	assert_int_equal(ask(access, "bob", "/a/b/c"), ACCESS_NONE);
	assert_int_equal(ask(access, "", "/a/b/c"), R | L);
	access_unref(access);
}

static void
reads_rights(void **state)
{
	static const struct {
		const char *rule;
		unsigned rights;
	} rows[] = {
		{ "* / none", ACCESS_NONE },
		{ "* / all", ALL },
		{ "* / read", R },
		{ "* / list", L },
		{ "* / write", ACCESS_WRITE },
		{ "* / delete", ACCESS_DELETE },
		{ "  *\t/  delete,write ", ACCESS_WRITE | ACCESS_DELETE },
		{ "* / list,delete,read,write", ALL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const rules[] = { rows[i].rule, NULL };
		struct access *access = make(rules);

		assert_int_equal(ask(access, "", "/"), rows[i].rights);
		access_unref(access);
	}
}

static void
refuses_what_is_no_rule(void **state)
{
	static const char *const rows[] = { "", "*", "* /", "* / read x",
		"* a read", "* / reads", "* / read,", "* / ,read",
		"* / read,,list", "* / none,read", "* / read,all", "* / READ",
		"* /a%zz read", "* /a?b read", "* /a#b read", "* /../a read",
		"* /a/%2e%2e/b read", "* /a%2fb read", "* /a%00 read",
		"a%zz / read", "a% / read", "a%2 / read", "a%00 / read" };
	struct access *access = access_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(add(access, rows[i]), ERR_SYNTAX);
	assert_null(access_rule_at(access, 0));
	access_unref(access);
}

static void
limits_names_and_paths(void **state)
{
	struct access *access = access_new();
	char rule[PATH_SIZE_MAX + 64];

	(void)state;
	(void)snprintf(
	    rule, sizeof(rule), "%0*d / read", PRINCIPAL_SIZE_MAX, 1);
	assert_int_equal(add(access, rule), ERR_NONE);
	(void)snprintf(
	    rule, sizeof(rule), "%0*d / read", PRINCIPAL_SIZE_MAX + 1, 1);
	assert_int_equal(add(access, rule), ERR_SYNTAX);
	(void)snprintf(
	    rule, sizeof(rule), "* /%0*d read", PATH_SIZE_MAX - 1, 1);
	assert_int_equal(add(access, rule), ERR_NONE);
	(void)snprintf(rule, sizeof(rule), "* /%0*d read", PATH_SIZE_MAX, 1);
	assert_int_equal(add(access, rule), ERR_SYNTAX);
	access_unref(access);
}

static void
limits_how_many_there_are(void **state)
{
	struct access *access = access_new();

	(void)state;
	for (size_t i = 0; i < ACCESS_RULE_COUNT_MAX; i++)
		assert_int_equal(add(access, "* /a read"), ERR_NONE);
	assert_int_equal(add(access, "* /a read"), ERR_LIMIT);
	assert_non_null(access_rule_at(access, ACCESS_RULE_COUNT_MAX - 1));
	assert_null(access_rule_at(access, ACCESS_RULE_COUNT_MAX));
	access_unref(access);
}

struct collected {
	char text[256];
	size_t len;
};

static bool
collect(void *context, struct str below)
{
	struct collected *all = context;

	all->len += (size_t)snprintf(all->text + all->len,
	    sizeof(all->text) - all->len, "%.*s ", STR_ARG(below));
	return true;
}

static void
knows_where_rights_may_change(void **state)
{
	static const char *const rules[] = { "ann /a/b read", "* /a none",
		"bob /a/c none", "@ /ab none", "ann /a/b none", NULL };
	struct access *access = make(rules);
	struct collected all = { .len = 0 };

	(void)state;
	access_below(access, str_of("ann"), str_of("/a"), collect, &all);
	assert_string_equal(all.text, "/a/b /a/b ");
	all.len = 0;
	access_below(access, str_of("ann"), str_of("/"), collect, &all);
	assert_string_equal(all.text, "/a/b /a /ab /a/b ");
	assert_true(
	    access_is_uniform_below(access, str_of("ann"), str_of("/a/b")));
	assert_false(
	    access_is_uniform_below(access, str_of("bob"), str_of("/a")));
	assert_true(access_is_uniform_below(access, str_of(""), str_of("/a")));
	access_unref(access);
}

static void
tells_which_rule_never_decides(void **state)
{
	static const struct {
		const char *early;
		const char *late;
		bool is_overruled;
	} rows[] = {
		{ "ann /a read", "ann /a none", true },
		{ "ann /a/b read", "ann /a none", true },
		{ "ann /a read", "ann /a/b none", false },
		{ "ann /a read", "* /a none", true },
		{ "ann /a read", "@ / none", true },
		{ "ann /a read", "- /a none", false },
		{ "ann /a read", "bob /a none", false },
		{ "- /a read", "* /a none", true },
		{ "- /a read", "@ /a none", false },
		{ "@ /a read", "* /a none", true },
		{ "@ /a read", "ann /a none", false },
		{ "* /a read", "@ /a none", false },
		{ "%2a /a read", "* /a none", true },
		{ "* /a read", "%2a /a none", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const rules[] = { rows[i].early, rows[i].late,
			NULL };
		struct access *access = make(rules);

		assert_int_equal(
		    access_is_overruled(access, 0), rows[i].is_overruled);
		assert_false(access_is_overruled(access, 1));
		access_unref(access);
	}
}

static void
keeps_the_rules_that_somebody_took(void **state)
{
	static const char *const rules[] = { "* / none", NULL };
	struct access_slot *slot = access_slot_new();
	struct access *taken;

	(void)state;
	assert_null(access_slot_take(NULL));
	assert_null(access_slot_take(slot));
	access_slot_put(slot, make(rules));
	taken = access_slot_take(slot);
	access_slot_put(slot, NULL);
	assert_int_equal(ask(taken, "", "/"), ACCESS_NONE);
	assert_null(access_slot_take(slot));
	access_unref(taken);
	access_slot_put(slot, make(rules)); /* it goes with the slot */
	access_slot_free(slot);
	access_slot_free(NULL);
}

static void
wants_an_absolute_path(void **state)
{
	(void)state;
	expect_assert_failure((void)ask(NULL, "", "a"));
	expect_assert_failure((void)ask(NULL, "", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_everything_where_there_is_no_rule),
		cmocka_unit_test(is_about_whole_names_of_a_path),
		cmocka_unit_test(is_about_the_root_and_all_below),
		cmocka_unit_test(tells_users_from_each_other_and_from_nobody),
		cmocka_unit_test(lets_the_last_rule_decide),
		cmocka_unit_test(reads_rights),
		cmocka_unit_test(refuses_what_is_no_rule),
		cmocka_unit_test(limits_names_and_paths),
		cmocka_unit_test(limits_how_many_there_are),
		cmocka_unit_test(knows_where_rights_may_change),
		cmocka_unit_test(tells_which_rule_never_decides),
		cmocka_unit_test(keeps_the_rules_that_somebody_took),
		cmocka_unit_test(wants_an_absolute_path),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
