/*
 * options.c - see options.h.
 */
#include "apps/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/suggest.h"
#include "base/str.h"
#include "base/units.h"

enum { VARIABLE_SIZE = 64, HINT_SIZE = 96, HELP_COLUMN = 30 };

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

const struct option *
options_find(const struct option *table, struct str name)
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

static bool
are_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
are_same_texts(const struct option_texts *a, const struct option_texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!are_same_text(a->items[i], b->items[i]))
			return false;
	return true;
}

bool
options_are_equal(const struct option *option, const void *a, const void *b)
{
	const void *one = (const char *)a + option->offset;
	const void *other = (const char *)b + option->offset;

	switch (option->kind) {
	case OPTION_FLAG:
		return *(const bool *)one == *(const bool *)other;
	case OPTION_TEXT:
		return are_same_text(
		    *(const char *const *)one, *(const char *const *)other);
	case OPTION_TEXTS:
		return are_same_texts(one, other);
	case OPTION_CHOICE:
		return *(const int *)one == *(const int *)other;
	case OPTION_DURATION:
		return *(const int64_t *)one == *(const int64_t *)other;
	case OPTION_SIZE:
	case OPTION_COUNT:
		return *(const uint64_t *)one == *(const uint64_t *)other;
	}
	UNREACHABLE("a kind of option that is none");
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
read_flag(const char *value, bool *out_flag)
{
	bool is_yes = strcmp(value, "yes") == 0;

	if (!is_yes && strcmp(value, "no") != 0)
		return ERR_SYNTAX;
	*out_flag = is_yes;
	return ERR_NONE;
}

static enum err
read_value(const struct option *option, const char *value, void *out_values)
{
	void *out = (char *)out_values + option->offset;
	struct option_texts *texts;

	switch (option->kind) {
	case OPTION_FLAG:
		return read_flag(value, out);
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
		return "at most 256 of them";
	case OPTION_DURATION:
		return "a duration such as 500ms, 20s or 5m";
	case OPTION_SIZE:
		return "a size such as 64k, 10m or 2g";
	case OPTION_COUNT:
		return "a number";
	case OPTION_FLAG:
		return "yes or no";
	case OPTION_CHOICE:
	case OPTION_TEXT:
		break;
	}
	return option->argument;
}

/* TARRY_INTERIM_AFTER for interim-after. */
static void
name_variable(const struct option *option, char out[VARIABLE_SIZE])
{
	int size = snprintf(
	    out, VARIABLE_SIZE, "TARRY_%.*s", STR_ARG(options_name(option)));

	CHECK(size < VARIABLE_SIZE);
	for (; *out != '\0'; out++)
		*out = *out == '-' ? '_' : (char)toupper((unsigned char)*out);
}

void
options_init(struct option_set *set, const struct option *table, void *values)
{
	size_t count = 0;

	while (table[count].name != NULL)
		count++;
	CHECK(count <= OPTION_COUNT_MAX);
	*set = (struct option_set){
		.table = table,
		.values = values,
		.errors = stderr,
	};
}

static void
write_place(const struct option_set *set, const struct option *option,
    enum option_source source, uint32_t line, char out[OPTION_PLACE_SIZE])
{
	char variable[VARIABLE_SIZE];

	switch (source) {
	case OPTION_FILE:
		(void)snprintf(out, OPTION_PLACE_SIZE, "%s:%u: %.*s", set->file,
		    line, STR_ARG(options_name(option)));
		return;
	case OPTION_VARIABLE:
		name_variable(option, variable);
		(void)snprintf(out, OPTION_PLACE_SIZE, "%s", variable);
		return;
	case OPTION_DEFAULT:
	case OPTION_ARGUMENT:
		(void)snprintf(out, OPTION_PLACE_SIZE, "--%.*s",
		    STR_ARG(options_name(option)));
		return;
	}
	UNREACHABLE("a source of options that is none");
}

static struct option_origin *
origin_of(struct option_set *set, const struct option *option)
{
	CHECK(option >= set->table);
	CHECK(option - set->table < OPTION_COUNT_MAX);
	return &set->origins[option - set->table];
}

void
options_place(const struct option_set *set, const struct option *option,
    size_t index, char out[OPTION_PLACE_SIZE])
{
	const struct option_origin *origin = &set->origins[option - set->table];

	CHECK(index < OPTION_VALUE_COUNT_MAX);
	write_place(set, option, origin->source, origin->lines[index], out);
}

/* The value of one that may be repeated: what was there, or none. */
static struct option_texts *
texts_of(struct option_set *set, const struct option *option)
{
	CHECK(option->kind == OPTION_TEXTS);
	return (void *)((char *)set->values + option->offset);
}

/* A stronger source does not add to what a weaker one said. */
static enum err
take(struct option_set *set, const struct option *option,
    enum option_source source, const char *value, uint32_t line)
{
	struct option_origin *origin = origin_of(set, option);
	char place[OPTION_PLACE_SIZE];
	size_t index = 0;

	CHECK(source >= origin->source);
	if (option->kind == OPTION_TEXTS && source != origin->source)
		texts_of(set, option)->count = 0;
	if (read_value(option, value, set->values) != ERR_NONE) {
		write_place(set, option, source, line, place);
		(void)fprintf(set->errors,
		    "tarry: %s: \"%s\" cannot be: write %s\n", place, value,
		    expectation(option));
		return ERR_SYNTAX;
	}
	if (option->kind == OPTION_TEXTS)
		index = texts_of(set, option)->count - 1;
	origin->source = source;
	origin->lines[index] = line;
	return ERR_NONE;
}

/* The name that was hardly meant to be this one; empty: none is like it. */
static struct str
meant_by(const struct option *table, struct str name)
{
	struct suggestion meant;

	suggest_init(&meant, name);
	for (; table->name != NULL; table++)
		if (table->help != NULL)
			suggest_offer(&meant, options_name(table));
	return suggest_word(&meant);
}

/* What to do about a name that there is not. */
static void
write_hint(const struct option_set *set, struct str name, bool is_key,
    char out[HINT_SIZE])
{
	struct str meant = meant_by(set->table, name);

	if (str_is_empty(meant))
		(void)snprintf(out, HINT_SIZE, "see --help");
	else
		(void)snprintf(out, HINT_SIZE,
		    is_key ? "did you mean \"%.*s\"?" : "did you mean --%.*s?",
		    STR_ARG(meant));
}

/* These speak of the command line itself. */
static bool
is_for_files(struct str key)
{
	return !str_is(key, "help") && !str_is(key, "config");
}

enum err
options_put(
    struct option_set *set, struct str key, const char *value, uint32_t line)
{
	const struct option *option = options_find(set->table, key);
	const struct option_origin *origin;
	char hint[HINT_SIZE];

	if (!is_for_files(key)) {
		(void)fprintf(set->errors,
		    "tarry: %s:%u: %.*s: that cannot stand in a file\n",
		    set->file, line, STR_ARG(key));
		return ERR_SYNTAX;
	}
	if (option == NULL) {
		write_hint(set, key, true, hint);
		(void)fprintf(set->errors,
		    "tarry: %s:%u: unknown key \"%.*s\": %s\n", set->file, line,
		    STR_ARG(key), hint);
		return ERR_SYNTAX;
	}
	origin = origin_of(set, option);
	if (origin->source == OPTION_FILE && option->kind != OPTION_TEXTS) {
		(void)fprintf(set->errors,
		    "tarry: %s:%u: %.*s: line %u says it already\n", set->file,
		    line, STR_ARG(key), origin->lines[0]);
		return ERR_SYNTAX;
	}
	return take(set, option, OPTION_FILE, value, line);
}

/* As 1 and 0 are usual in the environment; other words are left to take(). */
static const char *
flag_of_variable(const char *value)
{
	if (strcmp(value, "1") == 0)
		return "yes";
	return strcmp(value, "0") == 0 ? "no" : value;
}

enum err
options_environment(struct option_set *set)
{
	enum err all = ERR_NONE;

	for (const struct option *at = set->table; at->name != NULL; at++) {
		char name[VARIABLE_SIZE];
		const char *value;

		name_variable(at, name);
		value = getenv(name);
		if (value == NULL || value[0] == '\0')
			continue;
		if (at->kind == OPTION_FLAG)
			value = flag_of_variable(value);
		if (take(set, at, OPTION_VARIABLE, value, 0) != ERR_NONE)
			all = ERR_SYNTAX;
	}
	return all;
}

/* interim-after for TARRY_INTERIM_AFTER; empty: it is no such variable. */
static struct str
name_of_variable(const char *variable, char out[VARIABLE_SIZE])
{
	struct str name = str_of(variable);
	size_t size = 0;

	name = str_cut(&name, '=');
	if (!str_starts(name, str_of("TARRY_")) || name.len >= VARIABLE_SIZE)
		return str_make(NULL, 0);
	for (size_t i = strlen("TARRY_"); i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		out[size++] = c == '_' ? '-' : (char)tolower(c);
	}
	return str_make(out, size);
}

size_t
options_slips(const struct option_set *set)
{
	size_t count = 0;

	for (char **at = environ; *at != NULL; at++) {
		char text[VARIABLE_SIZE];
		char place[VARIABLE_SIZE];
		struct str name = name_of_variable(*at, text);
		struct str meant;

		if (str_is_empty(name) ||
		    options_find(set->table, name) != NULL)
			continue;
		meant = meant_by(set->table, name);
		if (str_is_empty(meant))
			continue;
		name_variable(options_find(set->table, meant), place);
		(void)fprintf(set->errors,
		    "tarry: %.*s: warning: there is no such option: did you "
		    "mean %s?\n",
		    (int)strcspn(*at, "="), *at, place);
		count++;
	}
	return count;
}

/* From an argument: that it was understood. */
static bool
accept(struct option_set *set, const struct option *option, const char *value)
{
	return take(set, option, OPTION_ARGUMENT, value, 0) == ERR_NONE;
}

/* How many of the arguments it took: 1 or 2; 0: it was wrong. */
static int
read_with_value(
    struct option_set *set, const struct option *option, int argc, char **argv)
{
	if (option->kind == OPTION_FLAG)
		return accept(set, option, "yes") ? 1 : 0;
	if (argc < 2) {
		(void)fprintf(set->errors, "tarry: --%.*s needs a value: %s\n",
		    STR_ARG(options_name(option)), option->argument);
		return 0;
	}
	return accept(set, option, argv[1]) ? 2 : 0;
}

/* --name, --name=value, and -name. */
static int
read_option(struct option_set *set, int argc, char **argv)
{
	struct str name = str_from(str_of(argv[0]), argv[0][1] == '-' ? 2 : 1);
	const char *value = strchr(argv[0], '=');
	const struct option *option;
	char hint[HINT_SIZE];

	name = str_cut(&(struct str){ name.data, name.len }, '=');
	option = options_find(set->table, name);
	if (option == NULL) {
		write_hint(set, name, false, hint);
		(void)fprintf(set->errors,
		    "tarry: there is no option --%.*s: %s\n", STR_ARG(name),
		    hint);
		return 0;
	}
	if (value != NULL)
		return accept(set, option, value + 1) ? 1 : 0;
	return read_with_value(set, option, argc, argv);
}

/* -lR: flags; the last may have a value, here or in the next argument. */
static int
read_cluster(struct option_set *set, int argc, char **argv)
{
	for (const char *at = argv[0] + 1; *at != '\0'; at++) {
		const struct option *option = find_letter(set->table, *at);

		if (option == NULL) {
			(void)fprintf(set->errors,
			    "tarry: there is no option -%c: see --help\n", *at);
			return 0;
		}
		if (option->kind != OPTION_FLAG && at[1] != '\0')
			return accept(set, option, at + 1) ? 1 : 0;
		if (option->kind != OPTION_FLAG)
			return read_with_value(set, option, argc, argv);
		if (!accept(set, option, "yes"))
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
	return name.len > 1 && options_find(table, str_cut(&name, '=')) != NULL;
}

enum err
options_arguments(struct option_set *set, int *argc, char **argv)
{
	bool are_over = false;
	int operand_count = 0;

	for (int i = 0; i < *argc;) {
		int taken = 1;

		if (!are_over && strcmp(argv[i], "--") == 0)
			are_over = true;
		else if (are_over || argv[i][0] != '-' || argv[i][1] == '\0')
			argv[operand_count++] = argv[i];
		else if (is_long(set->table, argv[i]))
			taken = read_option(set, *argc - i, argv + i);
		else
			taken = read_cluster(set, *argc - i, argv + i);
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
options_take(
    const struct option *table, int *argc, char **argv, void *out_values)
{
	struct option_set set;
	enum err err;

	options_init(&set, table, out_values);
	err = options_environment(&set);
	return err == ERR_NONE ? options_arguments(&set, argc, argv) : err;
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
