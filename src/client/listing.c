/*
 * listing.c - see listing.h.
 */
#include "client/listing.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

enum { SEPARATOR = '\n' }; /* between a namespace and a name, for expat */

/* Where in the document we are; each level is inside the one before. */
enum place {
	PLACE_OUTSIDE,
	PLACE_MULTISTATUS,
	PLACE_RESPONSE,
	PLACE_HREF,
	PLACE_STATUS,      /* of the response */
	PLACE_DESCRIPTION, /* of the response */
	PLACE_PROPSTAT,
	PLACE_PROPSTAT_STATUS,
	PLACE_PROP,     /* DAV:prop */
	PLACE_PROPERTY, /* one property */
	PLACE_VALUE,    /* an element inside of it */
	PLACE_IGNORED,
};

/* Where in text a part is: the memory may move while it grows. */
struct part {
	size_t start;
	size_t size;
};

struct kept_prop {
	struct part space;
	struct part name;
	struct part text;
	struct part xml;
	int status;
};

struct listing_inside {
	XML_Parser parser;
	enum err err;
	enum place places[LISTING_DEPTH_MAX];
	size_t depth;
	bool is_multistatus;

	/* The member that is being read. */
	struct buf text; /* all of its texts, behind one another */
	struct buf value;
	struct buf xml; /* of the property that is being read */
	bool has_child;
	struct part href;
	bool has_href;
	struct part description;
	int status;
	int propstat_status;
	struct kept_prop kept[LISTING_PROP_COUNT_MAX];
	struct listing_prop props[LISTING_PROP_COUNT_MAX];
	size_t prop_count;
	size_t propstat_start; /* the first prop of this propstat */
};

static void
stop(struct listing *listing, enum err err)
{
	struct listing_inside *inside = listing->inside;

	if (inside->err != ERR_NONE)
		return;
	inside->err = err;
	(void)XML_StopParser(inside->parser, XML_FALSE);
}

static struct part
keep(struct listing *listing, struct str text)
{
	struct listing_inside *inside = listing->inside;
	struct part part = { inside->text.len, text.len };

	buf_add_str(&inside->text, text);
	if (inside->text.err != ERR_NONE)
		stop(listing, inside->text.err);
	return part;
}

static struct str
view(const struct listing_inside *inside, struct part part)
{
	if (part.size == 0)
		return str_make("", 0);
	return str_make(inside->text.data + part.start, part.size);
}

static void
forget_member(struct listing_inside *inside)
{
	buf_clear(&inside->text);
	inside->href = inside->description = (struct part){ 0, 0 };
	inside->has_href = false;
	inside->status = 0;
	inside->prop_count = 0;
}

/* Splits expat's "DAV:\nhref".  Without a namespace there is only a name. */
static struct str
split(const XML_Char *name, struct str *out_space)
{
	const char *separator = strrchr(name, SEPARATOR);

	if (separator == NULL) {
		*out_space = str_make("", 0);
		return str_of(name);
	}
	*out_space = str_make(name, (size_t)(separator - name));
	return str_of(separator + 1);
}

static enum place
place_of(enum place outer, struct str space, struct str name)
{
	static const struct {
		enum place outer;
		const char *name;
		enum place place;
	} rows[] = {
		{ PLACE_OUTSIDE, "multistatus", PLACE_MULTISTATUS },
		{ PLACE_MULTISTATUS, "response", PLACE_RESPONSE },
		{ PLACE_RESPONSE, "href", PLACE_HREF },
		{ PLACE_RESPONSE, "status", PLACE_STATUS },
		{ PLACE_RESPONSE, "responsedescription", PLACE_DESCRIPTION },
		{ PLACE_RESPONSE, "propstat", PLACE_PROPSTAT },
		{ PLACE_PROPSTAT, "status", PLACE_PROPSTAT_STATUS },
		{ PLACE_PROPSTAT, "prop", PLACE_PROP },
	};

	if (outer == PLACE_PROP)
		return PLACE_PROPERTY;
	if (outer == PLACE_PROPERTY || outer == PLACE_VALUE)
		return PLACE_VALUE;
	if (!str_is(space, "DAV:"))
		return PLACE_IGNORED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].outer == outer && str_is(name, rows[i].name))
			return rows[i].place;
	return PLACE_IGNORED;
}

static void
add_escaped(struct buf *out, struct str text)
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

/* Each element says its own namespace: clumsy, and right in any place. */
static void
open_value(struct buf *xml, struct str space, struct str name)
{
	buf_add_char(xml, '<');
	buf_add_str(xml, name);
	buf_add_text(xml, " xmlns=\"");
	add_escaped(xml, space);
	buf_add_char(xml, '"');
}

static void
add_attributes(struct buf *xml, const XML_Char **attributes)
{
	for (; attributes[0] != NULL; attributes += 2) {
		struct str space;
		struct str name = split(attributes[0], &space);

		if (space.len > 0 &&
		    !str_is(space, "http://www.w3.org/XML/1998/namespace"))
			continue; /* rare, and nothing we show */
		buf_add_text(xml, space.len > 0 ? " xml:" : " ");
		buf_add_str(xml, name);
		buf_add_text(xml, "=\"");
		add_escaped(xml, str_of(attributes[1]));
		buf_add_char(xml, '"');
	}
	buf_add_char(xml, '>');
}

static void
begin_prop(struct listing *listing, struct str space, struct str name)
{
	struct listing_inside *inside = listing->inside;
	struct kept_prop *prop;

	if (inside->prop_count == LISTING_PROP_COUNT_MAX) {
		stop(listing, ERR_LIMIT);
		return;
	}
	prop = &inside->kept[inside->prop_count];
	prop->status = 0;
	prop->space = keep(listing, space);
	prop->name = keep(listing, name);
	buf_clear(&inside->value);
	buf_clear(&inside->xml);
	inside->has_child = false;
}

static void
start_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct listing *listing = data;
	struct listing_inside *inside = listing->inside;
	struct str space;
	struct str local = split(name, &space);
	enum place outer = inside->depth == 0
	                       ? PLACE_OUTSIDE
	                       : inside->places[inside->depth - 1];
	enum place place = place_of(outer, space, local);

	if (inside->err != ERR_NONE)
		return;
	if (inside->depth == LISTING_DEPTH_MAX) {
		stop(listing, ERR_LIMIT);
		return;
	}
	inside->places[inside->depth++] = place;
	if (place == PLACE_MULTISTATUS) {
		inside->is_multistatus = true;
	} else if (place == PLACE_RESPONSE) {
		forget_member(inside);
	} else if (place == PLACE_PROPSTAT) {
		inside->propstat_start = inside->prop_count;
		inside->propstat_status = 0;
	} else if (place == PLACE_PROPERTY) {
		begin_prop(listing, space, local);
	} else if (place == PLACE_VALUE) {
		inside->has_child = true;
		open_value(&inside->xml, space, local);
		add_attributes(&inside->xml, attributes);
	} else {
		buf_clear(&inside->value);
	}
}

int
listing_status(struct str line)
{
	struct str rest = str_trim(line);
	uint64_t status;

	(void)str_cut(&rest, ' ');
	rest = str_trim(rest);
	if (str_to_u64(str_cut(&rest, ' '), 999, &status) != ERR_NONE)
		return 0;
	return status < 100 ? 0 : (int)status;
}

static void
end_prop(struct listing *listing)
{
	struct listing_inside *inside = listing->inside;
	struct kept_prop *prop = &inside->kept[inside->prop_count];

	prop->text = keep(listing, buf_str(&inside->value));
	prop->xml = inside->has_child ? keep(listing, buf_str(&inside->xml))
	                              : (struct part){ 0, 0 };
	inside->prop_count++;
}

static void
end_member(struct listing *listing)
{
	struct listing_inside *inside = listing->inside;
	struct str hrefs = view(inside, inside->href);
	struct listing_member member = {
		.status = inside->status,
		.props = inside->props,
		.prop_count = inside->prop_count,
		.description = view(inside, inside->description),
	};

	for (size_t i = 0; i < inside->prop_count; i++) {
		const struct kept_prop *kept = &inside->kept[i];

		inside->props[i] = (struct listing_prop){
			.space = view(inside, kept->space),
			.name = view(inside, kept->name),
			.text = view(inside, kept->text),
			.xml = view(inside, kept->xml),
			.status = kept->status,
		};
	}
	do {
		member.href = str_cut(&hrefs, '\n');
		if (!listing->member(listing->context, &member))
			stop(listing, ERR_CANCELLED);
	} while (hrefs.len > 0 && inside->err == ERR_NONE);
}

/*
 * A response may name several members, with one status (RFC 4918, 14.24):
 * they follow one another, and so they are one text, in lines.
 */
static void
end_href(struct listing *listing)
{
	struct listing_inside *inside = listing->inside;
	struct str href = str_trim(buf_str(&inside->value));

	if (!inside->has_href) {
		inside->href = keep(listing, href);
		inside->has_href = true;
	} else if (inside->href.start + inside->href.size == inside->text.len) {
		inside->href.size += keep(listing, (struct str)STR("\n")).size;
		inside->href.size += keep(listing, href).size;
	}
}

static void
end_propstat(struct listing_inside *inside)
{
	for (size_t i = inside->propstat_start; i < inside->prop_count; i++)
		inside->kept[i].status = inside->propstat_status;
}

static void
end_element(void *data, const XML_Char *name)
{
	struct listing *listing = data;
	struct listing_inside *inside = listing->inside;
	struct str space;
	struct str local;

	if (inside->err != ERR_NONE)
		return;
	switch (inside->places[--inside->depth]) {
	case PLACE_HREF:
		end_href(listing);
		break;
	case PLACE_STATUS:
		inside->status = listing_status(buf_str(&inside->value));
		break;
	case PLACE_DESCRIPTION:
		inside->description = keep(listing, buf_str(&inside->value));
		break;
	case PLACE_PROPSTAT_STATUS:
		inside->propstat_status =
		    listing_status(buf_str(&inside->value));
		break;
	case PLACE_PROPSTAT:
		end_propstat(inside);
		break;
	case PLACE_PROPERTY:
		end_prop(listing);
		break;
	case PLACE_VALUE:
		local = split(name, &space);
		buf_add_text(&inside->xml, "</");
		buf_add_str(&inside->xml, local);
		buf_add_char(&inside->xml, '>');
		break;
	case PLACE_RESPONSE:
		end_member(listing);
		break;
	case PLACE_OUTSIDE:
	case PLACE_MULTISTATUS:
	case PLACE_PROP:
	case PLACE_IGNORED:
		break;
	}
}

static void
characters(void *data, const XML_Char *text, int size)
{
	struct listing *listing = data;
	struct listing_inside *inside = listing->inside;
	struct str piece = str_make(text, (size_t)size);
	enum place place;

	if (inside->err != ERR_NONE || inside->depth == 0)
		return;
	place = inside->places[inside->depth - 1];
	if (place == PLACE_IGNORED)
		return;
	buf_add_str(&inside->value, piece);
	if (place == PLACE_PROPERTY || place == PLACE_VALUE)
		add_escaped(&inside->xml, piece);
	if (inside->value.err != ERR_NONE || inside->xml.err != ERR_NONE)
		stop(listing, ERR_LIMIT);
}

static void
refuse_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	stop(data, ERR_SYNTAX);
}

enum err
listing_init(struct listing *listing)
{
	struct listing_inside *inside = calloc(1, sizeof(*inside));

	listing->inside = inside;
	if (inside == NULL)
		return ERR_MEMORY;
	buf_init(&inside->text, LISTING_MEMBER_SIZE_MAX);
	buf_init(&inside->value, LISTING_MEMBER_SIZE_MAX);
	buf_init(&inside->xml, LISTING_MEMBER_SIZE_MAX);
	inside->parser = XML_ParserCreateNS(NULL, SEPARATOR);
	if (inside->parser == NULL)
		return ERR_MEMORY;
	XML_SetUserData(inside->parser, listing);
	XML_SetElementHandler(inside->parser, start_element, end_element);
	XML_SetCharacterDataHandler(inside->parser, characters);
	XML_SetStartDoctypeDeclHandler(inside->parser, refuse_doctype);
	return ERR_NONE;
}

void
listing_done(struct listing *listing)
{
	struct listing_inside *inside = listing->inside;

	if (inside == NULL)
		return;
	if (inside->parser != NULL)
		XML_ParserFree(inside->parser);
	buf_done(&inside->text);
	buf_done(&inside->value);
	buf_done(&inside->xml);
	free(inside);
	listing->inside = NULL;
}

static enum err
parse(struct listing *listing, const void *data, int size, int is_final)
{
	struct listing_inside *inside = listing->inside;

	if (inside->err != ERR_NONE)
		return inside->err;
	if (XML_Parse(inside->parser, data, size, is_final) != XML_STATUS_OK &&
	    inside->err == ERR_NONE)
		inside->err =
		    XML_GetErrorCode(inside->parser) == XML_ERROR_NO_MEMORY
		        ? ERR_MEMORY
		        : ERR_SYNTAX;
	return inside->err;
}

enum err
listing_feed(struct listing *listing, const void *data, size_t size)
{
	enum { PIECE_SIZE = 1024 * 1024 };
	const char *at = data;
	enum err err = ERR_NONE;

	while (size > 0 && err == ERR_NONE) {
		size_t piece = size < PIECE_SIZE ? size : PIECE_SIZE;

		err = parse(listing, at, (int)piece, 0);
		at += piece;
		size -= piece;
	}
	return err;
}

enum err
listing_end(struct listing *listing)
{
	enum err err = parse(listing, "", 0, 1);

	if (err != ERR_NONE)
		return err;
	return listing->inside->is_multistatus ? ERR_NONE : ERR_SYNTAX;
}
