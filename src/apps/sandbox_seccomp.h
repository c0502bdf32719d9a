/*
 * sandbox_seccomp.h - the wall around the kernel: system calls that a server
 * of files never makes, and that one who broke in would like to make.
 *
 * It is a list of what is forbidden, not of what is allowed.  What the C
 * library, SQLite, OpenSSL and libuv call differs from version to version; a
 * list of those would one day kill a server at its rarest call, while it holds
 * its users' files.  What is here, none of them needs, or they do without:
 * each gives EPERM, except
 *
 *	clone3		ENOSYS: its flags cannot be seen, and the C library
 *			then calls clone(), whose flags can
 *	socket		EAFNOSUPPORT, for families other than UNIX and IP
 *
 * A system call by the numbers of another architecture ends the process.
 */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

struct sandbox;

/* 0, or an errno; then nothing has changed.  After no_new_privs. */
int sandbox_seccomp_enter(const struct sandbox *sandbox);

#endif
