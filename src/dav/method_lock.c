/*
 * method_lock.c - LOCK (RFC 4918, 9.10): a new lock, or, without a body, a
 * longer life for one that there is.
 */
#include "dav/method.h"

#include "base/own.h"
#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/if_header.h"
#include "dav/lock.h"
#include "dav/multistatus.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/prop.h"
#include "dav/target.h"
#include "dav/xml.h"
#include "http/uri.h"

enum { TIMEOUT_DEFAULT_S = 3600 };

/* Whom a lock would keep out, that must be able to write there himself. */
static enum step
judge_members(struct call *call, const struct target *target)
{
	/* Without a body, one that he has got is refreshed. */
	if (!target->exists || !target->resource.is_collection ||
	    call->depth != DEPTH_INFINITY || call->request->body_size == 0)
		return STEP_ON;
	return permit_tree(call, &(struct permit_tree){ .path = call->path,
	                             .is_collection = true,
	                             .rights = ACCESS_WRITE,
	                             .names_root = true });
}

static enum step
judge(struct call *call, struct target *out_target)
{
	if (target_look(call, call->path, out_target) != STEP_ON)
		return STEP_ANSWERED;
	if (!out_target->exists && call->request->has_final_slash)
		return answer_problem(call, 409,
		    "There is no such collection: make it first, with MKCOL;"
		    " or leave out the final slash, to lock a new file.");
	if (!out_target->exists &&
	    target_demand_parent(call, call->path) != STEP_ON)
		return STEP_ANSWERED;
	if (prepare_conditions(call, target_resource(out_target)) != STEP_ON)
		return STEP_ANSWERED;
	if (judge_members(call, out_target) != STEP_ON)
		return STEP_ANSWERED;
	/* A lock on nothing makes a member (7.3): locks stand against that. */
	if (!out_target->exists)
		return prepare_locks(call, call->path, LOCK_SCOPE_MEMBERSHIP);
	return STEP_ON;
}

/* RFC 4918, 9.10.9: a member's lock stands against that of its collection. */
static enum step
refuse_by_conflict(struct call *call, const struct lock_spec *spec)
{
	struct buf *out = &call->response->bytes;
	struct str root;

	if (!lock_finds_conflict(call->dav->locks, spec, call->wall_s,
	        call->request->arena, &root))
		return STEP_ON;
	if (!uri_path_is_within(root, call->path))
		return answer_condition(call, 423, "no-conflicting-lock", root);
	response_reset(call->response);
	multistatus_begin(out);
	multistatus_member(out, uri_path_from(root, call->home), false, 423,
	    "no-conflicting-lock");
	multistatus_member(
	    out, uri_path_from(call->path, call->home), false, 424, NULL);
	multistatus_end(out);
	return answer_xml(call, 207);
}

/*
 * What stands against a shared lock stands against any: then the answer is
 * known before the body is.  Without a body no new lock is asked for.
 */
static enum step
judge_unseen(struct call *call)
{
	struct lock_spec spec = {
		.path = call->path,
		.principal = call->request->principal,
		.is_shared = true,
		.is_infinite = call->depth == DEPTH_INFINITY,
	};

	if (call->request->body_size == 0)
		return STEP_ON;
	return refuse_by_conflict(call, &spec);
}

static enum step
check(struct call *call)
{
	struct target *target =
	    arena_alloc(call->request->arena, sizeof(*target));

	if (target == NULL)
		return answer_error(call, ERR_MEMORY);
	target->exists = false;
	call->state = target;
	if (judge(call, target) != STEP_ON)
		return STEP_ANSWERED;
	return judge_unseen(call);
}

static void
claims(struct call *call)
{
	const struct target *target = call->state;

	prepare_lock_claims(
	    call, call->path, target->exists ? CLAIM_SHARED : CLAIM_EXCLUSIVE);
}

static void
answer_lock(struct call *call, int status, struct str token)
{
	struct response *response = call->response;
	struct prop_subject subject = {
		.dav = call->dav,
		.path = call->path,
		.home = call->home,
		.wall_s = call->wall_s,
	};
	OWNED(buf_done) struct buf coded;
	struct target target;

	buf_init(&coded, 2 + LOCK_TOKEN_SIZE + 1);
	if (target_demand(call, &target) != STEP_ON)
		return;
	subject.resource = &target.resource;
	prop_write_lockdiscovery(&subject, &response->bytes);
	(void)answer_xml(call, status);
	if (token.len == 0)
		return;
	buf_printf(&coded, "<%.*s>", STR_ARG(token));
	response_field(response, "Lock-Token", buf_str(&coded));
}

/* RFC 4918, 9.10.2: the token to refresh is in the If field. */
static void
refresh(struct call *call, const struct target *target)
{
	const struct if_header *conditions = call->if_header;
	struct lock_spec spec = {
		.path = call->path,
		.principal = call->request->principal,
		.timeout_s = prepare_timeout(call, TIMEOUT_DEFAULT_S),
	};
	struct lock lock;

	if (!target->exists) {
		(void)answer_error(call, ERR_ABSENT);
		return;
	}
	if (conditions == NULL) {
		(void)answer_problem(call, 400,
		    "A new lock needs a DAV:lockinfo body; to refresh one,"
		    " send its token in an If field.");
		return;
	}
	for (size_t i = 0; i < conditions->condition_count; i++) {
		const struct if_condition *it = &conditions->conditions[i];
		enum err err;

		if (it->kind != IF_TOKEN || it->is_negated)
			continue;
		err = lock_refresh(call->dav->locks, &spec, it->value,
		    call->wall_s, call->request->arena, &lock);
		if (err == ERR_TOKEN)
			continue;
		if (err != ERR_NONE)
			(void)answer_error(call, err);
		else
			answer_lock(call, 200, str_of(NULL));
		return;
	}
	(void)answer_condition(
	    call, 412, "lock-token-matches-request-uri", call->path);
}

static enum step
refuse_lockinfo(struct call *call)
{
	return answer_problem(call, 400,
	    "The body is not a DAV:lockinfo with one DAV:lockscope and one"
	    " DAV:locktype (RFC 4918, 14.11).");
}

/* Fills in what the body says of the lock. */
static enum step
parse_body(struct call *call, struct lock_spec *spec)
{
	const struct xml_node *scope;
	const struct xml_node *type;
	const struct xml_node *owner;
	struct xml_node *root;
	struct buf content;
	enum err err = ERR_NONE;

	if (prepare_xml(call, &root) != STEP_ON)
		return STEP_ANSWERED;
	if (!xml_is(root, "DAV:", "lockinfo"))
		return refuse_lockinfo(call);
	scope = xml_child(root, "DAV:", "lockscope");
	type = xml_child(root, "DAV:", "locktype");
	owner = xml_child(root, "DAV:", "owner");
	if (scope == NULL || type == NULL || xml_first(type) == NULL)
		return refuse_lockinfo(call);
	spec->is_shared = xml_child(scope, "DAV:", "shared") != NULL;
	if (spec->is_shared == (xml_child(scope, "DAV:", "exclusive") != NULL))
		return refuse_lockinfo(call);
	if (xml_child(type, "DAV:", "write") == NULL)
		return answer_problem(
		    call, 422, "This server has write locks only.");
	if (owner == NULL)
		return STEP_ON;
	buf_init(&content, LOCK_OWNER_SIZE_MAX);
	xml_write_content(owner, &content);
	err = content.err;
	if (err == ERR_NONE)
		err = arena_copy(
		    call->request->arena, buf_str(&content), &spec->owner);
	buf_done(&content);
	if (err == ERR_LIMIT)
		return answer_problem(call, 413, "The DAV:owner is too large.");
	return err == ERR_NONE ? STEP_ON : answer_error(call, err);
}

/* RFC 4918, 9.10.4. */
static enum err
make_empty(struct call *call)
{
	struct store *store = call->dav->store;
	struct upload_options options = { .has_modified = false };
	struct upload *upload;
	struct resource resource;
	bool is_created;
	enum err err;

	err = store->ops->upload(store, call->path, &upload);
	if (err != ERR_NONE)
		return err;
	err =
	    store->ops->upload_commit(upload, &options, &is_created, &resource);
	store->ops->upload_free(upload);
	return err;
}

static void
run(struct call *call)
{
	struct lock_table *locks = call->dav->locks;
	struct lock_spec spec = {
		.path = call->path,
		.principal = call->request->principal,
		.is_infinite = call->depth == DEPTH_INFINITY,
		.timeout_s = prepare_timeout(call, TIMEOUT_DEFAULT_S),
	};
	struct target target;
	struct lock lock;
	enum err err;

	if (judge(call, &target) != STEP_ON)
		return;
	if (call->body.len == 0) {
		refresh(call, &target);
		return;
	}
	if (parse_body(call, &spec) != STEP_ON)
		return;
	err = lock_acquire(
	    locks, &spec, call->wall_s, call->request->arena, &lock);
	if (err == ERR_LOCKED && refuse_by_conflict(call, &spec) != STEP_ON)
		return; /* else it went meanwhile */
	if (err == ERR_LIMIT) {
		(void)answer_problem(call, 507,
		    "There are too many locks, of this resource, of yours or in"
		    " all: UNLOCK some, or wait until they expire. Or the path"
		    " is too deep.");
		return;
	}
	if (err == ERR_NONE && !target.exists) {
		err = make_empty(call);
		/* The lock of nothing would only stand in the way. */
		if (err != ERR_NONE)
			(void)lock_release(locks, call->path, lock.token,
			    spec.principal, call->wall_s);
	}
	if (err != ERR_NONE)
		(void)answer_error(call, err);
	else
		answer_lock(call, target.exists ? 200 : 201, lock.token);
}

const struct method method_lock = {
	.name = "LOCK",
	.place = PLACE_POOL,
	.body = BODY_XML,
	.depth_default = DEPTH_INFINITY,
	.check = check,
	.claims = claims,
	.run = run,
};
