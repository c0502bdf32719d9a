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
 *
 * No octet of a client can end a line, or the quotes it is in, or make two
 * lines run together: odd ones are written \xHH, long texts are cut and end
 * with "...", and so a line is never longer than what a pipe takes at once.
 *
 *	open -> write, from many threads; prepare, switch -> close
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

struct exchange;

struct access_log {
	int fd;            /* the same for as long as it is open */
	atomic_bool is_on; /* else fd is /dev/null */
	int error_fd;
};

/*
 * path: "-" is standard output, "off" none.  ERR_SYSTEM: the file cannot be
 * opened; see errno.
 */
enum err access_log_open(struct access_log *log, const char *path) MUST_CHECK;
void access_log_close(struct access_log *log);

/* Could it be opened?  Makes nothing.  ERR_SYSTEM: no; see errno. */
enum err access_log_probe(const char *path) MUST_CHECK;

/*
 * Opens path for a log that is open, also the same path, whose file may have
 * been moved away.  The descriptor is for one of the two that follow, which
 * cannot fail; lines go to the old one or to the new, none is lost.
 */
enum err access_log_prepare(const char *path, int *out_fd) MUST_CHECK;
void access_log_switch(struct access_log *log, const char *path, int fd);
void access_log_forget(int fd);

/* Its status; 499: the client has gone before there was one. */
int access_log_status(const struct exchange *x);

/* From any thread: each line is one write(). */
void access_log_write(struct access_log *log, const struct exchange *x,
    int64_t now_ms, int64_t wall_s);

#endif
