/*
 * store_tool.c - see store_tool.h.
 */
#include "store_tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_SIZE = 8192, WORD_COUNT_MAX = 512 };

/* Words that come in any order, and go out sorted. */
struct words {
	char *words[WORD_COUNT_MAX];
	size_t count;
};

struct store *
store_tool_of(void **state)
{
	return ((struct store_rig *)*state)->store;
}

enum err
store_tool_try_put(struct store *store, const char *path, const char *text)
{
	const struct upload_options options = { .has_modified = false };
	struct resource resource;
	struct upload *upload;
	bool is_created;
	enum err err;

	err = store->ops->upload(store, str_of(path), &upload);
	if (err != ERR_NONE)
		return err;
	err = store->ops->upload_write(upload, str_of(text));
	if (err == ERR_NONE)
		err = store->ops->upload_commit(
		    upload, &options, &is_created, &resource);
	store->ops->upload_free(upload);
	return err;
}

void
store_tool_put(struct store *store, const char *path, const char *text)
{
	assert_int_equal(store_tool_try_put(store, path, text), ERR_NONE);
}

const char *
store_tool_get(struct store *store, const char *path)
{
	static char text[TEXT_SIZE];
	struct resource resource;
	ssize_t size;
	int fd;
	enum err err;

	err = store->ops->open(store, str_of(path), &fd, &resource);
	if (err == ERR_COLLECTION)
		return "(collection)";
	if (err == ERR_ABSENT)
		return "(absent)";
	assert_int_equal(err, ERR_NONE);
	size = read(fd, text, sizeof(text) - 1);
	assert_true(size >= 0);
	assert_int_equal(size, resource.size);
	text[size] = '\0';
	(void)close(fd);
	return text;
}

enum err
store_tool_look_err(struct store *store, const char *path)
{
	struct resource resource;

	return store->ops->look(store, str_of(path), &resource);
}

struct resource
store_tool_look(struct store *store, const char *path)
{
	struct resource resource;

	assert_int_equal(
	    store->ops->look(store, str_of(path), &resource), ERR_NONE);
	return resource;
}

void
store_tool_mkcol(struct store *store, const char *path)
{
	assert_int_equal(
	    store->ops->make_collection(store, str_of(path)), ERR_NONE);
}

enum err
store_tool_remove(struct store *store, const char *path)
{
	return store->ops->remove(store, str_of(path), NULL);
}

enum err
store_tool_copy(
    struct store *store, const char *source, const char *destination)
{
	const struct copy_options options = {
		.source = str_of(source),
		.destination = str_of(destination),
	};
	bool is_created;

	return store->ops->copy(store, &options, NULL, &is_created);
}

enum err
store_tool_move(
    struct store *store, const char *source, const char *destination)
{
	bool is_created;

	return store->ops->move(
	    store, str_of(source), str_of(destination), NULL, &is_created);
}

void
store_tool_plant(struct store *store)
{
	store_tool_put(store, "/f", "file");
	store_tool_mkcol(store, "/c");
	store_tool_put(store, "/c/a", "in c");
	store_tool_mkcol(store, "/c/d");
	store_tool_put(store, "/c/d/b", "in d");
	store_tool_mkcol(store, "/old");
	store_tool_put(store, "/old/rest", "must go");
	store_tool_put(store, "/oldfile", "must go");
}

static void
add_word(struct words *words, struct str a, const char *between, struct str b)
{
	size_t size = a.len + strlen(between) + b.len + 2;
	char *word = malloc(size);

	assert_non_null(word);
	assert_true(words->count < WORD_COUNT_MAX);
	(void)snprintf(word, size, "%.*s%s%.*s ", STR_ARG(a), between,
	    (int)b.len, b.len == 0 ? "" : b.data);
	words->words[words->count++] = word;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
join(struct words *words, char text[TEXT_SIZE])
{
	size_t len = 0;

	qsort(words->words, words->count, sizeof(words->words[0]), compare);
	text[0] = '\0';
	for (size_t i = 0; i < words->count; i++) {
		assert_true(len + strlen(words->words[i]) < TEXT_SIZE);
		len += (size_t)snprintf(
		    text + len, TEXT_SIZE - len, "%s", words->words[i]);
		free(words->words[i]);
	}
}

const char *
store_tool_list(struct store *store, const char *path)
{
	static char text[TEXT_SIZE];
	struct words words = { .count = 0 };
	struct lister_entry entry;
	struct lister *lister;
	enum err err;

	assert_int_equal(
	    store->ops->list(store, str_of(path), &lister), ERR_NONE);
	while ((err = store->ops->list_next(lister, &entry)) == ERR_NONE) {
		char mark[3] = "";

		if (entry.err != ERR_NONE)
			mark[0] = '!';
		else if (entry.resource.is_collection)
			mark[0] = '/';
		if (entry.err == ERR_NONE && entry.resource.has_props)
			mark[strlen(mark)] = '*';
		add_word(&words, entry.name, mark, str_of(""));
	}
	assert_int_equal(err, ERR_ABSENT);
	store->ops->list_free(lister);
	join(&words, text);
	return text;
}

enum err
store_tool_try_set(
    struct store *store, const char *path, const char *name, const char *xml)
{
	const struct prop_change change = {
		.prop = { .space = str_of(""),
		    .name = str_of(name),
		    .xml = str_of(xml) },
		.is_removed = xml == NULL,
	};

	return store->ops->props_change(store, str_of(path), &change, 1);
}

void
store_tool_set(
    struct store *store, const char *path, const char *name, const char *xml)
{
	assert_int_equal(store_tool_try_set(store, path, name, xml), ERR_NONE);
}

static enum err
see_prop(void *context, const struct prop *prop)
{
	add_word(context, prop->name, "=", prop->xml);
	return ERR_NONE;
}

const char *
store_tool_props(struct store *store, const char *path)
{
	static char text[TEXT_SIZE];
	struct words words = { .count = 0 };

	assert_int_equal(
	    store->ops->props(store, str_of(path), see_prop, &words), ERR_NONE);
	join(&words, text);
	return text;
}

void
store_tool_lock(struct store *store, const char *token, const char *path)
{
	const struct lock_record record = {
		.token = str_of(token),
		.path = str_of(path),
		.owner = str_of("<o/>"),
		.principal = str_of("me"),
		.is_infinite = true,
		.expires_s = 5000000000,
		.timeout_s = 600,
	};

	assert_int_equal(store->ops->lock_save(store, &record), ERR_NONE);
}

static enum err
see_lock(void *context, const struct lock_record *record)
{
	assert_true(str_is(record->owner, "<o/>"));
	assert_true(str_is(record->principal, "me"));
	assert_true(record->is_infinite);
	assert_false(record->is_shared);
	assert_true(record->expires_s == 5000000000);
	assert_int_equal(record->timeout_s, 600);
	add_word(context, record->token, "@", record->path);
	return ERR_NONE;
}

const char *
store_tool_locks(struct store *store)
{
	static char text[TEXT_SIZE];
	struct words words = { .count = 0 };

	assert_int_equal(store->ops->locks(store, see_lock, &words), ERR_NONE);
	join(&words, text);
	return text;
}
