/*
 * op_json.c - see op_json.h.
 */
#include "op/op_json.h"

#include <jansson.h>

#include "http/date.h"
#include "http/uri.h"
#include "op/operation.h"
#include "op/registry.h"

enum { RATE_MS_MIN = 1000 }; /* a rate of less says nothing */

/* An object, or an array of them, that is being filled. */
struct filling {
	const struct op_json_options *options;
	json_t *json;
	bool is_lost; /* no memory for a part of it */
};

static void
set(struct filling *filling, const char *name, json_t *value)
{
	if (json_object_set_new(filling->json, name, value) != 0)
		filling->is_lost = true;
}

static void
set_path(struct filling *filling, const char *name, struct str path)
{
	struct buf encoded;

	buf_init(&encoded, 3 * (path.len + 1));
	uri_path_encode(&encoded, path);
	set(filling, name,
	    encoded.err == ERR_NONE
	        ? json_stringn(path.len == 0 ? "" : encoded.data, encoded.len)
	        : NULL);
	buf_done(&encoded);
}

/* What is no UTF-8 cannot be a JSON string: it is encoded as a path is. */
static void
set_text(struct filling *filling, const char *name, struct str text)
{
	json_t *value =
	    text.len == 0 ? json_string("") : json_stringn(text.data, text.len);

	if (value == NULL)
		set_path(filling, name, text);
	else
		set(filling, name, value);
}

static void
set_count(struct filling *filling, const char *name, uint64_t count)
{
	set(filling, name,
	    json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count));
}

static void
set_total(struct filling *filling, const char *name, uint64_t total)
{
	if (total == 0)
		set(filling, name, json_null());
	else
		set_count(filling, name, total);
}

static void
set_time(struct filling *filling, const char *name, int64_t wall_s)
{
	char text[DATE_ISO_SIZE];

	if (wall_s == 0) {
		set(filling, name, json_null());
		return;
	}
	date_format_iso(wall_s, text);
	set(filling, name, json_string(text));
}

static json_t *
describe_counts(struct filling *whole, const struct progress_counts *counts)
{
	struct filling part = { .json = json_object() };

	set_count(&part, "members_done", counts->members_done);
	set_total(&part, "members_total", counts->members_total);
	set_count(&part, "bytes_done", counts->bytes_done);
	set_total(&part, "bytes_total", counts->bytes_total);
	set_count(&part, "failures", counts->failures);
	whole->is_lost = whole->is_lost || part.is_lost;
	return part.json;
}

static double
rate_of(uint64_t done, int64_t running_ms)
{
	return (double)done * 1000.0 / (double)running_ms;
}

static json_t *
describe_rate(struct filling *whole, const struct operation_snapshot *shot)
{
	const struct progress_counts *counts = &shot->counts;
	struct filling part = { .json = NULL };

	if (shot->running_ms < RATE_MS_MIN)
		return json_null();
	part.json = json_object();
	set(&part, "members_per_s",
	    json_real(rate_of(counts->members_done, shot->running_ms)));
	set(&part, "bytes_per_s",
	    json_real(rate_of(counts->bytes_done, shot->running_ms)));
	whole->is_lost = whole->is_lost || part.is_lost;
	return part.json;
}

/* How many seconds the rest takes; -1: who knows. */
static double
rest_s(uint64_t done, uint64_t total, int64_t running_ms)
{
	if (total == 0 || done == 0)
		return -1;
	return (double)(total - done) / rate_of(done, running_ms);
}

/* What is slower, members or octets, decides. */
static json_t *
describe_estimate(const struct operation_snapshot *shot)
{
	const struct progress_counts *counts = &shot->counts;
	double members_s;
	double bytes_s;
	double longer_s;

	if (operation_state_is_final(shot->state) ||
	    shot->running_ms < RATE_MS_MIN)
		return json_null();
	members_s = rest_s(
	    counts->members_done, counts->members_total, shot->running_ms);
	bytes_s =
	    rest_s(counts->bytes_done, counts->bytes_total, shot->running_ms);
	longer_s = members_s > bytes_s ? members_s : bytes_s;
	if (longer_s < 0 || longer_s > 1e9)
		return json_null();
	return json_integer((json_int_t)(longer_s + 0.5));
}

static bool
describe_failure(void *context, const struct progress_member *member)
{
	struct filling *list = context;
	struct filling one = { .json = json_object() };

	if (member->err == ERR_NONE ||
	    json_array_size(list->json) == OP_JSON_FAILURE_COUNT_MAX) {
		json_decref(one.json);
		return false;
	}
	set_path(
	    &one, "path", uri_path_from(member->path, list->options->root));
	set(&one, "side",
	    json_string(member->is_destination ? "destination" : "source"));
	set(&one, "status",
	    json_integer(list->options->status_of(member->err)));
	set(&one, "reason", json_string(err_text(member->err)));
	if (json_array_append_new(list->json, one.json) != 0)
		list->is_lost = true;
	list->is_lost = list->is_lost || one.is_lost;
	return true;
}

static json_t *
describe_failures(struct filling *whole, const struct operation *operation)
{
	struct filling list = { .options = whole->options,
		.json = json_array() };

	if (list.json == NULL)
		return NULL;
	progress_failures(
	    operation_progress(operation), describe_failure, &list);
	whole->is_lost = whole->is_lost || list.is_lost;
	return list.json;
}

static json_t *
describe_links(struct filling *whole, struct str id)
{
	struct filling part = { .json = json_object() };
	struct str base = whole->options->base;

	set(&part, "self",
	    json_sprintf("%.*s%.*s", STR_ARG(base), STR_ARG(id)));
	set(&part, "response",
	    json_sprintf("%.*s%.*s/response", STR_ARG(base), STR_ARG(id)));
	whole->is_lost = whole->is_lost || part.is_lost;
	return part.json;
}

static void
describe(struct filling *whole, struct operation *operation)
{
	struct str root = whole->options->root;
	struct operation_snapshot shot;

	operation_look(operation, &shot);
	set_text(whole, "id", shot.id);
	set(whole, "state", json_string(operation_state_name(shot.state)));
	set(whole, "waits_for",
	    json_string(operation_wait_name(shot.waits_for)));
	set(whole, "cancelling", json_boolean(shot.is_cancelling));
	set(whole, "interrupted", json_boolean(shot.is_interrupted));
	set_text(whole, "owner", shot.owner);
	set_text(whole, "method", shot.method);
	set_path(whole, "source", uri_path_from(shot.source, root));
	if (shot.destination.len > 0)
		set_path(whole, "destination",
		    uri_path_from(shot.destination, root));
	else
		set(whole, "destination", json_null());
	set(whole, "progress", describe_counts(whole, &shot.counts));
	set(whole, "rate", describe_rate(whole, &shot));
	set(whole, "estimate_s", describe_estimate(&shot));
	set_count(whole, "running_ms", (uint64_t)shot.running_ms);
	set_count(whole, "observers", shot.observer_count);
	set_total(whole, "status", (uint64_t)shot.status);
	set_time(whole, "created", shot.created_s);
	set_time(whole, "started", shot.started_s);
	set_time(whole, "ended", shot.ended_s);
	set(whole, "failures", describe_failures(whole, operation));
	set(whole, "links", describe_links(whole, shot.id));
}

static int
add_octets(const char *octets, size_t size, void *context)
{
	struct buf *out = context;

	buf_add(out, octets, size);
	return out->err == ERR_NONE ? 0 : -1;
}

enum err
op_json_write(struct operation *operation,
    const struct op_json_options *options, struct buf *out)
{
	struct filling whole = { .options = options, .json = json_object() };
	int failed;

	describe(&whole, operation);
	if (whole.is_lost) {
		json_decref(whole.json);
		return ERR_MEMORY;
	}
	failed = json_dump_callback(whole.json, add_octets, out, JSON_COMPACT);
	json_decref(whole.json);
	if (out->err != ERR_NONE)
		return out->err;
	return failed == 0 ? ERR_NONE : ERR_MEMORY;
}

struct listing {
	const struct op_json_options *options;
	struct buf *out;
	bool has_one;
	enum err err;
};

static bool
list_one(void *context, struct operation *operation)
{
	struct listing *listing = context;

	if (listing->has_one)
		buf_add_char(listing->out, ',');
	listing->has_one = true;
	listing->err = op_json_write(operation, listing->options, listing->out);
	return listing->err == ERR_NONE;
}

enum err
op_json_write_list(struct registry *registry, const struct str *owner,
    const struct op_json_options *options, struct buf *out)
{
	struct listing listing = { .options = options, .out = out };
	enum err err;

	buf_add_text(out, "{\"operations\":[");
	err = registry_list(registry, owner, list_one, &listing);
	if (err != ERR_NONE)
		return err;
	if (listing.err != ERR_NONE)
		return listing.err;
	buf_add_text(out, "]}");
	return out->err;
}
