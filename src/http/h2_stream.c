/*
 * h2_stream.c - see h2_inside.h.
 */
#include "http/h2_inside.h"

#include <stdlib.h>

#include "base/limits.h"
#include "http/course.h"

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

/* As in session_core.c; 0: the peer has no part in this state. */
static int64_t
patience_of(const struct session_config *config, enum h2_state state)
{
	switch (state) {
	case H2_BODY:
	case H2_DRAIN:
		return config->body_ms;
	case H2_SENDING:
		return config->send_ms;
	case H2_HEAD: /* see h2.c */
	case H2_START:
	case H2_PIECE:
	case H2_FINISH:
	case H2_PULL:
	case H2_LEFT:
		return 0;
	}
	UNREACHABLE("a state that is none");
}

static bool
goes_on(enum h2_state from, enum h2_state to)
{
	return (from == H2_PIECE && to == H2_BODY) ||
	       (from == H2_PULL && to == H2_SENDING);
}

void
h2_stream_enter(struct h2_stream *stream, enum h2_state state, int64_t now_ms)
{
	const struct session_config *config = stream->h2->config;
	int64_t patience_ms = patience_of(config, state);

	CHECK(moves[stream->state] & TO(state));
	if (patience_ms == 0)
		patience_rest(&stream->patience, now_ms);
	else if (goes_on(stream->state, state))
		patience_resume(&stream->patience, now_ms);
	else
		patience_begin(
		    &stream->patience, patience_ms, config->rate_min, now_ms);
	stream->state = state;
	stream->since_ms = now_ms;
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
		.since_ms = now_ms,
		.fd = -1,
	};
	buf_init(&stream->in, H2_STREAM_WINDOW_SIZE_MAX);
	x->session = stream;
	x->resumed = h2_resumed;
	x->connection = h2->number;
	request_clear(&x->request, HTTP_2);
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

/*
 * Answered, and the rest of the request still comes (RFC 9113, 8.1).  The
 * stream is not reset at once: curl 7.88 would not look at the answer then.
 */
static void
drain(struct h2_stream *stream, int64_t now_ms)
{
	stream->is_rest_long = is_rest_long(stream);
	(void)course_part(stream->h2->config, stream->x, now_ms);
	stream->x = NULL;
	h2_stream_enter(stream, H2_DRAIN, now_ms);
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
	if (stream->h2->has_input_ended || stream->h2->is_stopping)
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
	if (x != NULL) /* what waits still was not sent */
		x->log.sent_size -= stream->body.len + stream->file_size;
	if (x == NULL || !course_part(stream->h2->config, x, now_ms))
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
