/*
 * range.h - which parts of a file a Range field asks for (RFC 9110, 14).
 */
#ifndef RANGE_H
#define RANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/str.h"

enum range_verdict {
	RANGE_WHOLE,         /* send all: there is no range to honour */
	RANGE_PARTIAL,       /* 206 */
	RANGE_UNSATISFIABLE, /* 416 */
};

struct range {
	uint64_t offset;
	uint64_t size; /* never 0 */
};

/*
 * Resolves the value of a Range field against a file of size octets.
 *
 * PARTIAL: out_ranges has room for RANGE_COUNT_MAX; *out_count, at least one,
 * are filled in, all inside the file.  None touches another: those that do are
 * made one, at the place of the first.  Else the order is the peer's.
 *
 * WHOLE: another unit, a malformed value, more than RANGE_COUNT_MAX ranges,
 * more than two that overlap one before them (RFC 9110, 17.15), or an empty
 * file (14.2).
 */
enum range_verdict range_resolve(struct str value, uint64_t size,
    struct range *out_ranges, size_t *out_count) MUST_CHECK;

#endif
