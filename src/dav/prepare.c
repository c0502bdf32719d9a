/*
 * prepare.c - see prepare.h.
 */
#include "dav/prepare.h"

#include "base/limits.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/destination.h"
#include "dav/home.h"
#include "dav/if_header.h"
#include "dav/multistatus.h"
#include "dav/permit.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/condition.h"
#include "http/uri.h"

/* More could not be told in nanoseconds. */
#define MODIFIED_S_MAX (INT64_MAX / INT64_C(1000000000) - 1)

static enum step
prepare_depth(struct call *call)
{
	const struct fields *fields = &call->request->fields;
	struct str value = fields_get(fields, "Depth");

	call->depth = call->method->depth_default;
	if (value.data == NULL)
		return STEP_ON;
	call->has_depth = true;
	if (str_is(value, "0"))
		call->depth = DEPTH_0;
	else if (str_is(value, "1"))
		call->depth = DEPTH_1;
	else if (str_is_nocase(value, "infinity"))
		call->depth = DEPTH_INFINITY;
	else
		return answer_problem(
		    call, 400, "Depth is 0, 1 or infinity (RFC 4918, 10.2).");
	if (fields_count(fields, "Depth") > 1)
		return answer_problem(call, 400, "Send one Depth only.");
	/* What changes a tree changes its root, or all of it. */
	if (call->depth == DEPTH_1 && !call->method->is_read_only &&
	    call->method->depth_default == DEPTH_INFINITY)
		return answer_problem(
		    call, 400, "This method does not know Depth: 1.");
	return STEP_ON;
}

static enum step
prepare_overwrite(struct call *call)
{
	const struct fields *fields = &call->request->fields;
	struct str value = fields_get(fields, "Overwrite");

	call->overwrite = true;
	if (value.data == NULL)
		return STEP_ON;
	if (fields_count(fields, "Overwrite") > 1)
		return answer_problem(call, 400, "Send one Overwrite only.");
	if (str_is_nocase(value, "F"))
		call->overwrite = false;
	else if (!str_is_nocase(value, "T"))
		return answer_problem(
		    call, 400, "Overwrite is T or F (RFC 4918, 10.6).");
	return STEP_ON;
}

static enum err
enter_home(struct call *call)
{
	struct if_header *header = call->if_header;

	for (size_t i = 0; i < header->list_count; i++) {
		struct if_list *list = &header->lists[i];
		enum err err;

		if (!list->has_resource)
			continue;
		err = home_path(call, list->resource, &list->resource);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum step
prepare_if(struct call *call)
{
	const struct request *request = call->request;
	struct str value;
	enum err err;

	err = fields_join(&request->fields, request->arena, "If", &value);
	if (err != ERR_NONE)
		return answer_error(call, ERR_MEMORY);
	if (value.data == NULL)
		return STEP_ON;
	err = if_header_parse(value, request->arena, &call->if_header);
	if (err == ERR_NONE)
		err = enter_home(call);
	if (err == ERR_NONE)
		return STEP_ON;
	if (err == ERR_MEMORY)
		return answer_error(call, err);
	if (err == ERR_LIMIT)
		return answer_problem(
		    call, 400, "The If field has too many conditions.");
	return answer_problem(
	    call, 400, "The If field is malformed (RFC 4918, 10.4.2).");
}

enum step
prepare_call(struct call *call)
{
	if (call->dav->is_read_only && !call->method->is_read_only)
		return answer_problem(call, 403,
		    "This server shows its files and lets nobody change"
		    " them.");
	if (prepare_depth(call) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_overwrite(call) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_if(call) != STEP_ON)
		return STEP_ANSWERED;
	if (destination_prepare(call) != STEP_ON)
		return STEP_ANSWERED;
	return permit_call(call);
}

uint32_t
prepare_timeout(const struct call *call, uint32_t default_s)
{
	static const char prefix[] = "Second-";
	struct str rest = fields_get(&call->request->fields, "Timeout");

	/* The first wish that we know counts. */
	while (rest.len > 0) {
		struct str wish = str_trim(str_cut(&rest, ','));
		uint64_t seconds = 0;
		enum err err;

		if (str_is_nocase(wish, "Infinite"))
			return LOCK_TIMEOUT_S_MAX;
		if (!str_starts_nocase(wish, prefix))
			continue;
		wish = str_from(wish, sizeof(prefix) - 1);
		err = str_to_u64(wish, LOCK_TIMEOUT_S_MAX, &seconds);
		if (err == ERR_RANGE)
			return LOCK_TIMEOUT_S_MAX;
		if (err == ERR_NONE)
			return seconds == 0 ? 1 : (uint32_t)seconds;
	}
	return default_s;
}

bool
prepare_modified(
    const struct call *call, int64_t *out_modified_ns, bool *out_bad)
{
	struct str value = fields_get(&call->request->fields, "X-OC-Mtime");
	uint64_t seconds;

	if (value.data == NULL)
		return false;
	/* Some clients send a fraction, which a file need not keep. */
	value = str_cut(&value, '.');
	*out_bad = str_to_u64(value, MODIFIED_S_MAX, &seconds) != ERR_NONE;
	if (*out_bad)
		return false;
	*out_modified_ns = (int64_t)seconds * INT64_C(1000000000);
	return true;
}

static bool
has_token(void *context, struct str path, struct str token)
{
	struct call *call = context;

	return lock_applies(call->dav->locks, path, token, call->wall_s);
}

static struct str
etag_of(void *context, struct str path)
{
	struct call *call = context;
	struct store *store = call->dav->store;
	struct resource resource;
	struct str etag = { "", 0 };

	/* What he may not look at he may not ask about. */
	if (!permit_has(call, path, ACCESS_LOOK) ||
	    store->ops->look(store, path, &resource) != ERR_NONE)
		return etag;
	/* Without memory there is no match: the request is refused. */
	if (arena_copy(call->request->arena, str_of(resource.etag), &etag) !=
	    ERR_NONE)
		return (struct str){ "", 0 };
	return etag;
}

static enum step
refuse_by_condition(
    struct call *call, int status, const struct resource *resource)
{
	if (status == 412)
		return answer_problem(call, 412,
		    "A condition of this request does not hold: the resource"
		    " is not as you last saw it. Look at it again.");
	(void)answer_empty(call, status);
	answer_validators(call, resource);
	return STEP_ANSWERED;
}

enum step
prepare_conditions(struct call *call, const struct resource *resource)
{
	struct if_oracle oracle = {
		.has_token = has_token,
		.etag = etag_of,
		.context = call,
	};
	struct condition now = {
		.exists = resource != NULL,
		.is_get = str_is(call->request->method, "GET") ||
		          str_is(call->request->method, "HEAD"),
		.modified_s = CONDITION_NO_DATE,
		.now_s = call->wall_s,
	};
	int status;

	if (call->if_header != NULL &&
	    !if_header_holds(call->if_header, call->path, &oracle))
		return refuse_by_condition(call, 412, resource);
	if (resource != NULL && !resource->is_collection) {
		now.etag = str_of(resource->etag);
		now.modified_s = target_seconds(resource->modified_ns);
	}
	status = condition_check(&now, &call->request->fields);
	if (status == 0)
		return STEP_ON;
	return refuse_by_condition(call, status, resource);
}

enum step
prepare_xml(struct call *call, struct xml_node **out_root)
{
	enum err err;

	err = xml_parse(buf_str(&call->body), call->request->arena, out_root);
	if (err == ERR_NONE)
		return STEP_ON;
	if (err == ERR_LIMIT)
		return answer_problem(call, 413,
		    "The XML body is too large, too deep, or has too many"
		    " elements.");
	if (err == ERR_DENIED)
		return answer_problem(call, 400,
		    "The XML body has a DOCTYPE, which this server does not"
		    " read: send it without one.");
	if (err == ERR_SYNTAX)
		return answer_problem(
		    call, 400, "The XML body is not well-formed.");
	return answer_error(call, err);
}

/* A name that no resource can have stands for the locks of one. */
#define LOCKS_PREFIX "/.tarry/locks"

void
prepare_lock_claims(struct call *call, struct str root, enum claim_mode mode)
{
	struct buf text;
	struct str name;

	call->claim.part_count = 1;
	call->claim.parts[0] = (struct claim_part){
		.path = root, .mode = mode, .is_subtree = true
	};
	buf_init(&text, sizeof(LOCKS_PREFIX) + PATH_SIZE_MAX);
	buf_add_text(&text, LOCKS_PREFIX);
	if (root.len > 1)
		buf_add_str(&text, root);
	/* Without memory the lock table alone has to keep order. */
	if (text.err == ERR_NONE &&
	    arena_copy(call->request->arena, buf_str(&text), &name) == ERR_NONE)
		call->claim.parts[call->claim.part_count++] =
		    (struct claim_part){ .path = name,
			    .mode = CLAIM_EXCLUSIVE,
			    .is_subtree = true };
	buf_done(&text);
}

/* A lock that stands in the way. */
struct obstacle {
	struct obstacle *next;
	struct str root;
};

struct obstacles {
	struct arena *arena;
	struct obstacle *first;
};

static void
keep_obstacle(void *context, struct str lock_root)
{
	struct obstacles *all = context;
	struct obstacle *it;

	for (it = all->first; it != NULL; it = it->next)
		if (str_equal(it->root, lock_root))
			return; /* a second, shared lock */
	it = arena_alloc(all->arena, sizeof(*it));
	/* Without memory this one is not named: others are, or none. */
	if (it == NULL)
		return;
	if (arena_copy(all->arena, lock_root, &it->root) != ERR_NONE)
		return;
	it->next = all->first;
	all->first = it;
}

/* RFC 4918, 9.6.1: only the members that are locked are named. */
static enum step
refuse_by_members(struct call *call, const struct obstacles *all)
{
	struct buf *out = &call->response->bytes;

	response_reset(call->response);
	multistatus_begin(out);
	for (struct obstacle *it = all->first; it != NULL; it = it->next)
		multistatus_member(out, uri_path_from(it->root, call->home),
		    false, 423, "lock-token-submitted");
	multistatus_end(out);
	return answer_xml(call, 207);
}

enum step
prepare_locks(struct call *call, struct str path, enum lock_scope scope)
{
	struct obstacles all = { .arena = call->request->arena };
	struct lock_query query = {
		.path = path,
		.scope = scope,
		.principal = call->request->principal,
		.if_header = call->if_header,
		.wall_s = call->wall_s,
		.see = keep_obstacle,
		.context = &all,
	};
	enum err err;

	err = lock_check(call->dav->locks, &query);
	if (err == ERR_NONE)
		return STEP_ON;
	if (err != ERR_LOCKED || all.first == NULL)
		return answer_error(call, err);
	for (struct obstacle *it = all.first; it != NULL; it = it->next)
		if (!uri_path_is_within(it->root, path))
			return answer_condition(
			    call, 423, "lock-token-submitted", it->root);
	return refuse_by_members(call, &all);
}
