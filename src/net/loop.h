/*
 * loop.h - one thread's event loop (libuv), its clock, and the way to reach it
 * from other threads.
 *
 *	new -> (listeners, connections) -> run ... stop -> free
 *
 * Only loop_post(), loop_stop() and loop_is_mine() may be called from another
 * thread.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

struct loop;
struct uv_loop_s;

/*
 * Something to be done on the loop's thread.  The owner keeps it alive until
 * run() has been called, and posts it once at a time.
 */
struct loop_post {
	void (*run)(struct loop_post *post);
	struct loop_post *next;
};

struct loop *loop_new(void);       /* NULL: no memory, no descriptors */
void loop_free(struct loop *loop); /* everything on it must be closed */

/* Runs until loop_stop(), and until all that was on it is closed. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
void loop_post(struct loop *loop, struct loop_post *post);
bool loop_is_mine(const struct loop *loop); /* on the loop's own thread */
bool loop_is_stopping(const struct loop *loop);

/*
 * Something on another thread will still post to this loop: it does not end
 * before the release.  On the loop's thread only.
 */
void loop_hold(struct loop *loop);
void loop_release(struct loop *loop);

int64_t loop_now_ms(struct loop *loop); /* monotonic, as of this turn */
int64_t loop_wall_s(struct loop *loop); /* since 1970, as of this turn */

struct uv_loop_s *loop_uv(struct loop *loop); /* for src/net only */

/*
 * Registers what is to be told, once, when the loop stops: it then closes
 * itself.  Removed again by the owner when it closes by itself.
 */
struct loop_closer {
	void (*stop)(struct loop_closer *closer);
	struct loop_closer *previous;
	struct loop_closer *next;
};
void loop_add_closer(struct loop *loop, struct loop_closer *closer);
void loop_remove_closer(struct loop *loop, struct loop_closer *closer);

#endif
