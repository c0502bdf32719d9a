/*
 * h2_frames.c - see h2_inside.h.
 */
#include "http/h2_inside.h"

#include "base/limits.h"

/*
 * A client may update both windows for each frame of content that it gets, and
 * say a word or two about each request.
 */
enum { NOISE_PER_DATA = 2, NOISE_PER_REQUEST = 4 };

static struct h2_stream *
stream_of(nghttp2_session *frames, int32_t id)
{
	struct h2_stream *stream =
	    nghttp2_session_get_stream_user_data(frames, id);

	CHECK(stream == NULL || stream->magic == H2_STREAM_MAGIC);
	return stream;
}

static struct str
text_of(const uint8_t *data, size_t size)
{
	return str_make((const char *)data, size);
}

static void
spend(struct h2 *h2, struct h2_budget *budget)
{
	if (h2_budget_spend(budget, h2_now_ms(h2)))
		return;
	h2->is_noisy = true;
	h2->is_marked = true;
}

/* Frames of unknown types are not seen here, and cost next to nothing. */
static int
on_begin_frame(
    nghttp2_session *frames, const nghttp2_frame_hd *head, void *context)
{
	struct h2 *h2 = context;

	(void)frames;
	switch (head->type) {
	case NGHTTP2_DATA:
	case NGHTTP2_CONTINUATION:
		break;
	case NGHTTP2_HEADERS:
		h2_budget_earn(&h2->noise, NOISE_PER_REQUEST);
		break;
	case NGHTTP2_RST_STREAM:
		/* An answer may have been thrown away unread. */
		h2->number = ++h2->config->session_count;
		spend(h2, &h2->resets);
		break;
	default:
		spend(h2, &h2->noise);
	}
	return 0;
}

/* Handlers of streams that are gone are still at work: they count. */
static bool
has_room(const struct h2 *h2)
{
	return !h2->is_noisy && !h2->is_stopping &&
	       h2->stream_count < h2->config->stream_count_max;
}

static int
on_begin_headers(
    nghttp2_session *frames, const nghttp2_frame *frame, void *context)
{
	struct h2 *h2 = context;
	struct h2_stream *stream = NULL;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if (has_room(h2))
		stream = h2_stream_new(h2, frame->hd.stream_id, h2_now_ms(h2));
	if (stream != NULL)
		return nghttp2_session_set_stream_user_data(
		    frames, frame->hd.stream_id, stream);
	spend(h2, &h2->resets);
	return nghttp2_submit_rst_stream(frames, NGHTTP2_FLAG_NONE,
	    frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
}

static int
on_header(nghttp2_session *frames, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_size, const uint8_t *value,
    size_t value_size, uint8_t flags, void *context)
{
	struct h2_stream *stream = stream_of(frames, frame->hd.stream_id);

	(void)flags;
	(void)context;
	if (stream == NULL)
		return 0;
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		h2_request_field(stream, text_of(name, name_size),
		    text_of(value, value_size));
	else
		h2_request_trailer(stream, text_of(name, name_size),
		    text_of(value, value_size));
	return 0;
}

/* What two readers could read in two ways is refused, not left out. */
static int
on_invalid_header(nghttp2_session *frames, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_size, const uint8_t *value,
    size_t value_size, uint8_t flags, void *context)
{
	(void)frames;
	(void)frame;
	(void)name;
	(void)name_size;
	(void)value;
	(void)value_size;
	(void)flags;
	(void)context;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_data_chunk(nghttp2_session *frames, uint8_t flags, int32_t id,
    const uint8_t *data, size_t size, void *context)
{
	struct h2_stream *stream = stream_of(frames, id);

	(void)flags;
	(void)context;
	if (stream == NULL)
		return nghttp2_session_consume(frames, id, size);
	h2_request_content(stream, text_of(data, size));
	return 0;
}

static int
on_frame_received(
    nghttp2_session *frames, const nghttp2_frame *frame, void *context)
{
	struct h2 *h2 = context;
	struct h2_stream *stream = stream_of(frames, frame->hd.stream_id);
	bool is_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	h2->is_marked = true;
	if (frame->hd.type == NGHTTP2_DATA && !is_end &&
	    frame->hd.length == frame->data.padlen)
		spend(h2, &h2->noise); /* it had no content */
	if (stream == NULL || (frame->hd.type != NGHTTP2_DATA &&
	                          frame->hd.type != NGHTTP2_HEADERS))
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && !stream->is_head_whole) {
		stream->is_head_whole = true;
		stream->is_head_all = is_end;
	}
	stream->has_input_ended |= is_end;
	return 0;
}

/* A stream that we must reset for a fault of the peer was begun in vain. */
static int
on_invalid_frame(nghttp2_session *frames, const nghttp2_frame *frame,
    int error_code, void *context)
{
	struct h2 *h2 = context;

	(void)frames;
	(void)frame;
	(void)error_code;
	spend(h2, &h2->resets);
	return 0;
}

static int
on_frame_sent(
    nghttp2_session *frames, const nghttp2_frame *frame, void *context)
{
	struct h2 *h2 = context;
	struct h2_stream *stream = stream_of(frames, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_DATA)
		h2_budget_earn(&h2->noise, NOISE_PER_DATA);
	if (stream == NULL || (frame->hd.type != NGHTTP2_DATA &&
	                          frame->hd.type != NGHTTP2_HEADERS))
		return 0;
	if (stream->is_interim_queued)
		stream->is_interim_made = true;
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
		stream->is_end_sent = true;
		h2->is_marked = true;
	}
	return 0;
}

static int
on_stream_closed(
    nghttp2_session *frames, int32_t id, uint32_t error_code, void *context)
{
	struct h2 *h2 = context;
	struct h2_stream *stream = stream_of(frames, id);

	(void)error_code;
	if (stream == NULL)
		return 0;
	stream->is_closed = true;
	h2->is_marked = true;
	return 0;
}

void
h2_frames_reset(struct h2_stream *stream, uint32_t error_code)
{
	if (!stream->is_closed)
		(void)nghttp2_submit_rst_stream(stream->h2->frames,
		    NGHTTP2_FLAG_NONE, stream->id, error_code);
}

static void
set_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_frame_callback(
	    callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(
	    callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(
	    callbacks, on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
	    callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
	    callbacks, on_frame_received);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
	    callbacks, on_invalid_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(
	    callbacks, on_frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(
	    callbacks, on_stream_closed);
}

static int
open_session(struct h2 *h2, const nghttp2_session_callbacks *callbacks)
{
	nghttp2_option *option;
	int error = nghttp2_option_new(&option);

	if (error != 0)
		return error;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_builtin_recv_extension_type(
	    option, NGHTTP2_PRIORITY_UPDATE); /* RFC 9218, 7.1 */
	error = nghttp2_session_server_new2(&h2->frames, callbacks, h2, option);
	nghttp2_option_del(option);
	return error;
}

bool
h2_frames_init(struct h2 *h2)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
		    h2->config->stream_count_max },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEAD_SIZE_MAX },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};
	nghttp2_session_callbacks *callbacks;
	int error = nghttp2_session_callbacks_new(&callbacks);

	if (error != 0)
		return false;
	set_callbacks(callbacks);
	error = open_session(h2, callbacks);
	nghttp2_session_callbacks_del(callbacks);
	if (error == 0)
		error = nghttp2_submit_settings(h2->frames, NGHTTP2_FLAG_NONE,
		    settings, sizeof(settings) / sizeof(settings[0]));
	if (error == 0)
		error = nghttp2_session_set_local_window_size(
		    h2->frames, NGHTTP2_FLAG_NONE, 0, H2_WINDOW_SIZE_MAX);
	return error == 0;
}
