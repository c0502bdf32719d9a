/*
 * pool.h - threads for work that waits for a disk, so that no loop does.
 *
 * Jobs start in the order in which they were submitted.  They may wait for the
 * disk, never for a client.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

#include "base/check.h"

struct pool;

/* Lives in its owner, who keeps it until run() is called. */
struct job {
	void (*run)(struct job *job);
	struct job *next;
};

struct pool *pool_new(size_t thread_count); /* NULL: no memory, no threads */

/* Runs what was submitted to its end, then ends the threads. */
void pool_free(struct pool *pool);

/* How many jobs wait for a thread; from any thread. */
size_t pool_waiting_count(struct pool *pool);

/* From any thread. */
void pool_submit(struct pool *pool, struct job *job);

#endif
