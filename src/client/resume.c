/*
 * resume.c - see resume.h.
 */
#include "client/resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ask.h"
#include "client/link.h"
#include "client/resume_record.h"
#include "client/tarry_inside.h"
#include "client/tarry_put.h"

enum { NUMBER_SIZE = 32, PAUSE_MS = 500 };

enum place {
	PLACE_HERE,    /* offset is known */
	PLACE_GONE,    /* there is no such upload */
	PLACE_UNKNOWN, /* no answer */
};

struct resuming {
	struct tarry *tarry;
	const char *url;
	const struct tarry_source *source;
	struct resume_record record;
	char *location; /* of the upload; NULL: there is none */
	uint64_t offset;
	bool was_whole; /* all octets have left us: it may be done */
	unsigned try_count;
};

bool
resume_is_possible(const struct tarry_source *source)
{
	return source->size >= RESUME_SIZE_MIN && source->seek != NULL &&
	       source->if_match == NULL;
}

/* Upload-Limit is there, and allows for this size. */
static bool
allows(const struct intake *intake, int64_t size)
{
	struct str limits = intake_field(intake, "Upload-Limit", 0);
	uint64_t size_max;

	if (limits.data == NULL)
		return false;
	while (limits.len > 0) {
		struct str value = str_trim(str_cut(&limits, ','));
		struct str key = str_trim(str_cut(&value, '='));

		if ((str_is(key, "max-size") ||
		        str_is(key, "max-append-size")) &&
		    str_to_u64(str_trim(value), INT64_MAX, &size_max) ==
		        ERR_NONE &&
		    (uint64_t)size > size_max)
			return false;
	}
	return true;
}

static bool
is_offered(struct resuming *resuming)
{
	struct ask ask;
	bool is_one;

	ask_init(&ask, resuming->tarry, "OPTIONS", resuming->url);
	ask.is_safe = true;
	ask_run(&ask);
	is_one = ask.result.end == TRANSPORT_ANSWERED &&
	         ask.result.status / 100 == 2 &&
	         allows(transport_intake(resuming->tarry->transport),
	             resuming->source->size);
	ask_done(&ask);
	return is_one;
}

static bool
read_offset(struct resuming *resuming)
{
	struct str value = intake_field(
	    transport_intake(resuming->tarry->transport), "Upload-Offset", 0);
	uint64_t offset;

	if (str_to_u64(str_trim(value), (uint64_t)resuming->source->size,
	        &offset) != ERR_NONE)
		return false;
	if (offset > resuming->offset)
		resuming->try_count = 0;
	resuming->offset = offset;
	return true;
}

static enum place
look(struct resuming *resuming)
{
	enum place place = PLACE_UNKNOWN;
	struct ask ask;

	ask_init(&ask, resuming->tarry, "HEAD", resuming->location);
	ask.is_safe = true;
	ask_run(&ask);
	if (ask.result.end == TRANSPORT_ANSWERED &&
	    ask.result.status / 100 == 2 && read_offset(resuming))
		place = PLACE_HERE;
	else if (ask.result.end == TRANSPORT_ANSWERED &&
	         ask.result.status < 500)
		place = PLACE_GONE;
	ask_done(&ask);
	return place;
}

static void
forget(struct resuming *resuming)
{
	free(resuming->location);
	resuming->location = NULL;
	resuming->offset = 0;
}

static void
add_number(struct ask *ask, const char *name, uint64_t number)
{
	char text[NUMBER_SIZE];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	ask_field(ask, name, text);
}

/* Changes nothing that anybody sees: it may be asked for again. */
static enum tarry_outcome
create(struct resuming *resuming)
{
	const struct intake *intake =
	    transport_intake(resuming->tarry->transport);
	enum tarry_outcome outcome;
	struct ask ask;
	char *location;

	ask_init(&ask, resuming->tarry, "PUT", resuming->url);
	tarry_put_fields(&ask, resuming->url, resuming->source);
	ask_field(&ask, "Upload-Complete", "?0");
	add_number(&ask, "Upload-Length", (uint64_t)resuming->source->size);
	if (resuming->source->type == NULL)
		ask_field(&ask, "Content-Type", "application/octet-stream");
	ask.body = "";
	ask.is_safe = true;
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	location = link_resolve(ask.url, intake_field(intake, "Location", 0));
	if (outcome == TARRY_DONE && location != NULL &&
	    link_is_same_origin(location, resuming->url)) {
		resuming->location = strdup(location);
		resume_record_write(&resuming->record, location);
	}
	if (outcome == TARRY_DONE && resuming->location == NULL)
		outcome = tarry_say(resuming->tarry, TARRY_REFUSED,
		    "the server began an upload, and says not where");
	free(location);
	ask_done(&ask);
	return outcome;
}

static ptrdiff_t
read_rest(void *context, void *data, size_t size)
{
	const struct resuming *resuming = context;

	return resuming->source->read(resuming->source->context, data, size);
}

static bool
rewind_rest(void *context)
{
	const struct resuming *resuming = context;

	return resuming->source->seek(
	    resuming->source->context, resuming->offset);
}

static void
tick(void *context, int64_t sent, int64_t received)
{
	const struct resuming *resuming = context;

	(void)received;
	tarry_note_bytes(resuming->tarry, resuming->offset + (uint64_t)sent,
	    (uint64_t)resuming->source->size);
}

/* *out_place: PLACE_UNKNOWN if it can go on, after a look. */
static enum tarry_outcome
append(struct resuming *resuming, enum place *out_place)
{
	const struct tarry_source rest = {
		.read = read_rest,
		.rewind = rewind_rest,
		.context = resuming,
		.size = resuming->source->size - (int64_t)resuming->offset,
	};
	enum tarry_outcome outcome;
	enum transport_end end;
	struct ask ask;
	int status;

	*out_place = PLACE_HERE;
	if (!rewind_rest(resuming))
		return tarry_say(
		    resuming->tarry, TARRY_FAILED, "it cannot be read again");
	ask_init(&ask, resuming->tarry, "PATCH", resuming->location);
	ask_tokens(&ask, resuming->url);
	ask_field(&ask, "Content-Type", "application/partial-upload");
	ask_field(&ask, "Upload-Complete", "?1");
	add_number(&ask, "Upload-Offset", resuming->offset);
	ask.source = &rest;
	ask.context = resuming;
	ask.tick = tick;
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	end = ask.result.end;
	status = ask.result.status;
	resuming->was_whole = resuming->was_whole || ask.result.was_sent;
	ask_done(&ask);
	if (end == TRANSPORT_ANSWERED && (status == 404 || status == 410))
		*out_place = PLACE_GONE;
	else if (end == TRANSPORT_LOST || end == TRANSPORT_IDLE ||
	         end == TRANSPORT_UNSENT || status == 408 || status >= 502 ||
	         (status == 409 && read_offset(resuming)))
		*out_place = PLACE_UNKNOWN;
	return outcome;
}

/* Until the server can be asked how much it has.  False: we give up. */
static bool
find_place(struct resuming *resuming, enum place *place)
{
	while (*place == PLACE_UNKNOWN) {
		if (resuming->try_count == RESUME_TRY_COUNT ||
		    !transport_pause(resuming->tarry->transport,
		        PAUSE_MS << resuming->try_count))
			return false;
		resuming->try_count++;
		*place = look(resuming);
	}
	return true;
}

static enum tarry_outcome
go_on(struct resuming *resuming)
{
	for (;;) {
		enum tarry_outcome outcome;
		enum place place;

		if (resuming->location == NULL) {
			outcome = create(resuming);
			if (outcome != TARRY_DONE)
				return outcome;
		}
		outcome = append(resuming, &place);
		if (place == PLACE_HERE || !find_place(resuming, &place))
			return outcome;
		if (place == PLACE_HERE)
			continue;
		/* What was the last part may be why it is gone. */
		if (resuming->was_whole ||
		    resuming->try_count++ >= RESUME_TRY_COUNT)
			return tarry_say(resuming->tarry, TARRY_UNKNOWN,
			    "the connection was lost at the end of the "
			    "upload; it may have been done");
		forget(resuming);
	}
}

static void
add_advice(struct tarry *tarry)
{
	char words[TARRY_MESSAGE_SIZE];

	(void)snprintf(words, sizeof(words), "%s", tarry->message);
	(void)tarry_say(tarry, TARRY_NETWORK,
	    "%s; put it again, and it goes on from where it was", words);
}

bool
resume_put(struct tarry *tarry, const char *url,
    const struct tarry_source *source, enum tarry_outcome *out_outcome)
{
	struct resuming resuming = {
		.tarry = tarry, .url = url, .source = source
	};
	enum tarry_outcome outcome;

	resuming.location = resume_record_open(
	    &resuming.record, tarry->options.state_dir, url, source->version);
	if (resuming.location != NULL &&
	    (!link_is_http(resuming.location) ||
	        !link_is_same_origin(resuming.location, url) ||
	        look(&resuming) != PLACE_HERE))
		forget(&resuming);
	if (resuming.location == NULL && !is_offered(&resuming)) {
		resume_record_close(&resuming.record, true);
		return false;
	}
	outcome = go_on(&resuming);
	if (outcome == TARRY_NETWORK && resuming.offset > 0)
		add_advice(tarry);
	resume_record_close(&resuming.record,
	    outcome == TARRY_DONE || resuming.location == NULL);
	free(resuming.location);
	*out_outcome = outcome;
	return true;
}
