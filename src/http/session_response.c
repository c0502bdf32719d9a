/*
 * session_response.c - see session_inside.h.
 */
#include "http/session_inside.h"

#include "http/date.h"
#include "http/h1_write.h"

enum { DRAIN_SIZE_MAX = 256 * 1024 }; /* cheaper than a new connection */

static struct str
date_of_now(struct session_config *config)
{
	int64_t wall_s = config->wall_s(config->context);

	if (wall_s != config->date_s || config->date[0] == '\0') {
		date_format(wall_s, config->date);
		config->date_s = wall_s;
	}
	return str_of(config->date);
}

void
session_response_begin(struct session *s, int64_t now_ms)
{
	struct exchange *x = s->x;
	struct response *response = &x->response;
	struct h1_head head = { .date = date_of_now(s->config) };

	buf_done(&x->piece);
	if (s->has_interim)
		interim_close(&s->interim);
	if (s->is_desynced) {
		/* It would be taken for the answer to another request. */
		session_core_end(s, now_ms);
		return;
	}
	exchange_dress(x);
	if (response->is_short_of_memory)
		response_problem(response, 500, "The response is too large.");
	if (x->prefers_processing)
		response_field_u64(
		    response, "Interim-Sent", x->log.interim_count);
	head.framing =
	    h1_write_framing(&x->request, response, &head.content_size);
	s->must_close |=
	    response->must_close || s->is_stopping || head.framing == H1_CLOSE;
	if (s->has_interim && s->must_close_after && s->interim.count > 0)
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

static const char *
detail_of(int status)
{
	switch (status) {
	case 408:
		return "The request did not arrive in time.";
	case 503:
		return "The server is short of memory: try again.";
	case 413:
		return "The content is larger than this server takes.";
	case 414:
		return "The request target is longer than 8 KiB.";
	case 417:
		return "The only expectation that is known is 100-continue.";
	case 431:
		return "The header section is larger than 32 KiB or has more "
		       "than 128 fields.";
	case 501:
		return "The method or the transfer coding is not known.";
	case 505:
		return "This server speaks HTTP/1.1 and HTTP/1.0.";
	default:
		return "The head does not begin with a method, a line of it "
		       "does not end in CRLF, or the content's chunks are not "
		       "well-formed.";
	}
}

void
session_response_refuse(struct session *s, int status, int64_t now_ms)
{
	struct exchange *x = s->x;
	const char *flaw = x->request.flaw;

	response_problem(
	    &x->response, status, flaw != NULL ? flaw : detail_of(status));
	s->must_close = true;
	session_response_begin(s, now_ms);
}

bool
session_response_finish(struct session *s, int64_t now_ms)
{
	enum exchange_event event = session_core_take_event(s);

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
		session_core_call(s, EXCHANGE_PULL, str_of(NULL));
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
	enum exchange_event event = session_core_take_event(s);
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
