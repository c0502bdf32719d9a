/*
 * options.h - reads the command line of a command from one table.
 *
 * An option has one name everywhere: --interim-after on the command line is
 * TARRY_INTERIM_AFTER in the environment.  The flag wins over the variable,
 * the variable over the default.  Durations are written 500ms, 20s, 5m; sizes
 * 64k, 10m, 2g.  One whose name in the table is "long|l" is also -l, alone or
 * in a cluster (-lR, -j4); and -name is as good as --name.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum { OPTION_VALUE_COUNT_MAX = 16 };

enum option_kind {
	OPTION_FLAG,     /* bool: without a value */
	OPTION_TEXT,     /* const char * */
	OPTION_TEXTS,    /* struct option_texts: may be given several times */
	OPTION_CHOICE,   /* int: the index of its word in choices */
	OPTION_DURATION, /* int64_t, milliseconds */
	OPTION_SIZE,     /* uint64_t, octets */
	OPTION_COUNT,    /* uint64_t */
};

struct option_texts {
	const char *items[OPTION_VALUE_COUNT_MAX];
	size_t count;
};

struct option {
	const char *name; /* "name" or "name|n"; NULL ends the table */
	enum option_kind kind;
	size_t offset;              /* of its value in the struct */
	const char *const *choices; /* OPTION_CHOICE: words, NULL at the end */
	const char *argument;       /* what its value is called, for --help */
	const char *help;           /* NULL: not shown */
};

/*
 * Reads environment and arguments (without the program's and the command's
 * name) into *out_values, which holds the defaults, and what is no option into
 * operands, in order.  "--" ends the options.  ERR_SYNTAX: a message was
 * written to standard error that says what to do.
 */
enum err options_read(const struct option *table, int argc, char **argv,
    void *out_values, struct option_texts *out_operands) MUST_CHECK;

/*
 * The same, for any number of operands: they are moved to the front of argv,
 * with a NULL behind them, and *argc becomes their number.
 */
enum err options_take(const struct option *table, int *argc, char **argv,
    void *out_values) MUST_CHECK;

/* One line for each option, on standard output. */
void options_help(const struct option *table);

/* The two parts of its name.  '\0': it has no letter. */
struct str options_name(const struct option *option);
char options_letter(const struct option *option);

#endif
