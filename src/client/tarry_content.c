/*
 * tarry_content.c - GET and PUT: see tarry.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/ask.h"
#include "client/digest.h"
#include "client/link.h"
#include "client/tarry.h"
#include "client/tarry_inside.h"
#include "http/date.h"

enum { RANGE_SIZE = 64 };

struct getting {
	struct tarry *tarry;
	const struct tarry_sink *sink;
	uint64_t offset; /* of what was asked for */
	bool is_content; /* what comes is what was asked for */
	bool is_stopped; /* by the sink */
	int64_t size;    /* of the whole; -1: not known */
	int64_t start;   /* of what comes */
	int64_t came;
	struct digest digest;
};

/* "bytes 100-199/200" */
static bool
read_content_range(struct str value, int64_t *out_start, int64_t *out_size)
{
	struct str rest = value;
	uint64_t start;
	uint64_t size;

	if (!str_is_nocase(str_cut(&rest, ' '), "bytes"))
		return false;
	rest = str_trim(rest);
	if (str_to_u64(str_cut(&rest, '-'), INT64_MAX, &start) != ERR_NONE)
		return false;
	(void)str_cut(&rest, '/');
	*out_start = (int64_t)start;
	*out_size =
	    str_to_u64(rest, INT64_MAX, &size) == ERR_NONE ? (int64_t)size : -1;
	return true;
}

static int64_t
read_size(struct str value)
{
	uint64_t size;

	if (str_to_u64(value, INT64_MAX, &size) != ERR_NONE)
		return -1;
	return (int64_t)size;
}

static bool
begin_get(void *context, const struct intake *intake)
{
	struct getting *getting = context;
	struct tarry_file file = { .size = -1 };
	int64_t modified_s;

	if (intake->status != 200 && intake->status != 206)
		return true;
	getting->start = 0;
	getting->came = 0;
	if (intake->status == 206 &&
	    !read_content_range(intake_field(intake, "Content-Range", 0),
	        &getting->start, &file.size))
		return false;
	if (getting->start != 0 && getting->start != (int64_t)getting->offset)
		return false;
	if (intake->status == 200)
		file.size =
		    read_size(intake_field(intake, "Content-Length", 0));
	file.offset = getting->start;
	file.etag = getting->tarry->etag;
	if (date_parse(intake_field(intake, "Last-Modified", 0),
	        (int64_t)time(NULL), &modified_s) == ERR_NONE)
		file.modified_s = modified_s;
	getting->size = file.size;
	getting->is_content = true;
	digest_begin(&getting->digest, getting->start == 0, intake);
	getting->is_stopped =
	    getting->sink->begin != NULL &&
	    !getting->sink->begin(getting->sink->context, &file);
	return !getting->is_stopped;
}

static bool
fill(void *context, const char *data, size_t size)
{
	struct getting *getting = context;

	if (!getting->is_content)
		return true;
	getting->came += (int64_t)size;
	if (getting->digest.is_wanted)
		digest_add(&getting->digest, data, size);
	getting->is_stopped =
	    !getting->sink->write(getting->sink->context, data, size);
	return !getting->is_stopped;
}

static void
tick_get(void *context, int64_t sent, int64_t received)
{
	struct getting *getting = context;

	(void)sent;
	(void)received;
	tarry_note_bytes(getting->tarry,
	    (uint64_t)(getting->start + getting->came),
	    getting->size < 0 ? 0 : (uint64_t)getting->size);
}

static enum tarry_outcome
conclude_get(struct getting *getting, struct ask *ask)
{
	struct tarry *tarry = getting->tarry;

	if (getting->is_stopped)
		return tarry_say(
		    tarry, TARRY_FAILED, "what came could not be kept");
	if (ask->result.end != TRANSPORT_ANSWERED || !getting->is_content)
		return ask_conclude(ask);
	if (getting->size >= 0 &&
	    getting->start + getting->came != getting->size)
		return tarry_say(tarry, TARRY_NETWORK,
		    "it is not whole: %" PRId64 " of %" PRId64 " octets",
		    getting->start + getting->came, getting->size);
	if (!digest_fits(&getting->digest))
		return tarry_say(tarry, TARRY_NETWORK,
		    "what came is not what the server has: "
		    "its digest is another");
	tick_get(getting, 0, 0);
	tarry_tell(tarry);
	return TARRY_DONE;
}

enum tarry_outcome
tarry_get(struct tarry *tarry, const char *url, uint64_t offset,
    const char *etag, const struct tarry_sink *sink)
{
	struct getting getting = {
		.tarry = tarry, .sink = sink, .offset = offset, .size = -1
	};
	char range[RANGE_SIZE];
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	ask_init(&ask, tarry, "GET", url);
	ask.is_safe = true;
	/* A weak tag cannot say that the octets are the same. */
	if (offset > 0 && etag != NULL && etag[0] == '"') {
		(void)snprintf(
		    range, sizeof(range), "bytes=%" PRIu64 "-", offset);
		ask_field(&ask, "Range", range);
		ask_field(&ask, "If-Range", etag);
	}
	ask_field(&ask, "Accept-Encoding", "identity");
	ask_field(&ask, "Want-Repr-Digest", "sha-256=10");
	ask.context = &getting;
	ask.head = begin_get;
	ask.body_piece = fill;
	ask.tick = tick_get;
	digest_init(&getting.digest);
	ask_run(&ask);
	outcome = conclude_get(&getting, &ask);
	digest_done(&getting.digest);
	ask_done(&ask);
	return outcome;
}

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

/* Whether the server has what we sent, as far as it tells. */
static enum tarry_outcome
verify(struct tarry *tarry, const char *url, int64_t size)
{
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
	else if (outcome == TARRY_REFUSED)
		outcome = TARRY_DONE; /* it does not tell: no WebDAV there */
	if (etag != NULL)
		tarry_set(&tarry->etag, str_of(etag));
	free(etag);
	return outcome;
}

static void
prepare_put(struct ask *ask, const char *url, const struct tarry_source *source)
{
	char time_text[RANGE_SIZE];

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

enum tarry_outcome
tarry_put(
    struct tarry *tarry, const char *url, const struct tarry_source *source)
{
	struct putting putting = { tarry, source->size };
	bool keeps_time;
	int status;
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	ask_init(&ask, tarry, "PUT", url);
	prepare_put(&ask, url, source);
	ask.source = source;
	ask.context = &putting;
	ask.tick = tick_put;
	ask_run(&ask);
	outcome = explain_put(tarry, source, ask_conclude(&ask));
	keeps_time = str_is_nocase(
	    intake_field(transport_intake(tarry->transport), "X-OC-MTime", 0),
	    "accepted");
	ask_done(&ask);
	/* If only the answer was lost, it may be there all the same. */
	if (outcome == TARRY_DONE || outcome == TARRY_UNKNOWN) {
		enum tarry_outcome before = outcome;

		status = tarry->status;
		outcome = verify(tarry, url, source->size);
		if (before == TARRY_UNKNOWN && outcome != TARRY_DONE)
			outcome = before;
		tarry->status = status;
	}
	if (outcome == TARRY_DONE && source->modified_s != 0 && !keeps_time)
		keep_time(tarry, url, source->modified_s);
	return outcome;
}
