/*
 * serve_check.h - can be served what the options say?
 *
 * Each check is a function in the table of serve_check.c.  Those of words
 * look at the options alone, and serve runs them before it begins; the others
 * also look at the files that are named, and are for check-config and for
 * SIGHUP.  No check changes anything, and none ends before it has told all.
 * A new one is a function here, or where its matter is, and a line there.
 */
#ifndef SERVE_CHECK_H
#define SERVE_CHECK_H

#include <stddef.h>

#include "apps/exit_code.h"

struct serve_settings;

enum serve_check_depth {
	SERVE_CHECK_WORDS,
	SERVE_CHECK_ALL,
};

enum finding {
	FINDING_DOUBT,   /* a warning: it is served all the same */
	FINDING_FAILURE, /* something else must change: EXIT_CODE_FAILED */
	FINDING_USAGE,   /* the options must: EXIT_CODE_USAGE */
	FINDING_COUNT,
};

struct serve_check {
	const struct serve_settings *settings;
	unsigned counts[FINDING_COUNT];
};

/*
 * One line on standard error, which begins with where the option's value is
 * from; index counts those of one that may be repeated.
 */
void serve_check_say(struct serve_check *check, enum finding finding,
    const char *option, size_t index, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What was found has been said by another, who knew more. */
void serve_check_count(struct serve_check *check, enum finding finding);

/* All checks of this depth, with what they found; the exit status of it. */
enum exit_code serve_check_run(
    struct serve_check *check, enum serve_check_depth depth);

/* The same, for those who only ask whether it can be. */
enum exit_code serve_check(
    const struct serve_settings *settings, enum serve_check_depth depth);

#endif
