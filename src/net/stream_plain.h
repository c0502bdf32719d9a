/*
 * stream_plain.h - a stream whose octets are those of the socket.
 */
#ifndef STREAM_PLAIN_H
#define STREAM_PLAIN_H

#include "base/check.h"
#include "net/stream.h"

/* Takes the descriptor over, closes it when there is no memory (NULL). */
struct stream *stream_plain_new(int fd);

/* For streams that the kernel encrypts: as the write() of stream.h. */
enum stream_status stream_plain_write(struct stream *stream,
    const struct conn_output *output, size_t *out_size) MUST_CHECK;

#endif
