/*
 * table.h - rows of text in columns, for a person at a terminal.
 *
 *	init -> a cell for each column, row after row -> print -> done
 *
 * A column is as wide as its widest cell.  What is in a cell can come from a
 * stranger: control characters, and those that turn the direction of writing,
 * are shown as "?", so that nothing on the screen is what it is not.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum { TABLE_COLUMN_COUNT_MAX = 12 };

struct table {
	struct buf cells; /* each with a NUL behind it */
	size_t widths[TABLE_COLUMN_COUNT_MAX];
	size_t column_count;
	size_t cell_count;
};

/* heads has a NULL at its end. */
void table_init(struct table *table, const char *const *heads);
void table_done(struct table *table);

/* An empty text is shown as "-". */
void table_add(struct table *table, struct str text);

/* All rows, with their heads.  ERR_MEMORY, ERR_LIMIT: too much was added. */
enum err table_print(const struct table *table, FILE *out) MUST_CHECK;

enum { TABLE_TEXT_SIZE = 32 };

/* "512", "1.5k", "20m": as units.h reads them. */
void table_format_size(uint64_t size, char out[TABLE_TEXT_SIZE]);

/* "45s", "3m20s", "2h05m", "4d3h". */
void table_format_age(int64_t age_s, char out[TABLE_TEXT_SIZE]);

#endif
