/*
 * permit.c - see permit.h.
 */
#include "dav/permit.h"

#include <string.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/home.h"
#include "dav/method.h"
#include "dav/multistatus.h"
#include "http/uri.h"

static const char denied[] =
    "The rules of this server do not let you do this here.";

/* As rules know it. */
static struct str
shown(const struct call *call, struct str path)
{
	return uri_path_from(path, call->home);
}

unsigned
permit_rights(const struct call *call, struct str path)
{
	if (home_is_reserved(call->home, path))
		return ACCESS_NONE;
	return access_rights(
	    call->access, call->request->principal, shown(call, path));
}

bool
permit_has(const struct call *call, struct str path, unsigned rights)
{
	return (rights & ~permit_rights(call, path)) == 0;
}

enum step
permit_refuse(struct call *call)
{
	return answer_denied(call, denied);
}

enum step
permit_call(struct call *call)
{
	unsigned needs = method_needs(call->method);
	unsigned rights;

	if (call->request->form != TARGET_PATH)
		return STEP_ON; /* "*": of the server itself */
	rights = permit_rights(call, call->path);
	if (needs & ~rights) {
		if (rights == ACCESS_NONE && !method_makes(call->method) &&
		    !answer_has_challenge(call))
			return answer_error(call, ERR_ABSENT);
		return permit_refuse(call);
	}
	if (call->has_destination &&
	    !permit_has(call, call->destination, ACCESS_WRITE))
		return answer_denied(call,
		    "The rules of this server do not let you write at the"
		    " Destination.");
	return STEP_ON;
}

/* A member that stands against what is to be done. */
struct obstacle {
	struct obstacle *next;
	struct str path;
};

struct search {
	struct call *call;
	unsigned rights;   /* that are needed */
	struct str source; /* landing: where things come from; else empty */
	struct str top;    /* whose members are looked for */
	struct obstacle *first;
	bool meets_hidden; /* it may not even be said what */
	enum err err;
};

/* Where the path below top is on the source side, if there is one. */
static enum err
find_source(const struct search *search, struct str path, struct str *out)
{
	struct str rest =
	    str_from(path, search->top.len == 1 ? 0 : search->top.len);
	size_t base = search->source.len == 1 ? 0 : search->source.len;
	char *text;

	if (search->source.len == 0) {
		*out = path;
		return ERR_NONE;
	}
	if (rest.len > PATH_SIZE_MAX - base)
		return ERR_ABSENT; /* no resource can have that path */
	text = arena_alloc(search->call->request->arena, base + rest.len);
	if (text == NULL)
		return ERR_MEMORY;
	memcpy(text, search->source.data, base);
	memcpy(text + base, rest.data, rest.len);
	*out = str_make(text, base + rest.len);
	return ERR_NONE;
}

/* ERR_ABSENT: there is nothing that could stand against it. */
static enum err
look(const struct search *search, struct str path, bool *out_is_collection)
{
	struct store *store = search->call->dav->store;
	struct resource resource;
	struct str source;
	enum err err = find_source(search, path, &source);

	if (err != ERR_NONE)
		return err;
	if (search->source.len > 0 &&
	    permit_rights(search->call, source) == ACCESS_NONE)
		return ERR_ABSENT; /* it is not copied */
	err = store->ops->look(store, source, &resource);
	if (err == ERR_PARENT || err == ERR_FILE || err == ERR_NAME)
		return ERR_ABSENT;
	/* What cannot be looked at is there, and may be anything. */
	*out_is_collection = err != ERR_NONE || resource.is_collection;
	return err == ERR_ABSENT || err == ERR_MEMORY ? err : ERR_NONE;
}

/* The topmost are kept, each once. */
static void
keep(struct search *search, struct str path)
{
	struct obstacle **at = &search->first;
	struct obstacle *it;

	while (*at != NULL) {
		if (str_equal((*at)->path, path) ||
		    uri_path_is_within(path, (*at)->path))
			return;
		if (uri_path_is_within((*at)->path, path))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	it = arena_alloc(search->call->request->arena, sizeof(*it));
	if (it == NULL) {
		search->err = ERR_MEMORY;
		return;
	}
	it->path = path;
	*at = it;
}

static bool
see_below(void *context, struct str below)
{
	struct search *search = context;
	unsigned needed = search->rights;
	bool is_collection;
	unsigned rights;
	struct str path;

	search->err = home_path(search->call, below, &path);
	if (search->err == ERR_LIMIT) {
		search->err = ERR_NONE; /* nothing can be there */
		return true;
	}
	if (search->err != ERR_NONE)
		return false;
	if (home_is_reserved(search->call->home, path))
		return true;
	rights = permit_rights(search->call, path);
	/* Whether something hidden is there must not show. */
	search->meets_hidden |=
	    rights == ACCESS_NONE && search->source.len == 0;
	if (search->meets_hidden)
		return false;
	if (((needed | ACCESS_LIST) & ~rights) == 0)
		return true;
	search->err = look(search, path, &is_collection);
	if (search->err == ERR_ABSENT) {
		search->err = ERR_NONE;
		return true;
	}
	if (search->err == ERR_NONE && is_collection && search->source.len == 0)
		needed |= ACCESS_LIST;
	if (search->err == ERR_NONE && (needed & ~rights) != 0)
		keep(search, path);
	return search->err == ERR_NONE;
}

static enum step
answer_obstacles(
    struct call *call, const struct search *search, bool names_root)
{
	struct buf *out = &call->response->bytes;

	response_reset(call->response);
	multistatus_begin(out);
	for (const struct obstacle *it = search->first; it != NULL;
	     it = it->next)
		multistatus_member(
		    out, shown(call, it->path), false, 403, NULL);
	if (names_root)
		multistatus_member(
		    out, shown(call, call->path), false, 424, NULL);
	multistatus_end(out);
	return answer_xml(call, 207);
}

static enum step
find_obstacles(struct search *search, bool names_root)
{
	struct call *call = search->call;

	access_below(call->access, call->request->principal,
	    shown(call, search->top), see_below, search);
	if (search->err != ERR_NONE)
		return answer_error(call, search->err);
	if (search->meets_hidden)
		return answer_denied(call,
		    "The rules of this server keep members of this collection"
		    " from you: so it has to stay as it is.");
	if (search->first == NULL)
		return STEP_ON;
	return answer_obstacles(call, search, names_root);
}

enum step
permit_tree(struct call *call, const struct permit_tree *tree)
{
	struct search search = {
		.call = call,
		.rights = tree->rights,
		.top = tree->path,
	};
	unsigned needed = tree->rights;

	if (tree->is_collection)
		needed |= ACCESS_LIST;
	if (!permit_has(call, tree->path, needed))
		return permit_refuse(call);
	if (!tree->is_collection)
		return STEP_ON;
	return find_obstacles(&search, tree->names_root);
}

enum step
permit_landing(struct call *call)
{
	struct search search = {
		.call = call,
		.rights = ACCESS_WRITE,
		.source = call->path,
		.top = call->destination,
	};

	return find_obstacles(&search, false);
}

enum err
permit_admit(void *context, struct str path, bool is_collection)
{
	const struct call *call = context;
	unsigned rights = permit_rights(call, path);

	if (rights == ACCESS_NONE)
		return ERR_ABSENT;
	if (!(rights & ACCESS_READ) ||
	    (is_collection && !(rights & ACCESS_LIST)))
		return ERR_DENIED;
	return ERR_NONE;
}

bool
permit_is_uniform(const struct call *call)
{
	return access_is_uniform_below(
	    call->access, call->request->principal, shown(call, call->path));
}
