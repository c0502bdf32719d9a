/*
 * client_walk.c - see client_walk.h.
 */
#include "apps/client_walk.h"

#include <stdlib.h>
#include <string.h>

#include "apps/client.h"
#include "client/link.h"

enum { PART_SIZE_MAX = 256 * 1024 * 1024 };

/* A folder that is still to be listed; the last one comes first. */
struct pending {
	char *url;
	char *path;
	struct pending *next;
};

struct part {
	struct walk *walk;
	const char *url; /* of the folder */
	const char *path;
	struct arena arena;
	struct walk_member *members;
	size_t count;
	size_t capacity;
	struct pending *pending; /* folders found in this one */
	bool is_lost;
};

static bool
push(struct pending **list, const char *url, const char *path, const char *name)
{
	struct pending *one = calloc(1, sizeof(*one));

	if (one == NULL)
		return false;
	one->url = strdup(url);
	if (asprintf(&one->path, "%s%s%s", path, name,
	        name[0] == '\0' ? "" : "/") == -1)
		one->path = NULL;
	if (one->url == NULL || one->path == NULL) {
		free(one->url);
		free(one->path);
		free(one);
		return false;
	}
	one->next = *list;
	*list = one;
	return true;
}

static void
drop(struct pending *one)
{
	free(one->url);
	free(one->path);
	free(one);
}

static int
compare(const void *a, const void *b)
{
	const struct walk_member *left = a;
	const struct walk_member *right = b;

	return strcmp(left->name, right->name);
}

static void
flush(struct part *part)
{
	struct walk *walk = part->walk;

	if (part->count > 0)
		qsort(part->members, part->count, sizeof(*part->members),
		    compare);
	if (walk->folder != NULL)
		walk->folder(
		    walk->context, part->path, part->members, part->count);
	/* Backwards: what is pushed last is taken first. */
	for (size_t i = part->count; i-- > 0 && walk->is_recursive;) {
		const struct walk_member *member = &part->members[i];

		if (!member->is_collection ||
		    (walk->enter != NULL &&
		        !walk->enter(walk->context, part->path, member)))
			continue;
		if (!push(
		        &part->pending, member->url, part->path, member->name))
			part->is_lost = true;
	}
	part->count = 0;
	arena_done(&part->arena);
}

static const char *
keep(struct part *part, const char *text)
{
	struct str copy;

	if (text[0] == '\0')
		return "";
	if (arena_copy(&part->arena, str_of(text), &copy) == ERR_NONE)
		return copy.data;
	part->is_lost = true;
	return "";
}

/* A name that would lead elsewhere is none of this folder's. */
static bool
is_name(const char *name)
{
	return name[0] != '\0' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strchr(name, '/') == NULL;
}

static bool
take(void *context, const struct tarry_member *member)
{
	struct part *part = context;

	if (link_covers(member->url, part->url, false))
		return true; /* the folder itself */
	if (!is_name(member->name) ||
	    !link_covers(part->url, member->url, true))
		return true;
	if (part->count == WALK_PART_COUNT)
		flush(part);
	if (part->count == part->capacity) {
		size_t capacity = part->capacity == 0 ? 64 : part->capacity * 2;
		struct walk_member *more =
		    realloc(part->members, capacity * sizeof(*more));

		if (more == NULL) {
			part->is_lost = true;
			return false;
		}
		part->members = more;
		part->capacity = capacity;
	}
	part->members[part->count++] = (struct walk_member){
		.name = keep(part, member->name),
		.etag = keep(part, member->etag),
		.url = member->is_collection ? keep(part, member->url) : "",
		.size = member->size,
		.modified_s = member->modified_s,
		.is_collection = member->is_collection,
		.is_locked = member->is_locked,
	};
	return !part->is_lost;
}

static enum tarry_outcome
list(struct walk *walk, struct tarry *tarry, const struct pending *folder,
    struct pending **list)
{
	struct part part = { .walk = walk,
		.url = folder->url,
		.path = folder->path,
		.pending = *list };
	struct tarry_listing listing = {
		.depth = TARRY_DEPTH_1, .member = take, .context = &part
	};
	enum tarry_outcome outcome;

	arena_init(&part.arena, PART_SIZE_MAX);
	outcome = tarry_list(tarry, folder->url, &listing);
	if (outcome == TARRY_DONE)
		flush(&part);
	*list = part.pending;
	arena_done(&part.arena);
	free(part.members);
	if (part.is_lost)
		return client_note(
		    walk->client, TARRY_FAILED, folder->url, "out of memory");
	if (outcome != TARRY_DONE)
		(void)client_note_last(
		    walk->client, tarry, outcome, folder->url);
	return outcome;
}

enum tarry_outcome
walk_run(struct walk *walk, struct tarry *tarry, const char *url)
{
	struct pending *pending = NULL;
	char *start = link_as_collection(url);
	enum tarry_outcome outcome = TARRY_FAILED;
	bool is_first = true;

	if (start == NULL || !push(&pending, start, "", "")) {
		free(start);
		return client_note(
		    walk->client, TARRY_FAILED, url, "out of memory");
	}
	free(start);
	while (pending != NULL) {
		struct pending *folder = pending;
		enum tarry_outcome one = TARRY_FAILED;

		pending = folder->next;
		if (!client_is_interrupted(walk->client))
			one = list(walk, tarry, folder, &pending);
		if (is_first)
			outcome = one;
		is_first = false;
		drop(folder);
	}
	return outcome;
}
