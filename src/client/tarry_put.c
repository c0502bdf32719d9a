/*
 * tarry_put.c - PUT: see tarry.h.
 */
#include "client/tarry_put.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ask.h"
#include "client/link.h"
#include "client/resume.h"
#include "client/tarry_inside.h"
#include "http/date.h"

enum { NUMBER_SIZE = 32, CLOCK_DOUBT_S = 120, NEVER = 0 };

struct putting {
	struct tarry *tarry;
	int64_t size;
};

static void
tick_put(void *context, int64_t sent, int64_t received)
{
	struct putting *putting = context;

	(void)received;
	tarry_note_bytes(putting->tarry, (uint64_t)sent,
	    putting->size < 0 ? 0 : (uint64_t)putting->size);
}

/* Whether what is there was there before: then it is not what we sent. */
static bool
is_older(const struct tarry_member *member, const struct tarry_source *source,
    int64_t begun_s)
{
	return member->modified_s != 0 &&
	       member->modified_s != source->modified_s &&
	       member->modified_s < begun_s - CLOCK_DOUBT_S;
}

/* Whether the server has what we sent, as far as it tells.  begun_s: when we
 * began, if it may not have come at all; else NEVER. */
static enum tarry_outcome
verify(struct tarry *tarry, const char *url, const struct tarry_source *source,
    int64_t begun_s)
{
	int64_t size = source->size;
	char *etag = NULL;
	struct tarry_member member;
	enum tarry_outcome outcome;

	tarry_set(&etag, str_of(tarry->etag));
	outcome = tarry_look(tarry, url, &member);
	if (outcome == TARRY_DONE && member.size >= 0 && size >= 0 &&
	    member.size != size)
		outcome = tarry_say(tarry, TARRY_FAILED,
		    "the server has %" PRId64 " octets of %" PRId64,
		    member.size, size);
	else if (outcome == TARRY_DONE && etag != NULL &&
	         member.etag[0] != '\0' && strcmp(etag, member.etag) != 0)
		outcome = tarry_say(tarry, TARRY_FAILED,
		    "it was changed by someone else meanwhile");
	else if (outcome == TARRY_DONE && begun_s != NEVER &&
	         is_older(&member, source, begun_s))
		outcome = TARRY_UNKNOWN;
	else if (outcome == TARRY_REFUSED)
		outcome = TARRY_DONE; /* it does not tell: no WebDAV there */
	if (etag != NULL)
		tarry_set(&tarry->etag, str_of(etag));
	free(etag);
	return outcome;
}

void
tarry_put_fields(
    struct ask *ask, const char *url, const struct tarry_source *source)
{
	char time_text[NUMBER_SIZE];

	ask_tokens(ask, url);
	if (source->modified_s != 0) {
		(void)snprintf(time_text, sizeof(time_text), "%" PRId64,
		    source->modified_s);
		ask_field(ask, "X-OC-Mtime", time_text);
	}
	if (source->type != NULL)
		ask_field(ask, "Content-Type", source->type);
	if (source->if_match != NULL)
		ask_field(ask, "If-Match", source->if_match);
	if (source->no_overwrite)
		ask_field(ask, "If-None-Match", "*");
}

/* Where nobody keeps the time of the file, a property does. */
static void
keep_time(struct tarry *tarry, const char *url, int64_t modified_s)
{
	char date[DATE_SIZE];
	struct tarry_prop prop = {
		.space = "urn:schemas-microsoft-com:",
		.name = "Win32LastModifiedTime",
		.value = date,
	};

	date_format(modified_s, date);
	/* It is as well without: the content is what matters. */
	(void)tarry_prop_set(tarry, url, &prop);
}

static enum tarry_outcome
explain_put(struct tarry *tarry, const struct tarry_source *source,
    enum tarry_outcome outcome)
{
	if (outcome == TARRY_REFUSED && tarry->status == 412)
		return tarry_say(tarry, outcome,
		    source->no_overwrite
		        ? "there is something already"
		        : "it was changed by someone else meanwhile");
	if (outcome == TARRY_REFUSED && tarry->status == 409)
		return tarry_say(tarry, TARRY_ABSENT,
		    "the folder that it should be in does not exist");
	return outcome;
}

/* All of it in one request. */
static enum tarry_outcome
put_whole(
    struct tarry *tarry, const char *url, const struct tarry_source *source)
{
	struct putting putting = { tarry, source->size };
	enum tarry_outcome outcome;
	struct ask ask;

	ask_init(&ask, tarry, "PUT", url);
	tarry_put_fields(&ask, url, source);
	ask.source = source;
	ask.context = &putting;
	ask.tick = tick_put;
	ask_run(&ask);
	outcome = ask_conclude(&ask);
	ask_done(&ask);
	return outcome;
}

/* If only the answer was lost, it may be there all the same. */
static enum tarry_outcome
look_afterwards(struct tarry *tarry, const char *url,
    const struct tarry_source *source, enum tarry_outcome before)
{
	char words[TARRY_MESSAGE_SIZE];
	int64_t begun_s = tarry->begun_s;
	int status = tarry->status;
	enum tarry_outcome outcome;

	(void)snprintf(words, sizeof(words), "%s", tarry->message);
	outcome = verify(
	    tarry, url, source, before == TARRY_UNKNOWN ? begun_s : NEVER);
	tarry->status = status;
	if (before == TARRY_UNKNOWN && outcome != TARRY_DONE)
		return tarry_say(tarry, before, "%s", words);
	return outcome;
}

enum tarry_outcome
tarry_put(
    struct tarry *tarry, const char *url, const struct tarry_source *source)
{
	bool keeps_time;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	if (!resume_is_possible(source) ||
	    !resume_put(tarry, url, source, &outcome))
		outcome = put_whole(tarry, url, source);
	outcome = explain_put(tarry, source, outcome);
	keeps_time = str_is_nocase(
	    intake_field(transport_intake(tarry->transport), "X-OC-MTime", 0),
	    "accepted");
	if (outcome == TARRY_DONE || outcome == TARRY_UNKNOWN)
		outcome = look_afterwards(tarry, url, source, outcome);
	if (outcome == TARRY_DONE && source->modified_s != 0 && !keeps_time)
		keep_time(tarry, url, source->modified_s);
	return outcome;
}
