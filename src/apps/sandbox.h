/*
 * sandbox.h - takes away from this process what it will not need, so that one
 * who gets hold of it gets hold of little else.
 *
 *	init -> allow, allow ... -> enter -> (for good) ... done
 *
 * Three walls, which the kernel keeps up even against root:
 *
 *	no_new_privs	no program that is set-uid gives rights to us
 *	landlock	only the paths that were allowed can be opened; no
 *			port can be bound, and none of another machine called
 *	seccomp		no exec, ptrace, mount ...: see sandbox_seccomp.h
 *
 * They hold for the thread that enters and for all that it starts afterwards:
 * so enter before the first thread.  What is open stays open.
 *
 * A kernel may lack some of them.  In SANDBOX_AUTO that is a warning, in
 * SANDBOX_REQUIRE an error.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

enum sandbox_mode { SANDBOX_AUTO, SANDBOX_REQUIRE, SANDBOX_OFF };

enum sandbox_use {
	SANDBOX_TREE,  /* all that a store does, below a directory */
	SANDBOX_READ,  /* a file, or the files below a directory */
	SANDBOX_LOOK,  /* the names in a directory */
	SANDBOX_WRITE, /* a file, or those below a directory, new ones too */
	SANDBOX_USE_COUNT,
};

enum { SANDBOX_PLACE_COUNT_MAX = 128 };

struct sandbox {
	struct sandbox_place {
		enum sandbox_use use;
		int fd; /* O_PATH: it is this very file, whatever its name */
		bool is_directory;
	} places[SANDBOX_PLACE_COUNT_MAX];
	size_t count;
	bool calls; /* other machines, which it finds by name */
};

/* What the walls are made of; for tests, others. */
struct sandbox_kernel {
	int (*no_new_privs)(void); /* 0, or an errno */
	/* The level of landlock, or minus an errno: there is none. */
	int (*landlock_level)(void);
	/* As sandbox_landlock.h; 0, or an errno. */
	int (*landlock)(const struct sandbox *sandbox, int level);
	/* As sandbox_seccomp.h; 0, or an errno. */
	int (*seccomp)(const struct sandbox *sandbox);
};
extern const struct sandbox_kernel sandbox_linux;

void sandbox_init(struct sandbox *sandbox);

/* What is not there now is not allowed later; nor what is too much. */
void sandbox_allow(
    struct sandbox *sandbox, enum sandbox_use use, const char *path);

/*
 * A file that is named in the configuration and may be replaced while we run:
 * also its directory, since a new file is another one to the kernel; and the
 * one it is in fact in, if the name is a link.  Not so if the directory is at
 * the top, such as /etc, or a home: too much else is there.  NULL: nothing.
 */
void sandbox_allow_named(
    struct sandbox *sandbox, enum sandbox_use use, const char *path);

/*
 * When it fails it has said why, and the process must not go on: some of the
 * walls may stand.  ERR_DENIED.
 */
enum err sandbox_enter(const struct sandbox *sandbox,
    const struct sandbox_kernel *kernel, enum sandbox_mode mode) MUST_CHECK;

/*
 * Inside: whether this file cannot be opened only because of the sandbox.  To
 * be written, it is made if it is not there.
 */
bool sandbox_hides(enum sandbox_use use, const char *path);

/* Lets go of the places; the walls stay. */
void sandbox_done(struct sandbox *sandbox);

#endif
