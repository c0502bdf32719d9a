/*
 * client_put.c - tarry put: see client_commands.h.
 */
#include "apps/client_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/client.h"
#include "apps/client_place.h"
#include "apps/client_transfer.h"
#include "base/own.h"
#include "client/link.h"

struct putting {
	struct client *client;
	const struct transfer_values *values;
	struct transfer *transfer;
};

struct leaving {
	struct client *client;
	int fd;
	int failure;       /* an errno; 0: none */
	uint64_t at;       /* what the display was told of */
	char version[128]; /* of the file: another file, or another time */
};

static ptrdiff_t
give(void *context, void *data, size_t size)
{
	struct leaving *leaving = context;
	ssize_t given = read(leaving->fd, data, size);

	if (given == -1) {
		leaving->failure = errno;
		return given;
	}
	leaving->at += (uint64_t)given;
	atomic_fetch_add(
	    &leaving->client->show.bytes_done, (unsigned long long)given);
	return given;
}

static bool
give_from(void *context, uint64_t offset)
{
	struct leaving *leaving = context;

	/* Backwards, too: the counter wraps as it should. */
	atomic_fetch_add(
	    &leaving->client->show.bytes_done, offset - leaving->at);
	leaving->at = offset;
	return lseek(leaving->fd, (off_t)offset, SEEK_SET) == (off_t)offset;
}

static bool
give_again(void *context)
{
	return give_from(context, 0);
}

/* What is there is as new, and as large. */
static bool
is_up_to_date(struct tarry *tarry, const char *url, const struct stat *local)
{
	struct tarry_member member;

	return tarry_look(tarry, url, &member) == TARRY_DONE &&
	       member.size == local->st_size &&
	       member.modified_s >= local->st_mtim.tv_sec;
}

static enum tarry_outcome
put_file(const struct putting *putting, struct tarry *tarry,
    const struct transfer_job *job, struct leaving *leaving)
{
	const struct transfer_values *values = putting->values;
	struct tarry_source source = {
		.read = give,
		.rewind = give_again,
		.seek = give_from,
		.version = leaving->version,
		.context = leaving,
		.size = -1,
		.no_overwrite = values->no_overwrite,
	};
	struct stat before;
	struct stat after;
	enum tarry_outcome outcome;

	if (fstat(leaving->fd, &before) == -1) {
		leaving->failure = errno;
		return TARRY_FAILED;
	}
	(void)snprintf(leaving->version, sizeof(leaving->version),
	    "%ju:%ju:%jd:%jd.%09ld", (uintmax_t)before.st_dev,
	    (uintmax_t)before.st_ino, (intmax_t)before.st_size,
	    (intmax_t)before.st_mtim.tv_sec, before.st_mtim.tv_nsec);
	if (S_ISREG(before.st_mode)) {
		source.size = before.st_size;
		source.modified_s = before.st_mtim.tv_sec;
	} else {
		source.rewind = NULL;
		source.seek = NULL;
	}
	if (values->is_newer && is_up_to_date(tarry, job->url, &before))
		return TARRY_DONE;
	show_note(
	    &putting->client->show, false, "%s -> %s", job->path, job->url);
	outcome = tarry_put(tarry, job->url, &source);
	if (outcome == TARRY_DONE && S_ISREG(before.st_mode) &&
	    fstat(leaving->fd, &after) == 0 &&
	    (after.st_size != before.st_size ||
	        after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
	        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)) {
		show_error(&putting->client->show, job->path,
		    "it was changed while it was read");
		return TARRY_FAILED;
	}
	return outcome;
}

static enum tarry_outcome
put_one(void *context, struct tarry *tarry, const struct transfer_job *job)
{
	const struct putting *putting = context;
	struct leaving leaving = { .client = putting->client };
	enum tarry_outcome outcome = TARRY_FAILED;

	leaving.fd = strcmp(job->path, "-") == 0
	                 ? dup(STDIN_FILENO)
	                 : open(job->path, O_RDONLY | O_CLOEXEC);
	if (leaving.fd == -1) {
		leaving.failure = errno;
	} else {
		outcome = put_file(putting, tarry, job, &leaving);
		(void)close(leaving.fd);
	}
	if (leaving.failure != 0)
		show_error(&putting->client->show, job->path,
		    strerror(leaving.failure));
	return outcome;
}

static void
add_file(struct putting *putting, char *path, char *url, int64_t size)
{
	const struct transfer_job job = {
		.url = url, .path = path, .size = size
	};

	if (putting->values->is_dry)
		show_note(&putting->client->show, true, "put %s %s", path, url);
	else
		transfer_add(putting->transfer, &job);
}

/* A collection for a directory; false: nothing can go into it. */
static bool
make_folder(struct putting *putting, const char *url)
{
	struct client *client = putting->client;
	enum tarry_outcome outcome;

	if (putting->values->is_dry) {
		show_note(&client->show, true, "mkdir %s", url);
		return true;
	}
	outcome = tarry_mkdir(client->tarry, url);
	if (outcome == TARRY_DONE ||
	    (outcome == TARRY_REFUSED && tarry_status(client->tarry) == 405))
		return true;
	(void)client_note_last(client, client->tarry, outcome, url);
	return false;
}

/* The URL of what is below the top, at "top/a/b". */
static char *
url_below(
    const char *base, const FTSENT *entry, size_t top_size, bool is_collection)
{
	const char *path = entry->fts_path + top_size;

	while (*path == '/')
		path++;
	if (*path == '\0')
		return link_as_collection(base);
	return link_join(base, str_of(path), is_collection);
}

static enum tarry_outcome
put_tree(struct putting *putting, char *path, const char *base)
{
	char *const tops[] = { path, NULL };
	FTS *tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t top_size = strlen(path);
	FTSENT *entry;

	if (tree == NULL)
		return client_note(
		    putting->client, TARRY_FAILED, path, strerror(errno));
	while ((entry = fts_read(tree)) != NULL) {
		OWNED(client_freep) char *url = NULL;
		bool is_folder = entry->fts_info == FTS_D;

		if (client_is_interrupted(putting->client))
			break;
		if (entry->fts_info == FTS_DP)
			continue;
		if (entry->fts_level > 0 &&
		    transfer_excludes(putting->values, entry->fts_name)) {
			(void)fts_set(tree, entry, FTS_SKIP);
			continue;
		}
		if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
		    entry->fts_info == FTS_NS)
			(void)client_note(putting->client, TARRY_FAILED,
			    entry->fts_path, strerror(entry->fts_errno));
		if (!is_folder && entry->fts_info != FTS_F)
			continue; /* neither links nor devices */
		url = url_below(base, entry, top_size, is_folder);
		if (url == NULL)
			continue;
		if (!is_folder)
			add_file(putting, entry->fts_path, url,
			    entry->fts_statp->st_size);
		else if (!make_folder(putting, url))
			(void)fts_set(tree, entry, FTS_SKIP);
	}
	(void)fts_close(tree);
	return client_note(putting->client, TARRY_DONE, path, NULL);
}

static char *
aim(const char *to, bool is_folder, const char *path, bool is_tree)
{
	struct str name = str_of(path);
	size_t start;

	while (name.len > 1 && name.data[name.len - 1] == '/')
		name.len--;
	start = name.len;
	while (start > 0 && name.data[start - 1] != '/')
		start--;
	name = str_from(name, start);
	if (!is_folder)
		return is_tree ? link_as_collection(to) : strdup(to);
	if (str_is(name, ".") || str_is(name, "..") || name.len == 0)
		return is_tree ? link_as_collection(to) : NULL;
	return link_join(to, name, is_tree);
}

static void
put_path(struct putting *putting, char *path, const char *to, bool is_folder)
{
	struct client *client = putting->client;
	struct stat found = { .st_mode = S_IFIFO };
	OWNED(client_freep) char *url = NULL;
	bool is_tree;

	if (strcmp(path, "-") != 0 && stat(path, &found) == -1) {
		(void)client_note(client,
		    errno == ENOENT ? TARRY_ABSENT : TARRY_FAILED, path,
		    strerror(errno));
		return;
	}
	is_tree = S_ISDIR(found.st_mode);
	if (is_tree && !putting->values->is_recursive) {
		(void)client_note(
		    client, TARRY_USAGE, path, "it is a directory: say -r");
		return;
	}
	url = strcmp(path, "-") == 0 && is_folder
	          ? NULL
	          : aim(to, is_folder, path, is_tree);
	if (url == NULL)
		(void)client_note(
		    client, TARRY_USAGE, path, "what should it be called?");
	else if (is_tree)
		(void)put_tree(putting, path, url);
	else
		add_file(putting, path, url,
		    S_ISREG(found.st_mode) ? found.st_size : -1);
}

static enum tarry_outcome
put_all(struct client *client, int count, char **operands, void *data)
{
	const struct transfer_values *values = data;
	struct transfer transfer = { .client = client, .one = put_one };
	struct putting putting = { client, values, &transfer };
	char *to = place_url(client, operands[count - 1], NULL);
	bool is_folder;

	if (to == NULL)
		return TARRY_USAGE;
	is_folder =
	    to[strlen(to) - 1] == '/' || place_is_collection(client, to);
	if (!is_folder && count > 2) {
		free(to);
		return client_note(client, TARRY_USAGE, operands[count - 1],
		    "many can only go into a collection, and it is none");
	}
	transfer.context = &putting;
	if (!transfer_init(&transfer, values)) {
		free(to);
		return client_note(client, TARRY_FAILED, NULL, "no thread");
	}
	for (int i = 0; i < count - 1 && !client_is_interrupted(client); i++)
		put_path(&putting, operands[i], to, is_folder);
	transfer_finish(&transfer);
	free(to);
	return client_outcome(client);
}

const struct client_command client_put = {
	.name = "put",
	.operands = "FILE... URL",
	.summary = "store files and trees",
	.text = "Stores files and, with -r, directories, on a server: into "
	        "URL, if it is a\ncollection, or ends in a slash.  - is "
	        "standard input.  Afterwards the size\nthat the server has "
	        "is compared.  The time of each file is kept.",
	.operand_count_min = 2,
	.operand_count_max = -1,
	.options = transfer_options,
	.values_size = sizeof(struct transfer_values),
	.run = put_all,
};
