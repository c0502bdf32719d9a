/*
 * measure.h - looks at a whole server: what its metrics say of the moment, and
 * whether it is well.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

#include "base/buf.h"

struct server;

enum { MEASURE_SPACE_MIN = 16 * 1024 * 1024 }; /* less is as good as full */

/* The clock of the metrics: monotonic. */
int64_t measure_now_us(void);

/* What can be told before the first connection; the server is open. */
void measure_begin(struct server *server);

/*
 * The functions of apps/vitals.h, for a context that is the server.  They may
 * block, on any thread.
 */
const char *measure_trouble(void *context);
void measure_write(void *context, struct buf *out);

#endif
