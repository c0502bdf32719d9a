/*
 * sandbox_landlock.h - the wall around the files: a set of rules of landlock.
 *
 * Levels of the kernel (its ABI), and what each brought:
 *
 *	1	rules, under which no file goes from directory to directory
 *	2	such a move can be allowed: below it we do without
 *	3	a file cannot be cut short where it cannot be written
 *	4	no port is bound or called
 *	5	no ioctl() on devices
 *	6	no signal to processes outside, and no abstract socket of theirs
 *
 * The rights of all trees are the same: a file that moved to where it could be
 * used for more would be refused.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

struct sandbox;

enum { SANDBOX_LANDLOCK_LEVEL_MIN = 2 };

/* Minus an errno: there is none. */
int sandbox_landlock_level(void);

/* 0, or an errno; then nothing has changed. */
int sandbox_landlock_enter(const struct sandbox *sandbox, int level);

#endif
