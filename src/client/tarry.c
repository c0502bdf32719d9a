/*
 * tarry.c - see tarry.h and tarry_inside.h: what one struct tarry is.
 */
#include "client/tarry.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "client/ask.h"
#include "client/await.h"
#include "client/link.h"
#include "client/tarry_inside.h"
#include "client/way.h"

#ifndef TARRY_VERSION
#define TARRY_VERSION "0"
#endif

enum {
	TEXTS_SIZE_MAX = 256 * 1024,
	MEMBER_SIZE_MAX = 8 * 1024 * 1024,
	PROBE_MS = 5 * 1000,
};

static const char agent[] = "tarry/" TARRY_VERSION;

static void
keep(struct tarry *tarry, const char **text)
{
	struct str copy;

	if (*text == NULL)
		return;
	if (arena_copy(&tarry->texts, str_of(*text), &copy) != ERR_NONE)
		*text = NULL;
	else
		*text = copy.data;
}

static bool
keep_options(struct tarry *tarry)
{
	struct tarry_options *options = &tarry->options;
	const char **const texts[] = { &options->ca_file, &options->certificate,
		&options->key, &options->proxy, &options->cache_dir,
		&options->state_dir, &options->agent };
	char *name = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool was_there = *texts[i] != NULL;

		keep(tarry, texts[i]);
		if (was_there && *texts[i] == NULL)
			return false;
	}
	if (options->agent == NULL) {
		options->agent = agent;
		return true;
	}
	if (asprintf(&name, "%s %s", options->agent, agent) == -1)
		return false;
	options->agent = name;
	keep(tarry, &options->agent);
	free(name);
	return options->agent != NULL;
}

struct tarry *
tarry_new(const struct tarry_options *options)
{
	struct tarry *tarry = calloc(1, sizeof(*tarry));

	if (tarry == NULL)
		return NULL;
	if (options != NULL)
		tarry->options = *options;
	arena_init(&tarry->texts, TEXTS_SIZE_MAX);
	arena_init(&tarry->member, MEMBER_SIZE_MAX);
	if (keep_options(tarry) && token_store_init(&tarry->tokens,
	                               tarry->options.state_dir) == ERR_NONE)
		tarry->transport =
		    transport_new(&tarry->options, &tarry->interrupts);
	if (tarry->transport == NULL) {
		tarry_free(tarry);
		return NULL;
	}
	return tarry;
}

void
tarry_free(struct tarry *tarry)
{
	if (tarry == NULL)
		return;
	transport_free(tarry->transport);
	token_store_done(&tarry->tokens);
	explicit_bzero(&tarry->credentials, sizeof(tarry->credentials));
	free(tarry->origin);
	free(tarry->monitor);
	free(tarry->etag);
	arena_done(&tarry->member);
	arena_done(&tarry->texts);
	free(tarry);
}

const char *
tarry_message(const struct tarry *tarry)
{
	return tarry->message;
}

int
tarry_status(const struct tarry *tarry)
{
	return tarry->status;
}

const char *
tarry_monitor(const struct tarry *tarry)
{
	return tarry->monitor;
}

const char *
tarry_etag(const struct tarry *tarry)
{
	return tarry->etag;
}

void
tarry_interrupt(struct tarry *tarry)
{
	atomic_fetch_add(&tarry->interrupts, 1);
}

void
tarry_begin(struct tarry *tarry)
{
	int64_t deadline_ms = tarry->options.deadline_ms;

	if (deadline_ms == 0)
		deadline_ms = TARRY_DEADLINE_MS;
	tarry->late_ms = transport_now_ms() + deadline_ms;
	tarry->begun_s = tarry_wall_s();
	tarry->message[0] = '\0';
	tarry->status = 0;
	tarry_set(&tarry->monitor, str_of(NULL));
	tarry_set(&tarry->etag, str_of(NULL));
	tarry->progress = (struct tarry_progress){ .left_s = -1 };
	pace_init(&tarry->members_pace);
	pace_init(&tarry->bytes_pace);
}

enum tarry_outcome
tarry_say(
    struct tarry *tarry, enum tarry_outcome outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(
	    tarry->message, sizeof(tarry->message), format, arguments);
	va_end(arguments);
	return outcome;
}

void
tarry_set(char **text, struct str value)
{
	char *copy = value.data == NULL ? NULL : strndup(value.data, value.len);

	free(*text);
	*text = copy;
}

int64_t
tarry_wall_s(void)
{
	return (int64_t)time(NULL);
}

void
tarry_note_members(struct tarry *tarry, uint64_t done, uint64_t total)
{
	struct tarry_progress *progress = &tarry->progress;

	if (done >= progress->members_done)
		progress->members_done = done;
	progress->members_total = total;
}

void
tarry_note_bytes(struct tarry *tarry, uint64_t done, uint64_t total)
{
	tarry->progress.bytes_done = done;
	tarry->progress.bytes_total = total;
}

/* What is slower, members or octets, says how long it takes. */
void
tarry_tell(struct tarry *tarry)
{
	struct tarry_progress *progress = &tarry->progress;
	int64_t now_ms = transport_now_ms();
	int64_t members_s;
	int64_t bytes_s;

	if (tarry->options.progress == NULL)
		return;
	pace_at(&tarry->members_pace, now_ms, progress->members_done,
	    progress->members_total);
	pace_at(&tarry->bytes_pace, now_ms, progress->bytes_done,
	    progress->bytes_total);
	members_s = pace_left_s(&tarry->members_pace);
	bytes_s = pace_left_s(&tarry->bytes_pace);
	progress->members_per_s = tarry->members_pace.rate;
	progress->bytes_per_s = tarry->bytes_pace.rate;
	progress->left_s = members_s > bytes_s ? members_s : bytes_s;
	progress->monitor = tarry->monitor;
	tarry->options.progress(tarry->options.context, progress);
}

static enum tarry_outcome
probe(struct tarry *tarry, const char *url, struct tarry_way *way)
{
	struct str sent;
	struct ask ask;

	ask_init(&ask, tarry, "OPTIONS", url);
	ask_field(&ask, "Prefer", "processing");
	ask.is_safe = true;
	ask.idle_ms = PROBE_MS;
	ask_run(&ask);
	sent =
	    intake_field(transport_intake(tarry->transport), "Interim-Sent", 0);
	way->is_known =
	    ask.result.end == TRANSPORT_ANSWERED && sent.data != NULL;
	way->minds_keys = way->is_known;
	way->passes_interim = way->is_known && ask.result.was_accepted;
	/* Whoever refuses OPTIONS may serve the rest. */
	if (ask.result.end == TRANSPORT_ANSWERED) {
		ask_done(&ask);
		return TARRY_DONE;
	}
	(void)ask_conclude(&ask);
	ask_done(&ask);
	return TARRY_NETWORK;
}

enum tarry_outcome
tarry_probe(struct tarry *tarry, const char *url, struct tarry_way *out_way)
{
	const char *dir = tarry->options.cache_dir;
	char *origin = link_origin(url);
	struct tarry_way way = { .is_known = false };
	enum tarry_outcome outcome = TARRY_DONE;

	tarry_begin(tarry);
	*out_way = way;
	if (origin == NULL)
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	if (!way_recall(dir, origin, tarry_wall_s(), &way)) {
		outcome = probe(tarry, url, &way);
		if (outcome == TARRY_DONE)
			way_remember(dir, origin, tarry_wall_s(), &way);
	}
	*out_way = way;
	free(origin);
	return outcome;
}

/* monitor may be what tarry_monitor() gave: it is copied first. */
static bool
begin_at(struct tarry *tarry, const char *monitor)
{
	char *copy = strdup(monitor);

	tarry_begin(tarry);
	tarry->monitor = copy;
	return copy != NULL && link_is_http(copy);
}

enum tarry_outcome
tarry_follow(struct tarry *tarry, const char *monitor)
{
	char *copy;
	enum tarry_outcome outcome;

	if (!begin_at(tarry, monitor))
		return tarry_say(tarry, TARRY_USAGE,
		    "a status resource is an http or https URL");
	copy = strdup(tarry->monitor);
	outcome = copy == NULL ? TARRY_FAILED : await_follow(tarry, copy);
	free(copy);
	return outcome;
}

enum tarry_outcome
tarry_stop(struct tarry *tarry, const char *monitor)
{
	struct ask ask;
	enum tarry_outcome outcome;

	ask_init(&ask, tarry, "DELETE", monitor);
	ask.is_safe = true; /* to say it twice changes nothing */
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	ask_done(&ask);
	return outcome;
}

enum tarry_outcome
tarry_cancel(struct tarry *tarry, const char *monitor)
{
	if (!begin_at(tarry, monitor))
		return tarry_say(tarry, TARRY_USAGE,
		    "a status resource is an http or https URL");
	return tarry_stop(tarry, tarry->monitor);
}

enum tarry_outcome
tarry_mkdir(struct tarry *tarry, const char *url)
{
	char *collection = link_as_collection(url);
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	if (collection == NULL)
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	ask_init(&ask, tarry, "MKCOL", collection);
	ask_tokens(&ask, collection);
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	if (outcome == TARRY_REFUSED && tarry->status == 405)
		(void)tarry_say(tarry, TARRY_REFUSED, "it exists already");
	if (outcome == TARRY_REFUSED && tarry->status == 409)
		outcome = tarry_say(tarry, TARRY_ABSENT,
		    "the folder that it should be in does not exist");
	ask_done(&ask);
	free(collection);
	return outcome;
}

static bool
begin_sink(void *context, const struct intake *intake)
{
	const struct tarry_sink *sink = context;
	struct tarry_file file = { .size = -1 };

	(void)intake;
	return sink->begin == NULL || sink->begin(sink->context, &file);
}

static bool
fill_sink(void *context, const char *data, size_t size)
{
	const struct tarry_sink *sink = context;

	return sink->write(sink->context, data, size);
}

enum tarry_outcome
tarry_request(struct tarry *tarry, const char *method, const char *url,
    const char *const *fields, const struct tarry_sink *sink)
{
	struct tarry_sink copy = { .write = NULL };
	struct curl_slist *more;
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	ask_init(&ask, tarry, method, url);
	ask.is_safe =
	    strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	    strcmp(method, "OPTIONS") == 0 || strcmp(method, "PROPFIND") == 0;
	for (; fields != NULL && *fields != NULL; fields++) {
		more = curl_slist_append(ask.fields, *fields);
		if (more == NULL)
			ask.is_lost = true;
		else
			ask.fields = more;
	}
	if (sink != NULL) {
		copy = *sink;
		ask.context = &copy;
		ask.head = begin_sink;
		ask.body_piece = fill_sink;
	}
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	ask_done(&ask);
	return outcome;
}

char *
tarry_url_join(const char *url, const char *name, bool is_collection)
{
	return link_join(url, str_of(name), is_collection);
}

char *
tarry_url_origin(const char *url)
{
	return link_origin(url);
}
