/*
 * pairs.h - what a 102 tells: Status-URI and Progress, as anyone writes them.
 *
 *	Status-URI: 423 <http://host/a> 201 <http://host/b>	RFC 2518, 9.7
 *	Status-URI: 423 </a>, 201 </b>		draft-wright-http-progress
 *	Progress: 120/4000 "copying"
 *
 * What is malformed is passed over; what follows it may still be read.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct pair {
	int status;     /* 100 to 999 */
	struct str uri; /* as it was written; may be relative */
};

/* Takes the next pair off the value of a field.  False: there is none. */
bool pairs_next(struct str *value, struct pair *out_pair);

/*
 * *out_total is 0 where it is not known.  False: it does not begin with a
 * number; nothing was written.
 */
bool pairs_progress(struct str value, uint64_t *out_done, uint64_t *out_total);

#endif
