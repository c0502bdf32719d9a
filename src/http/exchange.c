/*
 * exchange.c - see exchange.h.
 */
#include "http/exchange.h"

#include <stdlib.h>

#include "base/limits.h"

#define TO(event) (1u << (event))

static const unsigned ends[] = {
	[EXCHANGE_IDLE] = 0,
	[EXCHANGE_START] = TO(EXCHANGE_ACCEPTED) | TO(EXCHANGE_ANSWERED),
	[EXCHANGE_BODY] = TO(EXCHANGE_TOOK) | TO(EXCHANGE_ANSWERED),
	[EXCHANGE_FINISH] = TO(EXCHANGE_ANSWERED),
	[EXCHANGE_PULL] = TO(EXCHANGE_PULLED) | TO(EXCHANGE_PULLED_LAST) |
	                  TO(EXCHANGE_BROKEN),
};

static void
on_post(struct loop_post *post)
{
	struct exchange *x =
	    (struct exchange *)(void *)((char *)post -
	                                offsetof(struct exchange, post));

	x->event = x->posted;
	x->resumed(x);
}

struct exchange *
exchange_new(struct loop *loop)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	arena_init(&x->arena, REQUEST_MEMORY_MAX);
	x->request.arena = &x->arena;
	response_init(&x->response, &x->arena);
	buf_init(&x->piece, BODY_PIECE_SIZE_MAX);
	x->log.first_interim_ms = -1;
	x->wake_ms = EXCHANGE_NEVER;
	x->loop = loop;
	x->post.run = on_post;
	return x;
}

void
exchange_free(struct exchange *x)
{
	response_done(&x->response);
	buf_done(&x->piece);
	arena_done(&x->arena);
	free(x);
}

void
exchange_hand_on(struct exchange *x, const struct handler *handler)
{
	CHECK(x->step == EXCHANGE_START);
	CHECK(x->work == NULL);
	x->handler = handler;
	handler->start(handler->context, x);
}

void
exchange_dress_by(struct exchange *x,
    void (*dress)(void *context, struct exchange *x), void *context)
{
	CHECK(x->dress == NULL);
	x->dress = dress;
	x->dress_context = context;
}

void
exchange_dress(struct exchange *x)
{
	if (x->dress != NULL)
		x->dress(x->dress_context, x);
}

/*
 * Inside a handler function the session looks at the event when the function
 * returns; in any other place the loop is told.
 */
static void
complete(struct exchange *x, enum exchange_event event)
{
	CHECK(ends[x->step] & TO(event));
	if (x->loop == NULL || (loop_is_mine(x->loop) && x->is_calling)) {
		CHECK(x->event == EXCHANGE_NOTHING);
		x->event = event;
		return;
	}
	x->posted = event;
	loop_post(x->loop, &x->post);
}

void
exchange_accept(struct exchange *x)
{
	complete(x, EXCHANGE_ACCEPTED);
}

void
exchange_took(struct exchange *x)
{
	complete(x, EXCHANGE_TOOK);
}

void
exchange_answer(struct exchange *x)
{
	CHECK(x->response.status >= 200);
	complete(x, EXCHANGE_ANSWERED);
}

void
exchange_pulled(struct exchange *x, bool is_last)
{
	complete(x, is_last ? EXCHANGE_PULLED_LAST : EXCHANGE_PULLED);
}

void
exchange_break(struct exchange *x)
{
	complete(x, EXCHANGE_BROKEN);
}
