/*
 * ops_propfind.c - PROPFIND of operations, for whoever only knows WebDAV.
 *
 * Depth: infinity is as much as 1: there is nothing below an operation that
 * has properties.
 */
#include "dav/ops.h"

#include <string.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/multistatus.h"
#include "dav/prepare.h"
#include "dav/prop.h"
#include "dav/xml.h"
#include "http/date.h"
#include "http/uri.h"
#include "op/registry.h"

#define DAV_SPACE "DAV:"
#define OWN_SPACE "urn:tarry:operation"

/* What is written: an operation, or, if it is NULL, the list of them. */
struct subject {
	struct operation *operation;
	struct operation_snapshot shot;
};

struct row {
	const char *space;
	const char *name;
	/* Adds the value; false: it has none. */
	bool (*write)(const struct subject *subject, struct buf *out);
};

static bool
write_displayname(const struct subject *subject, struct buf *out)
{
	if (subject->operation == NULL) {
		buf_add_text(out, "Operations");
		return true;
	}
	xml_escape(out, subject->shot.method);
	buf_add_char(out, ' ');
	xml_escape(out, subject->shot.source);
	if (subject->shot.destination.len > 0) {
		buf_add_text(out, " to ");
		xml_escape(out, subject->shot.destination);
	}
	return true;
}

static bool
write_resourcetype(const struct subject *subject, struct buf *out)
{
	if (subject->operation == NULL)
		buf_add_text(out, "<D:collection/>");
	return true;
}

static bool
write_creationdate(const struct subject *subject, struct buf *out)
{
	char date[DATE_ISO_SIZE];

	if (subject->operation == NULL)
		return false;
	date_format_iso(subject->shot.created_s, date);
	buf_add_text(out, date);
	return true;
}

static bool
write_getlastmodified(const struct subject *subject, struct buf *out)
{
	const struct operation_snapshot *shot = &subject->shot;
	int64_t wall_s = shot->created_s;
	char date[DATE_SIZE];

	if (subject->operation == NULL)
		return false;
	if (shot->started_s != 0)
		wall_s = shot->started_s;
	if (shot->ended_s != 0)
		wall_s = shot->ended_s;
	date_format(wall_s, date);
	buf_add_text(out, date);
	return true;
}

static bool
write_state(const struct subject *subject, struct buf *out)
{
	if (subject->operation == NULL)
		return false;
	buf_add_text(out, operation_state_name(subject->shot.state));
	return true;
}

static bool
write_method(const struct subject *subject, struct buf *out)
{
	if (subject->operation == NULL)
		return false;
	xml_escape(out, subject->shot.method);
	return true;
}

static bool
write_path(struct str path, struct buf *out)
{
	if (path.len == 0)
		return false;
	multistatus_href(out, path, false);
	return true;
}

static bool
write_source(const struct subject *subject, struct buf *out)
{
	return write_path(subject->shot.source, out);
}

static bool
write_destination(const struct subject *subject, struct buf *out)
{
	return write_path(subject->shot.destination, out);
}

/* As the Progress field has it. */
static bool
write_progress(const struct subject *subject, struct buf *out)
{
	const struct progress_counts *counts = &subject->shot.counts;

	if (subject->operation == NULL)
		return false;
	buf_add_u64(out, counts->members_done);
	buf_add_char(out, '/');
	if (counts->members_total > 0)
		buf_add_u64(out, counts->members_total);
	return true;
}

static bool
write_failures(const struct subject *subject, struct buf *out)
{
	if (subject->operation == NULL)
		return false;
	buf_add_u64(out, subject->shot.counts.failures);
	return true;
}

static bool
write_status(const struct subject *subject, struct buf *out)
{
	if (subject->shot.status == 0)
		return false;
	buf_add_u64(out, (uint64_t)subject->shot.status);
	return true;
}

static const struct row rows[] = {
	{ DAV_SPACE, "displayname", write_displayname },
	{ DAV_SPACE, "resourcetype", write_resourcetype },
	{ DAV_SPACE, "creationdate", write_creationdate },
	{ DAV_SPACE, "getlastmodified", write_getlastmodified },
	{ OWN_SPACE, "state", write_state },
	{ OWN_SPACE, "method", write_method },
	{ OWN_SPACE, "source", write_source },
	{ OWN_SPACE, "destination", write_destination },
	{ OWN_SPACE, "progress", write_progress },
	{ OWN_SPACE, "failures", write_failures },
	{ OWN_SPACE, "status", write_status },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

/* False, and nothing is added: the subject has no such property. */
static bool
write_prop(const struct subject *subject, const struct row *row,
    enum propfind_kind kind, struct buf *out)
{
	bool is_dav = strcmp(row->space, DAV_SPACE) == 0;
	size_t len = out->len;
	bool has_it;

	if (is_dav)
		buf_printf(out, "<D:%s>", row->name);
	else
		buf_printf(out, "<%s xmlns=\"%s\">", row->name, row->space);
	has_it = row->write(subject, out);
	if (out->err != ERR_NONE)
		return true;
	if (!has_it || kind == PROPFIND_PROPNAME)
		out->len = len;
	if (has_it && kind == PROPFIND_PROPNAME)
		prop_write_name(out, str_of(row->space), str_of(row->name));
	else if (has_it)
		buf_printf(out, is_dav ? "</D:%s>" : "</%s>", row->name);
	return has_it;
}

static const struct row *
find(struct str space, struct str name)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (str_is(space, rows[i].space) && str_is(name, rows[i].name))
			return &rows[i];
	return NULL;
}

static void
begin_propstat(struct buf *out)
{
	buf_add_text(out, "<D:propstat><D:prop>");
}

static void
end_propstat(struct buf *out, int status)
{
	buf_add_text(out, "</D:prop>");
	multistatus_status(out, status);
	buf_add_text(out, "</D:propstat>");
}

static void
write_asked(const struct subject *subject, const struct prop_name *names,
    struct buf *out)
{
	size_t absent_count = 0;

	begin_propstat(out);
	for (const struct prop_name *it = names; it != NULL; it = it->next) {
		const struct row *row = find(it->space, it->name);

		if (row == NULL ||
		    !write_prop(subject, row, PROPFIND_PROP, out))
			absent_count++;
	}
	end_propstat(out, 200);
	if (absent_count == 0)
		return;
	begin_propstat(out);
	for (const struct prop_name *it = names; it != NULL; it = it->next) {
		const struct row *row = find(it->space, it->name);
		size_t len = out->len;

		if (row != NULL && write_prop(subject, row, PROPFIND_PROP, out))
			out->len = out->err == ERR_NONE ? len : out->len;
		else
			prop_write_name(out, it->space, it->name);
	}
	end_propstat(out, 404);
}

static void
write_response(const struct subject *subject, const struct propfind *propfind,
    struct buf *out)
{
	buf_add_text(out, "<D:response><D:href>" OPS_BASE);
	buf_add_str(out, subject->shot.id);
	buf_add_text(out, "</D:href>");
	if (propfind->kind == PROPFIND_PROP) {
		write_asked(subject, propfind->names, out);
	} else {
		begin_propstat(out);
		for (size_t i = 0; i < ROW_COUNT; i++)
			(void)write_prop(
			    subject, &rows[i], propfind->kind, out);
		end_propstat(out, 200);
	}
	buf_add_text(out, "</D:response>\n");
}

struct listing {
	const struct propfind *propfind;
	struct str root; /* of who asks: not shown (home.h) */
	struct buf *out;
};

static bool
write_operation(void *context, struct operation *operation)
{
	struct listing *listing = context;
	struct subject subject = { .operation = operation };
	struct operation_snapshot *shot = &subject.shot;

	operation_look(operation, shot);
	shot->source = uri_path_from(shot->source, listing->root);
	if (shot->destination.len > 0)
		shot->destination =
		    uri_path_from(shot->destination, listing->root);
	write_response(&subject, listing->propfind, listing->out);
	return listing->out->err == ERR_NONE;
}

static enum step
parse_body(struct call *call, struct propfind *out_propfind)
{
	struct xml_node *root = NULL;

	if (call->body.len > 0 && prepare_xml(call, &root) != STEP_ON)
		return STEP_ANSWERED;
	if (prop_parse_propfind(root, call->request->arena, out_propfind) ==
	    ERR_NONE)
		return STEP_ON;
	return answer_problem(call, 400,
	    "The body is not a DAV:propfind (RFC 4918, 14.20), or asks for too"
	    " many properties.");
}

static void
run(struct call *call)
{
	static const struct subject list = { .operation = NULL };
	const struct ops_target *target = call->state;
	struct buf *out = &call->response->bytes;
	struct propfind propfind;
	struct listing listing = {
		.propfind = &propfind, .root = call->home, .out = out
	};
	enum err err = ERR_NONE;

	if (parse_body(call, &propfind) != STEP_ON)
		return;
	buf_init(out, OPERATION_RESULT_SIZE_MAX);
	multistatus_begin(out);
	if (target->place == OPS_ONE)
		(void)write_operation(&listing, target->operation);
	else
		write_response(&list, &propfind, out);
	if (target->place == OPS_LIST && call->depth != DEPTH_0)
		err = registry_list(call->dav->registry,
		    &call->request->principal, write_operation, &listing);
	multistatus_end(out);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	(void)answer_xml(call, 207);
	response_field_text(call->response, "Cache-Control", "no-store");
}

const struct method ops_propfind = {
	.name = "PROPFIND",
	.place = PLACE_POOL,
	.body = BODY_XML,
	.depth_default = DEPTH_INFINITY,
	.is_read_only = true,
	.check = ops_demand,
	.run = run,
	.free = ops_free,
};
