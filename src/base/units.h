/*
 * units.h - durations and sizes as people write them, everywhere the same.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

/*
 * "500ms", "20s", "5m", "24h"; a unit must be there, except with 0.
 * ERR_SYNTAX; ERR_RANGE: more than a year.
 */
enum err units_duration(struct str text, int64_t *out_ms) MUST_CHECK;

/* "512", "64k", "10m", "2g", "1t", of 1024; octets.  ERR_SYNTAX, ERR_RANGE. */
enum err units_size(struct str text, uint64_t *out_size) MUST_CHECK;

#endif
