/*
 * ask.h - one question to a server: with credentials, with the lock tokens
 * that matter, and sent on when the answer says where.
 *
 *	init -> field, field ... -> run -> done
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "client/tarry.h"
#include "client/transport.h"

enum { ASK_REDIRECT_COUNT_MAX = 5 };

struct ask {
	const char *method;
	char *url; /* changes when it is sent on */
	struct curl_slist *fields;
	struct buf tokens; /* the If field */
	const char *body;
	const struct tarry_source *source;
	bool is_safe;    /* GET, PROPFIND ...: may be repeated by anyone */
	int64_t idle_ms; /* 0: as the options say */
	bool is_lost;    /* no memory for a part of it */

	/* May be NULL.  They are not told of redirects and 401. */
	void *context;
	bool (*head)(void *context, const struct intake *intake);
	bool (*body_piece)(void *context, const char *data, size_t size);
	void (*tick)(void *context, int64_t sent, int64_t received);
	bool watches; /* looks at the status resource meanwhile */

	struct tarry *tarry; /* ask.c's own, as all below */
	bool is_passing;     /* the final response is the one */
	struct transport_result result;
};

/* url is copied. */
void ask_init(
    struct ask *ask, struct tarry *tarry, const char *method, const char *url);
void ask_done(struct ask *ask);

/* A value with a control in it is left out: ask_run() then fails. */
void ask_field(struct ask *ask, const char *name, const char *value);

/* Submits the tokens of locks that matter for this URL. */
void ask_tokens(struct ask *ask, const char *url);

/* The result is in ask->result. */
void ask_run(struct ask *ask);

/* What it means, and the words for it. */
enum tarry_outcome ask_conclude(struct ask *ask);
enum tarry_outcome ask_conclude_status(struct tarry *tarry, int status);

#endif
