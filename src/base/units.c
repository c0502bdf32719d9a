/*
 * units.c - see units.h.
 */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>

#define DURATION_MS_MAX ((uint64_t)366 * 24 * 3600 * 1000)
#define SIZE_MAX_VALUE ((uint64_t)INT64_MAX)

struct unit {
	const char *name;
	uint64_t factor;
};

/* value = number * factor of the unit that the text ends with. */
static enum err
scale(struct str text, const struct unit *units, uint64_t max,
    uint64_t *out_value)
{
	struct str digits = text;
	struct str name;
	uint64_t number;
	enum err err;

	while (digits.len > 0 && (digits.data[digits.len - 1] < '0' ||
	                             digits.data[digits.len - 1] > '9'))
		digits.len--;
	name = str_from(text, digits.len);
	for (; units->name != NULL; units++) {
		if (!str_is(name, units->name))
			continue;
		err = str_to_u64(digits, max / units->factor, &number);
		if (err != ERR_NONE)
			return err;
		*out_value = number * units->factor;
		return ERR_NONE;
	}
	return ERR_SYNTAX;
}

static const struct unit durations[] = { { "ms", 1 }, { "s", 1000 },
	{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };

static const struct unit sizes[] = { { "", 1 }, { "k", 1 << 10 },
	{ "m", 1 << 20 }, { "g", 1 << 30 }, { "t", 1ULL << 40 }, { NULL, 0 } };

enum err
units_duration(struct str text, int64_t *out_ms)
{
	uint64_t value;
	enum err err;

	if (str_is(text, "0")) {
		*out_ms = 0;
		return ERR_NONE;
	}
	err = scale(text, durations, DURATION_MS_MAX, &value);
	if (err != ERR_NONE)
		return err;
	*out_ms = (int64_t)value;
	return ERR_NONE;
}

enum err
units_size(struct str text, uint64_t *out_size)
{
	return scale(text, sizes, SIZE_MAX_VALUE, out_size);
}

/* In the largest unit that it is a multiple of. */
static void
write_scaled(
    uint64_t value, const struct unit *units, char out[UNITS_TEXT_SIZE])
{
	const struct unit *best = units;

	for (; units->name != NULL; units++)
		if (value % units->factor == 0)
			best = units;
	(void)snprintf(out, UNITS_TEXT_SIZE, "%" PRIu64 "%s",
	    value / best->factor, best->name);
}

void
units_duration_text(int64_t ms, char out[UNITS_TEXT_SIZE])
{
	CHECK(ms >= 0);
	if (ms == 0)
		(void)snprintf(out, UNITS_TEXT_SIZE, "0");
	else
		write_scaled((uint64_t)ms, durations, out);
}

void
units_size_text(uint64_t size, char out[UNITS_TEXT_SIZE])
{
	if (size == 0)
		(void)snprintf(out, UNITS_TEXT_SIZE, "0");
	else
		write_scaled(size, sizes, out);
}
