/*
 * outcome.c - see outcome.h.
 */
#include "dav/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dav/call.h"
#include "dav/dav.h"
#include "dav/store.h"
#include "http/uri.h"

/* A resource as it was seen; it may be nothing. */
struct sight {
	bool exists;
	bool is_collection;
	int64_t modified_ns;
	int64_t created_ns;
	char etag[ETAG_SIZE_MAX];
};

struct note {
	struct sight source;
	struct sight destination;
	int64_t done_ns; /* no member of the destination is younger */
	uint64_t change_count;
};

_Static_assert(sizeof(struct note) <= OPERATION_NOTE_SIZE_MAX, "it fits");

/* False: who knows what is there. */
static bool
see(struct store *store, struct str path, struct sight *out_sight)
{
	struct resource resource;
	enum err err;

	*out_sight = (struct sight){ .exists = false };
	if (path.len == 0)
		return true;
	err = store->ops->look(store, path, &resource);
	if (err == ERR_ABSENT || err == ERR_PARENT)
		return true;
	if (err != ERR_NONE)
		return false;
	out_sight->exists = true;
	out_sight->is_collection = resource.is_collection;
	out_sight->modified_ns = resource.modified_ns;
	out_sight->created_ns = resource.created_ns;
	memcpy(out_sight->etag, resource.etag, ETAG_SIZE_MAX);
	return true;
}

static bool
is_same(const struct sight *a, const struct sight *b)
{
	return a->exists == b->exists && a->is_collection == b->is_collection &&
	       a->modified_ns == b->modified_ns &&
	       a->created_ns == b->created_ns && strcmp(a->etag, b->etag) == 0;
}

void
outcome_note(const struct call *call, uint64_t change_count, struct buf *out)
{
	struct store *store = call->dav->store;
	struct note note = { .change_count = change_count };
	struct resource parent;
	int status = call->response->status;

	if (status < 200 || status > 299 || status == 207)
		return;
	if (!see(store, call->path, &note.source) ||
	    !see(store, call->destination, &note.destination))
		return;
	/* Its last member was made before it got its name. */
	if (note.destination.exists) {
		if (store->ops->look(store, uri_path_parent(call->destination),
		        &parent) != ERR_NONE)
			return;
		note.done_ns = parent.modified_ns;
	}
	buf_add(out, &note, sizeof(note));
}

/* A walk that looks for what is younger than a time. */
struct search {
	struct store *store;
	int64_t since_ns;
	bool is_clean; /* nothing was found yet */
	struct buf path;
	struct lister *listers[TREE_DEPTH_MAX];
	size_t path_lens[TREE_DEPTH_MAX]; /* of the collection listed */
	size_t depth;
};

static void
enter(struct search *search)
{
	struct lister **lister = &search->listers[search->depth];

	if (search->depth == TREE_DEPTH_MAX || search->path.err != ERR_NONE ||
	    search->store->ops->list(
	        search->store, buf_str(&search->path), lister) != ERR_NONE) {
		search->is_clean = false; /* who knows */
		return;
	}
	search->path_lens[search->depth++] = search->path.len;
}

static void
step(struct search *search)
{
	struct lister *lister = search->listers[search->depth - 1];
	struct lister_entry entry;
	enum err err = search->store->ops->list_next(lister, &entry);

	if (err == ERR_ABSENT) {
		search->store->ops->list_free(lister);
		search->depth--;
		return;
	}
	if (err != ERR_NONE || entry.err != ERR_NONE ||
	    entry.resource.modified_ns > search->since_ns) {
		search->is_clean = false;
		return;
	}
	if (!entry.resource.is_collection)
		return;
	search->path.len = search->path_lens[search->depth - 1];
	if (search->path.len > 1)
		buf_add_char(&search->path, '/');
	buf_add_str(&search->path, entry.name);
	enter(search);
}

/* Whether no member at any depth was modified after that time. */
static bool
is_untouched(struct store *store, struct str path, int64_t since_ns)
{
	struct search *search = calloc(1, sizeof(*search));
	bool is_clean;

	if (search == NULL)
		return false;
	search->store = store;
	search->since_ns = since_ns;
	search->is_clean = true;
	buf_init(&search->path, PATH_SIZE_MAX);
	buf_add_str(&search->path, path);
	enter(search);
	while (search->is_clean && search->depth > 0)
		step(search);
	while (search->depth > 0)
		store->ops->list_free(search->listers[--search->depth]);
	is_clean = search->is_clean;
	buf_done(&search->path);
	free(search);
	return is_clean;
}

/* The copy was begun when its collection was made. */
static bool
copy_holds(const struct call *call, const struct note *note)
{
	struct store *store = call->dav->store;

	if (!note->source.is_collection || call->depth == DEPTH_0)
		return true;
	return is_untouched(store, call->path, note->destination.created_ns) &&
	       is_untouched(store, call->destination, note->done_ns);
}

bool
outcome_holds(const struct call *call, uint64_t change_count, struct str text)
{
	struct store *store = call->dav->store;
	struct sight source;
	struct sight destination;
	struct note note;

	if (text.len != sizeof(note))
		return false;
	memcpy(&note, text.data, sizeof(note));
	if (!see(store, call->path, &source) ||
	    !see(store, call->destination, &destination))
		return false;
	if (!is_same(&source, &note.source) ||
	    !is_same(&destination, &note.destination))
		return false;
	if (!source.exists)
		return true; /* it could not be done again */
	if (!str_is(str_of(call->method->name), "COPY"))
		return false;
	return change_count == note.change_count && copy_holds(call, &note);
}
