/*
 * privilege_test.c - from root to somebody else; only root can see all of it.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/privilege.h"

static void
finds_users_and_groups(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	static const struct {
		const char *text;
		enum err err;
	} rows[] = {
		{ "nobody", ERR_NONE },
		{ "nobody:root", ERR_NONE },
		{ "nobody:123456", ERR_NONE },
		{ "123456:123457", ERR_NONE },
		{ "0", ERR_NONE },
		{ "123456", ERR_SYNTAX }, /* of which group? */
		{ "no such user", ERR_ABSENT },
		{ "nobody:no such group", ERR_ABSENT },
		{ "nobody:", ERR_ABSENT },
		{ "99999999999", ERR_ABSENT },
		{ "", ERR_SYNTAX },
	};
	struct privilege privilege;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(privilege_find(rows[i].text, &privilege, &why),
		    rows[i].err);
	assert_non_null(nobody);
	assert_int_equal(privilege_find("nobody", &privilege, &why), ERR_NONE);
	assert_string_equal(privilege.name, "nobody");
	assert_int_equal(privilege.uid, nobody->pw_uid);
	assert_int_equal(privilege.gid, nobody->pw_gid);
	assert_int_equal(
	    privilege_find("nobody:123456", &privilege, &why), ERR_NONE);
	assert_int_equal(privilege.gid, 123456);
	assert_int_equal(
	    privilege_find("123456:7", &privilege, &why), ERR_NONE);
	assert_string_equal(privilege.name, "");
	assert_int_equal(privilege.uid, 123456);
}

/* In a child; what it returns is 0, or where it failed. */
static int
run(int (*behind)(void))
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(behind());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
become_another(void)
{
	const struct privilege privilege = { .uid = 123456, .gid = 123457 };
	const struct privilege third = { .uid = 123458, .gid = 123457 };
	gid_t groups[8];

	if (privilege_drop(&privilege) != ERR_NONE)
		return 1;
	if (getuid() != 123456 || geteuid() != 123456 || getgid() != 123457)
		return 2;
	if (getgroups(8, groups) != 1 || groups[0] != 123457)
		return 3;
	if (setuid(0) != -1 || setgid(0) != -1)
		return 4;
	/* It is whom it would become; but it becomes nobody else. */
	if (privilege_drop(&privilege) != ERR_NONE)
		return 5;
	return privilege_drop(&third) == ERR_DENIED ? 0 : 6;
}

static void
becomes_another_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	assert_int_equal(run(become_another), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_users_and_groups),
		cmocka_unit_test(becomes_another_for_good),
	};

	return cmocka_run_group_tests_name("privilege", tests, NULL, NULL);
}
