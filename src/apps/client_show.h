/*
 * client_show.h - what a person, or a program, sees while something runs.
 *
 *	on a terminal      one line that changes, and goes when it is over
 *	elsewhere          a line now and then
 *	--json             an object a second, on standard output
 *	--quiet            nothing
 *	--verbose          each interim response, and what it tells, too
 */
#ifndef CLIENT_SHOW_H
#define CLIENT_SHOW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "client/pace.h"
#include "client/tarry.h"

struct show {
	pthread_mutex_t mutex; /* of the terminal: several threads write */
	const char *command;
	bool is_terminal;
	bool is_quiet;
	bool is_verbose;
	bool is_json;
	bool has_line;    /* on the screen now */
	int64_t shown_ms; /* when something was shown last */
	char *monitor;    /* of the operation that runs */
	int64_t begun_ms; /* when it was first seen */
	bool is_told;
	char *recent; /* the last member that was finished */

	/* Of a transfer of many files; several threads count. */
	atomic_ullong files_done;
	atomic_ullong files_total;
	atomic_ullong bytes_done;
	atomic_ullong bytes_total;
	struct pace files_pace;
	struct pace bytes_pace;
	bool has_many;
};

void show_init(struct show *show, const char *command);
void show_done(struct show *show);

void show_progress(struct show *show, const struct tarry_progress *progress);
void show_interim(struct show *show, int status, const char *lines);

/* Takes the line off the screen: before anything else is written. */
void show_clear(struct show *show);

/* A line on standard error: "tarry: cp: what: message". */
void show_error(struct show *show, const char *what, const char *message);

/* A line that says what is done, with --verbose or for a dry run. */
void show_note(struct show *show, bool is_always, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * "120/4000 members, 35/s, 7.0k/1.2m bytes, 1.1m/s, 2m20s left  URL", cut
 * to width characters.  recent may be NULL.
 */
void show_format(const struct tarry_progress *progress, const char *recent,
    size_t width, struct buf *out);

#endif
