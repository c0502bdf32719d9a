/*
 * session.c - see session.h.
 */
#include "http/session.h"

#include <stdlib.h>

#include "base/limits.h"
#include "http/course.h"
#include "http/exchange.h"
#include "http/session_inside.h"

static struct session *
session_of(void *context)
{
	struct session *s = context;

	CHECK(s->magic == SESSION_MAGIC);
	return s;
}

static bool
advance_once(struct session *s, int64_t now_ms)
{
	switch (s->state) {
	case SESSION_HEAD:
		return session_request_head(s, now_ms);
	case SESSION_START:
		return session_request_start(s, now_ms);
	case SESSION_BODY:
		return session_request_body(s, now_ms);
	case SESSION_PIECE:
		return session_request_piece(s, now_ms);
	case SESSION_FINISH:
		return session_response_finish(s, now_ms);
	case SESSION_SENDING:
		return session_response_sending(s, now_ms);
	case SESSION_PULL:
		return session_response_pull(s, now_ms);
	case SESSION_DRAIN:
		return session_request_drain(s, now_ms);
	case SESSION_CLOSING:
		if (sender_is_empty(&s->sender))
			session_core_enter(s, SESSION_OVER, now_ms);
		return false;
	case SESSION_OVER:
		return false;
	}
	UNREACHABLE("a state that is none");
}

/* Goes as far as the input and the handler allow; keeps what is left. */
static void
advance(struct session *s, struct str octets, int64_t now_ms)
{
	bool is_kept = s->in.len > 0;

	if (is_kept)
		buf_add_str(&s->in, octets);
	s->input = is_kept ? buf_str(&s->in) : octets;
	while (advance_once(s, now_ms))
		continue;
	if (is_kept)
		buf_cut(&s->in, s->in.len - s->input.len);
	else
		buf_add_str(&s->in, s->input);
	s->input = str_of(NULL);
	if (s->in.err != ERR_NONE || s->sender.out.err != ERR_NONE)
		session_core_end(s, now_ms); /* no memory */
	/* An idle connection costs little. */
	if (s->in.len == 0)
		buf_done(&s->in);
	if (s->state == SESSION_HEAD)
		sender_done(&s->sender);
}

void
session_resumed(struct exchange *x)
{
	struct session *s = x->session;
	int64_t now_ms;

	if (s == NULL) {
		course_left(x);
		return;
	}
	now_ms = s->config->now_ms(s->config->context);
	advance(s, str_of(NULL), now_ms);
	if (s->conn != NULL)
		conn_kick(s->conn);
}

static bool
is_reading(const struct session *s)
{
	return s->state == SESSION_HEAD || s->state == SESSION_BODY ||
	       s->state == SESSION_DRAIN;
}

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	struct session *s = session_of(context);

	if (s->state == SESSION_OVER || s->state == SESSION_CLOSING)
		return;
	if (s->state == SESSION_HEAD && s->in.len == 0)
		s->since_ms = now_ms; /* the head's time runs from here */
	patience_feed(&s->patience, octets.len, now_ms);
	if (s->state == SESSION_FINISH)
		session_interim_doubt(s, now_ms);
	advance(s, octets, now_ms);
}

static void
on_input_ended(void *context, int64_t now_ms)
{
	struct session *s = session_of(context);

	/* It may have closed its own side only: what is whole is answered. */
	s->has_input_ended = true;
	if (s->state == SESSION_BODY && !s->config->is_end_departure)
		advance(s, str_of(NULL), now_ms);
	else if (is_reading(s) || s->config->is_end_departure)
		session_core_end(s, now_ms);
}

static bool
wants_input(void *context)
{
	struct session *s = session_of(context);

	switch (s->state) {
	case SESSION_HEAD:
	case SESSION_BODY:
	case SESSION_DRAIN:
		return true;
	case SESSION_START:
	case SESSION_PIECE:
	case SESSION_FINISH:
		return s->in.len < READ_AHEAD_SIZE_MAX;
	case SESSION_SENDING:
	case SESSION_PULL:
	case SESSION_CLOSING:
	case SESSION_OVER:
		return false;
	}
	return false;
}

static bool
on_output(void *context, struct conn_output *out)
{
	struct session *s = session_of(context);

	return s->state != SESSION_OVER && sender_output(&s->sender, out);
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	struct session *s = session_of(context);

	sender_sent(&s->sender, size);
	patience_feed(&s->patience, size, now_ms);
	if (!sender_is_empty(&s->sender))
		return;
	herald_flushed(&s->herald, now_ms);
	advance(s, str_of(NULL), now_ms);
}

/* When the peer has had its time; or CONN_NEVER. */
static int64_t
end_ms(const struct session *s)
{
	int64_t patience_ms =
	    s->in.len > 0 ? s->config->head_ms : s->config->idle_ms;

	if (s->is_stopping && is_reading(s) &&
	    s->stop_ms < patience_end_ms(&s->patience))
		return s->stop_ms;
	if (s->state != SESSION_HEAD)
		return patience_end_ms(&s->patience);
	return patience_ms > 0 ? s->since_ms + patience_ms : CONN_NEVER;
}

/* The handler is at work on a step that may be told of the time. */
static bool
is_waiting(const struct session *s)
{
	return s->state == SESSION_FINISH || s->state == SESSION_PULL;
}

static int64_t
next_ms(void *context)
{
	struct session *s = session_of(context);
	int64_t due_ms = end_ms(s);

	if (s->state == SESSION_FINISH) {
		int64_t herald_ms = herald_next_ms(&s->herald);

		due_ms = herald_ms < due_ms ? herald_ms : due_ms;
	}
	if (is_waiting(s) && s->x->wake_ms < due_ms)
		due_ms = s->x->wake_ms;
	return due_ms;
}

static void
tick(void *context, int64_t now_ms)
{
	struct session *s = session_of(context);

	if (is_waiting(s)) {
		course_wake(s->x, now_ms);
		advance(s, str_of(NULL), now_ms);
		return;
	}
	if (now_ms < end_ms(s))
		return;
	if (s->is_stopping && is_reading(s))
		session_core_end(s, now_ms);
	else if (s->state == SESSION_HEAD && s->scan.scanned > 0 &&
	         session_request_begin(s, now_ms))
		session_response_refuse(s, 408, now_ms);
	else if (s->state == SESSION_BODY)
		session_response_refuse(s, 408, now_ms);
	else
		session_core_end(s, now_ms);
	advance(s, str_of(NULL), now_ms);
}

static bool
is_idle(void *context)
{
	struct session *s = session_of(context);

	return s->state == SESSION_HEAD && s->in.len == 0;
}

static bool
is_over(void *context)
{
	return session_of(context)->state == SESSION_OVER;
}

static void
on_stop(void *context, int64_t now_ms)
{
	struct session *s = session_of(context);

	s->is_stopping = true;
	s->must_close = true;
	s->stop_ms = now_ms + s->config->stop_ms;
	if (s->state == SESSION_HEAD ||
	    (is_reading(s) && s->config->stop_ms == 0))
		session_core_end(s, now_ms);
}

static void
session_free(void *context)
{
	struct session *s = session_of(context);

	session_core_end(s, s->config->now_ms(s->config->context));
	buf_done(&s->in);
	sender_done(&s->sender);
	s->magic = 0;
	free(s);
}

const struct protocol session_protocol = {
	.input = on_input,
	.input_ended = on_input_ended,
	.wants_input = wants_input,
	.output = on_output,
	.sent = on_sent,
	.next_ms = next_ms,
	.tick = tick,
	.is_idle = is_idle,
	.is_over = is_over,
	.stop = on_stop,
	.free = session_free,
};

void *
session_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->magic = SESSION_MAGIC;
	s->state = SESSION_HEAD;
	s->config = config;
	s->conn = conn;
	s->peer = peer;
	s->number = ++config->session_count;
	s->since_ms = now_ms;
	buf_init(&s->in, INPUT_SIZE_MAX);
	sender_init(&s->sender);
	return s;
}
