/*
 * sender.h - what waits to be sent to one peer: octets of ours, then a view of
 * a body, then a part of a file.
 */
#ifndef SENDER_H
#define SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "net/conn.h"

struct sender {
	struct buf out; /* heads and framing: the caller adds to it */
	size_t out_sent;
	struct str body; /* borrowed; sent behind out */
	int fd;          /* borrowed; sent last; -1: none */
	uint64_t file_offset;
	uint64_t file_size;
};

void sender_init(struct sender *sender);
void sender_done(struct sender *sender);
bool sender_is_empty(const struct sender *sender);

/* False: there is nothing to send. */
bool sender_output(const struct sender *sender, struct conn_output *out);

/* size octets have left us. */
void sender_sent(struct sender *sender, size_t size);

#endif
