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

enum { UNITS_TEXT_SIZE = 24 };

/* "512", "64k", "10m", "2g", "1t", of 1024; octets.  ERR_SYNTAX, ERR_RANGE. */
enum err units_size(struct str text, uint64_t *out_size) MUST_CHECK;

/* The shortest text that is read as the same value. */
void units_duration_text(int64_t ms, char out[UNITS_TEXT_SIZE]);
void units_size_text(uint64_t size, char out[UNITS_TEXT_SIZE]);

#endif
