/*
 * way.h - what reaches us of a 102, by origin, remembered for a day.
 *
 * The file has a line for each: ORIGIN ASKED WORDS.  It is a hint: whoever
 * cannot read or write it only asks again.
 */
#ifndef WAY_H
#define WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct tarry_way;

enum {
	WAY_SIZE_MAX = 256 * 1024,
	WAY_AGE_S_MAX = 24 * 3600,
};

/* Whether text has a line for the origin that is not too old. */
bool way_find(struct str text, struct str origin, int64_t wall_s,
    struct tarry_way *out_way);

bool way_recall(const char *dir, const char *origin, int64_t wall_s,
    struct tarry_way *out_way);
void way_remember(const char *dir, const char *origin, int64_t wall_s,
    const struct tarry_way *way);

#endif
