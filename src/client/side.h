/*
 * side.h - a small request beside the one that runs: on the same multi handle,
 * on a connection of its own.
 *
 *	(nothing) -start-> under way -end-> (nothing)
 */
#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/check.h"

enum {
	SIDE_MS = 10 * 1000,
	SIDE_BODY_SIZE_MAX = 1024 * 1024,
};

struct side {
	CURL *easy; /* NULL: nothing is under way */
	CURLM *multi;
	struct curl_slist *fields;
	struct buf body;
};

void side_init(struct side *side, CURLM *multi);

/*
 * easy has been set up for the server; it is taken over.  Nothing happens
 * while another is under way.
 */
void side_start_take(
    struct side *side, CURL *easy, const char *method, const char *url);

/*
 * curl has said that it is over: the status, and the body in side->body until
 * the next start; 0: there was no answer.
 */
long side_status(const struct side *side);

/* Also in the middle of it. */
void side_end(struct side *side);
void side_done(struct side *side);

#endif
