/*
 * options.h - reads what a command is told, by one table.
 *
 * An option has one name everywhere: --interim-after on the command line is
 * TARRY_INTERIM_AFTER in the environment, and interim-after in a file
 * (config.h).  The flag wins over the variable, the variable over the file,
 * the file over the default; one that may be repeated is replaced as a whole.
 * Durations are written 500ms, 20s, 5m; sizes 64k, 10m, 2g.  One whose name
 * in the table is "long|l" is also -l, alone or in a cluster (-lR, -j4); and
 * -name is as good as --name.
 *
 * A command that has no file calls options_read() or options_take().  One
 * that has fills a set, the weakest source first:
 *
 *	init -> put, put ... -> environment -> arguments
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum {
	OPTION_VALUE_COUNT_MAX = 256, /* --rule is given often */
	OPTION_COUNT_MAX = 96,        /* in one table */
	OPTION_PLACE_SIZE = 512,
};

enum option_kind {
	OPTION_FLAG,     /* bool: --name, --name=no, name = yes */
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

enum option_source {
	OPTION_DEFAULT,
	OPTION_FILE,
	OPTION_VARIABLE,
	OPTION_ARGUMENT,
};

struct option_origin {
	enum option_source source;
	uint32_t lines[OPTION_VALUE_COUNT_MAX]; /* of each value, in a file */
};

struct option_set {
	const struct option *table;
	void *values;     /* the struct that the table tells of */
	const char *file; /* its name, for messages; NULL: none */
	FILE *errors;     /* where messages go */
	struct option_origin origins[OPTION_COUNT_MAX]; /* as in the table */
};

/* values holds the defaults; all of it is borrowed.  Errors: stderr. */
void options_init(
    struct option_set *set, const struct option *table, void *values);

/*
 * From a line of set->file; value is kept.  ERR_SYNTAX: there is no such key,
 * it cannot have this value, or it has one already; a message says so.
 */
enum err options_put(struct option_set *set, struct str key, const char *value,
    uint32_t line) MUST_CHECK;

/* Of all of it; ERR_SYNTAX: messages say what is wrong. */
enum err options_environment(struct option_set *set) MUST_CHECK;

/*
 * Warns of each variable TARRY_... that is no option but is spelt almost like
 * one, and returns how many there are.  Others may be somebody else's.
 */
size_t options_slips(const struct option_set *set);

/* As options_take(), with what was read before. */
enum err options_arguments(
    struct option_set *set, int *argc, char **argv) MUST_CHECK;

/* NULL: none has this name. */
const struct option *options_find(const struct option *table, struct str name);

/* Whether both structs have the same value of it. */
bool options_are_equal(
    const struct option *option, const void *a, const void *b);

/*
 * Where its value is from, as a message begins: "FILE:12: name", "TARRY_NAME"
 * or "--name".  index counts the values of one that may be repeated.
 */
void options_place(const struct option_set *set, const struct option *option,
    size_t index, char out[OPTION_PLACE_SIZE]);

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
