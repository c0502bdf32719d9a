/*
 * pace.h - how fast it goes, and how long it will go on.
 *
 *	init -> at, at, at ... -> rate, left_s
 *
 * The rate is that of the last seconds, not of the whole, smoothed: a number
 * that a person can read.  Reads no clock.
 */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
	int64_t first_ms;
	int64_t last_ms;
	uint64_t first_done;
	uint64_t last_done;
	uint64_t total; /* 0: not known */
	double rate;    /* a second; 0: not known yet */
	int has_begun;
};

void pace_init(struct pace *pace);

/* What is done never goes down: a smaller number begins anew. */
void pace_at(struct pace *pace, int64_t now_ms, uint64_t done, uint64_t total);

/* -1: not known. */
int64_t pace_left_s(const struct pace *pace);

#endif
