/*
 * session_rig.h - a session without a network: a handler that does what the
 * test says, a clock that the test sets, and a peer that reads as much as the
 * test lets it.
 *
 *	rig_init -> rig_send, rig_at, rig_answer ... -> rig_expect -> rig_done
 *
 * What the peer has read is kept without Date fields and with "\n" for CRLF.
 * rig_done() checks that every exchange was released once.
 */
#ifndef SESSION_RIG_H
#define SESSION_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/interim_policy.h"
#include "http/session.h"
#include "net/conn.h"

enum {
	RIG_T0 = 1000000,
	RIG_IDLE_MS = 100000,
	RIG_HEAD_MS = 10000,
	RIG_BODY_MS = 20000,
	RIG_SEND_MS = 30000,
	RIG_THRESHOLD_MS = 5000,
	RIG_INTERVAL_MS = 2000,
	RIG_HELD_MAX = 64,
};

#define RIG_ALL SIZE_MAX
#define RIG_OK "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"
#define RIG_OK_CLOSE                                                           \
	"HTTP/1.1 200 OK\nContent-Length: 2\nConnection: close\n\nok"
#define RIG_102 "HTTP/1.1 102 Processing\n\n"
#define RIG_100 "HTTP/1.1 100 Continue\n\n"

/* What the handler does in a step. */
enum rig_move {
	RIG_GO_ON,  /* accepts, takes, answers; pull: the next piece */
	RIG_REFUSE, /* answers with refuse_status */
	RIG_HOLD,   /* nothing: the test completes the step */
	RIG_BREAK,  /* pull: cannot go on */
};

struct rig {
	/* Set by the test, before or between requests. */
	enum rig_move start;
	enum rig_move body;
	enum rig_move finish;
	enum rig_move pull;
	enum response_body kind; /* of the answer: BYTES is "ok" */
	int status;
	int refuse_status;
	const char *const *pieces; /* RESPONSE_PULLED; NULL ends them */
	uint64_t pulled_size;
	uint64_t progress;
	const char *lines;     /* of a 102 */
	size_t window;         /* octets that the peer still reads */
	bool answers_abort;    /* the handler completes its step in abort */
	int64_t wake_after_ms; /* of each finish and pull; 0: never */
	enum rig_move wake;

	/* What happened. */
	struct buf output;  /* what the peer has read */
	struct buf content; /* of all bodies */
	struct buf targets; /* of finished requests: "/a /b " */
	struct exchange *x; /* the last in the handler's hands; or NULL */
	size_t started, finished, woken, aborted, released, logged;
	int logged_status;
	uint32_t logged_interim_count;
	uint64_t logged_sent_size;
	const char *logged_withheld;
	bool is_over;

	int64_t now_ms;
	struct session_config config;
	struct handler handler;
	struct interim_policy policy;
	struct guard guard;
	struct conn_peer peer;
	size_t piece_index;

	/* What is spoken: session.h, if a test sets no other. */
	const struct protocol *protocol;
	void *(*make)(struct session_config *config, struct conn *conn,
	    const struct conn_peer *peer, int64_t now_ms);
	void *session;
	struct exchange *held[RIG_HELD_MAX]; /* the last of them is x */
	size_t held_count;
};

/* Everything goes on, the answer is "ok", and 102s are sent to everybody. */
void rig_init(struct rig *rig);
void rig_prepare(struct rig *rig); /* the same, but for a connection */
void rig_connect(struct rig *rig); /* another connection of that peer */
void rig_done(struct rig *rig);

void rig_send(struct rig *rig, const char *text);
void rig_send_octets(struct rig *rig, const void *data, size_t size);
void rig_end_input(struct rig *rig);
void rig_close(struct rig *rig); /* the connection fails */
void rig_stop(struct rig *rig);

/* The time comes; the session is woken whenever it wished to be. */
void rig_at(struct rig *rig, int64_t now_ms);

/* The peer reads that much more. */
void rig_read(struct rig *rig, size_t size);

/* Completes the step that the handler holds. */
void rig_complete(struct rig *rig);
void rig_refuse(struct rig *rig);

/* All that the peer has read so far; then it is forgotten. */
void rig_expect(struct rig *rig, const char *text);
void rig_expect_status(struct rig *rig, const char *status);

/*
 * The whole input gives the output, however it is cut: at once, octet by
 * octet, and in two at every place.  setup may be NULL.
 */
void rig_expect_always(
    void (*setup)(struct rig *rig), const char *input, const char *output);

#endif
