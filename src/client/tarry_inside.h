/*
 * tarry_inside.h - what the files of the library share about a struct tarry.
 */
#ifndef TARRY_INSIDE_H
#define TARRY_INSIDE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/str.h"
#include "client/pace.h"
#include "client/tarry.h"
#include "client/token_store.h"
#include "client/transport.h"

enum {
	TARRY_IDLE_MS = 5 * 60 * 1000,
	TARRY_DEADLINE_MS = 24 * 3600 * 1000,
	TARRY_MESSAGE_SIZE = 1024,
	TARRY_PAIR_COUNT_MAX = 32, /* told at once */
};

struct tarry {
	struct tarry_options options;
	struct arena texts; /* those of options */
	atomic_int interrupts;
	struct transport *transport;
	struct token_store tokens;

	/* Who we are, and to whom. */
	char *origin;
	struct tarry_credentials credentials;
	bool has_credentials;

	/* Of the call that runs, or ran last. */
	int64_t late_ms;
	int64_t begun_s; /* wall clock */
	char message[TARRY_MESSAGE_SIZE];
	int status;
	char *monitor;
	char *etag;
	struct arena member; /* texts of tarry_look() */

	struct tarry_progress progress;
	struct pace members_pace;
	struct pace bytes_pace;
};

/* At the start of each public function that asks a server. */
void tarry_begin(struct tarry *tarry);

/* Sets the message, and returns the outcome. */
enum tarry_outcome tarry_say(struct tarry *tarry, enum tarry_outcome outcome,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Replaces a text; NULL: none. */
void tarry_set(char **text, struct str value);

int64_t tarry_wall_s(void);

/* Tells progress, with its rates. */
void tarry_tell(struct tarry *tarry);

/* DELETE of a status resource, as a part of any call. */
enum tarry_outcome tarry_stop(struct tarry *tarry, const char *monitor);

/* Takes in the numbers of what is done. */
void tarry_note_members(struct tarry *tarry, uint64_t done, uint64_t total);
void tarry_note_bytes(struct tarry *tarry, uint64_t done, uint64_t total);

#endif
