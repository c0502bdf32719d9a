/*
 * h2_request.c - see h2_inside.h.
 */
#include "http/h2_inside.h"

#include "base/limits.h"
#include "http/course.h"
#include "http/uri.h"

enum { FIELD_COST = 32 }; /* RFC 9113, 6.5.2 */

static struct str *
pseudo_of(struct h2_stream *stream, struct str name)
{
	if (str_is(name, ":method"))
		return &stream->method;
	if (str_is(name, ":path"))
		return &stream->target;
	if (str_is(name, ":scheme"))
		return &stream->scheme;
	CHECK(str_is(name, ":authority")); /* nghttp2 lets no other through */
	return &stream->authority;
}

void
h2_request_field(struct h2_stream *stream, struct str name, struct str value)
{
	struct request *request = &stream->x->request;
	bool is_pseudo = name.len > 0 && name.data[0] == ':';

	stream->head_size += name.len + value.len + FIELD_COST;
	if (stream->head_status != 0)
		return;
	if (stream->head_size > HEAD_SIZE_MAX ||
	    arena_copy(request->arena, name, &name) != ERR_NONE ||
	    arena_copy(request->arena, value, &value) != ERR_NONE)
		stream->head_status = 431;
	else if (is_pseudo)
		*pseudo_of(stream, name) = value;
	else
		stream->head_status = request_add_field(request, name, value);
}

/* Trailers are let pass, and not looked at. */
void
h2_request_trailer(struct h2_stream *stream, struct str name, struct str value)
{
	stream->trailer_size += name.len + value.len + FIELD_COST;
}

/* RFC 9113, 8.3.1: what both of them name must be the same. */
static int
read_authority(const struct h2_stream *stream, struct request *request)
{
	struct str authority = stream->authority;
	struct str host = fields_get(&request->fields, "Host");
	int status = request_read_host(request, authority.len == 0);

	if (status != 0 || authority.len == 0)
		return status;
	if (!uri_authority_is_valid(authority))
		return request_refuse(
		    request, 400, ":authority is no host and port.");
	if (host.data != NULL && !str_equal(host, authority))
		return request_refuse(
		    request, 400, ":authority and Host name two places.");
	request->authority = authority;
	return 0;
}

static int
read_head(struct h2_stream *stream)
{
	static int (*const steps[])(struct request *) = { request_read_target,
		request_read_length, request_read_expect };
	struct request *request = &stream->x->request;
	const char *flaw = request->flaw;
	struct str target = stream->target;
	int status = request_take_line(request, stream->method, target);

	if (stream->head_status != 0) {
		request->flaw = flaw; /* the first one is told */
		return stream->head_status;
	}
	if (status == 0 && !str_is_nocase(stream->scheme, "http") &&
	    !str_is_nocase(stream->scheme, "https"))
		status = request_refuse(
		    request, 400, ":scheme is neither http nor https.");
	if (status == 0)
		status = read_authority(stream, request);
	if (status == 0 && target.data[0] != '/' && !str_is(target, "*"))
		status = request_refuse(
		    request, 400, ":path is not an absolute path.");
	if (!stream->is_head_all) {
		request->has_body = true;
		request->body_size = BODY_SIZE_UNKNOWN;
	}
	for (size_t i = 0; status == 0 && i < sizeof(steps) / sizeof(*steps);
	     i++)
		status = steps[i](request);
	return status;
}

bool
h2_request_head(struct h2_stream *stream, int64_t now_ms)
{
	struct exchange *x = stream->x;
	int status;

	if (!stream->is_head_whole)
		return false;
	status = read_head(stream);
	stream->is_head_asked = str_is(x->request.method, "HEAD");
	if (status != 0) {
		h2_response_refuse(stream, status, now_ms);
		return true;
	}
	course_head(stream->h2->config, x);
	h2_stream_enter(stream, H2_START, now_ms);
	course_call(x, EXCHANGE_START, str_of(NULL));
	return true;
}

static bool
is_taking(const struct h2_stream *stream)
{
	switch (stream->state) {
	case H2_HEAD:
	case H2_START:
	case H2_BODY:
	case H2_PIECE:
		return true;
	case H2_FINISH:
	case H2_SENDING:
	case H2_PULL:
	case H2_DRAIN:
	case H2_LEFT:
		return false;
	}
	return false;
}

static void
consume_stream(struct h2_stream *stream, size_t size)
{
	if (!stream->is_closed)
		(void)nghttp2_session_consume_stream(
		    stream->h2->frames, stream->id, size);
}

static void
consume_connection(struct h2_stream *stream, size_t size)
{
	(void)nghttp2_session_consume_connection(stream->h2->frames, size);
}

/*
 * Nobody has taken it: size octets of what was held back are free.  What came
 * before the body was wanted is bounded by the small window of each stream,
 * and is not held back of the connection's: others are not to wait for it.
 */
static void
give_back(struct h2_stream *stream, size_t size)
{
	size_t early = size < stream->early_size ? size : stream->early_size;

	stream->early_size -= early;
	consume_stream(stream, size);
	consume_connection(stream, size - early);
}

void
h2_request_content(struct h2_stream *stream, struct str octets)
{
	struct h2 *h2 = stream->h2;

	h2->is_marked = true;
	if (stream->x != NULL)
		stream->x->log.received_size += octets.len;
	if (!stream->is_rest_long && stream->state != H2_SENDING)
		patience_feed(&stream->patience, octets.len, h2_now_ms(h2));
	if (!is_taking(stream)) {
		stream->dropped_size += octets.len;
		consume_connection(stream, octets.len);
		if (stream->dropped_size <= DRAIN_SIZE_MAX)
			consume_stream(stream, octets.len);
		else if (stream->state == H2_DRAIN && !stream->is_rest_long)
			h2_stream_hurry(stream, h2_now_ms(h2));
		return;
	}
	buf_add_str(&stream->in, octets);
	if (stream->state == H2_HEAD || stream->state == H2_START) {
		stream->early_size += octets.len;
		consume_connection(stream, octets.len);
	}
}

void
h2_request_drop(struct h2_stream *stream)
{
	if (stream->state == H2_PIECE) /* the handler may still read it */
		give_back(stream, stream->piece_size);
	stream->piece_size = 0;
	give_back(stream, stream->in.len);
	stream->dropped_size += stream->in.len;
	buf_done(&stream->in);
}

/* The body is wanted, and large: let more of it be on its way at once. */
static void
widen(struct h2_stream *stream)
{
	if (!stream->has_input_ended &&
	    stream->x->request.body_size > NGHTTP2_INITIAL_WINDOW_SIZE)
		(void)nghttp2_session_set_local_window_size(stream->h2->frames,
		    NGHTTP2_FLAG_NONE, stream->id, H2_STREAM_WINDOW_SIZE_MAX);
}

bool
h2_request_start(struct h2_stream *stream, int64_t now_ms)
{
	switch (course_take_event(stream->x)) {
	case EXCHANGE_ACCEPTED:
		/* Lazy, and not for whoever sends without waiting for it. */
		if (stream->x->request.expects_continue &&
		    stream->in.len == 0 && !stream->has_input_ended) {
			h2_response_interim(stream, 100, str_of(NULL));
			herald_count(&stream->herald, stream->x, 100, now_ms);
		}
		widen(stream);
		h2_stream_enter(stream, H2_BODY, now_ms);
		return true;
	case EXCHANGE_ANSWERED:
		h2_response_begin(stream, now_ms);
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
start_finish(struct h2_stream *stream, int64_t now_ms)
{
	struct exchange *x = stream->x;
	bool is_probe =
	    x->prefers_processing && str_is(x->request.method, "OPTIONS");

	h2_stream_enter(stream, H2_FINISH, now_ms);
	buf_done(&x->piece);
	buf_done(&stream->in);
	herald_plan(&stream->herald, stream->h2->config, x, now_ms);
	/* An OPTIONS is answered at once, and yet asks for a 102 first. */
	if (is_probe && !stream->is_interim_queued &&
	    herald_probe(&stream->herald, x, now_ms))
		h2_response_interim(stream, 102, str_of(NULL));
	course_call(x, EXCHANGE_FINISH, str_of(NULL));
}

bool
h2_request_body(struct h2_stream *stream, int64_t now_ms)
{
	struct buf *piece = &stream->x->piece;
	struct str octets = buf_str(&stream->in);

	if (stream->trailer_size > TRAILER_SIZE_MAX) {
		stream->x->request.flaw = "The trailer section is too large.";
		h2_response_refuse(stream, 400, now_ms);
		return true;
	}
	if (stream->in.err != ERR_NONE) {
		h2_response_refuse(stream, 503, now_ms);
		return true;
	}
	if (octets.len == 0) {
		if (stream->has_input_ended)
			start_finish(stream, now_ms);
		return stream->has_input_ended;
	}
	if (octets.len > BODY_PIECE_SIZE_MAX)
		octets.len = BODY_PIECE_SIZE_MAX;
	buf_clear(piece);
	buf_add_str(piece, octets);
	if (piece->err != ERR_NONE) {
		h2_response_refuse(stream, 503, now_ms);
		return true;
	}
	stream->piece_size = octets.len;
	buf_cut(&stream->in, octets.len);
	h2_stream_enter(stream, H2_PIECE, now_ms);
	course_call(stream->x, EXCHANGE_BODY, buf_str(piece));
	return true;
}

bool
h2_request_piece(struct h2_stream *stream, int64_t now_ms)
{
	enum exchange_event event = course_take_event(stream->x);

	if (event == EXCHANGE_NOTHING)
		return false;
	give_back(stream, stream->piece_size);
	stream->piece_size = 0;
	if (event == EXCHANGE_ANSWERED) {
		h2_response_begin(stream, now_ms);
		return true;
	}
	CHECK(event == EXCHANGE_TOOK);
	h2_stream_enter(stream, H2_BODY, now_ms);
	return true;
}
