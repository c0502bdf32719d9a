/*
 * tarry_list.c - PROPFIND and PROPPATCH: see tarry.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "client/ask.h"
#include "client/link.h"
#include "client/listing.h"
#include "client/member.h"
#include "client/tarry.h"
#include "client/tarry_inside.h"

enum { BODY_SIZE_MAX = 1024 * 1024 };

static const char *const usual[] = { "DAV: resourcetype",
	"DAV: getcontentlength", "DAV: getlastmodified", "DAV: getetag",
	"DAV: getcontenttype", "DAV: lockdiscovery",
	"urn:schemas-microsoft-com: Win32LastModifiedTime", NULL };

struct reading {
	struct tarry *tarry;
	const struct tarry_listing *wanted;
	struct listing listing;
	const char *base;
	bool is_multistatus;
	bool is_done; /* the caller has enough */
	enum err err;
};

static bool
take_member(void *context, const struct listing_member *listed)
{
	struct reading *reading = context;
	struct arena *arena = &reading->tarry->member;
	struct tarry_member member;
	enum err err;

	if (reading->is_done)
		return true; /* the rest is short: read it, and forget it */
	arena_done(arena);
	err = member_read(arena, reading->base, listed, &member);
	if (err == ERR_SYNTAX)
		return true; /* of what it speaks nobody can know */
	if (err != ERR_NONE) {
		reading->err = err;
		return false;
	}
	reading->is_done =
	    !reading->wanted->member(reading->wanted->context, &member);
	return !reading->is_done || reading->wanted->depth == TARRY_DEPTH_0;
}

static bool
begin(void *context, const struct intake *intake)
{
	struct reading *reading = context;

	if (intake->status != 207)
		return true;
	listing_done(&reading->listing);
	reading->listing.member = take_member;
	reading->listing.context = reading;
	reading->is_multistatus = true;
	return listing_init(&reading->listing) == ERR_NONE;
}

static bool
feed(void *context, const char *data, size_t size)
{
	struct reading *reading = context;
	enum err err;

	if (!reading->is_multistatus)
		return true;
	err = listing_feed(&reading->listing, data, size);
	if (err != ERR_NONE && reading->err == ERR_NONE)
		reading->err = err;
	return err == ERR_NONE;
}

static void
add_xml(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '<')
			buf_add_text(out, "&lt;");
		else if (text.data[i] == '>')
			buf_add_text(out, "&gt;");
		else if (text.data[i] == '&')
			buf_add_text(out, "&amp;");
		else if (text.data[i] == '"')
			buf_add_text(out, "&quot;");
		else
			buf_add_char(out, text.data[i]);
	}
}

/* "NAMESPACE NAME" */
static void
add_name(struct buf *out, const char *prop)
{
	struct str name = str_of(prop);
	struct str space = str_cut(&name, ' ');

	buf_add_char(out, '<');
	add_xml(out, name);
	buf_add_text(out, " xmlns=\"");
	add_xml(out, space);
	buf_add_text(out, "\"/>");
}

static void
add_propfind(struct buf *out, const struct tarry_listing *wanted)
{
	const char *const *props =
	    wanted->props == NULL ? usual : wanted->props;

	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	                  "<D:propfind xmlns:D=\"DAV:\">");
	if (wanted->wants_names) {
		buf_add_text(out, "<D:propname/>");
	} else if (wanted->wants_all) {
		buf_add_text(out, "<D:allprop/>");
	} else {
		buf_add_text(out, "<D:prop>");
		for (; *props != NULL; props++)
			add_name(out, *props);
		buf_add_text(out, "</D:prop>");
	}
	buf_add_text(out, "</D:propfind>");
	buf_add_char(out, '\0');
}

static enum tarry_outcome
conclude(struct reading *reading, struct ask *ask)
{
	struct tarry *tarry = reading->tarry;

	if (reading->is_done) {
		tarry->status = 207;
		return TARRY_DONE;
	}
	if (reading->err == ERR_NONE && reading->is_multistatus &&
	    ask->result.end == TRANSPORT_ANSWERED)
		reading->err = listing_end(&reading->listing);
	if (reading->err != ERR_NONE)
		return tarry_say(tarry, TARRY_NETWORK,
		    "the server's listing cannot be read: %s",
		    err_text(reading->err));
	if (ask->result.end == TRANSPORT_ANSWERED && !reading->is_multistatus &&
	    ask->result.status < 300)
		return tarry_say(
		    tarry, TARRY_REFUSED, "it answers, but not by WebDAV");
	return ask_conclude(ask);
}

enum tarry_outcome
tarry_list(
    struct tarry *tarry, const char *url, const struct tarry_listing *listing)
{
	static const char *const depths[] = {
		[TARRY_DEPTH_0] = "0",
		[TARRY_DEPTH_1] = "1",
		[TARRY_DEPTH_INFINITY] = "infinity",
	};
	OWNED(buf_done) struct buf body;
	struct reading reading = { .tarry = tarry, .wanted = listing };
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	buf_init(&body, BODY_SIZE_MAX);
	if (!link_is_http(url))
		return tarry_say(
		    tarry, TARRY_USAGE, "\"%s\" is no http or https URL", url);
	add_propfind(&body, listing);
	if (body.err != ERR_NONE)
		return tarry_say(tarry, TARRY_USAGE, "%s", err_text(body.err));
	ask_init(&ask, tarry, "PROPFIND", url);
	ask_field(&ask, "Depth", depths[listing->depth]);
	ask_field(&ask, "Content-Type", "application/xml; charset=utf-8");
	ask.is_safe = true;
	ask.body = body.data;
	ask.context = &reading;
	ask.head = begin;
	ask.body_piece = feed;
	reading.base = ask.url == NULL ? url : ask.url;
	ask_run(&ask);
	outcome = conclude(&reading, &ask);
	listing_done(&reading.listing);
	ask_done(&ask);
	return outcome;
}

struct looking {
	struct tarry_member *member;
	bool has_one;
};

/* The arena keeps it until the next call. */
static bool
take_one(void *context, const struct tarry_member *member)
{
	struct looking *looking = context;

	*looking->member = *member;
	looking->has_one = true;
	return false;
}

enum tarry_outcome
tarry_look(
    struct tarry *tarry, const char *url, struct tarry_member *out_member)
{
	struct looking looking = { .member = out_member };
	struct tarry_listing listing = {
		.depth = TARRY_DEPTH_0, .member = take_one, .context = &looking
	};
	enum tarry_outcome outcome = tarry_list(tarry, url, &listing);

	if (outcome != TARRY_DONE)
		return outcome;
	if (!looking.has_one)
		return tarry_say(
		    tarry, TARRY_REFUSED, "the server tells nothing about it");
	if (out_member->status >= 300)
		return ask_conclude_status(tarry, out_member->status);
	return TARRY_DONE;
}

struct patching {
	struct reading reading;
	int status; /* the first one that is no success */
};

static bool
take_patch(void *context, const struct tarry_member *member)
{
	struct patching *patching = context;

	if (member->status >= 300)
		patching->status = member->status;
	for (size_t i = 0; i < member->prop_count; i++)
		if (member->props[i].status >= 300 && patching->status == 0)
			patching->status = member->props[i].status;
	return true;
}

static void
add_proppatch(struct buf *out, const struct tarry_prop *prop)
{
	const char *what = prop->value == NULL ? "remove" : "set";
	struct str name = str_of(prop->name);

	buf_printf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:propertyupdate xmlns:D=\"DAV:\"><D:%s><D:prop><X:",
	    what);
	add_xml(out, name);
	buf_add_text(out, " xmlns:X=\"");
	add_xml(out, str_of(prop->space));
	buf_add_text(out, "\">");
	if (prop->is_xml)
		buf_add_text(out, prop->value == NULL ? "" : prop->value);
	else
		add_xml(out, str_of(prop->value));
	buf_add_text(out, "</X:");
	add_xml(out, name);
	buf_printf(out, "></D:prop></D:%s></D:propertyupdate>", what);
	buf_add_char(out, '\0');
}

static bool
is_name(const char *name)
{
	if (name == NULL || name[0] == '\0' ||
	    strchr("-.0123456789", name[0]) != NULL)
		return false;
	return strpbrk(name, " \t\r\n<>&\"'/=:") == NULL;
}

enum tarry_outcome
tarry_prop_set(
    struct tarry *tarry, const char *url, const struct tarry_prop *prop)
{
	OWNED(buf_done) struct buf body;
	struct patching patching = { .status = 0 };
	struct tarry_listing listing = { .member = take_patch,
		.context = &patching };
	struct ask ask;
	enum tarry_outcome outcome;

	tarry_begin(tarry);
	buf_init(&body, BODY_SIZE_MAX);
	if (!link_is_http(url) || !is_name(prop->name))
		return tarry_say(tarry, TARRY_USAGE,
		    "an http or https URL, and the name of a property");
	add_proppatch(&body, prop);
	if (body.err != ERR_NONE)
		return tarry_say(tarry, TARRY_USAGE, "%s", err_text(body.err));
	ask_init(&ask, tarry, "PROPPATCH", url);
	ask_field(&ask, "Content-Type", "application/xml; charset=utf-8");
	ask_tokens(&ask, url);
	patching.reading =
	    (struct reading){ .tarry = tarry, .wanted = &listing, .base = url };
	ask.body = body.data;
	ask.context = &patching.reading;
	ask.head = begin;
	ask.body_piece = feed;
	ask_run(&ask);
	if (ask.result.end == TRANSPORT_ANSWERED &&
	    !patching.reading.is_multistatus)
		outcome = ask_conclude(&ask);
	else
		outcome = conclude(&patching.reading, &ask);
	if (outcome == TARRY_DONE && patching.status != 0)
		outcome = ask_conclude_status(tarry, patching.status);
	listing_done(&patching.reading.listing);
	ask_done(&ask);
	return outcome;
}
