/*
 * cidr_test.c - which addresses a range holds, and what is no range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/cidr.h"

static void
holds_its_first_and_last_and_no_neighbour(void **state)
{
	static const struct {
		const char *range;
		const char *address;
		bool want;
	} rows[] = {
		{ "10.0.0.0/8", "10.0.0.0", true },
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "9.255.255.255", false },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.1.2.3/8", "10.9.9.9", true },
		{ "172.16.0.0/12", "172.31.255.255", true },
		{ "172.16.0.0/12", "172.32.0.0", false },
		{ "192.0.2.8/31", "192.0.2.9", true },
		{ "192.0.2.8/31", "192.0.2.10", false },
		{ "127.0.0.1/32", "127.0.0.1", true },
		{ "127.0.0.1/32", "127.0.0.2", false },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.0", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "::1/128", "::1", true },
		{ "::1/128", "::2", false },
		{ "::1", "0:0:0:0:0:0:0:1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "fe80::/10", "fe80::1%eth0", true },
		{ "::/0", "2001:db8::1", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cidr cidr;

		assert_int_equal(
		    cidr_parse(str_of(rows[i].range), &cidr), ERR_NONE);
		assert_int_equal(
		    cidr_has(&cidr, str_of(rows[i].address)), rows[i].want);
	}
}

static void
keeps_the_families_apart(void **state)
{
	static const struct {
		const char *range;
		const char *address;
		bool want;
	} rows[] = {
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "10.0.0.0/8", "::10.1.2.3", false },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
		{ "::ffff:0:0/96", "192.0.2.1", true },
		{ "::ffff:0:0/95", "192.0.2.1", false },
		{ "::/0", "192.0.2.1", false },
		{ "::/0", "::ffff:192.0.2.1", false },
		{ "0.0.0.0/0", "2001:db8::1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cidr cidr;

		assert_int_equal(
		    cidr_parse(str_of(rows[i].range), &cidr), ERR_NONE);
		assert_int_equal(
		    cidr_has(&cidr, str_of(rows[i].address)), rows[i].want);
	}
}

static void
refuses_what_is_no_range(void **state)
{
	static const struct {
		struct str text;
		enum err want;
	} rows[] = {
		{ STR(""), ERR_SYNTAX },
		{ STR("/"), ERR_SYNTAX },
		{ STR("/8"), ERR_SYNTAX },
		{ STR("10.0.0.0/"), ERR_SYNTAX },
		{ STR("10.0.0.0/8/8"), ERR_SYNTAX },
		{ STR("10.0.0.0/-1"), ERR_SYNTAX },
		{ STR("10.0.0.0/ 8"), ERR_SYNTAX },
		{ STR("10.0.0.0 /8"), ERR_SYNTAX },
		{ STR("10.0.0/8"), ERR_SYNTAX },
		{ STR("10.0.0.256"), ERR_SYNTAX },
		{ STR("localhost"), ERR_SYNTAX },
		{ STR("::1%lo"), ERR_SYNTAX },
		{ STR("[::1]"), ERR_SYNTAX },
		{ STR("1.2.3.4\0"), ERR_SYNTAX },
		{ STR("1.2.3.4\0/8"), ERR_SYNTAX },
		{ STR("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"),
		    ERR_SYNTAX },
		{ STR("10.0.0.0/32"), ERR_NONE },
		{ STR("10.0.0.0/33"), ERR_RANGE },
		{ STR("::/128"), ERR_NONE },
		{ STR("::/129"), ERR_RANGE },
		{ STR("::/18446744073709551617"), ERR_RANGE },
		{ STR("1111:2222:3333:4444:5555:6666:255.255.255.255"),
		    ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cidr cidr;

		assert_int_equal(cidr_parse(rows[i].text, &cidr), rows[i].want);
	}
}

static void
holds_nothing_that_is_no_address(void **state)
{
	static const char *const rows[] = { "", "%", "%lo", "unix", "10", "/",
		"10.0.0.1/8", "10.0.0.1:80" };
	struct cidr_list list = { 0 };

	(void)state;
	assert_int_equal(cidr_list_add(&list, str_of("0.0.0.0/0")), ERR_NONE);
	assert_int_equal(cidr_list_add(&list, str_of("::/0")), ERR_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(cidr_has(&list.items[0], str_of(rows[i])));
		assert_false(cidr_list_has(&list, str_of(rows[i])));
	}
}

static void
a_list_holds_what_one_of_its_ranges_holds(void **state)
{
	struct cidr_list list = { 0 };

	(void)state;
	assert_false(cidr_list_has(&list, str_of("10.0.0.1")));
	assert_int_equal(cidr_list_add(&list, str_of("10.0.0.0/8")), ERR_NONE);
	assert_int_equal(cidr_list_add(&list, str_of("::1")), ERR_NONE);
	assert_int_equal(cidr_list_add(&list, str_of("bad")), ERR_SYNTAX);
	assert_true(cidr_list_has(&list, str_of("10.0.0.1")));
	assert_true(cidr_list_has(&list, str_of("::1")));
	assert_false(cidr_list_has(&list, str_of("::2")));
}

static void
a_list_has_an_end(void **state)
{
	struct cidr_list list = { 0 };

	(void)state;
	for (int i = 0; i < CIDR_COUNT_MAX; i++)
		assert_int_equal(cidr_list_add(&list, str_of("::1")), ERR_NONE);
	assert_int_equal(cidr_list_add(&list, str_of("::1")), ERR_LIMIT);
	assert_int_equal(list.count, CIDR_COUNT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_its_first_and_last_and_no_neighbour),
		cmocka_unit_test(keeps_the_families_apart),
		cmocka_unit_test(refuses_what_is_no_range),
		cmocka_unit_test(holds_nothing_that_is_no_address),
		cmocka_unit_test(a_list_holds_what_one_of_its_ranges_holds),
		cmocka_unit_test(a_list_has_an_end),
	};

	return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
