/*
 * method_unlock.c - UNLOCK (RFC 4918, 9.11).
 */
#include "dav/method.h"

#include "dav/answer.h"
#include "dav/dav.h"
#include "dav/lock.h"
#include "dav/permit.h"
#include "dav/prepare.h"
#include "dav/target.h"

/* Coded-URL = "<" absolute-URI ">"; false: it is none. */
static bool
read_token(const struct call *call, struct str *out_token)
{
	struct str value = fields_get(&call->request->fields, "Lock-Token");

	if (value.len < 3 || value.data[0] != '<' ||
	    value.data[value.len - 1] != '>')
		return false;
	*out_token = str_make(value.data + 1, value.len - 2);
	return true;
}

static enum step
check(struct call *call)
{
	struct target target;
	struct str token;

	if (!read_token(call, &token))
		return answer_problem(call, 400,
		    "Say in Lock-Token, as <token>, which lock is to go.");
	/* Who holds a lock may let it go, whatever else he may do. */
	if (permit_rights(call, call->path) == ACCESS_NONE)
		return answer_error(call, ERR_ABSENT);
	if (target_demand(call, &target) != STEP_ON)
		return STEP_ANSWERED;
	return prepare_conditions(call, &target.resource);
}

/* A lock that is looked for, and where it is rooted. */
struct search {
	struct call *call;
	struct str token;
	struct str root;
};

static void
see_lock(void *context, const struct lock *lock)
{
	struct search *search = context;
	struct str root;

	if (!str_equal(lock->token, search->token))
		return;
	/* Without memory the request's own path has to do. */
	if (arena_copy(search->call->request->arena, lock->path, &root) ==
	    ERR_NONE)
		search->root = root;
}

/* Only its holder can have begun anything in its scope: he waits for himself,
 * and for nobody else. */
static void
claims(struct call *call)
{
	struct search search = { .call = call, .root = call->path };

	if (read_token(call, &search.token))
		lock_each(call->dav->locks, call->path, call->wall_s, see_lock,
		    &search);
	prepare_lock_claims(call, search.root, CLAIM_SHARED);
}

static void
run(struct call *call)
{
	struct lock_table *locks = call->dav->locks;
	struct str token;
	enum err err;

	if (check(call) != STEP_ON)
		return;
	if (!read_token(call, &token)) {
		(void)answer_error(call, ERR_SYNTAX);
		return;
	}
	err = lock_release(
	    locks, call->path, token, call->request->principal, call->wall_s);
	if (err == ERR_NONE)
		(void)answer_empty(call, 204);
	else if (err != ERR_TOKEN)
		(void)answer_error(call, err);
	else if (lock_applies(locks, call->path, token, call->wall_s))
		(void)answer_problem(
		    call, 403, "This lock belongs to somebody else.");
	else
		(void)answer_condition(
		    call, 409, "lock-token-matches-request-uri", call->path);
}

const struct method method_unlock = {
	.name = "UNLOCK",
	.place = PLACE_POOL,
	.body = BODY_REFUSED,
	.depth_default = DEPTH_0,
	.check = check,
	.claims = claims,
	.run = run,
};
