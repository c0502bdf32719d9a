/*
 * ask.c - see ask.h.
 */
#include "client/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "client/link.h"
#include "client/monitor.h"
#include "client/pairs.h"
#include "client/tarry_inside.h"
#include "http/octet.h"
#include "http/status.h"

enum { IF_SIZE_MAX = 16 * 1024 };

void
ask_init(
    struct ask *ask, struct tarry *tarry, const char *method, const char *url)
{
	*ask = (struct ask){ .method = method, .tarry = tarry };
	ask->url = strdup(url);
	ask->is_lost = ask->url == NULL;
	buf_init(&ask->tokens, IF_SIZE_MAX);
	ask_field(ask, "User-Agent", tarry->options.agent);
}

void
ask_done(struct ask *ask)
{
	free(ask->url);
	curl_slist_free_all(ask->fields);
	buf_done(&ask->tokens);
}

void
ask_field(struct ask *ask, const char *name, const char *value)
{
	struct curl_slist *more = NULL;
	char *line = NULL;

	if (octet_all_value(str_of(value)) &&
	    asprintf(&line, "%s: %s", name, value) != -1)
		more = curl_slist_append(ask->fields, line);
	free(line);
	if (more == NULL)
		ask->is_lost = true;
	else
		ask->fields = more;
}

void
ask_tokens(struct ask *ask, const char *url)
{
	struct tarry *tarry = ask->tarry;

	/* Without them the server will say what is missing. */
	(void)token_store_read(&tarry->tokens, tarry_wall_s());
	if (ask->tokens.len > 0 && tarry->tokens.count > 0)
		buf_add_char(&ask->tokens, ' ');
	token_store_submit(&tarry->tokens, url, &ask->tokens);
	while (
	    ask->tokens.len > 0 && ask->tokens.data[ask->tokens.len - 1] == ' ')
		ask->tokens.len--;
}

/* Asks who we are there, when it is another origin than before. */
static void
identify(struct ask *ask, bool is_refused)
{
	struct tarry *tarry = ask->tarry;
	OWNED(buf_done) struct buf ignored;
	char *origin = link_origin(ask->url);

	buf_init(&ignored, 1);
	if (origin == NULL)
		return;
	if (!is_refused && tarry->origin != NULL &&
	    strcmp(origin, tarry->origin) == 0) {
		free(origin);
		return;
	}
	free(tarry->origin);
	tarry->origin = origin;
	tarry->has_credentials = false;
	explicit_bzero(&tarry->credentials, sizeof(tarry->credentials));
	if (tarry->options.credentials != NULL)
		tarry->has_credentials =
		    tarry->options.credentials(tarry->options.context, origin,
		        is_refused, &tarry->credentials);
}

static void
take_pairs(struct ask *ask, const struct intake *intake)
{
	struct tarry *tarry = ask->tarry;
	struct tarry_pair pairs[TARRY_PAIR_COUNT_MAX];
	char *urls[TARRY_PAIR_COUNT_MAX];
	size_t count = 0;
	struct pair pair;

	for (unsigned i = 0; count < TARRY_PAIR_COUNT_MAX; i++) {
		struct str value = intake_field(intake, "Status-URI", i);

		if (value.data == NULL)
			break;
		while (
		    count < TARRY_PAIR_COUNT_MAX && pairs_next(&value, &pair)) {
			char *url = link_resolve(ask->url, pair.uri);

			if (url == NULL)
				continue;
			urls[count] = url;
			pairs[count++] =
			    (struct tarry_pair){ pair.status, url };
		}
	}
	tarry->progress.pairs = pairs;
	tarry->progress.pair_count = count;
	tarry_tell(tarry);
	tarry->progress.pairs = NULL;
	tarry->progress.pair_count = 0;
	for (size_t i = 0; i < count; i++)
		free(urls[i]);
}

/* Only of the same origin: whoever else it is gets nothing from us. */
static void
take_location(struct ask *ask, const struct intake *intake)
{
	struct str location = intake_field(intake, "Location", 0);
	char *url = link_resolve(ask->url, location);

	if (url != NULL && link_is_same_origin(url, ask->url))
		tarry_set(&ask->tarry->monitor, str_of(url));
	free(url);
}

static void
heed_interim(void *context, const struct intake *intake)
{
	struct ask *ask = context;
	struct tarry *tarry = ask->tarry;
	struct str progress = intake_field(intake, "Progress", 0);
	uint64_t done;
	uint64_t total;

	tarry->progress.interim_count = intake->count;
	if (tarry->options.interim != NULL) {
		char *lines =
		    strndup(intake->lines.len == 0 ? "" : intake->lines.data,
		        intake->lines.len);

		if (lines != NULL)
			tarry->options.interim(
			    tarry->options.context, intake->status, lines);
		free(lines);
	}
	if (intake->status == 102)
		take_location(ask, intake);
	if (pairs_progress(progress, &done, &total))
		tarry_note_members(tarry, done, total);
	take_pairs(ask, intake);
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

static bool
pass_head(void *context, const struct intake *intake)
{
	struct ask *ask = context;

	ask->is_passing = intake->status != 401 && !is_redirect(intake->status);
	tarry_set(&ask->tarry->etag, intake_field(intake, "ETag", 0));
	if (!ask->is_passing || ask->head == NULL)
		return true;
	return ask->head(ask->context, intake);
}

static bool
pass_body(void *context, const char *data, size_t size)
{
	struct ask *ask = context;

	if (!ask->is_passing || ask->body_piece == NULL)
		return true;
	return ask->body_piece(ask->context, data, size);
}

static void
pass_tick(void *context, int64_t sent, int64_t received)
{
	struct ask *ask = context;

	if (ask->tick != NULL)
		ask->tick(ask->context, sent, received);
	tarry_tell(ask->tarry);
}

static const char *
pass_monitor(void *context)
{
	struct ask *ask = context;

	return ask->tarry->monitor;
}

static void
heed_monitor(void *context, struct str body, int status)
{
	struct ask *ask = context;
	struct monitor monitor;
	struct buf ignored;

	buf_init(&ignored, MONITOR_SIZE_MAX);
	monitor_read(body, status, &monitor, &ignored);
	buf_done(&ignored);
	if (!monitor.is_ours)
		return;
	tarry_note_members(
	    ask->tarry, monitor.members_done, monitor.members_total);
	tarry_note_bytes(ask->tarry, monitor.bytes_done, monitor.bytes_total);
}

static void
run_once(struct ask *ask)
{
	struct tarry *tarry = ask->tarry;
	const struct tarry_options *options = &tarry->options;
	struct transport_request request = {
		.method = ask->method,
		.url = ask->url,
		.fields = ask->fields,
		.body = ask->body,
		.source = ask->source,
		.is_fresh = !ask->is_safe,
		.idle_ms = ask->idle_ms != 0       ? ask->idle_ms
		           : options->idle_ms != 0 ? options->idle_ms
		                                   : TARRY_IDLE_MS,
		.late_ms = tarry->late_ms,
		.context = ask,
		.interim = heed_interim,
		.head = pass_head,
		.body_piece = pass_body,
		.tick = pass_tick,
		.monitor = pass_monitor,
		.seen = ask->watches ? heed_monitor : NULL,
	};

	if (tarry->has_credentials) {
		request.user = tarry->credentials.user;
		request.password = tarry->credentials.password;
	}
	ask->is_passing = false;
	transport_run(tarry->transport, &request, &ask->result);
	tarry->progress.interim_count = ask->result.interim_count;
}

/* To the same server only: a method that changes something goes nowhere else.
 */
static bool
redirect(struct ask *ask)
{
	const struct intake *intake = transport_intake(ask->tarry->transport);
	char *url = link_resolve(ask->url, intake_field(intake, "Location", 0));
	bool may = url != NULL && link_is_same_origin(url, ask->url) &&
	           (ask->is_safe || ask->result.status >= 307) &&
	           (ask->source == NULL || ask->source->rewind != NULL);

	if (may && ask->source != NULL)
		may = ask->source->rewind(ask->source->context);
	if (!may) {
		free(url);
		return false;
	}
	free(ask->url);
	ask->url = url;
	return true;
}

/* Whether to ask once more, as someone else. */
static bool
introduce(struct ask *ask)
{
	if (ask->source != NULL &&
	    (ask->source->rewind == NULL ||
	        !ask->source->rewind(ask->source->context)))
		return false;
	identify(ask, true);
	return ask->tarry->has_credentials;
}

void
ask_run(struct ask *ask)
{
	bool was_introduced = false;
	unsigned redirects = 0;

	ask->result = (struct transport_result){ .end = TRANSPORT_FAILED,
		.words = "out of memory, or a value that cannot be sent" };
	if (ask->tokens.len > 0) {
		buf_add_char(&ask->tokens, '\0');
		if (ask->tokens.err == ERR_NONE)
			ask_field(ask, "If", ask->tokens.data);
		buf_clear(&ask->tokens);
	}
	if (ask->is_lost)
		return;
	identify(ask, false);
	for (;;) {
		run_once(ask);
		ask->tarry->status = ask->result.status;
		if (ask->result.end != TRANSPORT_ANSWERED)
			return;
		if (ask->result.status == 401 && !was_introduced &&
		    introduce(ask)) {
			was_introduced = true;
			continue;
		}
		/* Who would not say who he is has not been refused. */
		if (ask->result.status == 401 &&
		    transport_is_interrupted(ask->tarry->transport)) {
			ask->result =
			    (struct transport_result){ .end = TRANSPORT_LEFT,
				    .words = "interrupted" };
			return;
		}
		if (!is_redirect(ask->result.status) ||
		    redirects++ == ASK_REDIRECT_COUNT_MAX || !redirect(ask))
			return;
	}
}

enum tarry_outcome
ask_conclude_status(struct tarry *tarry, int status)
{
	enum tarry_outcome outcome = TARRY_REFUSED;

	tarry->status = status;
	if (status >= 200 && status < 300)
		return TARRY_DONE;
	if (status == 404 || status == 410)
		outcome = TARRY_ABSENT;
	else if (status == 423)
		outcome = TARRY_LOCKED;
	else if (status == 408 || status == 502 || status == 504)
		outcome = TARRY_NETWORK;
	return tarry_say(tarry, outcome, "%d %s%s", status,
	    status_reason(status),
	    status == 409 ? ": is there no folder for it?" : "");
}

enum tarry_outcome
ask_conclude(struct ask *ask)
{
	const struct transport_result *result = &ask->result;
	struct tarry *tarry = ask->tarry;
	enum tarry_outcome outcome;

	switch (result->end) {
	case TRANSPORT_ANSWERED:
		outcome = ask_conclude_status(tarry, result->status);
		/* A proxy gave up: the server may well go on. */
		if (outcome == TARRY_NETWORK && !ask->is_safe)
			return TARRY_UNKNOWN;
		return outcome;
	case TRANSPORT_FAILED:
		return tarry_say(tarry, TARRY_FAILED, "%s", result->words);
	case TRANSPORT_UNSENT:
		return tarry_say(tarry, TARRY_NETWORK, "%s", result->words);
	case TRANSPORT_LOST:
	case TRANSPORT_IDLE:
	case TRANSPORT_LATE:
	case TRANSPORT_ABUSED:
	case TRANSPORT_LEFT:
		break;
	}
	outcome = TARRY_NETWORK;
	if (!ask->is_safe && (result->was_sent || result->was_accepted))
		outcome = TARRY_UNKNOWN;
	return tarry_say(tarry, outcome, "%s%s", result->words,
	    outcome == TARRY_UNKNOWN ? "; it may have been done" : "");
}
