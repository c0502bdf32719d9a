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

void
session_core_enter(struct session *s, enum session_state state, int64_t now_ms)
{
	CHECK(moves[s->state] & TO(state));
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
