/*
 * watch.c - see watch.h.
 */
#include "dav/watch.h"

enum watch_state {
	WATCH_IDLE,
	WATCH_BEGINNING, /* watch_begin() has not returned */
	WATCH_ON,
	WATCH_OVER, /* over() was called, or watch_begin() is false, or left */
};

/* False: another was faster. */
static bool
move(struct watch *watch, int from, int to)
{
	return atomic_compare_exchange_strong(&watch->state, &from, to);
}

static void
on_event(struct operation_observer *observer)
{
	struct watch *watch = observer->context;

	/* While it begins, the one who begins goes on. */
	if (move(watch, WATCH_BEGINNING, WATCH_OVER))
		return;
	if (move(watch, WATCH_ON, WATCH_OVER))
		watch->over(watch);
}

void
watch_init(struct watch *watch, struct operation *operation)
{
	CHECK(watch->operation == NULL);
	watch->operation = operation;
	watch->observer.context = watch;
	watch->observer.done = on_event;
}

bool
watch_begin(struct watch *watch)
{
	CHECK(watch->operation != NULL);
	CHECK(watch->over != NULL);
	watch->observer.changed = watch->minds_state ? on_event : NULL;
	if (!move(watch, WATCH_IDLE, WATCH_BEGINNING))
		return false; /* left before it began */
	if (!operation_observe(watch->operation, &watch->observer)) {
		atomic_store(&watch->state, WATCH_OVER);
		return false;
	}
	return move(watch, WATCH_BEGINNING, WATCH_ON);
}

bool
watch_is_on(const struct watch *watch)
{
	return atomic_load(&watch->state) == WATCH_ON;
}

bool
watch_leave(struct watch *watch)
{
	if (move(watch, WATCH_IDLE, WATCH_OVER) ||
	    move(watch, WATCH_BEGINNING, WATCH_OVER))
		return false;
	return move(watch, WATCH_ON, WATCH_OVER);
}

void
watch_end(struct watch *watch)
{
	CHECK(!watch_is_on(watch));
	if (watch->operation != NULL)
		operation_unobserve(watch->operation, &watch->observer);
	atomic_store(&watch->state, WATCH_IDLE);
}

void
watch_done(struct watch *watch)
{
	if (watch->operation == NULL)
		return;
	watch_end(watch);
	operation_unref(watch->operation);
	watch->operation = NULL;
}
