/*
 * monitor.h - what a status resource says: ours, or another's as far as it can
 * be understood.
 *
 * Ours is JSON, see docs/operations.md.  Others answer 202 while they work,
 * perhaps with JSON that has "status" and "percentageComplete", and then
 * something else.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
	MONITOR_SIZE_MAX = 1024 * 1024,
	MONITOR_STATE_SIZE = 32,
};

enum monitor_phase {
	MONITOR_RUNNING,
	MONITOR_DONE,
	MONITOR_FAILED,
	MONITOR_CANCELLED,
};

struct monitor {
	enum monitor_phase phase;
	bool is_ours;
	char state[MONITOR_STATE_SIZE]; /* the server's word; may be empty */
	uint64_t members_done;
	uint64_t members_total; /* 0: not known, as below */
	uint64_t bytes_done;
	uint64_t bytes_total;
	int64_t left_s; /* -1: not known */
	int status;     /* of the final response; 0: none yet */
};

/*
 * What came of a GET: its status and body.  Adds the reference to the final
 * response, if it names one, to out_response.
 */
void monitor_read(struct str body, int status, struct monitor *out_monitor,
    struct buf *out_response);

/* The value of a Retry-After, in milliseconds: within 0.2 s and 60 s. */
int64_t monitor_retry_ms(struct str value);

#endif
