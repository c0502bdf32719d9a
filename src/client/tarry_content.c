/*
 * tarry_content.c - GET: see tarry.h.
 */
#include <inttypes.h>
#include <stdio.h>
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
