/*
 * session_request.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "base/limits.h"
#include "http/course.h"

bool
session_request_begin(struct session *s, int64_t now_ms)
{
	struct exchange *x = course_begin(s->config, s->peer, now_ms);

	if (x == NULL) {
		session_core_enter(s, SESSION_OVER, now_ms);
		return false;
	}
	x->session = s;
	x->resumed = session_resumed;
	x->connection = s->number;
	s->x = x;
	s->must_close = false;
	s->is_head_asked = false;
	s->is_desynced = false;
	s->herald = (struct herald){ 0 };
	return true;
}

/* The head is a copy of its own in the arena, which the request borrows. */
static void
parse_head(struct session *s, struct str raw, int64_t now_ms)
{
	struct exchange *x = s->x;
	struct str head;
	int status;

	if (arena_copy(&x->arena, raw, &head) != ERR_NONE) {
		session_response_refuse(s, 431, now_ms);
		return;
	}
	status = head_parse(head, &x->request, &s->must_close);
	if (status != 0) {
		session_response_refuse(s, status, now_ms);
		return;
	}
	s->is_head_asked = str_is(x->request.method, "HEAD");
	course_head(s->config, x);
	content_init(&s->content, x->request.body_size);
	session_core_enter(s, SESSION_START, now_ms);
	course_call(s->x, EXCHANGE_START, str_of(NULL));
}

bool
session_request_head(struct session *s, int64_t now_ms)
{
	enum err err;
	size_t size;

	err = s->input.len == 0 ? ERR_AGAIN : head_scan(&s->scan, s->input);
	if (err == ERR_AGAIN && s->has_input_ended)
		session_core_end(s, now_ms);
	if (err == ERR_AGAIN)
		return false;
	if (!session_request_begin(s, now_ms))
		return false;
	if (err != ERR_NONE) {
		s->input = str_of(NULL);
		session_response_refuse(s, s->scan.status, now_ms);
		return true;
	}
	size = s->scan.start + s->scan.size;
	parse_head(
	    s, str_make(s->input.data + s->scan.start, s->scan.size), now_ms);
	s->input = str_from(s->input, size);
	s->scan = (struct head_scan){ 0 };
	return true;
}

bool
session_request_start(struct session *s, int64_t now_ms)
{
	switch (course_take_event(s->x)) {
	case EXCHANGE_ACCEPTED:
		/* Lazy, and not for whoever sends without waiting for it. */
		if (s->x->request.expects_continue && s->input.len == 0 &&
		    !content_is_done(&s->content))
			session_interim_continue(s, now_ms);
		session_core_enter(s, SESSION_BODY, now_ms);
		return true;
	case EXCHANGE_ANSWERED:
		session_response_begin(s, now_ms);
		return true;
	case EXCHANGE_NOTHING:
	case EXCHANGE_TOOK:
	case EXCHANGE_PULLED:
	case EXCHANGE_PULLED_LAST:
	case EXCHANGE_BROKEN:
		return false;
	}
	return false;
}

static void
start_finish(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;
	bool is_probe =
	    x->prefers_processing && str_is(x->request.method, "OPTIONS");

	session_core_enter(s, SESSION_FINISH, now_ms);
	buf_done(&x->piece);
	/* An OPTIONS is answered at once, and yet asks for a 102 first. */
	if (is_probe)
		session_interim_probe(s, now_ms);
	course_call(s->x, EXCHANGE_FINISH, str_of(NULL));
}

/*
 * Collects content into the piece, no more than fits: what follows waits for
 * the next one.  ERR_AGAIN: neither the piece nor the body is full.
 */
static enum err
collect(struct session *s)
{
	struct buf *piece = &s->x->piece;

	while (piece->len < BODY_PIECE_SIZE_MAX) {
		struct str input = s->input;
		struct str content;
		size_t before;
		enum err err;

		if (input.len > BODY_PIECE_SIZE_MAX - piece->len)
			input.len = BODY_PIECE_SIZE_MAX - piece->len;
		before = input.len;
		err = content_next(&s->content, &input, &content);
		s->input = str_from(s->input, before - input.len);
		if (err != ERR_NONE)
			return err;
		buf_add_str(piece, content);
		s->x->log.received_size += content.len;
		if (piece->err != ERR_NONE || content_is_done(&s->content))
			return piece->err;
	}
	return ERR_NONE;
}

bool
session_request_body(struct session *s, int64_t now_ms)
{
	enum err err = collect(s);

	if (err == ERR_AGAIN) {
		/* A body that ends early changes nothing. */
		bool is_over = s->is_stopping && now_ms >= s->stop_ms;

		if (is_over)
			session_core_end(s, now_ms);
		if (is_over || !s->has_input_ended)
			return false;
		s->x->request.flaw = "The content ended early: it has not the "
		                     "length, or not the last chunk, that was "
		                     "announced.";
		err = ERR_SYNTAX;
	}
	if (err != ERR_NONE) {
		session_response_refuse(
		    s, err == ERR_MEMORY ? 503 : 400, now_ms);
		return true;
	}
	if (s->x->piece.len == 0) {
		start_finish(s, now_ms);
		return true;
	}
	session_core_enter(s, SESSION_PIECE, now_ms);
	course_call(s->x, EXCHANGE_BODY, buf_str(&s->x->piece));
	return true;
}

bool
session_request_piece(struct session *s, int64_t now_ms)
{
	switch (course_take_event(s->x)) {
	case EXCHANGE_TOOK:
		buf_clear(&s->x->piece);
		session_core_enter(s, SESSION_BODY, now_ms);
		return true;
	case EXCHANGE_ANSWERED:
		session_response_begin(s, now_ms);
		return true;
	case EXCHANGE_NOTHING:
	case EXCHANGE_ACCEPTED:
	case EXCHANGE_PULLED:
	case EXCHANGE_PULLED_LAST:
	case EXCHANGE_BROKEN:
		return false;
	}
	return false;
}

bool
session_request_drain(struct session *s, int64_t now_ms)
{
	struct str piece;

	while (!content_is_done(&s->content)) {
		enum err err = content_next(&s->content, &s->input, &piece);

		if (err == ERR_AGAIN && !s->has_input_ended)
			return false;
		if (err != ERR_NONE) {
			session_core_end(s, now_ms);
			return false;
		}
	}
	session_core_enter(s, SESSION_HEAD, now_ms);
	return true;
}
