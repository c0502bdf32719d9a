/*
 * date.h - dates as HTTP and WebDAV write them, always in UTC.
 *
 * wall_s is seconds since 1970.  Years 1601 to 9999 can be written and read.
 */
#ifndef DATE_H
#define DATE_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

enum {
	DATE_SIZE = sizeof("Sun, 06 Nov 1994 08:49:37 GMT"),
	DATE_ISO_SIZE = sizeof("1994-11-06T08:49:37Z"),
};

#define DATE_WALL_S_MIN INT64_C(-11644473600) /* 1601-01-01T00:00:00Z */
#define DATE_WALL_S_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/*
 * Both write a final NUL.  A time that cannot be written, which any file may
 * have, becomes the nearest that can.
 */
void date_format(int64_t wall_s, char out[DATE_SIZE]);         /* IMF-fixdate */
void date_format_iso(int64_t wall_s, char out[DATE_ISO_SIZE]); /* RFC 3339 */

/*
 * Reads the three forms of an HTTP-date (RFC 9110, 5.6.7), to the letter: the
 * name of the day must be right, too.  now_s is the wall time: the year of two
 * digits is the last one that is at most 50 years ahead.
 * ERR_SYNTAX: anything else.  ERR_RANGE: before 1601.
 */
enum err date_parse(
    struct str text, int64_t now_s, int64_t *out_wall_s) MUST_CHECK;

#endif
