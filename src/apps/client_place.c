/*
 * client_place.c - see client_place.h.
 */
#include "apps/client_place.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "apps/client.h"
#include "base/own.h"
#include "base/units.h"
#include "client/link.h"
#include "http/uri.h"

enum { CONFIG_SIZE_MAX = 1024 * 1024, URL_SIZE_MAX = 64 * 1024 };

static bool
is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
	       strncasecmp(text, "https://", 8) == 0;
}

char *
place_find_name(struct str text, struct str name)
{
	while (text.len > 0) {
		struct str line = str_trim(str_cut(&text, '\n'));
		struct str key;

		if (line.len == 0 || line.data[0] == '#')
			continue;
		key = str_trim(str_cut(&line, '='));
		line = str_trim(line);
		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0 && str_equal(key, name))
			return strndup(line.data, line.len);
	}
	return NULL;
}

/* The URL of a short name.  NULL: there is none. */
static char *
look_up(const char *config_dir, struct str name)
{
	OWNED(buf_done) struct buf text;
	char *path;
	FILE *file;

	buf_init(&text, CONFIG_SIZE_MAX);
	if (config_dir == NULL ||
	    asprintf(&path, "%s/config", config_dir) == -1)
		return NULL;
	file = fopen(path, "re");
	free(path);
	if (file == NULL)
		return NULL;
	for (;;) {
		char *room = buf_room(&text, 4096);
		size_t size = room == NULL ? 0 : fread(room, 1, 4096, file);

		if (size == 0)
			break;
		buf_grew(&text, size);
	}
	(void)fclose(file);
	return place_find_name(buf_str(&text), name);
}

/* "name" of "name:path"; empty: it is none. */
static struct str
short_name(const char *text)
{
	size_t size = strcspn(text, ":/");

	if (is_url(text) || text[size] != ':')
		return str_make("", 0);
	return str_make(text, size);
}

bool
place_is_remote(const char *config_dir, const char *text)
{
	struct str name = short_name(text);
	char *url;

	if (is_url(text))
		return true;
	if (name.len == 0)
		return false;
	url = look_up(config_dir, name);
	free(url);
	return url != NULL;
}

static char *
from_name(const struct client *client, const char *text)
{
	OWNED(buf_done) struct buf url;
	struct str name = short_name(text);
	struct str path = str_of(text + name.len + 1);
	char *base = look_up(client->config_dir, name);

	buf_init(&url, URL_SIZE_MAX);
	if (base == NULL)
		return NULL;
	buf_add_text(&url, base);
	while (path.len > 0 && path.data[0] == '/')
		path = str_from(path, 1);
	if (path.len > 0 && url.len > 0 && url.data[url.len - 1] != '/')
		buf_add_char(&url, '/');
	uri_path_encode(&url, path);
	free(base);
	return url.err == ERR_NONE ? strndup(url.data, url.len) : NULL;
}

static char *
refuse(struct client *client, const char *text)
{
	show_error(&client->show, text,
	    "this is no URL: http://..., https://..., or a NAME: of the "
	    "configuration");
	return NULL;
}

/* A percent sign that encodes nothing is one. */
static char *
encode_percent(const char *text)
{
	OWNED(buf_done) struct buf url;

	buf_init(&url, URL_SIZE_MAX);
	for (const char *at = text; *at != '\0'; at++) {
		buf_add_char(&url, *at);
		if (*at == '%' && (!isxdigit((unsigned char)at[1]) ||
		                      !isxdigit((unsigned char)at[2])))
			buf_add_text(&url, "25");
	}
	return url.err == ERR_NONE ? strndup(buf_str(&url).data, url.len)
	                           : NULL;
}

char *
place_url(struct client *client, const char *text, const char *base)
{
	OWNED(buf_done) struct buf user;
	OWNED(client_freep) char *encoded = encode_percent(text);
	char *whole = NULL;
	char *url;

	buf_init(&user, URL_SIZE_MAX);
	if (encoded == NULL)
		return refuse(client, text);
	if (is_url(text))
		whole = strdup(encoded);
	else if (text[0] == '/' && base != NULL)
		whole = link_resolve(base, str_of(encoded));
	else if (short_name(text).len > 0)
		whole = from_name(client, text);
	url = whole == NULL ? NULL : link_strip_user(whole, &user);
	free(whole);
	if (url == NULL)
		return refuse(client, text);
	if (user.len > 0) {
		free(client->user);
		client->user = strndup(user.data, user.len);
	}
	return url;
}

bool
place_newer(const char *text, int64_t *out_wall_s)
{
	struct stat stat_of_it;
	int64_t ms;

	if (units_duration(str_of(text), &ms) == ERR_NONE) {
		*out_wall_s = (int64_t)time(NULL) - ms / 1000;
		return true;
	}
	if (stat(text, &stat_of_it) == -1)
		return false;
	*out_wall_s = (int64_t)stat_of_it.st_mtim.tv_sec;
	return true;
}

static bool
append(struct place_list *list, const char *url)
{
	char **more = realloc(list->urls, (list->count + 1) * sizeof(*more));
	char *copy = strdup(url);

	if (more != NULL)
		list->urls = more;
	if (more == NULL || copy == NULL) {
		free(copy);
		return false;
	}
	list->urls[list->count++] = copy;
	return true;
}

void
place_list_done(struct place_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->urls[i]);
	free(list->urls);
	*list = (struct place_list){ .urls = NULL };
}

struct matching {
	struct place_list *list;
	const char *pattern;
	const char *base;
	bool is_lost;
};

static bool
take_match(void *context, const struct tarry_member *member)
{
	struct matching *matching = context;

	if (link_covers(matching->base, member->url, false) &&
	    link_covers(member->url, matching->base, false))
		return true; /* the folder itself */
	if (fnmatch(matching->pattern, member->name, FNM_PERIOD) != 0)
		return true;
	matching->is_lost = !append(matching->list, member->url);
	return !matching->is_lost;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
expand_pattern(struct client *client, const char *url, const char *pattern,
    struct place_list *list)
{
	char *base = link_parent(url);
	struct matching matching = { list, pattern, base, false };
	struct tarry_listing listing = { .depth = TARRY_DEPTH_1,
		.member = take_match,
		.context = &matching };
	enum tarry_outcome outcome = TARRY_FAILED;

	if (base != NULL)
		outcome = tarry_list(client->tarry, base, &listing);
	if (outcome == TARRY_DONE && matching.is_lost)
		outcome = TARRY_FAILED;
	if (outcome != TARRY_DONE)
		(void)client_note_last(client, client->tarry, outcome, url);
	else if (list->count == 0)
		(void)client_note(
		    client, TARRY_ABSENT, url, "nothing fits this pattern");
	if (list->count > 0)
		qsort(list->urls, list->count, sizeof(*list->urls), compare);
	free(base);
	return list->count > 0;
}

/* False: it was noted. */
static bool
take_literally(
    struct client *client, const char *text, struct place_list *out_list)
{
	char *url = place_url(client, text, NULL);
	bool is_taken;

	*out_list = (struct place_list){ .urls = NULL };
	if (url == NULL) {
		(void)client_note(client, TARRY_USAGE, NULL, NULL);
		return false;
	}
	is_taken = append(out_list, url);
	if (!is_taken)
		(void)client_note(client, TARRY_FAILED, url, "out of memory");
	free(url);
	return is_taken;
}

/* The last segment, decoded, if it is a pattern.  NULL: it is none. */
static char *
pattern_of(const char *text, const char *url)
{
	OWNED(buf_done) struct buf name;

	buf_init(&name, URL_SIZE_MAX);
	link_add_name(&name, url);
	buf_add_char(&name, '\0');
	if (name.err != ERR_NONE || strpbrk(text, "*[") == NULL ||
	    strpbrk(name.data, "*[?") == NULL || text[strlen(text) - 1] == '/')
		return NULL;
	return strdup(name.data);
}

bool
place_expand(
    struct client *client, const char *text, struct place_list *out_list)
{
	struct place_list literal;
	char *pattern;
	bool is_found;

	if (!take_literally(client, text, &literal))
		return false;
	*out_list = literal;
	pattern = pattern_of(text, literal.urls[0]);
	if (pattern == NULL)
		return true;
	*out_list = (struct place_list){ .urls = NULL };
	is_found = expand_pattern(client, literal.urls[0], pattern, out_list);
	place_list_done(&literal);
	free(pattern);
	return is_found;
}

enum tarry_outcome
place_each(struct client *client, int count, char **operands,
    const struct place_visit *visit)
{
	for (int i = 0; i < count && !client_is_interrupted(client); i++) {
		struct place_list list;

		if (!(visit->is_literal ? take_literally : place_expand)(
		        client, operands[i], &list))
			continue;
		for (size_t j = 0;
		     j < list.count && !client_is_interrupted(client); j++)
			visit->one(client, list.urls[j], visit->context);
		place_list_done(&list);
	}
	return client_outcome(client);
}

bool
place_is_collection(struct client *client, const char *url)
{
	struct tarry_member member;
	char *folder = link_as_collection(url);
	bool is_one;

	if (folder == NULL)
		return false;
	is_one = tarry_look(client->tarry, folder, &member) == TARRY_DONE &&
	         member.is_collection;
	if (!is_one && !client_is_interrupted(client))
		is_one =
		    tarry_look(client->tarry, url, &member) == TARRY_DONE &&
		    member.is_collection;
	free(folder);
	return is_one;
}
