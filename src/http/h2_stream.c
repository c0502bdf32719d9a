/*
 * h2_stream.c - see h2_inside.h.
 */
#include "http/h2_inside.h"

#include <stdlib.h>

#include "base/limits.h"
#include "http/course.h"

/* For whoever reads our answer while it sends. */
enum { LINGER_MS = 2000 };

#define TO(state) (1u << (state))

static const unsigned moves[] = {
	[H2_HEAD] = TO(H2_START) | TO(H2_SENDING) | TO(H2_LEFT),
	[H2_START] = TO(H2_BODY) | TO(H2_SENDING) | TO(H2_LEFT),
	[H2_BODY] = TO(H2_PIECE) | TO(H2_FINISH) | TO(H2_SENDING) | TO(H2_LEFT),
	[H2_PIECE] = TO(H2_BODY) | TO(H2_SENDING) | TO(H2_LEFT),
	[H2_FINISH] = TO(H2_SENDING) | TO(H2_LEFT),
	[H2_SENDING] = TO(H2_PULL) | TO(H2_DRAIN) | TO(H2_LEFT),
	[H2_PULL] = TO(H2_SENDING) | TO(H2_LEFT),
	[H2_DRAIN] = 0,
	[H2_LEFT] = 0,
};

/* A body, and a response, that goes on after our part in it. */
static bool
goes_on(enum h2_state from, enum h2_state to)
{
	return (from == H2_PIECE && to == H2_BODY) ||
	       (from == H2_PULL && to == H2_SENDING);
}

static void
begin_patience(struct h2_stream *stream, int64_t now_ms)
{
	const struct session_config *config = stream->h2->config;
	struct patience *patience = &stream->patience;

	switch (stream->state) {
	case H2_HEAD: /* whole, or not: single octets gain nothing */
		patience_begin(patience, config->head_ms, 0, now_ms);
		return;
	case H2_BODY:
	case H2_DRAIN:
		patience_begin(
		    patience, config->body_ms, config->rate_min, now_ms);
		return;
	case H2_SENDING:
		patience_begin(
		    patience, config->send_ms, config->rate_min, now_ms);
		return;
	case H2_START:
	case H2_PIECE:
	case H2_FINISH:
	case H2_PULL:
	case H2_LEFT:
		return;
	}
}

void
h2_stream_enter(struct h2_stream *stream, enum h2_state state, int64_t now_ms)
{
	bool has_begun = goes_on(stream->state, state);

	CHECK(moves[stream->state] & TO(state));
	stream->state = state;
	if (!has_begun)
		begin_patience(stream, now_ms);
	h2_stream_weigh(stream, now_ms);
}

/* Time is the peer's only where it alone can end the waiting. */
static bool
is_peers_turn(const struct h2_stream *stream)
{
	nghttp2_session *frames = stream->h2->frames;

	switch (stream->state) {
	case H2_HEAD:
	case H2_DRAIN:
		return true;
	case H2_BODY: /* other bodies may fill the connection's window */
		return nghttp2_session_get_local_window_size(frames) > 0;
	case H2_SENDING: /* or it is the connection's, or another stream's */
		return nghttp2_session_get_stream_remote_window_size(
		           frames, stream->id) <= 0;
	case H2_START:
	case H2_PIECE:
	case H2_FINISH:
	case H2_PULL:
	case H2_LEFT:
		return false;
	}
	return false;
}

void
h2_stream_weigh(struct h2_stream *stream, int64_t now_ms)
{
	if (!stream->is_closed && is_peers_turn(stream))
		patience_resume(&stream->patience, now_ms);
	else
		patience_rest(&stream->patience, now_ms);
}

void
h2_stream_hurry(struct h2_stream *stream, int64_t now_ms)
{
	CHECK(stream->state == H2_DRAIN);
	stream->is_rest_long = true;
	patience_begin(&stream->patience, LINGER_MS, 1, now_ms);
}

struct h2_stream *
h2_stream_new(struct h2 *h2, int32_t id, int64_t now_ms)
{
	struct h2_stream *stream = calloc(1, sizeof(*stream));
	struct exchange *x = course_begin(h2->config, h2->peer, now_ms);

	if (stream == NULL || x == NULL) {
		free(stream);
		if (x != NULL)
			exchange_free(x);
		return NULL;
	}
	*stream = (struct h2_stream){
		.magic = H2_STREAM_MAGIC,
		.state = H2_HEAD,
		.h2 = h2,
		.next = h2->streams,
		.id = id,
		.x = x,
		.fd = -1,
	};
	buf_init(&stream->in, H2_STREAM_WINDOW_SIZE_MAX);
	x->session = stream;
	x->resumed = h2_resumed;
	x->connection = h2->number;
	request_clear(&x->request, HTTP_2);
	begin_patience(stream, now_ms);
	h2->streams = stream;
	h2->stream_count++;
	return stream;
}

/* A new stream costs the peer less than what it has yet to send on this. */
static bool
is_rest_long(const struct h2_stream *stream)
{
	const struct exchange *x = stream->x;
	uint64_t size = x->request.body_size;

	return x->request.expects_continue ||
	       stream->dropped_size > DRAIN_SIZE_MAX ||
	       (size != BODY_SIZE_UNKNOWN &&
	           size > x->log.received_size + DRAIN_SIZE_MAX);
}

/* The log gets what was sent, without what waits still. */
static bool
let_go(struct h2_stream *stream, struct exchange *x, int64_t now_ms)
{
	x->log.sent_size -= stream->body.len + stream->file_size;
	return course_part(stream->h2->config, x, now_ms);
}

/*
 * Answered, and the rest of the request still comes (RFC 9113, 8.1).  The
 * stream is not reset at once: curl 7.88 would not look at the answer then.
 */
static void
drain(struct h2_stream *stream, int64_t now_ms)
{
	bool is_long = is_rest_long(stream);

	(void)let_go(stream, stream->x, now_ms);
	stream->x = NULL;
	h2_stream_enter(stream, H2_DRAIN, now_ms);
	if (is_long)
		h2_stream_hurry(stream, now_ms);
}

static bool
advance_once(struct h2_stream *stream, int64_t now_ms)
{
	switch (stream->state) {
	case H2_HEAD:
		return h2_request_head(stream, now_ms);
	case H2_START:
		return h2_request_start(stream, now_ms);
	case H2_BODY:
		return h2_request_body(stream, now_ms);
	case H2_PIECE:
		return h2_request_piece(stream, now_ms);
	case H2_FINISH:
		return h2_response_finish(stream, now_ms);
	case H2_SENDING:
		if (!stream->is_end_sent)
			return h2_response_sending(stream, now_ms);
		if (!stream->has_input_ended)
			drain(stream, now_ms);
		return false;
	case H2_PULL:
		return h2_response_pull(stream, now_ms);
	case H2_DRAIN:
	case H2_LEFT:
		return false;
	}
	UNREACHABLE("a state that is none");
}

/* It waits for what the peer will not send any more. */
static void
give_up(struct h2_stream *stream)
{
	switch (stream->state) {
	case H2_HEAD:
		h2_frames_reset(stream, NGHTTP2_REFUSED_STREAM);
		return;
	case H2_BODY:
		h2_frames_reset(stream, NGHTTP2_CANCEL);
		return;
	case H2_DRAIN:
		h2_frames_reset(stream, NGHTTP2_NO_ERROR);
		return;
	case H2_START:
	case H2_PIECE:
	case H2_FINISH:
	case H2_SENDING:
	case H2_PULL:
	case H2_LEFT:
		return;
	}
}

void
h2_stream_advance(struct h2_stream *stream, int64_t now_ms)
{
	while (!stream->is_closed && advance_once(stream, now_ms))
		continue;
	if (stream->h2->has_input_ended ||
	    (stream->h2->is_stopping && now_ms >= stream->h2->stop_ms))
		give_up(stream);
}

/* Takes it out of the list, and frees it. */
static void
forget(struct h2_stream **place, int64_t now_ms)
{
	struct h2_stream *stream = *place;
	struct h2 *h2 = stream->h2;

	CHECK(h2->stream_count > 0);
	*place = stream->next;
	h2->stream_count--;
	h2->idle_ms = now_ms;
	buf_done(&stream->in);
	stream->magic = 0;
	free(stream);
}

/* True: its handler is still at work, and it stays until that is done. */
static bool
part(struct h2_stream *stream, int64_t now_ms)
{
	struct exchange *x = stream->x;

	h2_request_drop(stream);
	if (x == NULL || !let_go(stream, x, now_ms))
		return false;
	x->session = stream;
	h2_stream_enter(stream, H2_LEFT, now_ms);
	return true;
}

void
h2_stream_sweep(struct h2 *h2, bool is_all, int64_t now_ms)
{
	struct h2_stream **place = &h2->streams;

	while (*place != NULL) {
		struct h2_stream *stream = *place;

		if (is_all && !stream->is_closed) {
			(void)nghttp2_session_set_stream_user_data(
			    h2->frames, stream->id, NULL);
			stream->is_closed = true;
		}
		if (stream->state == H2_LEFT || !stream->is_closed ||
		    part(stream, now_ms))
			place = &stream->next;
		else
			forget(place, now_ms);
	}
}

void
h2_stream_left(struct h2_stream *stream, int64_t now_ms)
{
	struct h2_stream **place = &stream->h2->streams;

	CHECK(stream->state == H2_LEFT);
	course_left(stream->x);
	while (*place != stream)
		place = &(*place)->next;
	forget(place, now_ms);
}

void
h2_stream_orphan(struct h2_stream *stream)
{
	struct h2 *h2 = stream->h2;

	CHECK(stream->state == H2_LEFT);
	CHECK(stream == h2->streams);
	stream->x->session = NULL;
	forget(&h2->streams, h2->idle_ms);
}
