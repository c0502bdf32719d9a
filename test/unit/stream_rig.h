/*
 * stream_rig.h - a TLS stream of ours, and a client at the other end of a pair
 * of sockets.  Neither side waits: the test lets them take turns.
 */
#ifndef STREAM_RIG_H
#define STREAM_RIG_H

#include "tls_rig.h"

#include "net/stream.h"
#include "net/stream_tls.h"

enum {
	MIB = 1024 * 1024,
	TURN_COUNT_MAX = 20,
	READ_SIZE = 64 * 1024,
};

struct stream_rig {
	struct tls_rig files;
	struct tls_options options;
	struct tls *tls;
	SSL_CTX *context; /* of the client */
	SSL_SESSION *session;
	struct stream *stream;
	SSL *client;
	int fd;
};

void stream_rig_init(struct stream_rig *rig, enum tls_client_auth client_auth);
void stream_rig_connect(struct stream_rig *rig, const char *own);
void stream_rig_disconnect(struct stream_rig *rig);
void stream_rig_done(struct stream_rig *rig);
/* Both shake hands: what the server's side came to. */
enum stream_status stream_rig_shake(struct stream_rig *rig);
void stream_rig_open(struct stream_rig *rig);
void stream_rig_close(struct stream_rig *rig);
enum stream_status stream_rig_read(
    struct stream_rig *rig, char out[READ_SIZE], size_t *out_size);

#endif
