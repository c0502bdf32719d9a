/*
 * table.c - see table.h.
 */
#include "apps/table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

enum { CELLS_SIZE_MAX = 512 * 1024 * 1024, GAP = 2 };

void
table_init(struct table *table, const char *const *heads)
{
	*table = (struct table){ .column_count = 0 };
	buf_init(&table->cells, CELLS_SIZE_MAX);
	while (heads[table->column_count] != NULL)
		table->column_count++;
	CHECK(table->column_count > 0);
	CHECK(table->column_count <= TABLE_COLUMN_COUNT_MAX);
	for (size_t i = 0; i < table->column_count; i++)
		table_add(table, str_of(heads[i]));
}

void
table_done(struct table *table)
{
	buf_done(&table->cells);
}

/*
 * Takes the next character off the text.  Not a judge of UTF-8: what is none
 * is taken octet by octet.
 */
static struct str
take_character(struct str *text)
{
	unsigned char first = (unsigned char)text->data[0];
	size_t size = first >= 0xf0   ? 4
	              : first >= 0xe0 ? 3
	              : first >= 0xc0 ? 2
	                              : 1;
	struct str character = { text->data, 1 };

	while (character.len < size && character.len < text->len &&
	       ((unsigned char)text->data[character.len] & 0xc0) == 0x80)
		character.len++;
	if (character.len < size)
		character.len = 1;
	*text = str_from(*text, character.len);
	return character;
}

/*
 * Controls: U+0000 to U+001F, U+007F, U+0080 to U+009F; directions and
 * invisible ones: U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF.
 */
static bool
is_plain(struct str character)
{
	unsigned char octets[4] = { 0 };

	memcpy(octets, character.data, character.len);
	if (character.len == 1)
		return octets[0] >= 0x20 && octets[0] < 0x7f;
	if (octets[0] == 0xc2)
		return octets[1] >= 0xa0;
	if (octets[0] == 0xe2 && octets[1] == 0x80)
		return octets[2] < 0x8b ||
		       (octets[2] > 0x8f && octets[2] < 0xa8) ||
		       octets[2] > 0xae;
	if (octets[0] == 0xe2 && octets[1] == 0x81)
		return octets[2] < 0xa0 || octets[2] > 0xaf;
	return octets[0] != 0xef || octets[1] != 0xbb || octets[2] != 0xbf;
}

void
table_add(struct table *table, struct str text)
{
	size_t column = table->cell_count++ % table->column_count;
	size_t width = 0;

	if (text.len == 0)
		text = str_of("-");
	while (text.len > 0) {
		struct str character = take_character(&text);

		if (is_plain(character))
			buf_add_str(&table->cells, character);
		else
			buf_add_char(&table->cells, '?');
		width++;
	}
	buf_add_char(&table->cells, '\0');
	if (width > table->widths[column])
		table->widths[column] = width;
}

static size_t
width_of(struct str text)
{
	size_t width = 0;

	while (text.len > 0) {
		(void)take_character(&text);
		width++;
	}
	return width;
}

enum err
table_print(const struct table *table, FILE *out)
{
	struct str rest = buf_str(&table->cells);

	CHECK(table->cell_count % table->column_count == 0);
	if (table->cells.err != ERR_NONE)
		return table->cells.err;
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t column = i % table->column_count;
		struct str cell = str_cut(&rest, '\0');
		bool is_last = column + 1 == table->column_count;
		size_t space =
		    is_last ? 0 : table->widths[column] + GAP - width_of(cell);

		(void)fprintf(out, "%.*s%*s%s", STR_ARG(cell), (int)space, "",
		    is_last ? "\n" : "");
	}
	return ERR_NONE;
}

void
table_format_size(uint64_t size, char out[TABLE_TEXT_SIZE])
{
	static const char units[] = "kmgtpe";
	double value = (double)size;
	size_t unit = 0;

	if (size < 1024) {
		(void)snprintf(out, TABLE_TEXT_SIZE, "%" PRIu64, size);
		return;
	}
	/* Not 1024k, but 1m: as it is printed, rounded. */
	value /= 1024;
	while (value >= 1023.5) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(out, TABLE_TEXT_SIZE, value < 9.95 ? "%.1f%c" : "%.0f%c",
	    value, units[unit]);
}

void
table_format_age(int64_t age_s, char out[TABLE_TEXT_SIZE])
{
	int64_t minutes = age_s / 60;
	int64_t hours = minutes / 60;

	if (age_s < 60)
		(void)snprintf(out, TABLE_TEXT_SIZE, "%" PRId64 "s",
		    age_s < 0 ? 0 : age_s);
	else if (minutes < 60)
		(void)snprintf(out, TABLE_TEXT_SIZE,
		    "%" PRId64 "m%02" PRId64 "s", minutes, age_s % 60);
	else if (hours < 24)
		(void)snprintf(out, TABLE_TEXT_SIZE,
		    "%" PRId64 "h%02" PRId64 "m", hours, minutes % 60);
	else
		(void)snprintf(out, TABLE_TEXT_SIZE, "%" PRId64 "d%" PRId64 "h",
		    hours / 24, hours % 24);
}
