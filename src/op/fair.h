/*
 * fair.h - whose turn it is: queues of things to run, one for each principal.
 *
 *	enter -> ready -> take -> leave
 *	enter -> ready -> withdraw -> leave
 *	enter -> leave
 *
 * Principals that have something ready take turns; the things of one principal
 * come in their order.  Nobody has more than running_max taken, nor more than
 * count_max entered, at once.  Not for two threads at once.
 */
#ifndef FAIR_H
#define FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct fair_principal;

struct fair {
	size_t count_max;             /* of one principal */
	size_t running_max;           /* of one principal */
	struct fair_principal *first; /* whose turn is next */
	struct fair_principal *last;
};

enum fair_state { FAIR_ENTERED, FAIR_READY, FAIR_TAKEN };

/* A part of the thing that is to be run. */
struct fair_item {
	void *thing;

	/* fair.c's own. */
	enum fair_state state;
	struct fair_principal *principal;
	struct fair_item *previous;
	struct fair_item *next;
};

void fair_init(struct fair *fair, size_t count_max, size_t running_max);
void fair_done(struct fair *fair); /* everything has left */

/* ERR_BUSY: count_max of this principal are there.  ERR_MEMORY. */
enum err fair_enter(
    struct fair *fair, struct str principal, struct fair_item *item) MUST_CHECK;
void fair_ready(struct fair *fair, struct fair_item *item);

/* The next to run, or NULL: nothing is ready, or all are at their limit. */
struct fair_item *fair_take(struct fair *fair);

void fair_withdraw(struct fair *fair, struct fair_item *item);
void fair_leave(struct fair *fair, struct fair_item *item); /* is not ready */

#endif
