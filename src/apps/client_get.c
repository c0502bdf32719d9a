/*
 * client_get.c - tarry get and tarry cat: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/client.h"
#include "apps/client_download.h"
#include "apps/client_place.h"
#include "apps/client_transfer.h"
#include "apps/client_walk.h"
#include "base/own.h"
#include "client/link.h"

enum { JOB_COUNT = 4, NAME_TEXT_SIZE_MAX = 64 * 1024 };

struct values {
	struct client_values common;
	bool is_recursive;
	bool no_overwrite;
	bool is_newer;
	bool is_dry;
	struct option_texts excluded;
	uint64_t job_count;
};

#define VALUE(member) offsetof(struct values, member)

/* name, kind, value, choices, argument, help */
static const struct option get_options[] = {
	{ "recursive|r", OPTION_FLAG, VALUE(is_recursive), NULL, NULL,
	    "collections, too, with all that is in them" },
	{ "jobs|j", OPTION_COUNT, VALUE(job_count), NULL, "N",
	    "so many files at a time (4)" },
	{ "no-overwrite|n", OPTION_FLAG, VALUE(no_overwrite), NULL, NULL,
	    "leave files that are there already" },
	{ "newer", OPTION_FLAG, VALUE(is_newer), NULL, NULL,
	    "only what is newer than the file that is there" },
	{ "exclude", OPTION_TEXTS, VALUE(excluded), NULL, "PATTERN",
	    "not what is called so; may be repeated" },
	{ "dry-run", OPTION_FLAG, VALUE(is_dry), NULL, NULL,
	    "say what would be done" },
	{ .name = NULL },
};

/* One tree, or one file, that is being fetched. */
struct getting {
	struct client *client;
	const struct values *values;
	struct transfer *transfer;
	const char *base; /* the URL of the tree */
	const char *to;   /* the local folder for it */
};

static void
heap_freep(char **text)
{
	free(*text);
}

static enum tarry_outcome
get_one(void *context, struct tarry *tarry, const struct transfer_job *job)
{
	struct client *client = context;
	const struct download download = { job->url, job->path,
		job->modified_s };
	const char *message;
	enum tarry_outcome outcome;

	show_note(&client->show, false, "%s -> %s", job->url, job->path);
	outcome = download_run(client, tarry, &download, &message);
	if (message != NULL)
		(void)show_error(&client->show, job->path, message);
	return outcome;
}

static bool
is_excluded(const struct option_texts *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (fnmatch(patterns->items[i], name, 0) == 0)
			return true;
	return false;
}

static bool
is_unwanted(const struct values *values, const char *path, int64_t modified_s)
{
	struct stat there;

	if (!values->no_overwrite && !values->is_newer)
		return false;
	if (lstat(path, &there) == -1)
		return false;
	return values->no_overwrite ||
	       (modified_s != 0 && modified_s <= there.st_mtim.tv_sec);
}

static void
add_file(struct getting *getting, char *url, char *path, int64_t size,
    int64_t modified_s)
{
	const struct values *values = getting->values;
	const struct transfer_job job = {
		.url = url, .path = path, .size = size, .modified_s = modified_s
	};

	if (is_unwanted(values, path, modified_s))
		return;
	if (values->is_dry)
		show_note(&getting->client->show, true, "get %s %s", url, path);
	else
		transfer_add(getting->transfer, &job);
}

static bool
make_folder(struct getting *getting, const char *path)
{
	if (getting->values->is_dry || mkdir(path, 0777) == 0 ||
	    errno == EEXIST)
		return true;
	(void)client_note(getting->client, TARRY_FAILED, path, strerror(errno));
	return false;
}

static void
take_folder(void *context, const char *path, const struct walk_member *members,
    size_t count)
{
	struct getting *getting = context;
	OWNED(heap_freep) char *folder = NULL;

	if (asprintf(&folder, "%s/%s", getting->to, path) == -1) {
		folder = NULL;
		return;
	}
	if (!make_folder(getting, folder))
		return;
	for (size_t i = 0; i < count; i++) {
		OWNED(heap_freep) char *url = NULL;
		OWNED(heap_freep) char *local = NULL;
		OWNED(buf_done) struct buf relative;

		buf_init(&relative, NAME_TEXT_SIZE_MAX);
		if (members[i].is_collection ||
		    is_excluded(&getting->values->excluded, members[i].name))
			continue;
		buf_add_text(&relative, path);
		buf_add_text(&relative, members[i].name);
		url = link_join(getting->base, buf_str(&relative), false);
		if (asprintf(&local, "%s%s", folder, members[i].name) == -1)
			local = NULL;
		if (url != NULL && local != NULL)
			add_file(getting, url, local, members[i].size,
			    members[i].modified_s);
	}
}

static bool
enters(void *context, const char *path, const struct walk_member *member)
{
	const struct getting *getting = context;

	(void)path;
	return !is_excluded(&getting->values->excluded, member->name);
}

static char *
local_name(const char *to, bool is_folder, const char *url)
{
	struct buf name;
	char *path = NULL;

	if (!is_folder)
		return strdup(to);
	buf_init(&name, NAME_TEXT_SIZE_MAX);
	link_add_name(&name, url);
	if (name.err == ERR_NONE && name.len > 0 &&
	    !str_has(buf_str(&name), '/') && !str_has(buf_str(&name), '\0') &&
	    !str_is(buf_str(&name), ".") && !str_is(buf_str(&name), "..") &&
	    asprintf(&path, "%s/%.*s", to, STR_ARG(buf_str(&name))) == -1)
		path = NULL;
	else if (name.len == 0)
		path = strdup(to); /* the root of a server */
	buf_done(&name);
	return path;
}

static enum tarry_outcome
get_url(
    struct getting *getting, const char *url, const char *to, bool is_folder)
{
	struct client *client = getting->client;
	OWNED(heap_freep) char *path = local_name(to, is_folder, url);
	OWNED(heap_freep) char *file = link_as_file(url);
	struct walk walk = { .client = client,
		.is_recursive = true,
		.context = getting,
		.folder = take_folder,
		.enter = enters };
	struct tarry_member member;
	enum tarry_outcome outcome = tarry_look(client->tarry, url, &member);

	if (path == NULL || file == NULL)
		return client_note(client, TARRY_USAGE, url,
		    "it has no name that a file could have");
	/* What knows no PROPFIND may give the file all the same. */
	if (outcome == TARRY_REFUSED)
		member = (struct tarry_member){ .size = -1 };
	else if (outcome != TARRY_DONE)
		return client_note_last(client, client->tarry, outcome, url);
	if (!member.is_collection) {
		add_file(getting, file, path, member.size, member.modified_s);
		return TARRY_DONE;
	}
	if (!getting->values->is_recursive)
		return client_note(
		    client, TARRY_REFUSED, url, "it is a collection: say -r");
	getting->base = url;
	getting->to = path;
	outcome = walk_run(&walk, client->tarry, url);
	if (outcome == TARRY_DONE)
		(void)client_note(client, TARRY_DONE, url, NULL);
	return outcome;
}

static bool
is_local_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static enum tarry_outcome
get_all(struct client *client, int count, char **operands, void *data)
{
	const struct values *values = data;
	struct transfer transfer = {
		.client = client, .context = client, .one = get_one
	};
	struct getting getting = {
		.client = client, .values = values, .transfer = &transfer
	};
	const char *to = ".";

	if (count > 1 && !place_is_remote(client, operands[count - 1]))
		to = operands[--count];
	if (count > 1 && !is_local_folder(to))
		return client_note(client, TARRY_USAGE, to,
		    "many can only go into a directory, and it is none");
	if (!transfer_init(&transfer,
	        values->job_count == 0 ? JOB_COUNT : values->job_count))
		return client_note(client, TARRY_FAILED, NULL, "no thread");
	for (int i = 0; i < count; i++) {
		struct place_list list;

		if (!place_expand(client, operands[i], &list))
			continue;
		for (size_t j = 0;
		     j < list.count && !client_is_interrupted(client); j++)
			(void)get_url(
			    &getting, list.urls[j], to, is_local_folder(to));
		place_list_done(&list);
	}
	transfer_finish(&transfer);
	return client_outcome(client);
}

static bool
print(void *context, const void *data, size_t size)
{
	(void)context;
	return fwrite(data, 1, size, stdout) == size;
}

static enum tarry_outcome
cat_all(struct client *client, int count, char **operands, void *data)
{
	const struct tarry_sink sink = { .write = print };

	(void)data;
	if (isatty(STDOUT_FILENO) == 1)
		client->show.is_quiet = true;
	for (int i = 0; i < count; i++) {
		struct place_list list;

		if (!place_expand(client, operands[i], &list))
			continue;
		for (size_t j = 0;
		     j < list.count && !client_is_interrupted(client); j++)
			(void)client_note_last(client, client->tarry,
			    tarry_get(
			        client->tarry, list.urls[j], 0, NULL, &sink),
			    list.urls[j]);
		place_list_done(&list);
	}
	return client_outcome(client);
}

const struct client_command client_get = {
	.name = "get",
	.operands = "URL... [FILE|DIR]",
	.summary = "fetch files and trees",
	.text = "Fetches files and, with -r, trees, into DIR or this "
	        "directory.\nA file comes as NAME.part, is continued after "
	        "an interruption if the server\nstill has that version, and "
	        "gets its name when it is whole.  Its time is kept.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.options = get_options,
	.values_size = sizeof(struct values),
	.run = get_all,
};

const struct client_command client_cat = {
	.name = "cat",
	.operands = "URL...",
	.summary = "print files",
	.text = "Writes files to standard output, one after the other.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.values_size = sizeof(struct values),
	.run = cat_all,
};
