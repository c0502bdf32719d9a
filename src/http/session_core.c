/*
 * session_core.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "http/course.h"

#define TO(state) (1u << (state))

static const unsigned moves[] = {
	[SESSION_HEAD] =
	    TO(SESSION_START) | TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_START] =
	    TO(SESSION_BODY) | TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_BODY] = TO(SESSION_PIECE) | TO(SESSION_FINISH) |
	                 TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_PIECE] =
	    TO(SESSION_BODY) | TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_FINISH] = TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_SENDING] = TO(SESSION_PULL) | TO(SESSION_HEAD) |
	                    TO(SESSION_DRAIN) | TO(SESSION_CLOSING) |
	                    TO(SESSION_OVER),
	[SESSION_PULL] = TO(SESSION_SENDING) | TO(SESSION_OVER),
	[SESSION_DRAIN] = TO(SESSION_HEAD) | TO(SESSION_OVER),
	[SESSION_CLOSING] = TO(SESSION_OVER),
	[SESSION_OVER] = 0,
};

/* How long a peer may take for its part in this state; 0: it has none. */
static int64_t
patience_of(const struct session *s, enum session_state state)
{
	switch (state) {
	case SESSION_BODY:
	case SESSION_DRAIN:
		return s->config->body_ms;
	case SESSION_SENDING:
	case SESSION_CLOSING:
		return s->config->send_ms;
	case SESSION_HEAD: /* see session.c */
	case SESSION_START:
	case SESSION_PIECE:
	case SESSION_FINISH:
	case SESSION_PULL:
	case SESSION_OVER:
		return 0;
	}
	UNREACHABLE("a state that is none");
}

/* A body, and a response, that goes on after our part in it. */
static bool
goes_on(enum session_state from, enum session_state to)
{
	return (from == SESSION_PIECE && to == SESSION_BODY) ||
	       (from == SESSION_PULL && to == SESSION_SENDING);
}

void
session_core_enter(struct session *s, enum session_state state, int64_t now_ms)
{
	int64_t patience_ms = patience_of(s, state);

	CHECK(moves[s->state] & TO(state));
	if (patience_ms == 0)
		patience_rest(&s->patience, now_ms);
	else if (goes_on(s->state, state))
		patience_resume(&s->patience, now_ms);
	else
		patience_begin(
		    &s->patience, patience_ms, s->config->rate_min, now_ms);
	s->state = state;
	s->since_ms = now_ms;
}

void
session_core_part(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;

	if (x == NULL)
		return;
	s->x = NULL;
	/* What waits still was not sent. */
	x->log.sent_size -= s->sender.body.len + s->sender.file_size;
	(void)course_part(s->config, x, now_ms); /* it comes back by itself */
}

void
session_core_end(struct session *s, int64_t now_ms)
{
	if (s->state == SESSION_OVER)
		return;
	session_core_part(s, now_ms);
	sender_done(&s->sender);
	session_core_enter(s, SESSION_OVER, now_ms);
}
