/*
 * sandbox_landlock_test.c - behind the wall around the files; each test in a
 * process of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/sandbox.h"
#include "apps/sandbox_landlock.h"

enum { LEVEL_TRUNCATE = 3, LEVEL_NETWORK = 4 };

#define TOP "/tmp/landlock-test" /* tidy: allow */

/* TOP/tree/sub/, TOP/other/ and TOP/other/file. */
static int
setup(void **state)
{
	(void)state;
	(void)mkdir(TOP, 0700);
	(void)mkdir(TOP "/tree", 0700);
	(void)mkdir(TOP "/tree/sub", 0700);
	(void)mkdir(TOP "/other", 0700);
	return close(open(TOP "/other/file", O_WRONLY | O_CREAT, 0600));
}

static int
teardown(void **state)
{
	(void)state;
	return system("rm -r " TOP); /* tidy: allow */
}

static int
error_of(int result)
{
	return result == -1 ? errno : 0;
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	int error = error_of(fd);

	if (fd != -1)
		(void)close(fd);
	return error;
}

/* Goes behind the wall, with the rest of this process. */
static void
enter(const struct sandbox *sandbox, int level)
{
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (sandbox_landlock_enter(sandbox, level) != 0)
		_exit(100);
}

/* Runs it in a child; what it returns is the line that was not as wanted. */
static void
run(int (*behind)(int level))
{
	int level = sandbox_landlock_level();
	int status;
	pid_t pid;

	if (level < SANDBOX_LANDLOCK_LEVEL_MIN) {
		print_message(
		    "this kernel has no landlock to speak of: %d\n", level);
		skip();
	}
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(behind(level));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define EXPECT(wanted, got)                                                    \
	do {                                                                   \
		int error_got = (got);                                         \
		if (error_got != (wanted)) {                                   \
			(void)fprintf(stderr, "line %d: errno %d\n", __LINE__, \
			    error_got);                                        \
			return 1;                                              \
		}                                                              \
	} while (0)

static int
in_a_tree(int level)
{
	struct sandbox sandbox;

	sandbox_init(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_TREE, TOP "/tree");
	enter(&sandbox, level);
	EXPECT(0, try_open(TOP "/tree/new", O_RDWR | O_CREAT | O_TRUNC));
	EXPECT(0, error_of(mkdir(TOP "/tree/dir", 0700)));
	EXPECT(0, try_open(TOP "/tree", O_RDONLY | O_DIRECTORY));
	/* To and fro between directories, by name and by a second one. */
	EXPECT(0, error_of(rename(TOP "/tree/new", TOP "/tree/sub/new")));
	EXPECT(0, error_of(link(TOP "/tree/sub/new", TOP "/tree/dir/two")));
	EXPECT(0, error_of(rename(TOP "/tree/dir", TOP "/tree/sub/dir")));
	EXPECT(0, error_of(symlink("new", TOP "/tree/link")));
	EXPECT(0, error_of(rename(TOP "/tree/link", TOP "/tree/sub/link")));
	EXPECT(0, error_of(truncate(TOP "/tree/sub/new", 0)));
	EXPECT(0, error_of(unlink(TOP "/tree/sub/new")));
	EXPECT(0, error_of(unlink(TOP "/tree/sub/dir/two")));
	EXPECT(0, error_of(rmdir(TOP "/tree/sub/dir")));
	return 0;
}

static void
lets_a_store_do_all_it_does_in_its_tree(void **state)
{
	(void)state;
	run(in_a_tree);
}

static int
outside(int level)
{
	struct sandbox sandbox;
	int there = open(TOP "/other/file", O_RDONLY | O_CLOEXEC);
	char octet;

	sandbox_init(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_TREE, TOP "/tree");
	EXPECT(0, error_of(symlink("../other/file", TOP "/tree/out")));
	enter(&sandbox, level);
	EXPECT(EACCES, try_open(TOP "/other/file", O_RDONLY));
	EXPECT(EACCES, try_open(TOP "/other/file", O_WRONLY));
	EXPECT(EACCES, try_open(TOP "/other/new", O_WRONLY | O_CREAT));
	EXPECT(EACCES, try_open(TOP "/other", O_RDONLY | O_DIRECTORY));
	EXPECT(EACCES, try_open(TOP "/tree/out", O_RDONLY));
	EXPECT(EACCES, try_open(TOP "/tree/../other/file", O_RDONLY));
	EXPECT(EACCES, try_open("/etc/passwd", O_RDONLY));
	EXPECT(EACCES, error_of(unlink(TOP "/other/file")));
	EXPECT(EACCES, error_of(mkdir(TOP "/other/dir", 0700)));
	EXPECT(EACCES, error_of(rename(TOP "/other/file", TOP "/tree/file")));
	if (level >= LEVEL_TRUNCATE)
		EXPECT(EACCES, error_of(truncate(TOP "/other/file", 0)));
	EXPECT(0, error_of((int)read(there, &octet, 1))); /* was open */
	return 0;
}

static void
lets_nothing_else_be_opened(void **state)
{
	(void)state;
	run(outside);
}

static int
named(int level)
{
	struct sandbox sandbox;

	sandbox_init(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_READ, TOP "/other/file");
	sandbox_allow(&sandbox, SANDBOX_WRITE, TOP "/tree");
	sandbox_allow(&sandbox, SANDBOX_LOOK, TOP);
	enter(&sandbox, level);
	EXPECT(0, try_open(TOP "/other/file", O_RDONLY));
	EXPECT(EACCES, try_open(TOP "/other/file", O_WRONLY));
	EXPECT(0, try_open(TOP "/tree/log", O_WRONLY | O_CREAT | O_APPEND));
	EXPECT(EACCES, try_open(TOP "/tree/log", O_RDONLY));
	EXPECT(EACCES, error_of(unlink(TOP "/tree/log")));
	EXPECT(0, try_open(TOP, O_RDONLY | O_DIRECTORY));
	return 0;
}

static void
lets_a_named_file_be_used_as_it_was_named(void **state)
{
	(void)state;
	run(named);
}

static int
ports(int level)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	socklen_t size = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fresh = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sandbox sandbox;

	if (level < LEVEL_NETWORK)
		return 0;
	EXPECT(0, error_of(bind(listening, (struct sockaddr *)&address, size)));
	EXPECT(0, error_of(listen(listening, 1)));
	EXPECT(0, error_of(getsockname(
	              listening, (struct sockaddr *)&address, &size)));
	sandbox_init(&sandbox);
	enter(&sandbox, level);
	EXPECT(EACCES,
	    error_of(connect(fresh, (struct sockaddr *)&address, size)));
	address.sin_port = 0;
	EXPECT(
	    EACCES, error_of(bind(fresh, (struct sockaddr *)&address, size)));
	return 0;
}

static void
lets_no_port_be_bound_or_called(void **state)
{
	(void)state;
	run(ports);
}

static int
hidden(int level)
{
	struct sandbox sandbox;

	sandbox_init(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_WRITE, TOP "/tree");
	EXPECT(0, sandbox_hides(SANDBOX_READ, TOP "/other/file"));
	enter(&sandbox, level);
	EXPECT(1, sandbox_hides(SANDBOX_READ, TOP "/other/file"));
	EXPECT(1, sandbox_hides(SANDBOX_WRITE, TOP "/other/file"));
	EXPECT(1, sandbox_hides(SANDBOX_WRITE, TOP "/other/new"));
	EXPECT(0, sandbox_hides(SANDBOX_WRITE, TOP "/tree/new"));
	/* It is not the sandbox's doing that these cannot be opened. */
	EXPECT(0, sandbox_hides(SANDBOX_READ, TOP "/other/nothing"));
	EXPECT(0, sandbox_hides(SANDBOX_WRITE, TOP "/nowhere/new"));
	return 0;
}

static void
tells_what_it_hides(void **state)
{
	(void)state;
	run(hidden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    lets_a_store_do_all_it_does_in_its_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lets_nothing_else_be_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lets_a_named_file_be_used_as_it_was_named, setup, teardown),
		cmocka_unit_test(lets_no_port_be_bound_or_called),
		cmocka_unit_test_setup_teardown(
		    tells_what_it_hides, setup, teardown),
	};

	return cmocka_run_group_tests_name(
	    "sandbox_landlock", tests, NULL, NULL);
}
