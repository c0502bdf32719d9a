/*
 * session_inside.h - the parts of a session, for src/http/session*.c alone.
 *
 * session_core.c      its states, and its one exchange
 * session_request.c   HEAD, START, BODY, PIECE, DRAIN: what comes in
 * session_interim.c   100 and 102
 * session_response.c  FINISH, SENDING, PULL: what goes out
 * session.c           the functions of net/conn.h, and time
 *
 * The functions of a state say whether the next state can go on at once.
 */
#ifndef SESSION_INSIDE_H
#define SESSION_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/content.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/herald.h"
#include "http/patience.h"
#include "http/sender.h"
#include "http/session.h"

enum {
	SESSION_MAGIC = 0x53455353,
	READ_AHEAD_SIZE_MAX = 64 * 1024, /* of requests that wait */
	INPUT_SIZE_MAX = 256 * 1024,     /* that, and one read more */
};

enum session_state {
	SESSION_HEAD,    /* until a head is there */
	SESSION_START,   /* the handler decides whether it wants the body */
	SESSION_BODY,    /* its content is collected into a piece */
	SESSION_PIECE,   /* the handler has the piece */
	SESSION_FINISH,  /* the handler works; 102s may be sent */
	SESSION_SENDING, /* the final response is on its way */
	SESSION_PULL,    /* the handler makes more of it */
	SESSION_DRAIN,   /* the rest of the request is thrown away */
	SESSION_CLOSING, /* what is queued is sent, then it is over */
	SESSION_OVER,
};

struct session {
	unsigned magic;
	enum session_state state;
	struct session_config *config;
	struct conn *conn;
	const struct conn_peer *peer;
	uint64_t number;
	struct exchange *x; /* NULL between two requests */

	struct buf in;    /* arrived and not used yet */
	struct str input; /* while advancing: what can be used */
	struct head_scan scan;
	struct content content;
	struct sender sender;
	struct herald herald;

	int64_t since_ms;         /* of the deadline of HEAD */
	struct patience patience; /* with the peer's part in the others */
	int64_t stop_ms;          /* when is_stopping: no longer for a body */
	bool has_input_ended;
	bool is_stopping;
	bool must_close;    /* after this response */
	bool is_head_asked; /* the method is HEAD */
	bool is_chunked;    /* the response */
	bool is_first_chunk;
	bool is_last_piece; /* of a pulled response */
	uint64_t pull_left; /* of a size that was promised */
	bool is_desynced;
};

/* Moves to a state, as session.h allows; its time begins. */
void session_core_enter(
    struct session *s, enum session_state state, int64_t now_ms);

/* The exchange is over for this connection, complete or not. */
void session_core_part(struct session *s, int64_t now_ms);

/* The connection is over, whatever was going on. */
void session_core_end(struct session *s, int64_t now_ms);

/* A new exchange; false: no memory, the session is over. */
bool session_request_begin(struct session *s, int64_t now_ms);
bool session_request_head(struct session *s, int64_t now_ms);
bool session_request_start(struct session *s, int64_t now_ms);
bool session_request_body(struct session *s, int64_t now_ms);
bool session_request_piece(struct session *s, int64_t now_ms);
bool session_request_drain(struct session *s, int64_t now_ms);

/* Sends a 100. */
void session_interim_continue(struct session *s, int64_t now_ms);

/* Sends the 102 that an OPTIONS asked for, to see whether it comes through. */
void session_interim_probe(struct session *s, int64_t now_ms);

/* Octets came while the handler works: are they behind a 102? */
void session_interim_doubt(struct session *s, int64_t now_ms);

/* Sends a 102 if one is due and may be sent. */
void session_interim_consider(struct session *s, int64_t now_ms);

/* Answers the request: the handler has filled in the response. */
void session_response_begin(struct session *s, int64_t now_ms);

/* Ends the request with an answer of our own, and the connection with it. */
void session_response_refuse(struct session *s, int status, int64_t now_ms);
bool session_response_finish(struct session *s, int64_t now_ms);
bool session_response_sending(struct session *s, int64_t now_ms);
bool session_response_pull(struct session *s, int64_t now_ms);

/* The handler has completed a step on another thread. */
void session_resumed(struct exchange *x);

#endif
