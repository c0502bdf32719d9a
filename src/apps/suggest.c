/*
 * suggest.c - see suggest.h.
 */
#include "apps/suggest.h"

#include <stdint.h>

void
suggest_init(struct suggestion *it, struct str typed)
{
	*it = (struct suggestion){ .typed = typed, .distance = SIZE_MAX };
}

/* A third of the letters may be wrong, and one of a short word. */
static size_t
distance_max(struct str typed)
{
	return (typed.len + 2) / 3;
}

void
suggest_offer(struct suggestion *it, struct str word)
{
	size_t distance;

	if (it->typed.len > SUGGEST_SIZE_MAX || word.len > SUGGEST_SIZE_MAX)
		return;
	distance = suggest_distance(it->typed, word);
	if (distance > distance_max(it->typed) || distance >= it->distance)
		return;
	it->best = word;
	it->distance = distance;
}

struct str
suggest_word(const struct suggestion *it)
{
	return it->best;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows of its table at a time. */
size_t
suggest_distance(struct str a, struct str b)
{
	size_t rows[3][SUGGEST_SIZE_MAX + 1];

	CHECK(a.len <= SUGGEST_SIZE_MAX);
	CHECK(b.len <= SUGGEST_SIZE_MAX);
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool is_same = a.data[i - 1] == b.data[j - 1];

			row[j] = least(above[j - 1] + (is_same ? 0 : 1),
			    least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1])
				row[j] =
				    least(row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a.len % 3][b.len];
}
