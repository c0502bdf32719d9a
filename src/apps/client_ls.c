/*
 * client_ls.c - tarry ls and tarry find: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apps/client.h"
#include "apps/client_place.h"
#include "apps/client_walk.h"
#include "apps/table.h"
#include "base/own.h"
#include "base/units.h"
#include "client/link.h"
#include "http/date.h"

enum { TEXT_SIZE_MAX = 1024 * 1024 }; /* of a name, or a path */

struct values {
	struct client_values common;
	bool is_long;
	bool is_recursive;
	bool is_itself;
	bool in_bytes;
	bool is_encoded;
	const char *name;
	const char *size;
	const char *newer;
	int type; /* an index into types */
};

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option list_options[] = {
	{ "long|l", OPTION_FLAG, VALUE(is_long), NULL, NULL,
	    "size, time and lock, too" },
	{ "recursive|R", OPTION_FLAG, VALUE(is_recursive), NULL, NULL,
	    "collections in collections, too" },
	{ "directory|d", OPTION_FLAG, VALUE(is_itself), NULL, NULL,
	    "the collection itself, not what is in it" },
	{ "bytes", OPTION_FLAG, VALUE(in_bytes), NULL, NULL,
	    "sizes in octets" },
	{ "encode", OPTION_FLAG, VALUE(is_encoded), NULL, NULL,
	    "names as in a URL: %25 for %" },
	{ .name = NULL },
};

enum { TYPE_ANY, TYPE_FILE, TYPE_COLLECTION };
static const char *const types[] = { "any", "f", "d", NULL };

static const struct option find_options[] = {
	{ "name", OPTION_TEXT, VALUE(name), NULL, "PATTERN",
	    "its name fits, such as '*.txt'" },
	{ "size", OPTION_TEXT, VALUE(size), NULL, "[+-]SIZE",
	    "larger than +10m, smaller than -10m, or just so" },
	{ "newer", OPTION_TEXT, VALUE(newer), NULL, "TIME|FILE",
	    "changed in the last 2h, or after this file" },
	{ "type", OPTION_CHOICE, VALUE(type), types, "f|d",
	    "files, or collections" },
	{ .name = NULL },
};

/* A name in one line, whatever is in it. */
static void
add_plain(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++)
		buf_add_char(out,
		    (unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name);
}

/* A name as it is typed into a URL: only what would mean something else there
 * is encoded. */
static void
add_encoded(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++) {
		unsigned char octet = (unsigned char)*name;

		if (octet < 0x20 || octet == 0x7f || strchr("%?#", *name))
			buf_printf(out, "%%%02X", octet);
		else
			buf_add_char(out, *name);
	}
}

/* As ls shows it: the time of this year, the year of others. */
static void
format_time(int64_t wall_s, char *out, size_t size)
{
	time_t when = (time_t)wall_s;
	time_t now = time(NULL);
	struct tm local;

	out[0] = '\0';
	if (wall_s == 0 || localtime_r(&when, &local) == NULL)
		return;
	(void)strftime(out, size,
	    when > now || now - when > 180 * 24 * 3600 ? "%b %e  %Y"
	                                               : "%b %e %H:%M",
	    &local);
}

static json_t *
member_json(const struct walk_member *member, const char *path, char *url)
{
	OWNED(buf_done) struct buf whole;
	char time_text[DATE_ISO_SIZE];
	json_t *json;

	buf_init(&whole, TEXT_SIZE_MAX);
	buf_add_text(&whole, path);
	buf_add_text(&whole, member->name);
	buf_add_char(&whole, '\0');
	date_format_iso(member->modified_s, time_text);
	json = json_pack("{so so ss}", "path", client_json_text(whole.data),
	    "url", client_json_text(url == NULL ? "" : url), "type",
	    member->is_collection ? "collection" : "file");
	(void)json_object_set_new(json, "size",
	    member->size < 0 ? json_null() : json_integer(member->size));
	(void)json_object_set_new(json, "modified",
	    member->modified_s == 0 ? json_null() : json_string(time_text));
	(void)json_object_set_new(json, "etag",
	    member->etag[0] == '\0' ? json_null()
	                            : client_json_text(member->etag));
	(void)json_object_set_new(
	    json, "locked", json_boolean(member->is_locked));
	return json;
}

/* What is being listed. */
struct listing {
	struct client *client;
	const struct values *values;
	const char *base;
	bool has_written;
	/* Of find. */
	int64_t newer_s;
	uint64_t size;
	char size_sign; /* '+', '-', '='; '\0': any size */
	uint64_t found_count;
};

static void
print_json(const struct listing *listing, const char *path,
    const struct walk_member *member)
{
	OWNED(buf_done) struct buf relative;
	char *url = NULL;

	buf_init(&relative, TEXT_SIZE_MAX);
	buf_add_text(&relative, path);
	buf_add_text(&relative, member->name);
	if (relative.err == ERR_NONE)
		url = link_join(
		    listing->base, buf_str(&relative), member->is_collection);
	client_json(listing->client, member_json(member, path, url));
	free(url);
}

static void
print_long(const struct values *values, const struct walk_member *member,
    int size_width)
{
	OWNED(buf_done) struct buf name;
	char size_text[TABLE_TEXT_SIZE] = "-";
	char time_text[64];

	buf_init(&name, TEXT_SIZE_MAX);
	add_plain(&name, member->name);
	if (member->size >= 0 && values->in_bytes)
		(void)snprintf(
		    size_text, sizeof(size_text), "%" PRId64, member->size);
	else if (member->size >= 0)
		table_format_size((uint64_t)member->size, size_text);
	format_time(member->modified_s, time_text, sizeof(time_text));
	(void)printf("%c%c %*s %12s %.*s%s\n",
	    member->is_collection ? 'd' : '-', member->is_locked ? 'L' : ' ',
	    size_width, size_text, time_text, STR_ARG(buf_str(&name)),
	    member->is_collection ? "/" : "");
}

static void
print_folder(void *context, const char *path, const struct walk_member *members,
    size_t count)
{
	struct listing *listing = context;
	const struct values *values = listing->values;

	if (values->is_recursive && !values->common.is_json) {
		(void)printf("%s%s:\n", listing->has_written ? "\n" : "",
		    path[0] == '\0' ? "." : path);
		listing->has_written = true;
	}
	for (size_t i = 0; i < count; i++) {
		OWNED(buf_done) struct buf name;

		buf_init(&name, TEXT_SIZE_MAX);
		if (values->common.is_json) {
			print_json(listing, path, &members[i]);
		} else if (values->is_long) {
			print_long(
			    values, &members[i], values->in_bytes ? 12 : 6);
		} else {
			(values->is_encoded ? add_encoded : add_plain)(
			    &name, members[i].name);
			(void)printf("%.*s%s\n", STR_ARG(buf_str(&name)),
			    members[i].is_collection ? "/" : "");
		}
	}
}

static struct walk_member
as_walk_member(const struct tarry_member *member)
{
	return (struct walk_member){
		.name = member->name[0] == '\0' ? "/" : member->name,
		.etag = member->etag,
		.url = member->url,
		.size = member->size,
		.modified_s = member->modified_s,
		.is_collection = member->is_collection,
		.is_locked = member->is_locked,
	};
}

static void
list_one(struct client *client, const char *url, void *context)
{
	const struct values *values = context;
	struct listing listing = {
		.client = client, .values = values, .base = url
	};
	struct walk walk = { .client = client,
		.is_recursive = values->is_recursive,
		.context = &listing,
		.folder = print_folder };
	struct tarry_member member;
	enum tarry_outcome outcome = tarry_look(client->tarry, url, &member);

	if (outcome != TARRY_DONE) {
		(void)client_note_last(client, client->tarry, outcome, url);
		return;
	}
	if (member.is_collection && !values->is_itself) {
		outcome = walk_run(&walk, client->tarry, url);
	} else {
		struct walk_member one = as_walk_member(&member);
		struct values plain = *values;
		char *parent = link_parent(url);

		plain.is_recursive = false;
		listing.values = &plain;
		listing.base = parent == NULL ? url : parent;
		print_folder(&listing, "", &one, 1);
		free(parent);
	}
	if (outcome == TARRY_DONE)
		(void)client_note(client, outcome, url, NULL);
}

static enum tarry_outcome
list_all(struct client *client, int count, char **operands, void *data)
{
	struct values values = *(struct values *)data;
	const struct place_visit visit = { list_one, &values, false };
	bool has_pattern = false;

	/* What a pattern found is shown itself, as people expect of ls. */
	for (int i = 0; i < count; i++)
		has_pattern = has_pattern || strpbrk(operands[i], "*[");
	if (has_pattern && !values.is_recursive)
		values.is_itself = true;
	return place_each(client, count, operands, &visit);
}

static bool
fits(const struct listing *listing, const struct walk_member *member)
{
	const struct values *values = listing->values;

	if (values->name != NULL && fnmatch(values->name, member->name, 0) != 0)
		return false;
	if (values->type != TYPE_ANY &&
	    (values->type == TYPE_COLLECTION) != member->is_collection)
		return false;
	if (values->newer != NULL && member->modified_s <= listing->newer_s)
		return false;
	if (listing->size_sign == '\0')
		return true;
	if (member->size < 0)
		return false;
	return listing->size_sign == '+'
	           ? (uint64_t)member->size > listing->size
	       : listing->size_sign == '-'
	           ? (uint64_t)member->size < listing->size
	           : (uint64_t)member->size == listing->size;
}

static void
print_found(void *context, const char *path, const struct walk_member *members,
    size_t count)
{
	struct listing *listing = context;

	for (size_t i = 0; i < count; i++) {
		OWNED(buf_done) struct buf name;

		buf_init(&name, TEXT_SIZE_MAX);
		if (!fits(listing, &members[i]))
			continue;
		listing->found_count++;
		if (listing->values->common.is_json) {
			print_json(listing, path, &members[i]);
			continue;
		}
		add_plain(&name, path);
		add_plain(&name, members[i].name);
		(void)printf("%.*s%s\n", STR_ARG(buf_str(&name)),
		    members[i].is_collection ? "/" : "");
	}
}

static bool
read_size(struct listing *listing, const char *text)
{
	struct str size = str_of(text);

	listing->size_sign = '\0';
	if (text == NULL)
		return true;
	listing->size_sign = '=';
	if (text[0] == '+' || text[0] == '-') {
		listing->size_sign = text[0];
		size = str_from(size, 1);
	}
	return units_size(size, &listing->size) == ERR_NONE;
}

static void
find_one(struct client *client, const char *url, void *context)
{
	struct listing listing = *(const struct listing *)context;
	struct walk walk = { .client = client,
		.is_recursive = true,
		.context = &listing,
		.folder = print_found };

	listing.base = url;
	if (walk_run(&walk, client->tarry, url) == TARRY_DONE)
		(void)client_note(client, TARRY_DONE, url, NULL);
}

static enum tarry_outcome
find_all(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	struct listing listing = { .client = client, .values = values };
	const struct place_visit visit = { find_one, &listing, false };

	if (!read_size(&listing, values->size))
		return client_note(client, TARRY_USAGE, values->size,
		    "write a size such as +10m");
	if (values->newer != NULL &&
	    !place_newer(values->newer, &listing.newer_s))
		return client_note(client, TARRY_USAGE, values->newer,
		    "write a time such as 2h, or the name of a file");
	return place_each(client, count, operands, &visit);
}

const struct client_command client_ls = {
	.name = "ls",
	.operands = "URL...",
	.summary = "list collections",
	.text = "Lists what is in collections, or files that a pattern "
	        "fits.\nWith -l: d for a collection, L if it is locked, "
	        "size, time, name.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = list_options,
	.values_size = sizeof(struct values),
	.run = list_all,
};

const struct client_command client_find = {
	.name = "find",
	.operands = "URL...",
	.summary = "find files in a tree",
	.text = "Prints what is in a tree and fits all that is asked for.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = find_options,
	.values_size = sizeof(struct values),
	.run = find_all,
};
