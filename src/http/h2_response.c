/*
 * h2_response.c - see h2_inside.h.
 */
#include "http/h2_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/course.h"
#include "http/interim_line.h"

enum {
	STATUS_SIZE = 4,
	NUMBER_SIZE = sizeof("18446744073709551615"),
	OWN_FIELD_COUNT = 3,           /* :status, date, content-length */
	INTERIM_FIELD_COUNT_MAX = 128, /* more do not fit in its size */
};

/* nghttp2 copies it, and writes the name in lower case. */
static nghttp2_nv
pair(struct str name, struct str value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name.data,
		.namelen = name.len,
		.value = (uint8_t *)(uintptr_t)value.data,
		.valuelen = value.len,
	};
}

static nghttp2_nv
status_pair(int status, char text[STATUS_SIZE])
{
	CHECK(status >= 100);
	CHECK(status <= 999);
	(void)snprintf(text, STATUS_SIZE, "%d", status % 1000);
	return pair(str_of(":status"), str_of(text));
}

void
h2_response_interim(struct h2_stream *stream, int status, struct str lines)
{
	nghttp2_nv pairs[1 + INTERIM_FIELD_COUNT_MAX];
	char text[STATUS_SIZE];
	size_t count = 0;

	CHECK(status < 200);
	CHECK(status != 101); /* RFC 9113, 8.6 */
	CHECK(!stream->is_interim_queued);
	pairs[count++] = status_pair(status, text);
	while (lines.len > 0 && count <= INTERIM_FIELD_COUNT_MAX) {
		struct field field = interim_line_cut(&lines);

		pairs[count++] = pair(field.name, field.value);
	}
	stream->is_interim_queued = true;
	/* Without memory there is none; the final response is told so too. */
	(void)nghttp2_submit_headers(stream->h2->frames, NGHTTP2_FLAG_NONE,
	    stream->id, NULL, pairs, count, NULL);
}

static void
consider_interim(struct h2_stream *stream, int64_t now_ms)
{
	struct buf lines;

	/* When it was sent, we are called again. */
	if (stream->is_interim_queued) {
		herald_wait(&stream->herald);
		return;
	}
	if (now_ms < herald_next_ms(&stream->herald) ||
	    !herald_compose(&stream->herald, stream->x, now_ms, &lines))
		return;
	h2_response_interim(stream, 102, buf_str(&lines));
	buf_done(&lines);
}

/* All fields of a final head.  NULL: no memory. */
static nghttp2_nv *
make_pairs(struct h2_stream *stream, char status[STATUS_SIZE],
    char size[NUMBER_SIZE], size_t *out_count)
{
	struct exchange *x = stream->x;
	const struct response *response = &x->response;
	uint64_t content_size = response_content_size(response);
	size_t count = 0;
	nghttp2_nv *pairs = arena_alloc(&x->arena,
	    (response->fields.count + OWN_FIELD_COUNT) * sizeof(*pairs));

	if (pairs == NULL)
		return NULL;
	pairs[count++] = status_pair(response->status, status);
	pairs[count++] = pair(str_of("date"), course_date(stream->h2->config));
	for (size_t i = 0; i < response->fields.count; i++)
		pairs[count++] = pair(response->fields.items[i].name,
		    response->fields.items[i].value);
	if (status_has_content(response->status) &&
	    content_size != BODY_SIZE_UNKNOWN) {
		(void)snprintf(size, NUMBER_SIZE, "%" PRIu64, content_size);
		pairs[count++] = pair(str_of("content-length"), str_of(size));
	}
	*out_count = count;
	return pairs;
}

/* What is sent behind the head.  False: nothing. */
static bool
set_content(struct h2_stream *stream)
{
	struct exchange *x = stream->x;
	struct response *response = &x->response;

	stream->is_last_piece = true;
	if (stream->is_head_asked || !status_has_content(response->status) ||
	    response_content_size(response) == 0)
		return false;
	stream->pull_left = response->pulled_size;
	stream->is_last_piece = response->body != RESPONSE_PULLED;
	if (response->body == RESPONSE_BYTES)
		stream->body = buf_str(&response->bytes);
	if (response->body == RESPONSE_FILE) {
		stream->fd = response->fd;
		stream->file_offset = response->file_offset;
		stream->file_size = response->file_size;
	}
	x->log.sent_size = stream->body.len + stream->file_size;
	return true;
}

void
h2_response_begin(struct h2_stream *stream, int64_t now_ms)
{
	nghttp2_session *frames = stream->h2->frames;
	struct exchange *x = stream->x;
	nghttp2_data_provider provider = { .source.ptr = stream,
		.read_callback = h2_response_read };
	char status[STATUS_SIZE];
	char size[NUMBER_SIZE];
	nghttp2_nv *pairs;
	size_t count = 0;
	bool has_content;
	int error = NGHTTP2_ERR_NOMEM;

	h2_request_drop(stream);
	buf_done(&x->piece);
	herald_close(&stream->herald);
	course_complete(x);
	has_content = set_content(stream);
	pairs = make_pairs(stream, status, size, &count);
	h2_stream_enter(stream, H2_SENDING, now_ms);
	if (pairs != NULL)
		error = nghttp2_submit_response(frames, stream->id, pairs,
		    count, has_content ? &provider : NULL);
	if (error != 0)
		h2_frames_reset(stream, NGHTTP2_INTERNAL_ERROR);
	if (x->response.must_close)
		(void)nghttp2_submit_goaway(frames, NGHTTP2_FLAG_NONE,
		    nghttp2_session_get_last_proc_stream_id(frames),
		    NGHTTP2_NO_ERROR, NULL, 0);
}

void
h2_response_refuse(struct h2_stream *stream, int status, int64_t now_ms)
{
	course_refuse(stream->x, status);
	h2_response_begin(stream, now_ms);
}

bool
h2_response_finish(struct h2_stream *stream, int64_t now_ms)
{
	enum exchange_event event = course_take_event(stream->x);

	if (event == EXCHANGE_NOTHING) {
		consider_interim(stream, now_ms);
		return false;
	}
	CHECK(event == EXCHANGE_ANSWERED);
	h2_response_begin(stream, now_ms);
	return true;
}

bool
h2_response_sending(struct h2_stream *stream, int64_t now_ms)
{
	if (!stream->wants_piece)
		return false;
	stream->wants_piece = false;
	h2_stream_enter(stream, H2_PULL, now_ms);
	buf_clear(&stream->x->response.bytes);
	course_call(stream->x, EXCHANGE_PULL, str_of(NULL));
	return true;
}

/* Less or more than was promised would be a malformed response. */
static bool
keeps_promise(struct h2_stream *stream, size_t size)
{
	if (stream->pull_left == BODY_SIZE_UNKNOWN)
		return true;
	if (size > stream->pull_left ||
	    (stream->is_last_piece && size < stream->pull_left))
		return false;
	stream->pull_left -= size;
	return true;
}

bool
h2_response_pull(struct h2_stream *stream, int64_t now_ms)
{
	enum exchange_event event = course_take_event(stream->x);
	struct response *response = &stream->x->response;

	if (event == EXCHANGE_NOTHING)
		return false;
	stream->is_last_piece = event == EXCHANGE_PULLED_LAST;
	h2_stream_enter(stream, H2_SENDING, now_ms);
	if (event == EXCHANGE_BROKEN || response->bytes.err != ERR_NONE ||
	    !keeps_promise(stream, response->bytes.len)) {
		/* Cut short, and seen to be. */
		h2_frames_reset(stream, NGHTTP2_INTERNAL_ERROR);
		return false;
	}
	stream->body = buf_str(&response->bytes);
	stream->x->log.sent_size += response->bytes.len;
	(void)nghttp2_session_resume_data(stream->h2->frames, stream->id);
	return true;
}

static ssize_t
read_file(struct h2_stream *stream, uint8_t *data, size_t size_max)
{
	ssize_t size;

	if (size_max > stream->file_size)
		size_max = (size_t)stream->file_size;
	size = pread(stream->fd, data, size_max, (off_t)stream->file_offset);
	if (size <= 0) /* shorter than it was: the response is broken */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	stream->file_offset += (uint64_t)size;
	stream->file_size -= (uint64_t)size;
	return size;
}

ssize_t
h2_response_read(nghttp2_session *frames, int32_t id, uint8_t *data,
    size_t size_max, uint32_t *out_flags, nghttp2_data_source *source,
    void *context)
{
	struct h2_stream *stream = source->ptr;
	ssize_t size = 0;

	(void)frames;
	(void)id;
	(void)context;
	CHECK(stream->magic == H2_STREAM_MAGIC);
	if (stream->body.len > 0) {
		size =
		    (ssize_t)(size_max < stream->body.len ? size_max
		                                          : stream->body.len);
		memcpy(data, stream->body.data, (size_t)size);
		stream->body = str_from(stream->body, (size_t)size);
	} else if (stream->file_size > 0) {
		size = read_file(stream, data, size_max);
	}
	if (size < 0)
		return size;
	patience_feed(&stream->patience, (size_t)size, h2_now_ms(stream->h2));
	if (stream->body.len == 0 && stream->file_size == 0 &&
	    stream->is_last_piece) {
		*out_flags |= NGHTTP2_DATA_FLAG_EOF;
	} else if (size == 0) {
		stream->wants_piece = true;
		stream->h2->is_marked = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	return size;
}
