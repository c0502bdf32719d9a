/*
 * target.c - see target.h.
 */
#include "dav/target.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/lock.h"
#include "http/uri.h"

enum step
target_look(struct call *call, struct str path, struct target *out_target)
{
	struct store *store = call->dav->store;
	struct target target = { .exists = true };
	enum err err;

	err = store->ops->look(store, path, &target.resource);
	if (err == ERR_ABSENT || err == ERR_PARENT || err == ERR_FILE)
		target.exists = false;
	else if (err != ERR_NONE)
		return answer_error(call, err);
	*out_target = target;
	return STEP_ON;
}

enum step
target_demand(struct call *call, struct target *out_target)
{
	struct store *store = call->dav->store;
	struct target target = { .exists = true };
	enum err err;

	err = store->ops->look(store, call->path, &target.resource);
	/* What cannot have a name is not there: nor does it show that it is
	 * reserved. */
	if (err == ERR_PARENT || err == ERR_FILE || err == ERR_NAME)
		err = ERR_ABSENT;
	if (err != ERR_NONE)
		return answer_error(call, err);
	*out_target = target;
	return STEP_ON;
}

enum step
target_demand_parent(struct call *call, struct str path)
{
	struct target parent;

	if (target_look(call, uri_path_parent(path), &parent) != STEP_ON)
		return STEP_ANSWERED;
	if (!parent.exists || !parent.resource.is_collection)
		return answer_error(call, ERR_PARENT);
	return STEP_ON;
}

enum step
target_demand_space(struct call *call, struct str path, uint64_t size)
{
	struct store *store = call->dav->store;
	uint64_t available;
	uint64_t used;
	enum err err;

	err =
	    store->ops->quota(store, uri_path_parent(path), &available, &used);
	/* A store that cannot tell will tell when it is full. */
	if (err == ERR_NONE && size > available)
		return answer_error(call, ERR_SPACE);
	return STEP_ON;
}

const struct resource *
target_resource(const struct target *target)
{
	return target->exists ? &target->resource : NULL;
}

/* A lock that is left over after part of a tree was removed. */
struct left_over {
	struct left_over *next;
	struct str path;
};

struct left_overs {
	struct arena *arena;
	struct left_over *first;
};

static void
keep_left_over(void *context, struct str lock_root)
{
	struct left_overs *left = context;
	struct left_over *it = arena_alloc(left->arena, sizeof(*it));

	/* Without memory the lock stays, until it expires. */
	if (it == NULL)
		return;
	if (arena_copy(left->arena, lock_root, &it->path) != ERR_NONE)
		return;
	it->next = left->first;
	left->first = it;
}

static bool
is_there(struct call *call, struct str path)
{
	struct store *store = call->dav->store;
	struct resource resource;

	return store->ops->look(store, path, &resource) == ERR_NONE;
}

void
target_tree_gone(struct call *call, struct str path)
{
	struct lock_table *locks = call->dav->locks;
	struct left_overs left = { .arena = call->request->arena };
	struct lock_query query = {
		.path = path,
		.scope = LOCK_SCOPE_TREE,
		.wall_s = call->wall_s,
		.see = keep_left_over,
		.context = &left,
	};

	if (!is_there(call, path)) {
		lock_tree_gone(locks, path);
		return;
	}
	/* Without tokens everything is in the way, and so it is seen. */
	if (lock_check(locks, &query) == ERR_NONE)
		return;
	for (struct left_over *it = left.first; it != NULL; it = it->next)
		if (uri_path_is_within(it->path, path) &&
		    !is_there(call, it->path))
			lock_tree_gone(locks, it->path);
}

int64_t
target_seconds(int64_t ns)
{
	int64_t seconds = ns / INT64_C(1000000000);

	return ns % INT64_C(1000000000) < 0 ? seconds - 1 : seconds;
}
