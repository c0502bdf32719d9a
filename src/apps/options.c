/*
 * options.c - see options.h.
 */
#include "apps/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"

enum { VARIABLE_SIZE = 64, HELP_COLUMN = 30 };

struct str
options_name(const struct option *option)
{
	struct str name = str_of(option->name);

	return str_cut(&name, '|');
}

char
options_letter(const struct option *option)
{
	struct str letter = str_of(option->name);

	(void)str_cut(&letter, '|');
	return letter.len == 0 ? '\0' : letter.data[0];
}

static const struct option *
find(const struct option *table, struct str name)
{
	for (; table->name != NULL; table++)
		if (str_equal(name, options_name(table)))
			return table;
	return NULL;
}

static const struct option *
find_letter(const struct option *table, char letter)
{
	for (; table->name != NULL; table++)
		if (options_letter(table) == letter)
			return table;
	return NULL;
}

static enum err
read_choice(const struct option *option, const char *value, int *out_index)
{
	for (int i = 0; option->choices[i] != NULL; i++) {
		if (strcmp(option->choices[i], value) == 0) {
			*out_index = i;
			return ERR_NONE;
		}
	}
	return ERR_SYNTAX;
}

static enum err
read_value(const struct option *option, const char *value, void *out_values)
{
	void *out = (char *)out_values + option->offset;
	struct option_texts *texts;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)out = true;
		return ERR_NONE;
	case OPTION_TEXT:
		*(const char **)out = value;
		return ERR_NONE;
	case OPTION_TEXTS:
		texts = out;
		if (texts->count == OPTION_VALUE_COUNT_MAX)
			return ERR_LIMIT;
		texts->items[texts->count++] = value;
		return ERR_NONE;
	case OPTION_CHOICE:
		return read_choice(option, value, out);
	case OPTION_DURATION:
		return units_duration(str_of(value), out);
	case OPTION_SIZE:
		return units_size(str_of(value), out);
	case OPTION_COUNT:
		return str_to_u64(str_of(value), UINT32_MAX, out);
	}
	UNREACHABLE("a kind of option that is none");
}

static const char *
expectation(const struct option *option)
{
	switch (option->kind) {
	case OPTION_TEXTS:
		return "at most 16 of them";
	case OPTION_DURATION:
		return "a duration such as 500ms, 20s or 5m";
	case OPTION_SIZE:
		return "a size such as 64k, 10m or 2g";
	case OPTION_COUNT:
		return "a number";
	case OPTION_CHOICE:
	case OPTION_FLAG:
	case OPTION_TEXT:
		break;
	}
	return option->argument;
}

static enum err
take(const struct option *option, const char *value, void *out_values)
{
	enum err err = read_value(option, value, out_values);

	if (err == ERR_NONE)
		return ERR_NONE;
	(void)fprintf(stderr, "tarry: --%.*s: \"%s\" cannot be: write %s\n",
	    STR_ARG(options_name(option)), value, expectation(option));
	return ERR_SYNTAX;
}

/* TARRY_INTERIM_AFTER for interim-after. */
static const char *
variable_of(const struct option *option)
{
	char name[VARIABLE_SIZE];
	size_t at = 0;
	int size = snprintf(
	    name, sizeof(name), "TARRY_%.*s", STR_ARG(options_name(option)));

	CHECK(size < VARIABLE_SIZE);
	for (; name[at] != '\0'; at++)
		name[at] = name[at] == '-'
		               ? '_'
		               : (char)toupper((unsigned char)name[at]);
	return getenv(name);
}

/* What is said again does not add to what was said before. */
static void
forget_texts(const struct option *option, void *out_values)
{
	struct option_texts *texts =
	    (void *)((char *)out_values + option->offset);

	CHECK(option->kind == OPTION_TEXTS);
	texts->count = 0;
}

static enum err
read_environment(const struct option *table, void *out_values)
{
	for (; table->name != NULL; table++) {
		const char *value = variable_of(table);
		enum err err;

		if (value == NULL || value[0] == '\0')
			continue;
		if (table->kind == OPTION_FLAG && strcmp(value, "0") == 0)
			continue;
		if (table->kind == OPTION_TEXTS)
			forget_texts(table, out_values);
		err = take(table, value, out_values);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* How many of the arguments it took: 1 or 2; 0: it was wrong. */
static int
read_with_value(
    const struct option *option, int argc, char **argv, void *out_values)
{
	if (option->kind == OPTION_FLAG)
		return take(option, "1", out_values) == ERR_NONE ? 1 : 0;
	if (argc < 2) {
		(void)fprintf(stderr, "tarry: --%.*s needs a value: %s\n",
		    STR_ARG(options_name(option)), option->argument);
		return 0;
	}
	return take(option, argv[1], out_values) == ERR_NONE ? 2 : 0;
}

/* --name, --name=value, and -name. */
static int
read_option(const struct option *table, int argc, char **argv, void *out_values)
{
	struct str name = str_from(str_of(argv[0]), argv[0][1] == '-' ? 2 : 1);
	bool has_value = str_has(name, '=');
	const char *value = strchr(argv[0], '=');
	const struct option *option;

	name = str_cut(&(struct str){ name.data, name.len }, '=');
	option = find(table, name);
	if (option == NULL) {
		(void)fprintf(stderr,
		    "tarry: there is no option --%.*s: see --help\n",
		    STR_ARG(name));
		return 0;
	}
	if (option->kind == OPTION_FLAG && has_value) {
		(void)fprintf(
		    stderr, "tarry: --%.*s takes no value\n", STR_ARG(name));
		return 0;
	}
	if (has_value)
		return take(option, value + 1, out_values) == ERR_NONE ? 1 : 0;
	return read_with_value(option, argc, argv, out_values);
}

/* -lR: flags; the last may have a value, here or in the next argument. */
static int
read_cluster(
    const struct option *table, int argc, char **argv, void *out_values)
{
	for (const char *at = argv[0] + 1; *at != '\0'; at++) {
		const struct option *option = find_letter(table, *at);

		if (option == NULL) {
			(void)fprintf(stderr,
			    "tarry: there is no option -%c: see --help\n", *at);
			return 0;
		}
		if (option->kind != OPTION_FLAG && at[1] != '\0')
			return take(option, at + 1, out_values) == ERR_NONE ? 1
			                                                    : 0;
		if (option->kind != OPTION_FLAG)
			return read_with_value(option, argc, argv, out_values);
		if (take(option, "1", out_values) != ERR_NONE)
			return 0;
	}
	return 1;
}

static bool
is_long(const struct option *table, const char *text)
{
	struct str name = str_of(text + 1);

	if (text[1] == '-')
		return true;
	return name.len > 1 && find(table, str_cut(&name, '=')) != NULL;
}

static bool
names(struct str argument, struct str name)
{
	if (!str_starts(argument, (struct str)STR("--")))
		return false;
	return str_equal(str_from(str_cut(&argument, '='), 2), name);
}

/* A flag that may be repeated replaces what the environment said. */
static void
forget_replaced_texts(
    const struct option *table, int argc, char **argv, void *out_values)
{
	for (; table->name != NULL; table++) {
		if (table->kind != OPTION_TEXTS)
			continue;
		for (int i = 0; i < argc; i++) {
			if (names(str_of(argv[i]), options_name(table)))
				forget_texts(table, out_values);
		}
	}
}

enum err
options_take(
    const struct option *table, int *argc, char **argv, void *out_values)
{
	bool are_over = false;
	int operand_count = 0;
	enum err err = read_environment(table, out_values);

	if (err != ERR_NONE)
		return err;
	forget_replaced_texts(table, *argc, argv, out_values);
	for (int i = 0; i < *argc;) {
		int taken = 1;

		if (!are_over && strcmp(argv[i], "--") == 0)
			are_over = true;
		else if (are_over || argv[i][0] != '-' || argv[i][1] == '\0')
			argv[operand_count++] = argv[i];
		else if (is_long(table, argv[i]))
			taken =
			    read_option(table, *argc - i, argv + i, out_values);
		else
			taken = read_cluster(
			    table, *argc - i, argv + i, out_values);
		if (taken == 0)
			return ERR_SYNTAX;
		i += taken;
	}
	if (operand_count < *argc)
		argv[operand_count] = NULL; /* as it was at its end */
	*argc = operand_count;
	return ERR_NONE;
}

enum err
options_read(const struct option *table, int argc, char **argv,
    void *out_values, struct option_texts *out_operands)
{
	enum err err = options_take(table, &argc, argv, out_values);

	if (err != ERR_NONE)
		return err;
	if (argc > OPTION_VALUE_COUNT_MAX) {
		(void)fprintf(stderr,
		    "tarry: \"%s\" is one argument too many\n",
		    argv[OPTION_VALUE_COUNT_MAX]);
		return ERR_SYNTAX;
	}
	out_operands->count = (size_t)argc;
	for (int i = 0; i < argc; i++)
		out_operands->items[i] = argv[i];
	return ERR_NONE;
}

void
options_help(const struct option *table)
{
	for (; table->name != NULL; table++) {
		int size;

		if (table->help == NULL)
			continue;
		size = options_letter(table) == '\0'
		           ? printf("  ")
		           : printf("  -%c, ", options_letter(table));
		size += printf("--%.*s%s%s", STR_ARG(options_name(table)),
		    table->argument == NULL ? "" : " ",
		    table->argument == NULL ? "" : table->argument);
		(void)printf("%*s%s\n",
		    size < HELP_COLUMN ? HELP_COLUMN - size : 1, "",
		    table->help);
	}
}
