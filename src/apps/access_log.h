/*
 * access_log.h - one line for each request, when it is over.
 *
 *	TIME PEER USER "METHOD TARGET VERSION" STATUS SENT RECEIVED TIME-TAKEN
 *	    interim=COUNT[,first=TIME][,none=REASON] "AGENT"
 *
 * SENT and RECEIVED are octets of content.  interim= says how many interim
 * responses were sent, how long after the request's head the first 102 left,
 * and, where a 102 could not be sent, why.  Status 499: the client had gone.
 *
 * What went wrong also has a line, in words, on standard error.
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

struct exchange;

struct access_log {
	int fd; /* -1: no access log */
	int error_fd;
};

/*
 * path: "-" is standard output, "off" none.  ERR_SYSTEM: the file cannot be
 * opened; see errno.
 */
enum err access_log_open(struct access_log *log, const char *path) MUST_CHECK;
void access_log_close(struct access_log *log);

/* Its status; 499: the client has gone before there was one. */
int access_log_status(const struct exchange *x);

/* From any thread: each line is one write(). */
void access_log_write(struct access_log *log, const struct exchange *x,
    int64_t now_ms, int64_t wall_s);

#endif
