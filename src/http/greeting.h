/*
 * greeting.h - which version of HTTP a connection speaks.
 *
 * By TLS it was agreed upon (ALPN: "h2", else HTTP/1.1).  Plainly it is
 * HTTP/1.1; but where HTTP/2 is let in by prior knowledge, a connection that
 * begins with its preface (RFC 9113, 3.4) speaks that.  From then on this
 * protocol of net/conn.h only hands on to the one that was chosen.
 */
#ifndef GREETING_H
#define GREETING_H

#include <stdint.h>

#include "http/session.h"
#include "net/conn.h"

enum greeting_plain {
	GREETING_HTTP_1_1, /* whatever it begins with */
	GREETING_EITHER,
};

/* The functions of net/conn.h, for a context made by greeting_new(). */
extern const struct protocol greeting_protocol;

/* conn may be NULL in tests.  NULL: no memory. */
void *greeting_new(struct session_config *config, struct conn *conn,
    const struct conn_peer *peer, enum greeting_plain plain, int64_t now_ms);

#endif
