/*
 * member.c - see member.h.
 */
#include "client/member.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "client/link.h"
#include "http/date.h"

enum { NAME_TEXT_SIZE_MAX = 64 * 1024 };

static const char microsoft[] = "urn:schemas-microsoft-com:";

static enum err
copy(struct arena *arena, struct str text, const char **out)
{
	struct str kept;
	enum err err = arena_copy(arena, text, &kept);

	if (err == ERR_NONE)
		*out = kept.data;
	return err;
}

static enum err
read_href(struct arena *arena, const char *base, struct str href,
    struct tarry_member *member)
{
	OWNED(buf_done) struct buf name;
	char *url = link_resolve(base, href);
	enum err err;

	buf_init(&name, NAME_TEXT_SIZE_MAX);
	if (url == NULL)
		return ERR_SYNTAX;
	link_add_name(&name, url);
	err = copy(arena, str_of(url), &member->url);
	if (err == ERR_NONE)
		err = name.err;
	if (err == ERR_NONE)
		err = copy(arena, buf_str(&name), &member->name);
	free(url);
	return err;
}

static void
read_time(struct str text, int64_t *out_s)
{
	int64_t wall_s;

	if (date_parse(str_trim(text), (int64_t)time(NULL), &wall_s) ==
	    ERR_NONE)
		*out_s = wall_s;
}

/* What a client said when it wrote the file is nearer to the truth. */
static void
read_times(const struct listing_member *listed, struct tarry_member *member)
{
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < listed->prop_count; i++) {
			const struct listing_prop *prop = &listed->props[i];

			if (prop->status != 200)
				continue;
			if (pass == 0 && str_is(prop->space, "DAV:") &&
			    str_is(prop->name, "getlastmodified"))
				read_time(prop->text, &member->modified_s);
			if (pass == 1 && str_is(prop->space, microsoft) &&
			    str_is(prop->name, "Win32LastModifiedTime"))
				read_time(prop->text, &member->modified_s);
		}
	}
}

static bool
has(struct str xml, const char *word)
{
	return xml.len > 0 && memmem(xml.data, xml.len, word, strlen(word));
}

static enum err
read_known(struct arena *arena, const struct listing_prop *prop,
    struct tarry_member *member)
{
	uint64_t size;

	if (!str_is(prop->space, "DAV:") || prop->status != 200)
		return ERR_NONE;
	if (str_is(prop->name, "resourcetype"))
		member->is_collection =
		    has(prop->xml, "<collection xmlns=\"DAV:\"");
	else if (str_is(prop->name, "lockdiscovery"))
		member->is_locked =
		    has(prop->xml, "<activelock xmlns=\"DAV:\"");
	else if (str_is(prop->name, "getcontentlength") &&
	         str_to_u64(str_trim(prop->text), INT64_MAX, &size) == ERR_NONE)
		member->size = (int64_t)size;
	else if (str_is(prop->name, "getetag"))
		return copy(arena, str_trim(prop->text), &member->etag);
	else if (str_is(prop->name, "getcontenttype"))
		return copy(arena, str_trim(prop->text), &member->type);
	return ERR_NONE;
}

static enum err
read_props(struct arena *arena, const struct listing_member *listed,
    struct tarry_member *member)
{
	struct tarry_prop *props;
	enum err err = ERR_NONE;

	props = arena_alloc(arena, listed->prop_count * sizeof(*props));
	if (props == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < listed->prop_count && err == ERR_NONE; i++) {
		const struct listing_prop *prop = &listed->props[i];

		props[i].status = prop->status;
		props[i].is_xml = prop->xml.len > 0;
		err = copy(arena, prop->space, &props[i].space);
		if (err == ERR_NONE)
			err = copy(arena, prop->name, &props[i].name);
		if (err == ERR_NONE)
			err = copy(arena,
			    prop->xml.len > 0 ? prop->xml : prop->text,
			    &props[i].value);
		if (err == ERR_NONE)
			err = read_known(arena, prop, member);
	}
	member->props = props;
	member->prop_count = listed->prop_count;
	return err;
}

enum err
member_read(struct arena *arena, const char *base,
    const struct listing_member *listed, struct tarry_member *out_member)
{
	struct tarry_member member = {
		.size = -1, .etag = "", .type = "", .status = 200
	};
	enum err err = read_href(arena, base, listed->href, &member);

	if (err != ERR_NONE)
		return err;
	if (listed->status != 0)
		member.status = listed->status;
	err = read_props(arena, listed, &member);
	if (err != ERR_NONE)
		return err;
	read_times(listed, &member);
	if (member.is_collection)
		member.size = -1;
	*out_member = member;
	return ERR_NONE;
}
