/*
 * token_store.c - see token_store.h.
 */
#include "client/token_store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/own.h"
#include "client/folder.h"
#include "client/link.h"

static const char file_name[] = "locks";

enum err
token_store_init(struct token_store *store, const char *dir)
{
	*store = (struct token_store){ .path = NULL };
	if (dir == NULL)
		return ERR_NONE;
	store->dir = strdup(dir);
	if (store->dir == NULL ||
	    asprintf(&store->path, "%s/%s", dir, file_name) == -1) {
		store->path = NULL;
		return ERR_MEMORY;
	}
	return ERR_NONE;
}

static void
forget(struct token_store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		free(store->tokens[i].token);
		free(store->tokens[i].url);
	}
	free(store->tokens);
	store->tokens = NULL;
	store->count = 0;
}

void
token_store_done(struct token_store *store)
{
	forget(store);
	free(store->path);
	free(store->dir);
	store->path = NULL;
	store->dir = NULL;
}

static enum err
append(struct token_store *store, const struct token *token)
{
	struct token copy = *token;
	struct token *more;

	CHECK(token->token != NULL);
	CHECK(token->url != NULL);
	if (store->count == TOKEN_STORE_COUNT_MAX)
		return ERR_LIMIT;
	more = realloc(store->tokens, (store->count + 1) * sizeof(*more));
	if (more == NULL)
		return ERR_MEMORY;
	store->tokens = more;
	copy.token = strdup(token->token);
	copy.url = strdup(token->url);
	if (copy.token == NULL || copy.url == NULL) {
		free(copy.token);
		free(copy.url);
		return ERR_MEMORY;
	}
	store->tokens[store->count++] = copy;
	return ERR_NONE;
}

static void
drop(struct token_store *store, const char *token)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->count; i++) {
		if (strcmp(store->tokens[i].token, token) == 0) {
			free(store->tokens[i].token);
			free(store->tokens[i].url);
		} else {
			store->tokens[kept++] = store->tokens[i];
		}
	}
	store->count = kept;
}

/* "TOKEN 0|infinity ENDS URL".  What cannot be read is passed over. */
static enum err
take_line(struct token_store *store, struct str line, int64_t wall_s)
{
	struct str token = str_cut(&line, ' ');
	struct str depth = str_cut(&line, ' ');
	struct str ends = str_cut(&line, ' ');
	struct token one = { .is_infinite = str_is(depth, "infinity") };
	uint64_t ends_s;
	enum err err;

	if (token.len == 0 || line.len == 0 ||
	    str_to_u64(ends, INT64_MAX, &ends_s) != ERR_NONE)
		return ERR_NONE;
	one.ends_s = (int64_t)ends_s;
	if (one.ends_s != 0 && one.ends_s < wall_s)
		return ERR_NONE;
	one.token = strndup(token.data, token.len);
	one.url = strndup(line.data, line.len);
	err = one.token == NULL || one.url == NULL ? ERR_MEMORY
	                                           : append(store, &one);
	free(one.token);
	free(one.url);
	return err;
}

static enum err
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t size = 0;

	if (fd == -1)
		return ERR_NONE; /* there is none yet */
	do {
		char *room = buf_room(out, 4096);

		if (room == NULL)
			break;
		size = read(fd, room, 4096);
		if (size > 0)
			buf_grew(out, (size_t)size);
	} while (size > 0);
	(void)close(fd);
	return size == -1 ? ERR_SYSTEM : out->err;
}

enum err
token_store_read(struct token_store *store, int64_t wall_s)
{
	OWNED(buf_done) struct buf text;
	struct str rest;
	enum err err;

	buf_init(&text, TOKEN_STORE_SIZE_MAX);
	if (store->path == NULL)
		return ERR_NONE;
	forget(store);
	err = read_file(store->path, &text);
	rest = buf_str(&text);
	while (err == ERR_NONE && rest.len > 0)
		err = take_line(store, str_cut(&rest, '\n'), wall_s);
	return err;
}

static enum err
write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t size = write(fd, text.data, text.len);

		if (size == -1)
			return ERR_SYSTEM;
		text = str_from(text, (size_t)size);
	}
	return ERR_NONE;
}

/* A new file, private from its first moment, takes the old one's place. */
static enum err
write_file(const struct token_store *store)
{
	OWNED(buf_done) struct buf text;
	char *temporary;
	enum err err;
	int fd;

	buf_init(&text, TOKEN_STORE_SIZE_MAX);
	for (size_t i = 0; i < store->count; i++)
		buf_printf(&text, "%s %s %" PRId64 " %s\n",
		    store->tokens[i].token,
		    store->tokens[i].is_infinite ? "infinity" : "0",
		    store->tokens[i].ends_s, store->tokens[i].url);
	if (text.err != ERR_NONE)
		return text.err;
	if (asprintf(&temporary, "%s.new", store->path) == -1)
		return ERR_MEMORY;
	(void)unlink(temporary); /* of one that was killed */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd == -1 ? ERR_SYSTEM : write_all(fd, buf_str(&text));
	if (fd != -1 && close(fd) == -1)
		err = ERR_SYSTEM;
	if (err == ERR_NONE && rename(temporary, store->path) == -1)
		err = ERR_SYSTEM;
	free(temporary);
	return err;
}

/* -1: it could not be.  Closing it gives the file free. */
static int
hold_file(const struct token_store *store)
{
	char *name;
	int fd;

	folder_make(store->dir);
	if (asprintf(&name, "%s.lock", store->path) == -1)
		return -1;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	if (fd != -1 && flock(fd, LOCK_EX) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* added or removed may be NULL. */
static enum err
change(struct token_store *store, const struct token *added,
    const char *removed, int64_t wall_s)
{
	int fd = -1;
	enum err err = ERR_NONE;

	if (store->path != NULL) {
		fd = hold_file(store);
		if (fd == -1)
			return ERR_SYSTEM;
		err = token_store_read(store, wall_s);
	}
	if (removed != NULL)
		drop(store, removed);
	if (err == ERR_NONE && added != NULL)
		err = append(store, added);
	if (err == ERR_NONE && store->path != NULL)
		err = write_file(store);
	if (fd != -1)
		(void)close(fd);
	return err;
}

enum err
token_store_add(
    struct token_store *store, const struct token *token, int64_t wall_s)
{
	return change(store, token, token->token, wall_s);
}

enum err
token_store_remove(struct token_store *store, const char *token, int64_t wall_s)
{
	return change(store, NULL, token, wall_s);
}

const struct token *
token_store_find(const struct token_store *store, const char *url)
{
	for (size_t i = 0; i < store->count; i++)
		if (link_covers(store->tokens[i].url, url, false))
			return &store->tokens[i];
	for (size_t i = 0; i < store->count; i++)
		if (link_covers(store->tokens[i].url, url,
		        store->tokens[i].is_infinite))
			return &store->tokens[i];
	return NULL;
}

/* Also the parent's: what adds or removes a member changes it. */
static bool
matters(const struct token *token, const char *url, const char *parent)
{
	return link_covers(token->url, url, token->is_infinite) ||
	       link_covers(url, token->url, true) ||
	       (parent != NULL && link_covers(token->url, parent, false));
}

void
token_store_submit(
    const struct token_store *store, const char *url, struct buf *out)
{
	char *parent;

	if (store->count == 0)
		return;
	parent = link_parent(url);
	for (size_t i = 0; i < store->count; i++) {
		const struct token *token = &store->tokens[i];

		if (!matters(token, url, parent))
			continue;
		buf_printf(out, "%s<%s> (<%s>) (Not <DAV:no-lock>)",
		    out->len == 0 ? "" : " ", token->url, token->token);
	}
	free(parent);
}
