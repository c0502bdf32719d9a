/*
 * h2_inside.h - the parts of an HTTP/2 session, for src/http/h2*.c alone.
 *
 * h2.c           the functions of net/conn.h, and time
 * h2_frames.c    nghttp2: what it calls when a frame has come or gone
 * h2_stream.c    the states of a stream, from its first frame to its last
 * h2_request.c   HEAD, START, BODY, PIECE: what comes in
 * h2_response.c  FINISH, SENDING, PULL: what goes out, 1xx too
 * h2_budget.c    how much noise is borne
 *
 * A callback of nghttp2 only marks what happened; h2_advance() acts.
 */
#ifndef H2_INSIDE_H
#define H2_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/exchange.h"
#include "http/h2.h"
#include "http/h2_budget.h"
#include "http/herald.h"
#include "http/patience.h"

enum {
	H2_MAGIC = 0x48325345,
	H2_STREAM_MAGIC = 0x48325354,
	H2_OUT_SIZE = 64 * 1024,                   /* made at once */
	H2_OUT_SIZE_MAX = H2_OUT_SIZE + 32 * 1024, /* that, and one frame */
};

enum h2_state {
	H2_HEAD,    /* until the header section is whole */
	H2_START,   /* the handler decides whether it wants the body */
	H2_BODY,    /* content is awaited */
	H2_PIECE,   /* the handler has a piece of it */
	H2_FINISH,  /* the handler works; 102s may be sent */
	H2_SENDING, /* the final response is on its way */
	H2_PULL,    /* the handler makes more of it */
	H2_DRAIN,   /* answered; the rest of the request is thrown away */
	H2_LEFT,    /* closed; the handler is still at work on it */
};

struct h2;

struct h2_stream {
	unsigned magic;
	enum h2_state state;
	struct h2 *h2;
	struct h2_stream *next;
	int32_t id;
	struct exchange *x; /* NULL in DRAIN */
	struct herald herald;
	struct patience patience; /* with the peer's part in this state */

	/* The request. */
	struct str method, target, scheme, authority; /* in the arena */
	size_t head_size;                             /* RFC 9113, 6.5.2 */
	size_t trailer_size;
	int head_status;   /* what to refuse the head with; 0: nothing */
	struct buf in;     /* content that the handler has not got */
	size_t piece_size; /* octets that the handler has */
	size_t early_size; /* of it: not held back of the connection's window */
	size_t dropped_size; /* of content that nobody wants any more */

	/* The response. */
	struct str body; /* what is left of a piece */
	int fd;          /* of x, or -1 */
	uint64_t file_offset;
	uint64_t file_size;
	uint64_t pull_left; /* of a size that was promised */

	/* What callbacks have marked. */
	bool is_head_whole;
	bool is_head_all;     /* END_STREAM came with it: there is no body */
	bool has_input_ended; /* END_STREAM has come */
	bool is_end_sent;     /* END_STREAM has gone */
	bool is_closed;       /* nghttp2 has forgotten it */
	bool wants_piece;     /* there is room for more of the response */
	bool is_interim_made; /* a 1xx is among the octets of h2->out */

	bool is_interim_queued; /* a 1xx has not left us */
	bool is_head_asked;     /* the method is HEAD */
	bool is_last_piece;     /* of a pulled response */
	bool is_rest_long;      /* DRAIN: the rest is not waited for */
};

struct h2 {
	unsigned magic;
	struct session_config *config;
	struct conn *conn;
	const struct conn_peer *peer;
	uint64_t number; /* of exchange.h; a new one when a stream is reset */
	nghttp2_session *frames;
	struct h2_stream *streams; /* LEFT ones too */
	size_t stream_count;
	struct buf out; /* frames on their way */
	size_t out_sent;
	struct h2_budget noise;   /* frames that carry nothing */
	struct h2_budget resets;  /* streams begun in vain */
	int64_t idle_ms;          /* since when there has been no stream */
	struct patience patience; /* with a peer that does not read */
	bool is_marked;           /* a callback has marked something */
	bool is_noisy;            /* a budget is spent */
	bool has_input_ended;
	bool is_stopping;
	int64_t stop_ms;   /* ... until when bodies may come */
	bool has_given_up; /* ... on them */
	bool is_closing;   /* what is queued is sent, then it is over */
	bool is_over;
};

int64_t h2_now_ms(const struct h2 *h2);

/* Acts on all that was marked, and makes octets to send. */
void h2_advance(struct h2 *h2, int64_t now_ms);

/* The connection is over, but for what is queued. */
void h2_close(struct h2 *h2, int64_t now_ms);

/* The handler has completed a step on another thread. */
void h2_resumed(struct exchange *x);

/* False: no memory. */
bool h2_frames_init(struct h2 *h2);

/* Ends the stream with a code; h2_stream.is_closed follows. */
void h2_frames_reset(struct h2_stream *stream, uint32_t error_code);

/* NULL: no memory. */
struct h2_stream *h2_stream_new(struct h2 *h2, int32_t id, int64_t now_ms);
void h2_stream_enter(
    struct h2_stream *stream, enum h2_state state, int64_t now_ms);

/* Goes as far as the input and the handler allow. */
void h2_stream_advance(struct h2_stream *stream, int64_t now_ms);

/* Whose turn it is on this stream: whether its patience wears off. */
void h2_stream_weigh(struct h2_stream *stream, int64_t now_ms);

/* The rest of a request that was answered is not waited for any longer. */
void h2_stream_hurry(struct h2_stream *stream, int64_t now_ms);

/* Parts with the streams that are closed, or with all of them. */
void h2_stream_sweep(struct h2 *h2, bool is_all, int64_t now_ms);

/* The handler is done with a stream that was LEFT. */
void h2_stream_left(struct h2_stream *stream, int64_t now_ms);

/* The connection goes before a stream that was LEFT: frees all but x. */
void h2_stream_orphan(struct h2_stream *stream);

/* A field of the head, or of the trailers. */
void h2_request_field(
    struct h2_stream *stream, struct str name, struct str value);
void h2_request_trailer(
    struct h2_stream *stream, struct str name, struct str value);

/* Content has come; the octets are copied or dropped. */
void h2_request_content(struct h2_stream *stream, struct str octets);

/* The functions of a state say whether the next state can go on at once. */
bool h2_request_head(struct h2_stream *stream, int64_t now_ms);
bool h2_request_start(struct h2_stream *stream, int64_t now_ms);
bool h2_request_body(struct h2_stream *stream, int64_t now_ms);
bool h2_request_piece(struct h2_stream *stream, int64_t now_ms);

/* What has come and was not taken is given back to the windows. */
void h2_request_drop(struct h2_stream *stream);

/* Sends a 1xx; lines are as of interim_line.h. */
void h2_response_interim(
    struct h2_stream *stream, int status, struct str lines);

/* Answers: the handler has filled in the response. */
void h2_response_begin(struct h2_stream *stream, int64_t now_ms);
void h2_response_refuse(struct h2_stream *stream, int status, int64_t now_ms);
bool h2_response_finish(struct h2_stream *stream, int64_t now_ms);
bool h2_response_sending(struct h2_stream *stream, int64_t now_ms);
bool h2_response_pull(struct h2_stream *stream, int64_t now_ms);

/* A callback of nghttp2: fills in the next frame of content. */
ssize_t h2_response_read(nghttp2_session *frames, int32_t id, uint8_t *data,
    size_t size_max, uint32_t *out_flags, nghttp2_data_source *source,
    void *context);

#endif
