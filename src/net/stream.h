/*
 * stream.h - octets both ways over one socket: plainly, or through TLS.
 *
 *	new -> open ... open -> read, write -> close ... close -> free
 *
 * Nothing here waits.  What cannot go on says what it waits for, and is called
 * again when the socket can be read or written; a write that is called again
 * is offered the same octets, and perhaps more behind them.  Writing to a peer
 * that has gone raises SIGPIPE: the threads of a program with streams block it.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct conn_output;
struct stream;

enum {
	STREAM_READ_SIZE_MIN = 16 * 1024, /* one record of TLS, whole */
};

enum stream_status {
	STREAM_DONE,
	STREAM_WANTS_INPUT,  /* again when the socket can be read */
	STREAM_WANTS_OUTPUT, /* again when the socket can be written */
	STREAM_ENDED,        /* the peer sends no more; only read() says so */
	STREAM_BROKEN,
};

struct stream_ops {
	/* DONE: octets can be exchanged, and the peer is known. */
	enum stream_status (*open)(struct stream *stream);

	/* At least STREAM_READ_SIZE_MIN of room.  DONE: some have come. */
	enum stream_status (*read)(struct stream *stream, char *out,
	    size_t size_max, size_t *out_size);

	/* DONE: some were sent. */
	enum stream_status (*write)(struct stream *stream,
	    const struct conn_output *output, size_t *out_size);

	/* DONE: the peer was told that no more comes. */
	enum stream_status (*close)(struct stream *stream);

	/* Closes the socket too. */
	void (*free)(struct stream *stream);
};

struct stream {
	const struct stream_ops *ops;
	int fd; /* owned; does not block */
	bool is_tls;
	bool has_more; /* the next read() gives something, without an event */

	/* Since it is open, as long as it lives; may be empty. */
	struct str principal; /* whom the peer's certificate names */
	struct str alpn;      /* the protocol agreed upon: RFC 7301 */
};

#endif
