/*
 * client_get.c - tarry get and tarry cat: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <errno.h>
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

enum { NAME_TEXT_SIZE_MAX = 64 * 1024 };

/* One tree, or one file, that is being fetched. */
struct getting {
	struct client *client;
	const struct transfer_values *values;
	struct transfer *transfer;
	const char *base;   /* the URL of the tree */
	const char *to;     /* the local folder for it */
	const char *target; /* the last operand, or this directory */
};

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
is_unwanted(
    const struct transfer_values *values, const char *path, int64_t modified_s)
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
	const struct transfer_values *values = getting->values;
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
	OWNED(client_freep) char *folder = NULL;

	if (asprintf(&folder, "%s/%s", getting->to, path) == -1) {
		folder = NULL;
		return;
	}
	if (!make_folder(getting, folder))
		return;
	for (size_t i = 0; i < count; i++) {
		OWNED(client_freep) char *url = NULL;
		OWNED(client_freep) char *local = NULL;
		OWNED(buf_done) struct buf relative;

		buf_init(&relative, NAME_TEXT_SIZE_MAX);
		if (members[i].is_collection ||
		    transfer_excludes(getting->values, members[i].name))
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
	return !transfer_excludes(getting->values, member->name);
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

static bool
is_local_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static void
get_url(struct client *client, const char *url, void *context)
{
	struct getting *getting = context;
	OWNED(client_freep)
	char *path =
	    local_name(getting->target, is_local_folder(getting->target), url);
	OWNED(client_freep) char *file = link_as_file(url);
	struct walk walk = { .client = client,
		.is_recursive = true,
		.context = getting,
		.folder = take_folder,
		.enter = enters };
	struct tarry_member member;
	enum tarry_outcome outcome = tarry_look(client->tarry, url, &member);

	if (path == NULL || file == NULL) {
		(void)client_note(client, TARRY_USAGE, url,
		    "it has no name that a file could have");
		return;
	}
	/* What knows no PROPFIND may give the file all the same. */
	if (outcome == TARRY_REFUSED) {
		member = (struct tarry_member){ .size = -1 };
	} else if (outcome != TARRY_DONE) {
		(void)client_note_last(client, client->tarry, outcome, url);
		return;
	}
	if (!member.is_collection) {
		add_file(getting, file, path, member.size, member.modified_s);
		return;
	}
	if (!getting->values->is_recursive) {
		(void)client_note(
		    client, TARRY_REFUSED, url, "it is a collection: say -r");
		return;
	}
	getting->base = url;
	getting->to = path;
	outcome = walk_run(&walk, client->tarry, url);
	if (outcome == TARRY_DONE)
		(void)client_note(client, TARRY_DONE, url, NULL);
}

static enum tarry_outcome
get_all(struct client *client, int count, char **operands, void *data)
{
	const struct transfer_values *values = data;
	struct transfer transfer = {
		.client = client, .context = client, .one = get_one
	};
	struct getting getting = {
		.client = client,
		.values = values,
		.transfer = &transfer,
		.target = ".",
	};
	const struct place_visit visit = { get_url, &getting, false };

	if (count > 1 &&
	    !place_is_remote(client->config_dir, operands[count - 1]))
		getting.target = operands[--count];
	if (strcmp(getting.target, "-") == 0)
		return client_note(client, TARRY_USAGE, getting.target,
		    "tarry cat writes to standard output; ./- is a file");
	if (count > 1 && !is_local_folder(getting.target))
		return client_note(client, TARRY_USAGE, getting.target,
		    "many can only go into a directory, and it is none");
	if (!transfer_init(&transfer, values))
		return client_note(client, TARRY_FAILED, NULL, "no thread");
	(void)place_each(client, count, operands, &visit);
	transfer_finish(&transfer);
	return client_outcome(client);
}

static bool
print(void *context, const void *data, size_t size)
{
	(void)context;
	return fwrite(data, 1, size, stdout) == size;
}

static void
cat_one(struct client *client, const char *url, void *context)
{
	const struct tarry_sink sink = { .write = print };

	(void)context;
	(void)client_note_last(client, client->tarry,
	    tarry_get(client->tarry, url, 0, NULL, &sink), url);
}

static enum tarry_outcome
cat_all(struct client *client, int count, char **operands, void *data)
{
	const struct place_visit visit = { cat_one, data, false };

	if (isatty(STDOUT_FILENO) == 1)
		client->show.is_quiet = true;
	return place_each(client, count, operands, &visit);
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
	.options = transfer_options,
	.values_size = sizeof(struct transfer_values),
	.run = get_all,
};

const struct client_command client_cat = {
	.name = "cat",
	.operands = "URL...",
	.summary = "print files",
	.text = "Writes files to standard output, one after the other.",
	.operand_count_min = 1,
	.operand_count_max = -1,
	.values_size = sizeof(struct transfer_values),
	.run = cat_all,
};
