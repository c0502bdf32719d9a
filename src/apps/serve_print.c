/*
 * serve_print.c - see serve_print.h.
 */
#include "apps/serve_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apps/options.h"
#include "base/units.h"

enum { VALUE_SIZE = 32 };

static bool
needs_quotes(struct str value)
{
	return value.len > 0 &&
	       (value.data[0] == '"' || str_trim(value).len < value.len);
}

static bool
has_control(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.data[i] < 0x20 ||
		    value.data[i] == 0x7f)
			return true;
	return false;
}

/* mark: "# " where it is a default. */
static void
print_text(const char *mark, struct str name, const char *text)
{
	struct str value = str_of(text);
	const char *quote = needs_quotes(value) ? "\"" : "";

	if (has_control(value) || (value.len == 0 && text != NULL))
		(void)printf("# %.*s has a value that no file can have\n",
		    STR_ARG(name));
	else
		(void)printf("%s%.*s =%s%s%.*s%s\n", mark, STR_ARG(name),
		    text == NULL ? "" : " ", quote, STR_ARG(value), quote);
}

/* NULL: there is none, or one that only a default can have. */
static const char *
write_value(const struct option *option, const void *value, bool is_default,
    char out[VALUE_SIZE])
{
	_Static_assert((int)VALUE_SIZE >= (int)UNITS_TEXT_SIZE, "it fits");
	switch (option->kind) {
	case OPTION_FLAG:
		return *(const bool *)value ? "yes" : "no";
	case OPTION_TEXT:
	case OPTION_TEXTS:
		return *(const char *const *)value;
	case OPTION_CHOICE:
		if (is_default && *(const int *)value < 0)
			return NULL;
		return option->choices[*(const int *)value];
	case OPTION_DURATION:
		units_duration_text(*(const int64_t *)value, out);
		return out;
	case OPTION_SIZE:
		if (is_default && *(const uint64_t *)value == INT64_MAX)
			return NULL;
		units_size_text(*(const uint64_t *)value, out);
		return out;
	case OPTION_COUNT:
		if (is_default && *(const uint64_t *)value == 0)
			return NULL;
		(void)snprintf(
		    out, VALUE_SIZE, "%" PRIu64, *(const uint64_t *)value);
		return out;
	}
	UNREACHABLE("a kind of option that is none");
}

static void
print_origin(
    const struct option_set *set, const struct option *option, size_t index)
{
	char place[OPTION_PLACE_SIZE];

	options_place(set, option, index, place);
	(void)printf("# %s\n", place);
}

static void
print_texts(const struct option_set *set, const struct option *option)
{
	const struct option_texts *texts =
	    (const void *)((const char *)set->values + option->offset);

	for (size_t i = 0; i < texts->count; i++) {
		print_origin(set, option, i);
		print_text("", options_name(option), texts->items[i]);
	}
}

static void
print_one(const struct option_set *set, const struct option *option)
{
	const void *value = (const char *)set->values + option->offset;
	bool is_default =
	    set->origins[option - set->table].source == OPTION_DEFAULT;
	char text[VALUE_SIZE];

	print_text(is_default ? "# " : "", options_name(option),
	    write_value(option, value, is_default, text));
}

/* Those that speak of the command line, and those of tests, are left out. */
static bool
is_of_a_file(const struct option *option)
{
	return option->help != NULL && !str_is(options_name(option), "help") &&
	       !str_is(options_name(option), "config");
}

void
serve_print(const struct option_set *set)
{
	for (const struct option *at = set->table; at->name != NULL; at++) {
		if (!is_of_a_file(at) ||
		    set->origins[at - set->table].source == OPTION_DEFAULT)
			continue;
		if (at->kind == OPTION_TEXTS) {
			print_texts(set, at);
			continue;
		}
		print_origin(set, at, 0);
		print_one(set, at);
	}
	(void)printf("\n# Defaults:\n");
	for (const struct option *at = set->table; at->name != NULL; at++)
		if (is_of_a_file(at) &&
		    set->origins[at - set->table].source == OPTION_DEFAULT)
			print_one(set, at);
}
