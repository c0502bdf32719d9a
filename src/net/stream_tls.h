/*
 * stream_tls.h - a stream through TLS: the server's side.
 *
 * Where the kernel can encrypt, it does once the handshake is over, and files
 * go from the disk to the network as they do without TLS.
 */
#ifndef STREAM_TLS_H
#define STREAM_TLS_H

struct stream;
struct tls;

/*
 * Takes the descriptor over, closes it when there is no memory (NULL).  The
 * tls outlives the stream.
 */
struct stream *stream_tls_new(struct tls *tls, int fd);

#endif
