/*
 * sandbox_seccomp_test.c - behind the wall around the kernel; each test in a
 * process of its own.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "apps/sandbox.h"
#include "apps/sandbox_seccomp.h"

static int
error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* In a child; the status with which it ended. */
static int
run(int (*behind)(void), bool calls)
{
	const struct sandbox sandbox = { .calls = calls };
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (sandbox_seccomp_enter(&sandbox) != 0)
			_exit(100);
		_exit(behind());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
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
forbidden(void)
{
	char program[] = "/bin/true";
	char *const argv[] = { program, NULL };
	pid_t pid;

	EXPECT(EPERM, error_of(execv(program, argv)));
	EXPECT(EPERM, posix_spawn(&pid, program, NULL, NULL, argv, argv + 1));
	EXPECT(EPERM, error_of(mount("none", "/", "tmpfs", 0, NULL)));
	EXPECT(EPERM, error_of(umount2("/nowhere", 0)));
	EXPECT(EPERM, error_of(unshare(CLONE_NEWUSER)));
	EXPECT(EPERM, error_of(setns(-1, 0)));
	EXPECT(EPERM, error_of(chroot("/")));
	EXPECT(EPERM, error_of(syscall(SYS_bpf, 0, NULL, 0)));
	EXPECT(EPERM, error_of(syscall(SYS_io_uring_setup, 1, NULL)));
	EXPECT(EPERM, error_of(syscall(SYS_keyctl, 0, 0, 0, 0, 0)));
	EXPECT(EPERM, error_of(syscall(SYS_open_by_handle_at, -1, NULL, 0)));
	EXPECT(EPERM, error_of(syscall(SYS_process_vm_readv, getpid(), NULL, 0,
	                  NULL, 0, 0)));
	EXPECT(EPERM, error_of(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, NULL,
	                  NULL, NULL, 0)));
	EXPECT(ENOSYS, error_of(syscall(SYS_clone3, NULL, 0)));
#ifndef TARRY_SANITIZED
	EXPECT(EPERM, error_of(ptrace(PTRACE_DETACH, 0, NULL, NULL)));
#endif
	return 0;
}

static void
forbids_what_no_server_of_files_does(void **state)
{
	(void)state;
	assert_int_equal(run(forbidden, false), 0);
	assert_int_equal(run(forbidden, true), 0);
}

static int
families(void)
{
	static const int good[] = { AF_UNIX, AF_INET, AF_INET6 };
	static const int bad[] = { AF_UNSPEC, AF_NETLINK, AF_PACKET, AF_ALG,
		AF_VSOCK, AF_APPLETALK, AF_BLUETOOTH };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		EXPECT(0, error_of(socket(good[i], SOCK_STREAM, 0)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT(EAFNOSUPPORT, error_of(socket(bad[i], SOCK_RAW, 0)));
	return 0;
}

static void
knows_few_families_of_sockets(void **state)
{
	(void)state;
	assert_int_equal(run(families, false), 0);
}

static int
netlink(void)
{
	EXPECT(0, error_of(socket(AF_NETLINK, SOCK_RAW, 0)));
	EXPECT(EAFNOSUPPORT, error_of(socket(AF_PACKET, SOCK_RAW, 0)));
	return 0;
}

static void
lets_names_be_looked_up_by_who_calls(void **state)
{
	(void)state;
	assert_int_equal(run(netlink, true), 0);
}

static void *
in_a_thread(void *context)
{
	int *error = context;

	*error = error_of(mount("none", "/", "tmpfs", 0, NULL));
	return NULL;
}

static int
threads(void)
{
	pthread_t thread;
	int error = 0;

	EXPECT(0, pthread_create(&thread, NULL, in_a_thread, &error));
	EXPECT(0, pthread_join(thread, NULL));
	EXPECT(EPERM, error);
	return 0;
}

static void
lets_threads_be_started_and_holds_for_them(void **state)
{
	(void)state;
	assert_int_equal(run(threads, false), 0);
}

#ifdef __x86_64__
static int
other_numbers(void)
{
	long number = 20; /* getpid, as i386 numbers it */

	__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
	return 0;
}
#endif

static void
ends_who_calls_by_other_numbers(void **state)
{
	(void)state;
#ifdef __x86_64__
	{
		int status = run(other_numbers, false);

		/* SIGSEGV: the kernel itself knows no others. */
		assert_true(WIFSIGNALED(status));
		assert_true(
		    WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
	}
#else
	skip();
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbids_what_no_server_of_files_does),
		cmocka_unit_test(knows_few_families_of_sockets),
		cmocka_unit_test(lets_names_be_looked_up_by_who_calls),
		cmocka_unit_test(lets_threads_be_started_and_holds_for_them),
		cmocka_unit_test(ends_who_calls_by_other_numbers),
	};

	return cmocka_run_group_tests_name(
	    "sandbox_seccomp", tests, NULL, NULL);
}
