/*
 * h2.c - see h2.h.
 */
#include "http/h2.h"

#include <stdlib.h>

#include "base/limits.h"
#include "http/course.h"
#include "http/h2_inside.h"

enum {
	QUEUE_COUNT_MAX = 1000, /* frames that wait for the peer to read */
	NOISE_PER_S = 100,
	RESETS_PER_S = 20,
};

static struct h2 *
h2_of(void *context)
{
	struct h2 *h2 = context;

	CHECK(h2->magic == H2_MAGIC);
	return h2;
}

int64_t
h2_now_ms(const struct h2 *h2)
{
	return h2->config->now_ms(h2->config->context);
}

static bool
is_sending(const struct h2 *h2)
{
	return h2->out.len > h2->out_sent;
}

static bool
is_window_shut(const struct h2 *h2)
{
	return nghttp2_session_get_remote_window_size(h2->frames) <= 0;
}

/* Octets wait to be read by the peer, or to be let through by it. */
static bool
is_owed(const struct h2 *h2)
{
	if (is_sending(h2))
		return true;
	if (!is_window_shut(h2))
		return false;
	for (const struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next)
		if (stream->state == H2_SENDING && !stream->is_end_sent)
			return true;
	return false;
}

/* As long as something is owed it is one wait: octets alone prolong it. */
static void
weigh_debt(struct h2 *h2, int64_t now_ms)
{
	if (!is_owed(h2))
		patience_rest(&h2->patience, now_ms);
	else if (!h2->patience.is_waiting)
		patience_begin(&h2->patience, h2->config->send_ms,
		    h2->config->rate_min, now_ms);
}

void
h2_close(struct h2 *h2, int64_t now_ms)
{
	h2->is_closing = true;
	h2_stream_sweep(h2, true, now_ms);
	weigh_debt(h2, now_ms);
}

/* Makes no more while what was made waits: the peer sets the pace. */
static void
make_output(struct h2 *h2, int64_t now_ms)
{
	const uint8_t *octets;
	ssize_t size = 0;

	if (is_sending(h2))
		return;
	while (h2->out.len < H2_OUT_SIZE) {
		size = nghttp2_session_mem_send(h2->frames, &octets);
		if (size <= 0)
			break;
		buf_add(&h2->out, octets, (size_t)size);
	}
	if (size < 0 || h2->out.err != ERR_NONE)
		h2_close(h2, now_ms); /* no memory */
}

static void
send_away(struct h2 *h2, uint32_t error_code)
{
	(void)nghttp2_session_terminate_session(h2->frames, error_code);
	h2->is_marked = true;
}

/* Somebody still has something to do that the peer waits for. */
static bool
has_live_streams(const struct h2 *h2)
{
	for (const struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next)
		if (stream->state != H2_LEFT)
			return true;
	return false;
}

/* Whose turn it is. */
static void
weigh(struct h2 *h2, int64_t now_ms)
{
	for (struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next)
		h2_stream_weigh(stream, now_ms);
	weigh_debt(h2, now_ms);
}

void
h2_advance(struct h2 *h2, int64_t now_ms)
{
	if (h2->is_closing)
		return;
	if (h2->is_noisy)
		send_away(h2, NGHTTP2_ENHANCE_YOUR_CALM);
	do {
		h2->is_marked = false;
		for (struct h2_stream *stream = h2->streams; stream != NULL;
		     stream = stream->next)
			h2_stream_advance(stream, now_ms);
		h2_stream_sweep(h2, false, now_ms);
		make_output(h2, now_ms);
	} while (h2->is_marked && !h2->is_closing);
	if ((!nghttp2_session_want_read(h2->frames) &&
	        !nghttp2_session_want_write(h2->frames)) ||
	    (h2->has_input_ended && !has_live_streams(h2)))
		h2_close(h2, now_ms);
	weigh(h2, now_ms);
	/* An idle connection costs little. */
	if (h2->stream_count == 0 && !is_sending(h2))
		buf_done(&h2->out);
}

void
h2_resumed(struct exchange *x)
{
	struct h2_stream *stream = x->session;
	struct h2 *h2;

	if (stream == NULL) {
		course_left(x);
		return;
	}
	CHECK(stream->magic == H2_STREAM_MAGIC);
	h2 = stream->h2;
	if (stream->state == H2_LEFT)
		h2_stream_left(stream, h2_now_ms(h2));
	else
		h2_advance(h2, h2_now_ms(h2));
	if (h2->conn != NULL)
		conn_kick(h2->conn);
}

static void
on_input(void *context, struct str octets, int64_t now_ms)
{
	struct h2 *h2 = h2_of(context);
	ssize_t size;

	if (h2->is_closing)
		return;
	size = nghttp2_session_mem_recv(
	    h2->frames, (const uint8_t *)octets.data, octets.len);
	if (size <
	    0) /* no preface, more frames than we can answer, no memory */
		h2_close(h2, now_ms);
	h2_advance(h2, now_ms);
}

/* What is whole is answered: it may have closed its own side only. */
static void
on_input_ended(void *context, int64_t now_ms)
{
	struct h2 *h2 = h2_of(context);

	h2->has_input_ended = true;
	if (h2->config->is_end_departure)
		h2_close(h2, now_ms);
	h2_advance(h2, now_ms);
}

/*
 * It is always read, for what it says of its windows, unless it gives us more
 * to answer than it takes.
 */
static bool
wants_input(void *context)
{
	struct h2 *h2 = h2_of(context);

	return !h2->is_closing && nghttp2_session_get_outbound_queue_size(
	                              h2->frames) < QUEUE_COUNT_MAX;
}

static bool
on_output(void *context, struct conn_output *out)
{
	struct h2 *h2 = h2_of(context);

	if (h2->is_over || !is_sending(h2))
		return false;
	out->head = str_from(buf_str(&h2->out), h2->out_sent);
	return true;
}

static void
on_sent(void *context, size_t size, int64_t now_ms)
{
	struct h2 *h2 = h2_of(context);

	h2->out_sent += size;
	patience_feed(&h2->patience, size, now_ms);
	CHECK(h2->out_sent <= h2->out.len);
	if (is_sending(h2))
		return;
	buf_clear(&h2->out);
	h2->out_sent = 0;
	for (struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next) {
		if (!stream->is_interim_made)
			continue;
		stream->is_interim_made = false;
		stream->is_interim_queued = false;
		herald_flushed(&stream->herald, now_ms);
	}
	h2_advance(h2, now_ms);
}

/* The handler is at work on a step that may be told of the time. */
static bool
is_waiting(const struct h2_stream *stream)
{
	return stream->state == H2_FINISH || stream->state == H2_PULL;
}

static int64_t
stream_next_ms(const struct h2_stream *stream)
{
	int64_t due_ms = patience_end_ms(&stream->patience);

	if (stream->state == H2_FINISH)
		due_ms = herald_next_ms(&stream->herald);
	if (is_waiting(stream) && stream->x->wake_ms < due_ms)
		due_ms = stream->x->wake_ms;
	return due_ms;
}

/* When a connection without a stream has had its time; or CONN_NEVER. */
static int64_t
idle_end_ms(const struct h2 *h2)
{
	if (h2->stream_count > 0 || is_sending(h2) || h2->config->idle_ms == 0)
		return CONN_NEVER;
	return h2->idle_ms + h2->config->idle_ms;
}

static int64_t
next_ms(void *context)
{
	struct h2 *h2 = h2_of(context);
	int64_t first_ms = patience_end_ms(&h2->patience);

	if (idle_end_ms(h2) < first_ms)
		first_ms = idle_end_ms(h2);
	if (h2->is_stopping && !h2->has_given_up && h2->stop_ms < first_ms)
		first_ms = h2->stop_ms;
	for (const struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next) {
		int64_t due_ms = stream_next_ms(stream);

		if (due_ms < first_ms)
			first_ms = due_ms;
	}
	return first_ms;
}

static void
lose_patience(struct h2_stream *stream, int64_t now_ms)
{
	switch (stream->state) {
	case H2_HEAD: /* nothing else can be read until it is whole */
		send_away(stream->h2, NGHTTP2_ENHANCE_YOUR_CALM);
		return;
	case H2_BODY:
		h2_response_refuse(stream, 408, now_ms);
		return;
	case H2_SENDING:
		h2_frames_reset(stream, NGHTTP2_CANCEL);
		patience_rest(&stream->patience, now_ms);
		return;
	case H2_DRAIN:
		h2_frames_reset(stream, NGHTTP2_NO_ERROR);
		patience_rest(&stream->patience, now_ms);
		return;
	case H2_START:
	case H2_PIECE:
	case H2_FINISH:
	case H2_PULL:
	case H2_LEFT:
		return;
	}
}

static void
tick(void *context, int64_t now_ms)
{
	struct h2 *h2 = h2_of(context);

	if (now_ms >= patience_end_ms(&h2->patience)) {
		h2_close(h2, now_ms);
		h2->is_over = true; /* what is queued will never leave us */
		return;
	}
	h2->has_given_up = h2->is_stopping && now_ms >= h2->stop_ms;
	if (now_ms >= idle_end_ms(h2))
		send_away(h2, NGHTTP2_NO_ERROR);
	for (struct h2_stream *stream = h2->streams; stream != NULL;
	     stream = stream->next) {
		if (is_waiting(stream))
			course_wake(stream->x, now_ms);
		else if (now_ms >= patience_end_ms(&stream->patience))
			lose_patience(stream, now_ms);
	}
	h2_advance(h2, now_ms);
}

static bool
is_idle(void *context)
{
	struct h2 *h2 = h2_of(context);

	return h2->stream_count == 0 && !is_sending(h2);
}

static bool
is_over(void *context)
{
	struct h2 *h2 = h2_of(context);

	return h2->is_over || (h2->is_closing && !is_sending(h2));
}

static void
on_stop(void *context, int64_t now_ms)
{
	struct h2 *h2 = h2_of(context);

	h2->is_stopping = true;
	h2->stop_ms = now_ms + h2->config->stop_ms;
	(void)nghttp2_submit_goaway(h2->frames, NGHTTP2_FLAG_NONE,
	    nghttp2_session_get_last_proc_stream_id(h2->frames),
	    NGHTTP2_NO_ERROR, NULL, 0);
	h2_advance(h2, now_ms);
}

static void
h2_free(void *context)
{
	struct h2 *h2 = h2_of(context);

	h2_close(h2, h2_now_ms(h2));
	while (h2->streams != NULL)
		h2_stream_orphan(h2->streams);
	nghttp2_session_del(h2->frames);
	buf_done(&h2->out);
	h2->magic = 0;
	free(h2);
}

const struct protocol h2_protocol = {
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
	.free = h2_free,
};

void *
h2_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms)
{
	struct h2 *h2 = calloc(1, sizeof(*h2));

	CHECK(config->stream_count_max > 0);
	if (h2 == NULL)
		return NULL;
	h2->magic = H2_MAGIC;
	h2->config = config;
	h2->conn = conn;
	h2->peer = peer;
	h2->number = ++config->session_count;
	h2->idle_ms = now_ms;
	buf_init(&h2->out, H2_OUT_SIZE_MAX);
	h2_budget_init(&h2->noise, H2_NOISE_COUNT_MAX, NOISE_PER_S, now_ms);
	h2_budget_init(&h2->resets, H2_RESET_COUNT_MAX, RESETS_PER_S, now_ms);
	if (!h2_frames_init(h2)) {
		h2_free(h2);
		return NULL;
	}
	h2_advance(h2, now_ms); /* our SETTINGS need not wait for theirs */
	return h2;
}
