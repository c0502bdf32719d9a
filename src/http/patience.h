/*
 * patience.h - how long a peer is waited for that sends, or takes, too slowly.
 *
 *	begin -> feed, rest, resume, feed ... -> end_ms
 *
 * It is a store of time.  Full at the start, it empties while we wait for the
 * peer, and rests while the peer waits for us.  Octets fill it again, each by
 * the time that it may take at the lowest rate, and never above its size.  So
 * one octet a minute gains nothing to speak of; whoever is as fast as the rate
 * on average may go on for ever; and whoever was fast may pause, for as long
 * as the store is large.
 *
 * No clock: now_ms is given.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATIENCE_NEVER INT64_MAX

struct patience {
	int64_t size_ms; /* 0: it has no end */
	uint64_t rate;   /* octets a second; 0: an octet fills it */
	int64_t left_us; /* at since_ms */
	int64_t since_ms;
	bool is_waiting;
};

/* Full, and waiting. */
void patience_begin(
    struct patience *it, int64_t size_ms, uint64_t rate, int64_t now_ms);

/* It is our turn; it is the peer's again.  Said twice, it changes nothing. */
void patience_rest(struct patience *it, int64_t now_ms);
void patience_resume(struct patience *it, int64_t now_ms);

/* The peer sent, or took, so many octets.  Also while it rests. */
void patience_feed(struct patience *it, size_t size, int64_t now_ms);

/* When it ends if nothing more comes; PATIENCE_NEVER while it rests. */
int64_t patience_end_ms(const struct patience *it);

#endif
