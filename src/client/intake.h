/*
 * intake.h - the heads of a response as they come in, a line at a time.
 *
 * Any number of 1xx, then the final one.  It says when a head is whole, keeps
 * its lines, and stops a server that sends more 1xx than is reasonable.  It
 * does no I/O and reads no clock.
 *
 *	status line -> field lines -> empty line: INTAKE_INTERIM, again
 *	                                          INTAKE_FINAL
 *	whatever follows the final head is a trailer, and passed over, unless
 *	it is a status line: the request was repeated, with credentials
 *
 * 101 is refused: nobody asked to switch (RFC 9110, 15.2.2).  What a 1xx
 * claims about a body means nothing (RFC 9112, 6.3).
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
	INTAKE_COUNT_MAX = 1000,
	INTAKE_SIZE_MAX = 256 * 1024, /* of all 1xx; curl's end is at 300 KiB */
	INTAKE_EACH_SIZE_MAX = 16 * 1024,
	INTAKE_FINAL_SIZE_MAX = 256 * 1024,
	INTAKE_RATE_MAX = 50, /* a second */
	INTAKE_RATE_S = 5,    /* for so long */
};

enum intake_event {
	INTAKE_MORE,
	INTAKE_INTERIM,
	INTAKE_FINAL,
	/* What follows ends the exchange. */
	INTAKE_TOO_MANY,
	INTAKE_TOO_LARGE,
	INTAKE_TOO_FAST,
	INTAKE_SWITCHED,
	INTAKE_MALFORMED,
};

struct intake {
	struct buf lines; /* of the head that comes, or came last */
	int status;       /* its status; 0: none has begun */
	bool is_whole;
	unsigned count;    /* 1xx heads */
	bool was_accepted; /* one of them was 102 or above */
	bool is_odd;       /* one of them claimed to have a body */

	unsigned count_max;
	size_t size_max;
	size_t size;
	int64_t rate_start_ms; /* of the seconds that are counted now */
	unsigned rate_count;
};

/* 0: as above. */
void intake_init(struct intake *intake, unsigned count_max, size_t size_max);
void intake_done(struct intake *intake);

/* A line with its end.  Once it has refused, it is not asked again. */
enum intake_event intake_line(
    struct intake *intake, struct str line, int64_t now_ms);

/*
 * The value of the index-th field of that name in the head that came last.
 * Its data is NULL if there is none.
 */
struct str intake_field(
    const struct intake *intake, const char *name, unsigned index);

/* Why, in words.  Only for what ends the exchange. */
const char *intake_words(enum intake_event event);

#endif
