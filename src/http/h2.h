/*
 * h2.h - one HTTP/2 connection (RFC 9113): streams in, exchanges, and
 * responses out, many at a time.
 *
 * It is a protocol of net/conn.h like session.h, and shares its configuration:
 * nobody above can tell them apart.  nghttp2 knows the frames, HPACK and the
 * flow control; each stream has an exchange of its own:
 *
 *	HEAD -> START -> BODY <-> PIECE -> FINISH -> SENDING <-> PULL
 *	any of them that is answered early -> SENDING
 *	SENDING -> DRAIN, while the rest of a request still comes
 *	any -> gone, when the stream is closed;  -> LEFT, until its handler is
 *	done with a step that it has begun
 *
 * What arrives of a body is given back to the flow control windows only when
 * the handler has taken it, so a slow disk costs a bounded memory and no
 * thread.  A pulled response is pulled when the peer's windows have room.
 *
 * Interim responses are HEADERS without END_STREAM.  At most one of a stream
 * waits to be sent; the next is thought of when that one has left us.
 *
 * A peer that floods us with frames that carry nothing, or that resets its
 * streams faster than a person changes their mind, is sent away by GOAWAY with
 * ENHANCE_YOUR_CALM.
 */
#ifndef H2_H
#define H2_H

#include <stdint.h>

#include "http/session.h"
#include "net/conn.h"

/* The functions of net/conn.h, for a context made by h2_new(). */
extern const struct protocol h2_protocol;

/* conn may be NULL in tests.  NULL: no memory. */
void *h2_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, int64_t now_ms);

#endif
