/*
 * transport.h - one request and its response, with libcurl as the engine.
 *
 *	new -> run, run, run ... -> free
 *
 * It reads while it writes, hands on each 1xx, and keeps two clocks of its own:
 * one that each octet and each 1xx sets back, and one that nothing sets back.
 * How it ended says what may be done next: only after TRANSPORT_UNSENT may a
 * request be sent again without a thought.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/check.h"
#include "base/err.h"
#include "client/intake.h"

struct tarry_options;
struct tarry_source;
struct transport;

enum transport_end {
	TRANSPORT_ANSWERED, /* a final response, whole */
	TRANSPORT_UNSENT,   /* the server cannot have begun */
	TRANSPORT_LOST,     /* the connection ended before the response did */
	TRANSPORT_IDLE,     /* nothing came for too long */
	TRANSPORT_LATE,     /* the deadline has passed */
	TRANSPORT_ABUSED,   /* no HTTP, or too many 1xx */
	TRANSPORT_LEFT,     /* interrupted */
	TRANSPORT_FAILED,   /* our own side would not go on */
};

struct transport_request {
	const char *method;
	const char *url;
	struct curl_slist *fields;
	const char *body;                  /* text; or NULL */
	const struct tarry_source *source; /* instead; or NULL */
	const char *user;                  /* NULL: nobody */
	const char *password;
	bool is_fresh; /* on a new connection: curl repeats nothing */
	int64_t idle_ms;
	int64_t late_ms; /* when the deadline is, by transport_now_ms() */

	void *context;
	/* A 1xx. */
	void (*interim)(void *context, const struct intake *intake);
	/* The final head, once: before the body, or at the end.  May be NULL */
	bool (*head)(void *context, const struct intake *intake);
	bool (*body_piece)(void *context, const char *data, size_t size);
	/* About every 200 ms: octets that went and came. */
	void (*tick)(void *context, int64_t sent, int64_t received);
	/* The status resource of what runs, if it is known; NULL: it is not. */
	const char *(*monitor)(void *context);
	/* What it says; it is asked every few seconds.  May be NULL. */
	void (*seen)(void *context, struct str body, int status);
};

struct transport_result {
	enum transport_end end;
	int status;
	bool was_sent;     /* the whole request may have reached the server */
	bool was_accepted; /* a 1xx of 102 or above was seen */
	unsigned interim_count;
	char words[256];
};

/* options are kept.  NULL: no memory. */
struct transport *transport_new(
    const struct tarry_options *options, atomic_int *interrupts) MUST_CHECK;
void transport_free(struct transport *transport);

void transport_run(struct transport *transport,
    const struct transport_request *request,
    struct transport_result *out_result);

/* Of the response that came last. */
const struct intake *transport_intake(const struct transport *transport);

/* The interrupts so far are seen: only a further one counts. */
void transport_heed(struct transport *transport);

/* Whether there was an interrupt that was not seen yet. */
bool transport_is_interrupted(const struct transport *transport);

/* Sleeps, unless it is interrupted: false. */
bool transport_pause(struct transport *transport, int64_t ms);

int64_t transport_now_ms(void); /* monotonic */

#endif
