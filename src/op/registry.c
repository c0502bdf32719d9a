/*
 * registry.c - see registry.h.  Here: what is asked of a registry from outside.
 * runner.c runs the operations, recover.c takes up those of the journal.
 */
#include "op/registry.h"

#include <stdlib.h>

#include "base/own.h"
#include "op/journal.h"
#include "op/recover.h"
#include "op/registry_inside.h"
#include "op/runner.h"

void
registry_options_init(struct registry_options *options)
{
	*options = (struct registry_options){
		.thread_count = REGISTRY_THREAD_COUNT,
		.thread_count_each = REGISTRY_THREAD_COUNT_EACH,
		.count_max = OPERATION_COUNT_MAX,
		.count_each_max = OPERATION_COUNT_EACH_MAX,
		.kept_count_max = OPERATION_KEPT_COUNT_MAX,
		.kept_size_max = OPERATION_KEPT_SIZE_MAX,
		.keep_ms = REGISTRY_KEEP_MS,
		.replay_ms = REGISTRY_REPLAY_MS,
	};
}

static enum err
check_options(const struct registry_options *options)
{
	CHECK(options->claims != NULL);
	CHECK(options->now_ms != NULL);
	CHECK(options->wall_s != NULL);
	CHECK(options->random != NULL);
	if (options->thread_count < 1 ||
	    options->thread_count > OPERATION_THREAD_COUNT_MAX ||
	    options->thread_count_each < 1)
		return ERR_RANGE;
	if (options->count_max < 1 ||
	    options->count_max > OPERATION_COUNT_MAX ||
	    options->count_each_max < 1)
		return ERR_RANGE;
	if (options->keep_ms < 0 || options->replay_ms < 0)
		return ERR_RANGE;
	return ERR_NONE;
}

enum err
registry_new(
    const struct registry_options *options, struct registry **out_registry)
{
	struct registry *registry;
	enum err err = check_options(options);

	if (err != ERR_NONE)
		return err;
	registry = calloc(1, sizeof(*registry));
	if (registry == NULL)
		return ERR_MEMORY;
	registry->options = *options;
	registry->home.now_ms = options->now_ms;
	registry->home.wall_s = options->wall_s;
	registry->home.context = options->context;
	/* With default attributes these cannot fail on Linux. */
	(void)pthread_mutex_init(&registry->home.lock, NULL);
	(void)pthread_cond_init(&registry->home.quiet, NULL);
	(void)pthread_cond_init(&registry->ready, NULL);
	(void)pthread_cond_init(&registry->idle, NULL);
	fair_init(&registry->fair, options->count_each_max,
	    options->thread_count_each);
	err = runner_start(registry);
	if (err != ERR_NONE) {
		registry_free(registry);
		return err;
	}
	*out_registry = registry;
	return ERR_NONE;
}

static void
operation_unrefp(struct operation **operation)
{
	operation_unref(*operation);
}

static void
unindex(struct registry *registry, struct operation *operation)
{
	op_index_drop(&registry->by_id, &operation->by_id);
	op_index_drop(&registry->by_fingerprint, &operation->by_fingerprint);
	op_index_drop(&registry->by_key, &operation->by_key);
}

void
registry_free(struct registry *registry)
{
	if (registry == NULL)
		return;
	CHECK(registry->thread_count == 0);
	CHECK(registry->live.count == 0);
	while (registry->kept.first != NULL) {
		struct operation *operation = registry->kept.first;

		op_list_remove(&registry->kept, operation);
		unindex(registry, operation);
		operation_unref(operation);
	}
	fair_done(&registry->fair);
	CHECK(registry->home.count == 0); /* a reference is still held */
	(void)pthread_cond_destroy(&registry->idle);
	(void)pthread_cond_destroy(&registry->ready);
	(void)pthread_cond_destroy(&registry->home.quiet);
	(void)pthread_mutex_destroy(&registry->home.lock);
	free(registry);
}

enum err
registry_index(struct registry *registry, struct operation *operation)
{
	enum err err;

	operation->by_id = (struct op_entry){ .text = operation_id(operation),
		.thing = operation };
	operation->by_fingerprint = (struct op_entry){
		.owner = operation->owner,
		.text = operation->fingerprint,
		.thing = operation,
	};
	operation->by_key = (struct op_entry){
		.owner = operation->owner,
		.text = operation->key,
		.thing = operation,
	};
	err = op_index_put(&registry->by_id, &operation->by_id);
	if (err == ERR_NONE && operation->fingerprint.len > 0)
		err = op_index_put(
		    &registry->by_fingerprint, &operation->by_fingerprint);
	if (err == ERR_NONE && operation->key.len > 0)
		err = op_index_put(&registry->by_key, &operation->by_key);
	if (err != ERR_NONE)
		unindex(registry, operation);
	return err;
}

void
registry_adopt(struct registry *registry, struct operation *operation)
{
	const struct operation_result *result = &operation->result;

	operation->registry = registry;
	operation->kept_size = sizeof(*operation) + operation->texts.size +
	                       result->fields.capacity + result->body.capacity +
	                       result->note.capacity;
	op_list_insert(&registry->kept, operation);
}

enum err
registry_recover(struct registry *registry)
{
	return recover_all(registry);
}

struct match {
	struct operation *operation; /* NULL: nothing matches */
	enum registry_how how;
	bool is_guess; /* only if spec->still_true() */
};

static struct match
match_of(struct operation *operation)
{
	bool is_final = operation_state_is_final(operation->state);

	return (struct match){
		.operation = operation,
		.how = is_final ? REGISTRY_REPLAYED : REGISTRY_ATTACHED,
	};
}

static bool
is_same(const struct operation *operation, const struct operation_spec *spec)
{
	return str_equal(operation->fingerprint, spec->fingerprint) &&
	       str_equal(operation->payload, spec->payload);
}

/* What was cut short is no answer to anything: it may be done anew. */
static bool
has_answer(const struct operation *operation)
{
	return operation->state != OPERATION_CANCELLED &&
	       !operation->is_interrupted;
}

static struct match
match_fingerprint(struct registry *registry, const struct operation_spec *spec)
{
	struct operation_home *home = &registry->home;
	struct operation *operation = op_index_find(
	    &registry->by_fingerprint, spec->owner, spec->fingerprint);
	struct match match = { .how = REGISTRY_STARTED };
	int64_t age_ms;

	if (operation == NULL || !is_same(operation, spec))
		return match;
	/* Two keys are two intentions. */
	if (spec->key.len > 0 && operation->key.len > 0 &&
	    !str_equal(spec->key, operation->key))
		return match;
	if (!operation_state_is_final(operation->state))
		return progress_is_cancelled(operation->progress)
		           ? match
		           : match_of(operation);
	/* A key of its own says that it is no repetition. */
	if (spec->key.len > 0 && !str_equal(spec->key, operation->key))
		return match;
	age_ms = home->now_ms(home->context) - operation->ended_ms;
	if (operation->state != OPERATION_DONE ||
	    age_ms >= registry->options.replay_ms || spec->still_true == NULL)
		return match;
	match = match_of(operation);
	match.is_guess = true;
	return match;
}

/* Locked.  ERR_CONFLICT. */
static enum err
find_match(struct registry *registry, const struct operation_spec *spec,
    struct match *out_match)
{
	struct operation *operation;

	*out_match = (struct match){ .how = REGISTRY_STARTED };
	if (registry->is_stopping)
		return ERR_CLOSED;
	if (spec->key.len > 0) {
		operation =
		    op_index_find(&registry->by_key, spec->owner, spec->key);
		if (operation != NULL && !is_same(operation, spec))
			return ERR_CONFLICT;
		if (operation != NULL && has_answer(operation)) {
			*out_match = match_of(operation);
			return ERR_NONE;
		}
	}
	if (spec->fingerprint.len > 0)
		*out_match = match_fingerprint(registry, spec);
	return ERR_NONE;
}

/*
 * Locked; lets go to ask whether a guess is right.  Meanwhile another of the
 * same requests may have started: so everything is looked up again.
 */
static enum err
settle_match(struct registry *registry, const struct operation_spec *spec,
    struct match *out_match)
{
	struct operation *asked = NULL;
	bool is_right = false;
	enum err err = find_match(registry, spec, out_match);

	while (err == ERR_NONE && out_match->is_guess &&
	       out_match->operation != asked) {
		operation_unref(asked);
		asked = operation_ref(out_match->operation);
		operation_unlock(&registry->home);
		is_right = spec->still_true(spec->context, asked);
		operation_lock(&registry->home);
		err = find_match(registry, spec, out_match);
	}
	operation_unref(asked);
	if (err == ERR_NONE && out_match->is_guess && !is_right)
		*out_match = (struct match){ .how = REGISTRY_STARTED };
	return err;
}

/* Locked.  ERR_BUSY, ERR_MEMORY. */
static enum err
add(struct registry *registry, struct operation *operation)
{
	enum err err;

	if (registry->live.count >= registry->options.count_max)
		return ERR_BUSY;
	operation->fair.thing = operation;
	err = fair_enter(&registry->fair, operation->owner, &operation->fair);
	if (err != ERR_NONE)
		return err;
	err = registry_index(registry, operation);
	if (err != ERR_NONE) {
		fair_leave(&registry->fair, &operation->fair);
		return err;
	}
	operation->registry = registry;
	op_list_append(&registry->live, operation_ref(operation));
	return ERR_NONE;
}

static enum err
prepare(struct registry *registry, const struct operation_spec *spec,
    const struct operation_work *work, struct operation **out_operation)
{
	unsigned char random[OPERATION_ID_SIZE / 2];

	CHECK(work->run != NULL);
	CHECK(work->free != NULL);
	registry->options.random(random, sizeof(random));
	return operation_new(
	    &registry->home, spec, work, random, out_operation);
}

/*
 * The operation is made before it is known whether it is needed: so the work
 * has an owner on every path.
 */
enum err
registry_submit(struct registry *registry, const struct operation_spec *spec,
    const struct operation_work *work, struct operation_observer *observer,
    struct registry_ticket *out_ticket)
{
	OWNED(operation_unrefp) struct operation *fresh = NULL;
	struct match match;
	enum err err = prepare(registry, spec, work, &fresh);

	if (err != ERR_NONE)
		return err;
	operation_lock(&registry->home);
	err = settle_match(registry, spec, &match);
	if (err == ERR_NONE && match.operation == NULL) {
		match.operation = fresh;
		err = add(registry, fresh);
	}
	if (err != ERR_NONE) {
		operation_unlock(&registry->home);
		return err;
	}
	if (observer != NULL)
		(void)operation_observe_locked(match.operation, observer);
	*out_ticket = (struct registry_ticket){
		.operation = operation_ref(match.operation),
		.how = match.how,
	};
	operation_unlock(&registry->home);
	if (match.how == REGISTRY_STARTED) {
		recover_note(registry, fresh, OPERATION_QUEUED, NULL);
		runner_ask(registry, fresh);
	}
	return ERR_NONE;
}

enum err
registry_join(struct registry *registry, const struct operation_spec *spec,
    struct registry_ticket *out_ticket)
{
	struct match match;
	enum err err;

	operation_lock(&registry->home);
	err = settle_match(registry, spec, &match);
	if (err == ERR_NONE && match.operation == NULL)
		err = ERR_ABSENT;
	if (err == ERR_NONE)
		*out_ticket = (struct registry_ticket){
			.operation = operation_ref(match.operation),
			.how = match.how,
		};
	operation_unlock(&registry->home);
	return err;
}

struct operation *
registry_find(struct registry *registry, struct str id, const struct str *owner)
{
	static const struct str nobody = STR("");
	struct operation *operation;

	operation_lock(&registry->home);
	operation = op_index_find(&registry->by_id, nobody, id);
	if (operation != NULL && owner != NULL &&
	    !str_equal(operation->owner, *owner))
		operation = NULL;
	if (operation != NULL)
		(void)operation_ref(operation);
	operation_unlock(&registry->home);
	return operation;
}

struct operation *
registry_find_blocker(
    struct registry *registry, const struct claim *claim, struct str owner)
{
	struct operation *operation;

	operation_lock(&registry->home);
	operation = registry->live.first;
	while (operation != NULL &&
	       (!str_equal(operation->owner, owner) ||
	           !claim_conflicts(&operation->claim, claim)))
		operation = operation->next;
	if (operation != NULL)
		(void)operation_ref(operation);
	operation_unlock(&registry->home);
	return operation;
}

static size_t
collect(struct operation *first, const struct str *owner,
    struct operation **out_found)
{
	size_t count = 0;

	for (; first != NULL; first = first->next)
		if (owner == NULL || str_equal(first->owner, *owner))
			out_found[count++] = operation_ref(first);
	return count;
}

enum err
registry_list(struct registry *registry, const struct str *owner,
    bool (*see)(void *context, struct operation *operation), void *context)
{
	struct operation **found;
	size_t count = 0;
	bool goes_on = true;

	operation_lock(&registry->home);
	found = calloc(registry->kept.count + registry->live.count + 1,
	    sizeof(struct operation *));
	if (found != NULL) {
		count = collect(registry->kept.first, owner, found);
		count += collect(registry->live.first, owner, found + count);
	}
	operation_unlock(&registry->home);
	if (found == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		goes_on = goes_on && see(context, found[i]);
		operation_unref(found[i]);
	}
	free(found);
	return ERR_NONE;
}

void
registry_cancel(struct registry *registry, struct operation *operation)
{
	runner_cancel(registry, operation);
}

void
registry_abandon(struct registry *registry, struct operation *operation)
{
	runner_abandon(registry, operation);
}

static bool
must_go(const struct registry *registry, const struct operation *operation)
{
	const struct registry_options *options = &registry->options;
	int64_t now_ms = options->now_ms(options->context);

	return registry->kept.count > options->kept_count_max ||
	       registry->kept.size > options->kept_size_max ||
	       now_ms - operation->ended_ms >= options->keep_ms;
}

/* Locked. */
static struct operation *
evict(struct registry *registry)
{
	struct operation *chain = NULL;

	while (registry->kept.first != NULL &&
	       must_go(registry, registry->kept.first)) {
		struct operation *operation = registry->kept.first;

		op_list_remove(&registry->kept, operation);
		unindex(registry, operation);
		operation->next = chain;
		chain = operation;
	}
	return chain;
}

struct operation *
registry_keep(struct registry *registry, struct operation *operation)
{
	op_list_remove(&registry->live, operation);
	fair_leave(&registry->fair, &operation->fair);
	registry_adopt(registry, operation);
	return evict(registry);
}

void
registry_forget(struct registry *registry, struct operation *chain)
{
	const struct journal *journal = registry->options.journal;

	while (chain != NULL) {
		struct operation *operation = chain;

		chain = operation->next;
		operation->next = NULL;
		if (journal != NULL) /* a record too many does no harm */
			(void)journal->drop(
			    journal->context, operation_id(operation));
		operation_unref(operation);
	}
}

void
registry_sweep(struct registry *registry)
{
	struct operation *chain;

	operation_lock(&registry->home);
	chain = evict(registry);
	operation_unlock(&registry->home);
	registry_forget(registry, chain);
}

void
registry_drain(struct registry *registry, const struct timespec *until)
{
	runner_drain(registry, until);
}

void
registry_stop(struct registry *registry, enum registry_stop how)
{
	runner_stop(registry, how);
}
