/*
 * sandbox_seccomp.c - see sandbox_seccomp.h.
 */
#include "apps/sandbox_seccomp.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "apps/sandbox.h"

/* What libseccomp or this architecture does not know is left out. */
static const char *const forbidden[] = {
	/* Other programs, and other processes. */
	"execve",
	"execveat",
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"pidfd_getfd",
	"kcmp",
#ifndef TARRY_SANITIZED /* the search for leaks stops the others with it */
	"ptrace",
#endif

	/* Other views of the files. */
	"mount",
	"umount",
	"umount2",
	"mount_setattr",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"pivot_root",
	"chroot",
	"open_by_handle_at", /* opens without a path */
	"setns",
	"unshare",

	/* The machine. */
	"acct",
	"clock_adjtime",
	"clock_settime",
	"settimeofday",
	"stime",
	"adjtimex",
	"sethostname",
	"setdomainname",
	"delete_module",
	"finit_module",
	"init_module",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"lookup_dcookie",
	"mbind",
	"migrate_pages",
	"move_pages",
	"nfsservctl",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"swapoff",
	"swapon",
	"syslog",
	"uselib",
	"vhangup",
	"vm86",
	"vm86old",
	"modify_ldt",

	/* Parts of the kernel that were broken into more often than others. */
	"add_key",
	"bpf",
	"fanotify_init",
	"io_uring_enter",
	"io_uring_register",
	"io_uring_setup",
	"keyctl",
	"perf_event_open",
	"personality",
	"request_key",
	"userfaultfd",
	"_sysctl",
};

static const uint64_t namespaces[] = {
	CLONE_NEWCGROUP,
	CLONE_NEWIPC,
	CLONE_NEWNET,
	CLONE_NEWNS,
	CLONE_NEWPID,
	CLONE_NEWUSER,
	CLONE_NEWUTS,
};

/* What puts octets into a terminal, as if they had been typed. */
static const uint64_t typing[] = { TIOCSTI, TIOCLINUX };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 0, or minus an errno, as libseccomp does it. */
static int
forbid_calls(scmp_filter_ctx filter)
{
	int status = 0;

	for (size_t i = 0; i < COUNT(forbidden) && status == 0; i++) {
		int number = seccomp_syscall_resolve_name(forbidden[i]);

		if (number < 0)
			continue;
		status =
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
	}
	return status;
}

static int
forbid_namespaces(scmp_filter_ctx filter)
{
	int status = seccomp_rule_add(
	    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < COUNT(namespaces) && status == 0; i++)
		status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
	return status;
}

static int
forbid_typing(scmp_filter_ctx filter)
{
	int status = 0;

	/* The kernel looks at the lower half only. */
	for (size_t i = 0; i < COUNT(typing) && status == 0; i++)
		status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, typing[i]));
	return status;
}

static bool
is_used(const struct sandbox *sandbox, uint64_t family)
{
	/* Names are looked up with the help of AF_NETLINK. */
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
	       (family == AF_NETLINK && sandbox->calls);
}

static int
forbid_family(
    scmp_filter_ctx filter, enum scmp_compare compare, uint64_t family)
{
	const struct scmp_arg_cmp arg = { .op = compare, .datum_a = family };

	return seccomp_rule_add_array(
	    filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, &arg);
}

static int
forbid_families(scmp_filter_ctx filter, const struct sandbox *sandbox)
{
	int status = forbid_family(filter, SCMP_CMP_GT, AF_NETLINK);

	for (uint64_t i = 0; i <= AF_NETLINK && status == 0; i++)
		if (!is_used(sandbox, i))
			status = forbid_family(filter, SCMP_CMP_EQ, i);
	return status;
}

int
sandbox_seccomp_enter(const struct sandbox *sandbox)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status;

	if (filter == NULL)
		return ENOMEM;
	/* Never without no_new_privs, nor by another way. */
	status = seccomp_attr_set(
	    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (status == 0)
		status = forbid_calls(filter);
	if (status == 0)
		status = forbid_namespaces(filter);
	if (status == 0)
		status = forbid_typing(filter);
	if (status == 0)
		status = forbid_families(filter, sandbox);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	return -status;
}
