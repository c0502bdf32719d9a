/*
 * home.c - see home.h.
 */
#include "dav/home.h"

#include <string.h>

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/store.h"
#include "http/uri.h"

bool
home_name_is_safe(struct str name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "0123456789._@+-";

	if (name.len == 0 || name.len > HOME_NAME_SIZE_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '\0' || strchr(safe, name.data[i]) == NULL)
			return false;
	return name.data[0] != '.';
}

/* A slash and both of them, of which the second may be empty. */
static enum err
join(struct arena *arena, struct str name, struct str path, struct str *out)
{
	char *text = arena_alloc(arena, 1 + name.len + path.len);

	if (text == NULL)
		return ERR_MEMORY;
	text[0] = '/';
	memcpy(text + 1, name.data, name.len);
	memcpy(text + 1 + name.len, path.data, path.len);
	*out = str_make(text, 1 + name.len + path.len);
	return ERR_NONE;
}

void
home_know(struct call *call)
{
	const struct request *request = call->request;
	const struct str nothing = STR("");

	if (call->dav->has_homes && home_name_is_safe(request->principal) &&
	    join(request->arena, request->principal, nothing, &call->home) !=
	        ERR_NONE)
		call->home = nothing; /* then paths are shown in full */
}

static enum step
refuse(struct call *call, enum err err)
{
	if (err == ERR_LIMIT)
		return answer_problem(call, 414, "The path is too long.");
	return answer_error(call, err);
}

enum step
home_enter(struct call *call)
{
	const struct request *request = call->request;
	enum err err;

	if (!call->dav->has_homes || request->form != TARGET_PATH)
		return STEP_ON;
	if (request->principal.len == 0)
		return answer_denied(call,
		    "Each user has a root of its own here: say who you are.");
	if (!home_name_is_safe(request->principal))
		return answer_denied(call,
		    "Each user has a root of its own here, called as the user"
		    " is; a name such as yours cannot be that of a"
		    " directory.");
	home_know(call);
	if (call->home.len == 0)
		return answer_error(call, ERR_MEMORY);
	err = home_path(call, request->path, &call->path);
	if (err == ERR_NONE && home_is_reserved(call->home, call->path))
		err = ERR_NAME;
	return err == ERR_NONE ? STEP_ON : refuse(call, err);
}

enum err
home_path(const struct call *call, struct str path, struct str *out_path)
{
	struct str name;

	CHECK(path.len > 0);
	CHECK(path.data[0] == '/');
	if (call->home.len == 0) {
		*out_path = path;
		return ERR_NONE;
	}
	if (path.len == 1)
		path.len = 0;
	if (path.len > PATH_SIZE_MAX - call->home.len)
		return ERR_LIMIT;
	name = str_from(call->home, 1);
	return join(call->request->arena, name, path, out_path);
}

bool
home_is_reserved(struct str home, struct str path)
{
	struct str rest;

	if (home.len == 0 || !uri_path_is_within(path, home))
		return false; /* what the store reserves is its own matter */
	rest = str_from(path, home.len + 1);
	return str_is_nocase(str_cut(&rest, '/'), ".tarry");
}

bool
home_is_root(const struct call *call, struct str path)
{
	return path.len == 1 || str_equal(path, call->home);
}

bool
home_is_missing(const struct call *call)
{
	struct store *store = call->dav->store;
	struct resource resource;

	if (call->home.len == 0 || call->dav->is_read_only)
		return false;
	return store->ops->look(store, call->home, &resource) == ERR_ABSENT;
}

enum err
home_make(const struct call *call)
{
	struct store *store = call->dav->store;
	enum err err;

	CHECK(call->home.len > 1);
	err = store->ops->make_collection(store, call->home);
	return err == ERR_EXISTS ? ERR_NONE : err;
}
