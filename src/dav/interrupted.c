/*
 * interrupted.c - see interrupted.h.
 */
#include "dav/interrupted.h"

#include "base/limits.h"
#include "dav/dav.h"
#include "dav/store.h"
#include "http/uri.h"
#include "op/operation.h"

enum { LOCATION_SIZE_MAX = 3 * PATH_SIZE_MAX + 1 };

static bool
has_happened(struct store *store, const struct operation_snapshot *was)
{
	bool is_removal = was->destination.len == 0;
	struct str path = is_removal ? was->source : was->destination;

	if (was->state != OPERATION_COMMITTING || was->mark.id == 0)
		return false;
	/* It was that resource that went, or that came. */
	return store->ops->is_marked(store, path, was->mark.id) != is_removal;
}

static void
add_location(struct buf *fields, struct str path)
{
	struct buf location;

	buf_init(&location, LOCATION_SIZE_MAX);
	uri_path_encode(&location, path);
	if (location.err == ERR_NONE)
		buf_printf(
		    fields, "Location: %.*s\r\n", STR_ARG(buf_str(&location)));
	buf_done(&location);
}

static void
explain(struct operation_result *result, const char *words)
{
	result->status = 503;
	buf_add_text(
	    &result->fields, "Content-Type: application/problem+json\r\n");
	buf_printf(&result->body,
	    "{\"status\":503,\"title\":\"Service Unavailable\",\"detail\":"
	    "\"The server stopped during this operation. %s\"}\n",
	    words);
}

/* As its owner calls it: a home is called as he is. */
static struct str
shown(const struct dav *dav, const struct operation_snapshot *was)
{
	struct str path = was->destination;
	struct str home = str_make(path.data, 1 + was->owner.len);

	if (!dav->has_homes || was->owner.len == 0 || path.len <= home.len ||
	    path.data[home.len] != '/' ||
	    !str_equal(str_from(home, 1), was->owner))
		return path;
	return uri_path_from(path, home);
}

void
interrupted_answer(void *context, const struct operation_snapshot *was,
    struct operation_result *out_result)
{
	const struct dav *dav = context;

	out_result->outcome = OPERATION_FAILED;
	if (!has_happened(dav->store, was)) {
		explain(out_result,
		    "It was not done, or not all of it: ask again.");
		return;
	}
	out_result->outcome = OPERATION_DONE;
	if (was->counts.failures > 0) {
		/* Which they were is not known any more. */
		explain(out_result,
		    "It was done, but some members failed: list both trees"
		    " to see which.");
		return;
	}
	out_result->status = was->mark.is_created ? 201 : 204;
	if (was->mark.is_created)
		add_location(&out_result->fields, shown(dav, was));
}
