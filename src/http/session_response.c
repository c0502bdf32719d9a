/*
 * session_response.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "base/limits.h"
#include "http/course.h"
#include "http/h1_write.h"

void
session_response_begin(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;
	struct response *response = &x->response;
	struct h1_head head = { .date = course_date(s->config) };

	buf_done(&x->piece);
	herald_close(&s->herald);
	if (s->is_desynced) {
		/* It would be taken for the answer to another request. */
		session_core_end(s, now_ms);
		return;
	}
	course_complete(x);
	head.framing =
	    h1_write_framing(&x->request, response, &head.content_size);
	s->must_close |= response->must_close || s->config->is_ending ||
	                 s->is_stopping || head.framing == H1_CLOSE;
	if (s->herald.must_close_after && s->herald.interim.count > 0)
		s->must_close = true;
	if (x->handler != NULL && !content_is_done(&s->content) &&
	    (x->request.expects_continue ||
	        !content_is_short(&s->content, DRAIN_SIZE_MAX)))
		s->must_close = true;
	head.closes = s->must_close;
	head.is_http_1_0 = x->request.version == HTTP_1_0;
	h1_write_final(&s->sender.out, response, &head);
	s->is_chunked = head.framing == H1_CHUNKED && !s->is_head_asked;
	s->is_first_chunk = true;
	s->is_last_piece = response->body != RESPONSE_PULLED ||
	                   s->is_head_asked || head.framing == H1_NONE;
	s->pull_left =
	    head.framing == H1_LENGTH ? head.content_size : BODY_SIZE_UNKNOWN;
	session_core_enter(s, SESSION_SENDING, now_ms);
	if (s->is_head_asked || head.framing == H1_NONE)
		return;
	if (response->body == RESPONSE_BYTES)
		s->sender.body = buf_str(&response->bytes);
	if (response->body == RESPONSE_FILE) {
		s->sender.fd = response->fd;
		s->sender.file_offset = response->file_offset;
		s->sender.file_size = response->file_size;
	}
	x->log.sent_size = s->sender.body.len + s->sender.file_size;
}

void
session_response_refuse(struct session *s, int status, int64_t now_ms)
{
	course_refuse(s->x, status);
	s->must_close = true;
	session_response_begin(s, now_ms);
}

bool
session_response_finish(struct session *s, int64_t now_ms)
{
	enum exchange_event event = course_take_event(s->x);

	if (event == EXCHANGE_NOTHING) {
		session_interim_consider(s, now_ms);
		return false;
	}
	CHECK(event == EXCHANGE_ANSWERED);
	session_response_begin(s, now_ms);
	return true;
}

static void
next_request(struct session *s, int64_t now_ms)
{
	session_core_part(s, now_ms);
	if (s->must_close)
		session_core_enter(s, SESSION_CLOSING, now_ms);
	else if (!content_is_done(&s->content))
		session_core_enter(s, SESSION_DRAIN, now_ms);
	else
		session_core_enter(s, SESSION_HEAD, now_ms);
}

bool
session_response_sending(struct session *s, int64_t now_ms)
{
	if (!sender_is_empty(&s->sender))
		return false;
	if (!s->is_last_piece) {
		session_core_enter(s, SESSION_PULL, now_ms);
		buf_clear(&s->x->response.bytes);
		course_call(s->x, EXCHANGE_PULL, str_of(NULL));
		return true;
	}
	if (s->is_chunked) {
		h1_write_chunk(&s->sender.out, s->is_first_chunk, 0);
		s->is_chunked = false;
		return false;
	}
	next_request(s, now_ms);
	return true;
}

/* Less or more than was promised would be read as another response. */
static bool
keeps_promise(struct session *s, size_t size)
{
	if (s->pull_left == BODY_SIZE_UNKNOWN)
		return true;
	if (size > s->pull_left || (s->is_last_piece && size < s->pull_left))
		return false;
	s->pull_left -= size;
	return true;
}

bool
session_response_pull(struct session *s, int64_t now_ms)
{
	enum exchange_event event = course_take_event(s->x);
	struct response *response = &s->x->response;

	if (event == EXCHANGE_NOTHING)
		return false;
	s->is_last_piece = event == EXCHANGE_PULLED_LAST;
	if (event == EXCHANGE_BROKEN || response->bytes.err != ERR_NONE ||
	    !keeps_promise(s, response->bytes.len)) {
		session_core_end(s, now_ms); /* cut short, and seen to be */
		return false;
	}
	if (s->is_chunked && response->bytes.len > 0) {
		h1_write_chunk(
		    &s->sender.out, s->is_first_chunk, response->bytes.len);
		s->is_first_chunk = false;
	}
	s->sender.body = buf_str(&response->bytes);
	s->x->log.sent_size += response->bytes.len;
	session_core_enter(s, SESSION_SENDING, now_ms);
	return true;
}
