/*
 * conn.h - one accepted connection: octets in, octets and files out.
 *
 * What is spoken on it is a protocol: a struct of functions that does no I/O.
 * The connection reads when the protocol wants input, writes what it offers,
 * wakes it at the time it names, and closes when it says that it is over.  All
 * of it happens on the loop's thread.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/str.h"

struct conn;
struct loop;
struct stream;

#define CONN_NEVER INT64_MAX

/* What to send next, in this order. */
struct conn_output {
	struct str head;
	struct str body;
	int fd; /* -1: no file */
	uint64_t file_offset;
	uint64_t file_size;
};

struct protocol {
	/* Takes all octets, or keeps what it cannot use yet. */
	void (*input)(void *context, struct str octets, int64_t now_ms);
	void (*input_ended)(void *context, int64_t now_ms);
	bool (*wants_input)(void *context);

	/*
	 * False: nothing can be sent now.  The octets stay until sent(): what
	 * is added comes behind them.
	 */
	bool (*output)(void *context, struct conn_output *out);
	void (*sent)(void *context, size_t size, int64_t now_ms);

	/* When to call tick(), or CONN_NEVER. */
	int64_t (*next_ms)(void *context);
	void (*tick)(void *context, int64_t now_ms);

	/* Nothing is under way: it may be closed when room is needed. */
	bool (*is_idle)(void *context); /* NULL: never */

	/* Nothing more will be read or offered: the connection closes. */
	bool (*is_over)(void *context);

	/* The loop stops: end as soon as it can be done decently. */
	void (*stop)(void *context, int64_t now_ms);

	/* The connection is closed; frees the context. */
	void (*free)(void *context);
};

/* Text that lives as long as the connection. */
struct conn_peer {
	char address[48]; /* without a port */
	bool is_loopback;
	bool is_tls;
	struct str principal; /* of its certificate, which was verified */
	struct str alpn;      /* the protocol agreed upon; empty: none */
};

/*
 * Connections of a loop that are idle, or not open yet, in the order in which
 * they became so.  Begins as { NULL, NULL }.
 */
struct conn_idlers {
	struct conn *oldest;
	struct conn *newest;
};

/*
 * attach() is called when the stream is open, at once if that needs no octet
 * of the peer.  It is given the new connection, and returns the protocol's
 * context, or NULL to refuse it.
 */
struct conn_options {
	struct loop *loop;
	const struct protocol *protocol;
	int64_t open_ms; /* a stream that is not open by then is closed */
	void *(*attach)(void *context, struct conn *conn);
	void *context;
	void (*closed)(void *context); /* it is gone; also after NULL */
	struct conn_idlers *idlers;    /* of the loop; may be NULL */
};

/*
 * Takes the stream over.  NULL: there is no memory, or attach() refused it at
 * once; the stream is closed.  It may be NULL too, for want of memory.
 */
struct conn *conn_new(
    const struct conn_options *options, struct stream *stream);

/* The protocol's state changed for a reason of its own: looks at it anew. */
void conn_kick(struct conn *conn);

/* Closes the oldest, to make room.  False: there is none. */
bool conn_shed(struct conn_idlers *idlers);

/* Closes an accepted descriptor; says so, as far as that goes at once. */
void conn_refuse(int fd, struct str last_words);

const struct conn_peer *conn_peer(const struct conn *conn);

#endif
