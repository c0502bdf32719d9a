/*
 * h1_write.h - writes the heads of HTTP/1.1 responses (RFC 9112).
 */
#ifndef H1_WRITE_H
#define H1_WRITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/request.h"
#include "http/response.h"

enum h1_framing {
	H1_NONE,    /* no content, and no field that speaks of it */
	H1_LENGTH,  /* Content-Length */
	H1_CHUNKED, /* size not known, HTTP/1.1 */
	H1_CLOSE,   /* size not known, HTTP/1.0: ends with the connection */
};

struct h1_head {
	enum h1_framing framing;
	uint64_t content_size; /* H1_LENGTH */
	bool closes;           /* Connection: close */
	bool is_http_1_0;      /* of the request: keep-alive must be said */
	struct str date;       /* RFC 9110, 6.6.1 */
};

/* How the content of a response to this request is framed. */
enum h1_framing h1_write_framing(const struct request *request,
    const struct response *response, uint64_t *out_content_size);

/* A final head, from status line to empty line. */
void h1_write_final(struct buf *out, const struct response *response,
    const struct h1_head *head);

/*
 * An interim head.  lines are whole field lines or empty; none of them may be
 * Content-Length, Transfer-Encoding, Connection, Trailer or Set-Cookie (RFC
 * 9110, 15.2 and 8.6; RFC 9112, 6.1): checked.
 */
void h1_write_interim(struct buf *out, int status, struct str lines);

/* The framing before a chunk of this size; the last one has size 0. */
void h1_write_chunk(struct buf *out, bool is_first, size_t size);

#endif
