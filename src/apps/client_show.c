/*
 * client_show.c - see client_show.h.
 */
#include "apps/client_show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <jansson.h>

#include "apps/table.h"
#include "base/own.h"
#include "client/transport.h"

enum {
	LINE_EVERY_MS = 200,
	TELL_AFTER_MS = 1000,
	PLAIN_EVERY_MS = 5000,
	JSON_EVERY_MS = 1000,
	LINE_SIZE_MAX = 4096,
	WIDTH = 80, /* of a terminal that does not say */
};

void
show_init(struct show *show, const char *command)
{
	*show = (struct show){ .command = command,
		.is_terminal = isatty(STDERR_FILENO) == 1 };
	CHECK(pthread_mutex_init(&show->mutex, NULL) == 0);
	/* The first plain line comes when it has lasted for a while. */
	show->shown_ms = transport_now_ms();
}

void
show_done(struct show *show)
{
	show_clear(show);
	free(show->monitor);
	free(show->recent);
	CHECK(pthread_mutex_destroy(&show->mutex) == 0);
}

static void
add_part(struct buf *out, const char *text)
{
	if (out->len > 0)
		buf_add_text(out, ", ");
	buf_add_text(out, text);
}

static void
add_counts(struct buf *out, const struct tarry_progress *progress)
{
	char text[4 * TABLE_TEXT_SIZE];
	char done[TABLE_TEXT_SIZE];
	char total[TABLE_TEXT_SIZE];

	if (progress->members_total > 0)
		(void)snprintf(text, sizeof(text),
		    "%" PRIu64 "/%" PRIu64 " members", progress->members_done,
		    progress->members_total);
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64 " members",
		    progress->members_done);
	if (progress->members_done > 0 || progress->members_total > 0)
		add_part(out, text);
	if (progress->members_per_s >= 0.5) {
		(void)snprintf(
		    text, sizeof(text), "%.0f/s", progress->members_per_s);
		add_part(out, text);
	}
	table_format_size(progress->bytes_done, done);
	table_format_size(progress->bytes_total, total);
	(void)snprintf(text, sizeof(text), "%s%s%s bytes", done,
	    progress->bytes_total > 0 ? "/" : "",
	    progress->bytes_total > 0 ? total : "");
	if (progress->bytes_done > 0 || progress->bytes_total > 0)
		add_part(out, text);
}

static void
add_rates(struct buf *out, const struct tarry_progress *progress)
{
	char text[2 * TABLE_TEXT_SIZE];
	char rate[TABLE_TEXT_SIZE];

	if (progress->bytes_per_s >= 1) {
		table_format_size((uint64_t)progress->bytes_per_s, rate);
		(void)snprintf(text, sizeof(text), "%s/s", rate);
		add_part(out, text);
	}
	if (progress->left_s >= 0) {
		table_format_age(progress->left_s, rate);
		(void)snprintf(text, sizeof(text), "%s left", rate);
		add_part(out, text);
	}
}

/* What comes from a server must not move the cursor. */
static void
add_safe(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(out, (unsigned char)*text < 0x20 ||
		                          *text == 0x7f ||
		                          (unsigned char)*text >= 0x80
		                      ? '?'
		                      : *text);
}

void
show_format(const struct tarry_progress *progress, const char *recent,
    size_t width, struct buf *out)
{
	if (progress->state != NULL && strcmp(progress->state, "running") != 0)
		add_safe(out, progress->state);
	add_counts(out, progress);
	add_rates(out, progress);
	if (out->len == 0)
		buf_add_text(out, "waiting");
	if (recent != NULL && out->len + 4 < width) {
		buf_add_text(out, "  ");
		add_safe(out, recent);
	}
	if (out->len > width)
		out->len = width;
}

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col < 20)
		return WIDTH;
	return size.ws_col;
}

static void
clear(struct show *show)
{
	if (!show->has_line)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	show->has_line = false;
}

static void
show_json(const struct show *show, const struct tarry_progress *progress)
{
	json_t *json = json_pack("{ss ss sI sI sI sI sf sf}", "event",
	    "progress", "command", show->command, "members_done",
	    (json_int_t)progress->members_done, "members_total",
	    (json_int_t)progress->members_total, "bytes_done",
	    (json_int_t)progress->bytes_done, "bytes_total",
	    (json_int_t)progress->bytes_total, "members_per_s",
	    progress->members_per_s, "bytes_per_s", progress->bytes_per_s);

	(void)json_object_set_new(json, "left_s",
	    progress->left_s < 0 ? json_null()
	                         : json_integer(progress->left_s));
	(void)json_object_set_new(json, "monitor",
	    progress->monitor == NULL ? json_null()
	                              : json_string(progress->monitor));
	(void)json_dumpf(json, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
	json_decref(json);
}

static void
show_line(struct show *show, const struct tarry_progress *progress)
{
	OWNED(buf_done) struct buf line;
	size_t width = show->is_terminal ? terminal_width() : WIDTH * 2;
	size_t used = strlen(show->command) + 4;

	buf_init(&line, LINE_SIZE_MAX);
	show_format(
	    progress, show->recent, width > used ? width - used : 1, &line);
	if (show->is_terminal)
		(void)fprintf(stderr, "\r%s: %.*s\033[K", show->command,
		    STR_ARG(buf_str(&line)));
	else
		(void)fprintf(stderr, "%s: %.*s\n", show->command,
		    STR_ARG(buf_str(&line)));
	(void)fflush(stderr);
	show->has_line = show->is_terminal;
}

/* What is over in a moment needs no name. */
static void
tell_monitor(struct show *show, const char *monitor, int64_t now_ms)
{
	if (monitor == NULL)
		return;
	if (show->monitor == NULL || strcmp(show->monitor, monitor) != 0) {
		free(show->monitor);
		show->monitor = strdup(monitor);
		show->begun_ms = now_ms;
		show->is_told = false;
	}
	if (show->is_told || show->is_quiet || show->is_json ||
	    now_ms - show->begun_ms < TELL_AFTER_MS)
		return;
	show->is_told = true;
	clear(show);
	(void)fprintf(stderr, "%s: operation %s\n", show->command, monitor);
}

static void
take_pairs(struct show *show, const struct tarry_progress *progress)
{
	for (size_t i = 0; i < progress->pair_count; i++) {
		const struct tarry_pair *pair = &progress->pairs[i];

		if (show->is_verbose && !show->is_json) {
			clear(show);
			(void)fprintf(stderr, "%s: %d %s\n", show->command,
			    pair->status, pair->url);
		}
		free(show->recent);
		show->recent = strdup(pair->url);
	}
}

/* What all threads together have done. */
static void
count_many(struct show *show, struct tarry_progress *all, int64_t now_ms)
{
	int64_t files_s;
	int64_t bytes_s;

	all->members_done = atomic_load(&show->files_done);
	all->members_total = atomic_load(&show->files_total);
	all->bytes_done = atomic_load(&show->bytes_done);
	all->bytes_total = atomic_load(&show->bytes_total);
	pace_at(
	    &show->files_pace, now_ms, all->members_done, all->members_total);
	pace_at(&show->bytes_pace, now_ms, all->bytes_done, all->bytes_total);
	files_s = pace_left_s(&show->files_pace);
	bytes_s = pace_left_s(&show->bytes_pace);
	all->members_per_s = show->files_pace.rate;
	all->bytes_per_s = show->bytes_pace.rate;
	all->left_s = files_s > bytes_s ? files_s : bytes_s;
}

void
show_progress(struct show *show, const struct tarry_progress *progress)
{
	int64_t every_ms = show->is_json       ? JSON_EVERY_MS
	                   : show->is_terminal ? LINE_EVERY_MS
	                                       : PLAIN_EVERY_MS;
	struct tarry_progress all = *progress;
	int64_t now_ms = transport_now_ms();

	(void)pthread_mutex_lock(&show->mutex);
	tell_monitor(show, progress->monitor, now_ms);
	take_pairs(show, progress);
	if (show->has_many)
		count_many(show, &all, now_ms);
	if (!show->is_quiet && now_ms - show->shown_ms >= every_ms) {
		show->shown_ms = now_ms;
		if (show->is_json)
			show_json(show, &all);
		else
			show_line(show, &all);
	}
	(void)pthread_mutex_unlock(&show->mutex);
}

void
show_interim(struct show *show, int status, const char *lines)
{
	if (!show->is_verbose || show->is_json)
		return;
	(void)pthread_mutex_lock(&show->mutex);
	clear(show);
	(void)fprintf(stderr, "< %d\n", status);
	for (const char *at = lines; *at != '\0';) {
		size_t size = strcspn(at, "\r\n");
		OWNED(buf_done) struct buf line;

		buf_init(&line, LINE_SIZE_MAX * 8);
		for (size_t i = 0; i < size; i++)
			buf_add_char(
			    &line, (unsigned char)at[i] < 0x20 ? '?' : at[i]);
		(void)fprintf(stderr, "< %.*s\n", STR_ARG(buf_str(&line)));
		at += size;
		at += strspn(at, "\r\n");
	}
	(void)pthread_mutex_unlock(&show->mutex);
}

void
show_clear(struct show *show)
{
	(void)pthread_mutex_lock(&show->mutex);
	clear(show);
	(void)pthread_mutex_unlock(&show->mutex);
}

void
show_error(struct show *show, const char *what, const char *message)
{
	OWNED(buf_done) struct buf line;

	buf_init(&line, LINE_SIZE_MAX * 8);
	buf_printf(
	    &line, "%s%s", what == NULL ? "" : what, what == NULL ? "" : ": ");
	buf_add_text(&line, message);
	(void)pthread_mutex_lock(&show->mutex);
	clear(show);
	(void)fprintf(stderr, "tarry: %s: ", show->command);
	for (size_t i = 0; i < line.len; i++)
		(void)fputc(
		    (unsigned char)line.data[i] < 0x20 ? '?' : line.data[i],
		    stderr);
	(void)fputc('\n', stderr);
	(void)pthread_mutex_unlock(&show->mutex);
}

void
show_note(struct show *show, bool is_always, const char *format, ...)
{
	va_list arguments;

	if (show->is_json || (!is_always && !show->is_verbose))
		return;
	(void)pthread_mutex_lock(&show->mutex);
	clear(show);
	va_start(arguments, format);
	(void)vfprintf(is_always ? stdout : stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', is_always ? stdout : stderr);
	(void)pthread_mutex_unlock(&show->mutex);
}
