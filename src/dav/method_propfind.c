/*
 * method_propfind.c - PROPFIND (RFC 4918, 9.1).
 *
 * With Depth: 0 the answer is made at once.  Else the tree is walked while the
 * answer is sent: the stack holds one open collection for each level, and
 * nothing is kept of the members that were written.
 */
#include "dav/method.h"

#include <stdlib.h>
#include <string.h>

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/home.h"
#include "dav/multistatus.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/prop.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/uri.h"

struct level {
	struct lister *lister;
	size_t path_len; /* of the collection */
};

struct walk {
	struct call *call;
	bool is_uniform; /* all members are under the rights of the top */
	unsigned rights; /* ... which are these */
	struct propfind propfind;
	bool is_begun;
	uint64_t member_count;
	uint64_t member_count_max; /* 0: any number */
	size_t level_count;
	struct level levels[TREE_DEPTH_MAX];
	char path[PATH_SIZE_MAX]; /* of the member; without a final NUL */
};

static enum step
check(struct call *call)
{
	struct target target;

	if (target_demand(call, &target) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_conditions(call, &target.resource);
}

static enum step
parse_body(struct call *call, struct propfind *out_propfind)
{
	struct xml_node *root = NULL;
	enum err err;

	if (call->body.len > 0 && prepare_xml(call, &root) != STEP_ON)
		return STEP_ANSWERED;
	err = prop_parse_propfind(root, call->request->arena, out_propfind);
	if (err == ERR_SYNTAX)
		return answer_problem(call, 400,
		    "The body is not a DAV:propfind (RFC 4918, 14.20).");
	if (err == ERR_LIMIT)
		return answer_problem(call, 413,
		    "The body asks for too many properties: send several"
		    " requests.");
	if (err != ERR_NONE)
		return answer_error(call, err);
	return STEP_ON;
}

static unsigned
rights_at(const struct walk *walk, struct str path)
{
	return walk->is_uniform ? walk->rights
	                        : permit_rights(walk->call, path);
}

static void
write_status(
    const struct walk *walk, struct str path, bool is_collection, enum err err)
{
	multistatus_member(&walk->call->response->bytes,
	    uri_path_from(path, walk->call->home), is_collection,
	    answer_status_of(err), NULL);
}

static void
write_response(
    const struct walk *walk, struct str path, const struct resource *resource)
{
	struct buf *out = &walk->call->response->bytes;
	struct resource seen = *resource;
	struct prop_subject subject = {
		.dav = walk->call->dav,
		.path = path,
		.home = walk->call->home,
		.resource = &seen,
		.wall_s = walk->call->wall_s,
	};
	size_t len = out->len;

	/* What others have written there is like the content. */
	if (!(rights_at(walk, path) & ACCESS_READ))
		seen.has_props = false;
	prop_write_response(&subject, &walk->propfind, out);
	if (out->err != ERR_LIMIT)
		return;
	/* This one has more than can be said at once; the others go on. */
	out->len = len;
	out->err = ERR_NONE;
	write_status(walk, path, resource->is_collection, ERR_LIMIT);
}

static enum err
enter(struct walk *walk, struct str path)
{
	struct store *store = walk->call->dav->store;
	struct level *level = &walk->levels[walk->level_count];
	enum err err;

	if (walk->level_count == TREE_DEPTH_MAX)
		return ERR_LIMIT;
	err = store->ops->list(store, path, &level->lister);
	if (err != ERR_NONE)
		return err;
	/* The path of a member is its collection's, a slash and its name. */
	level->path_len = path.len == 1 ? 0 : path.len;
	walk->level_count++;
	return ERR_NONE;
}

static void
leave(struct walk *walk)
{
	struct store *store = walk->call->dav->store;

	store->ops->list_free(walk->levels[--walk->level_count].lister);
}

/* ERR_LIMIT: the path would be too long. */
static enum err
extend_path(struct walk *walk, struct str name, struct str *out_path)
{
	size_t len = walk->levels[walk->level_count - 1].path_len;

	if (name.len > PATH_SIZE_MAX - 1 || len > PATH_SIZE_MAX - 1 - name.len)
		return ERR_LIMIT;
	walk->path[len] = '/';
	memcpy(walk->path + len + 1, name.data, name.len);
	*out_path = str_make(walk->path, len + 1 + name.len);
	return ERR_NONE;
}

/* A collection that is not entered any more says so in its own response. */
static bool
has_had_enough(const struct walk *walk)
{
	return walk->member_count_max > 0 &&
	       walk->member_count >= walk->member_count_max;
}

/* What it is, and, if that is asked, what is in it. */
static bool
may_tell(
    const struct call *call, const struct lister_entry *entry, unsigned rights)
{
	if (!(rights & ACCESS_LOOK))
		return false;
	return (rights & ACCESS_LIST) || entry->err != ERR_NONE ||
	       entry->is_link || !entry->resource.is_collection ||
	       call->depth != DEPTH_INFINITY;
}

static void
write_member(struct walk *walk, const struct lister_entry *entry)
{
	struct call *call = walk->call;
	enum err err = entry->err;
	struct str path;
	unsigned rights;

	if (extend_path(walk, entry->name, &path) != ERR_NONE)
		return; /* no URL could name it */
	if (err == ERR_ABSENT)
		return; /* it went while we looked */
	walk->member_count++;
	rights = rights_at(walk, path);
	if (rights == ACCESS_NONE || home_is_reserved(call->home, path))
		return;
	if (!may_tell(call, entry, rights))
		err = ERR_DENIED;
	/* A collection that cannot be entered says so in its own response. */
	if (err == ERR_NONE && entry->resource.is_collection &&
	    !entry->is_link && call->depth == DEPTH_INFINITY)
		err = has_had_enough(walk) ? ERR_LIMIT : enter(walk, path);
	if (err == ERR_ABSENT)
		return;
	if (err == ERR_NONE)
		write_response(walk, path, &entry->resource);
	else
		write_status(walk, path,
		    entry->err == ERR_NONE && entry->resource.is_collection,
		    err);
}

/* One step of the walk; true: it is over. */
static bool
step(struct walk *walk)
{
	struct store *store = walk->call->dav->store;
	struct buf *out = &walk->call->response->bytes;
	struct lister_entry entry;
	enum err err;

	if (walk->level_count == 0) {
		multistatus_end(out);
		return true;
	}
	err = store->ops->list_next(
	    walk->levels[walk->level_count - 1].lister, &entry);
	if (err == ERR_ABSENT)
		leave(walk);
	else if (err == ERR_NONE)
		write_member(walk, &entry);
	else
		out->err = err;
	return out->err != ERR_NONE;
}

static bool
pull(struct call *call, size_t size_max)
{
	struct walk *walk = call->state;
	struct buf *out = &call->response->bytes;
	struct resource resource;
	enum err err;

	if (!walk->is_begun) {
		walk->is_begun = true;
		multistatus_begin(out);
		err = call->dav->store->ops->look(
		    call->dav->store, call->path, &resource);
		if (err == ERR_NONE)
			write_response(walk, call->path, &resource);
		else
			write_status(walk, call->path, false, err);
		return false; /* at once, before the first member */
	}
	while (out->len < size_max)
		if (step(walk))
			return true;
	return false;
}

static void
answer_one(
    struct walk *walk, struct call *call, const struct resource *resource)
{
	struct buf *out = &call->response->bytes;

	multistatus_begin(out);
	write_response(walk, call->path, resource);
	multistatus_end(out);
	(void)answer_xml(call, 207);
}

static void
run(struct call *call)
{
	struct target target;
	struct walk *walk;
	enum err err;

	CHECK(call->path.len <= PATH_SIZE_MAX);
	if (target_demand(call, &target) != STEP_ON)
		return;
	walk = calloc(1, sizeof(*walk));
	if (walk == NULL) {
		(void)answer_error(call, ERR_MEMORY);
		return;
	}
	walk->call = call;
	if (call->request->principal.len == 0)
		walk->member_count_max = call->dav->anonymous_tree_max;
	walk->rights = permit_rights(call, call->path);
	walk->is_uniform = permit_is_uniform(call);
	call->state = walk;
	if (parse_body(call, &walk->propfind) != STEP_ON)
		return;
	if (call->depth == DEPTH_0 || !target.resource.is_collection) {
		answer_one(walk, call, &target.resource);
		answer_place(call, &target.resource);
		return;
	}
	if (!(walk->rights & ACCESS_LIST)) {
		(void)permit_refuse(call);
		return;
	}
	memcpy(walk->path, call->path.data, call->path.len);
	err = enter(walk, call->path);
	if (err != ERR_NONE) {
		(void)answer_error(call, err);
		return;
	}
	(void)answer_xml(call, 207);
	answer_place(call, &target.resource);
	call->response->body = RESPONSE_PULLED;
	call->response->pulled_size = BODY_SIZE_UNKNOWN;
}

static void
release(struct call *call)
{
	struct walk *walk = call->state;

	if (walk == NULL)
		return;
	while (walk->level_count > 0)
		leave(walk);
	free(walk);
	call->state = NULL;
}

const struct method method_propfind = {
	.name = "PROPFIND",
	.place = PLACE_POOL,
	.body = BODY_XML,
	.depth_default = DEPTH_INFINITY,
	.is_read_only = true,
	.check = check,
	.run = run,
	.pull = pull,
	.free = release,
};
