/*
 * suggest.h - what a misspelt word was meant to be.
 *
 *	init -> offer each word that there is -> word
 */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

#include "base/str.h"

enum { SUGGEST_SIZE_MAX = 32 }; /* longer words are nobody's slip */

struct suggestion {
	struct str typed;
	struct str best;
	size_t distance; /* of the best */
};

/* Both borrow what they are given. */
void suggest_init(struct suggestion *it, struct str typed);
void suggest_offer(struct suggestion *it, struct str word);

/* Empty: none is like it. */
struct str suggest_word(const struct suggestion *it);

/*
 * How many letters are missing, too many, wrong or swapped with the next.
 * Both are at most SUGGEST_SIZE_MAX long.
 */
size_t suggest_distance(struct str a, struct str b);

#endif
