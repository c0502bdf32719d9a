/*
 * operation.c - see operation.h.
 *
 * Observers are called without the lock, one after another, and only by the
 * thread that moved the operation; there is one at a time.  So unobserve has
 * to wait for one callback at most.
 */
#include "op/operation_inside.h"

#include <stdlib.h>

#define TO(state) (1u << (state))

static const unsigned moves[] = {
	[OPERATION_QUEUED] = TO(OPERATION_RUNNING) | TO(OPERATION_CANCELLED) |
	                     TO(OPERATION_FAILED),
	[OPERATION_RUNNING] = TO(OPERATION_COMMITTING) | TO(OPERATION_DONE) |
	                      TO(OPERATION_FAILED) | TO(OPERATION_CANCELLED),
	[OPERATION_COMMITTING] = TO(OPERATION_DONE) | TO(OPERATION_FAILED),
	[OPERATION_DONE] = 0,
	[OPERATION_FAILED] = 0,
	[OPERATION_CANCELLED] = 0,
};

const char *
operation_state_name(enum operation_state state)
{
	switch (state) {
	case OPERATION_QUEUED:
		return "queued";
	case OPERATION_RUNNING:
		return "running";
	case OPERATION_COMMITTING:
		return "committing";
	case OPERATION_DONE:
		return "done";
	case OPERATION_FAILED:
		return "failed";
	case OPERATION_CANCELLED:
		return "cancelled";
	}
	UNREACHABLE("a state without a name");
}

const char *
operation_wait_name(enum operation_wait wait)
{
	switch (wait) {
	case OPERATION_WAIT_NOTHING:
		return "nothing";
	case OPERATION_WAIT_CLAIM:
		return "claim";
	case OPERATION_WAIT_THREAD:
		return "thread";
	}
	UNREACHABLE("a wait without a name");
}

bool
operation_state_is_final(enum operation_state state)
{
	return moves[state] == 0;
}

void
operation_lock(struct operation_home *home)
{
	int failed = pthread_mutex_lock(&home->lock);

	CHECK(failed == 0);
}

void
operation_unlock(struct operation_home *home)
{
	int failed = pthread_mutex_unlock(&home->lock);

	CHECK(failed == 0);
}

static void
write_id(struct operation *operation, const unsigned char *random)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < OPERATION_ID_SIZE / 2; i++) {
		operation->id[2 * i] = digits[random[i] >> 4];
		operation->id[2 * i + 1] = digits[random[i] & 15];
	}
	operation->id[OPERATION_ID_SIZE] = '\0';
}

static enum err
copy_texts(struct operation *operation, const struct operation_spec *spec)
{
	const struct {
		struct str from;
		struct str *to;
	} rows[] = {
		{ spec->owner, &operation->owner },
		{ spec->method, &operation->method },
		{ spec->source, &operation->source },
		{ spec->destination, &operation->destination },
		{ spec->fingerprint, &operation->fingerprint },
		{ spec->payload, &operation->payload },
		{ spec->key, &operation->key },
	};
	struct claim *claim = &operation->claim;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (arena_copy(&operation->texts, rows[i].from, rows[i].to) !=
		    ERR_NONE)
			return ERR_LIMIT;
	CHECK(spec->part_count <= CLAIM_PART_COUNT_MAX);
	claim->part_count = spec->part_count;
	for (size_t i = 0; i < spec->part_count; i++) {
		claim->parts[i] = spec->parts[i];
		if (arena_copy(&operation->texts, spec->parts[i].path,
		        &claim->parts[i].path) != ERR_NONE)
			return ERR_LIMIT;
	}
	return ERR_NONE;
}

void
operation_result_init(
    struct operation_result *result, enum operation_state outcome)
{
	*result = (struct operation_result){ .outcome = outcome };
	buf_init(&result->fields, HEAD_SIZE_MAX);
	buf_init(&result->body, OPERATION_RESULT_SIZE_MAX);
	buf_init(&result->note, OPERATION_NOTE_SIZE_MAX);
}

void
operation_result_done(struct operation_result *result)
{
	buf_done(&result->fields);
	buf_done(&result->body);
	buf_done(&result->note);
}

void
operation_result_seal(struct operation_result *result)
{
	if (result->fields.err == ERR_NONE && result->body.err == ERR_NONE)
		return;
	operation_result_done(result);
	operation_result_init(result, result->outcome);
	result->status = OPERATION_STATUS_OVERSIZED;
}

enum err
operation_new(struct operation_home *home, const struct operation_spec *spec,
    const struct operation_work *work, const unsigned char *random,
    struct operation **out_operation)
{
	struct operation *operation = calloc(1, sizeof(*operation));
	enum err err;

	if (operation == NULL) {
		work->free(work->context);
		return ERR_MEMORY;
	}
	operation->magic = OPERATION_MAGIC;
	operation->reference_count = 1;
	operation->home = home;
	operation->work = *work;
	operation->has_work = true;
	arena_init(&operation->texts, OPERATION_SPEC_SIZE_MAX);
	operation_result_init(&operation->result, OPERATION_FAILED);
	home->count++;
	write_id(operation, random);
	operation->created_s = home->wall_s(home->context);
	operation->progress = progress_new();
	err = operation->progress == NULL ? ERR_MEMORY
	                                  : copy_texts(operation, spec);
	if (err != ERR_NONE) {
		operation_unref(operation);
		return err;
	}
	*out_operation = operation;
	return ERR_NONE;
}

void
operation_work_free(struct operation *operation)
{
	if (!operation->has_work)
		return;
	operation->has_work = false;
	operation->work.free(operation->work.context);
}

struct operation *
operation_ref(struct operation *operation)
{
	size_t before = operation->reference_count++;

	CHECK(operation->magic == OPERATION_MAGIC);
	CHECK(before > 0);
	return operation;
}

void
operation_unref(struct operation *operation)
{
	struct operation_home *home;
	size_t before;

	if (operation == NULL)
		return;
	CHECK(operation->magic == OPERATION_MAGIC);
	home = operation->home;
	before = operation->reference_count--;
	CHECK(before > 0);
	if (before > 1)
		return;
	CHECK(operation->observers == NULL);
	operation_work_free(operation);
	operation_result_done(&operation->result);
	progress_free(operation->progress);
	arena_done(&operation->texts);
	operation->magic = 0;
	free(operation);
	home->count--; /* the last touch: the home may go now */
}

struct str
operation_id(const struct operation *operation)
{
	return str_make(operation->id, OPERATION_ID_SIZE);
}

struct progress *
operation_progress(const struct operation *operation)
{
	return operation->progress;
}

static enum operation_wait
wait_of(const struct operation *operation)
{
	if (operation->state != OPERATION_QUEUED)
		return OPERATION_WAIT_NOTHING;
	return operation->phase < PHASE_READY ? OPERATION_WAIT_CLAIM
	                                      : OPERATION_WAIT_THREAD;
}

static int64_t
running_ms(const struct operation *operation)
{
	struct operation_home *home = operation->home;

	if (operation->started_s == 0)
		return 0;
	if (operation_state_is_final(operation->state))
		return operation->ended_ms - operation->started_ms;
	return home->now_ms(home->context) - operation->started_ms;
}

void
operation_look_locked(
    const struct operation *operation, struct operation_snapshot *out_snapshot)
{
	bool is_final = operation_state_is_final(operation->state);

	*out_snapshot = (struct operation_snapshot){
		.id = operation_id(operation),
		.owner = operation->owner,
		.method = operation->method,
		.source = operation->source,
		.destination = operation->destination,
		.state = operation->state,
		.waits_for = wait_of(operation),
		.is_cancelling =
		    !is_final && progress_is_cancelled(operation->progress),
		.is_interrupted = operation->is_interrupted,
		.status = is_final ? operation->result.status : 0,
		.observer_count = operation->observer_count,
		.version = operation->moves_count +
		           progress_version(operation->progress),
		.created_s = operation->created_s,
		.started_s = operation->started_s,
		.ended_s = operation->ended_s,
		.running_ms = running_ms(operation),
	};
	progress_read(operation->progress, &out_snapshot->counts);
	out_snapshot->mark = progress_mark(operation->progress);
}

void
operation_look(
    struct operation *operation, struct operation_snapshot *out_snapshot)
{
	operation_lock(operation->home);
	operation_look_locked(operation, out_snapshot);
	operation_unlock(operation->home);
}

const struct operation_result *
operation_result(struct operation *operation)
{
	bool is_final;

	operation_lock(operation->home);
	is_final = operation_state_is_final(operation->state);
	operation_unlock(operation->home);
	return is_final ? &operation->result : NULL;
}

struct str
operation_note(const struct operation *operation)
{
	return buf_str(&operation->result.note);
}

void
operation_hear(struct operation *operation, uint64_t hearer)
{
	atomic_store(&operation->hearer, hearer);
}

uint64_t
operation_hearer(const struct operation *operation)
{
	return atomic_load(&operation->hearer);
}

bool
operation_observe_locked(
    struct operation *operation, struct operation_observer *observer)
{
	CHECK(observer->done != NULL);
	if (operation_state_is_final(operation->state))
		return false;
	observer->operation = operation;
	observer->is_linked = true;
	observer->is_due = false;
	observer->previous = NULL;
	observer->next = operation->observers;
	if (observer->next != NULL)
		observer->next->previous = observer;
	operation->observers = observer;
	operation->observer_count++;
	return true;
}

bool
operation_observe(
    struct operation *operation, struct operation_observer *observer)
{
	bool is_observed;

	operation_lock(operation->home);
	is_observed = operation_observe_locked(operation, observer);
	operation_unlock(operation->home);
	return is_observed;
}

static void
unlink_observer(
    struct operation *operation, struct operation_observer *observer)
{
	CHECK(observer->is_linked);
	if (observer->previous != NULL)
		observer->previous->next = observer->next;
	else
		operation->observers = observer->next;
	if (observer->next != NULL)
		observer->next->previous = observer->previous;
	observer->is_linked = false;
	operation->observer_count--;
}

void
operation_unobserve(
    struct operation *operation, struct operation_observer *observer)
{
	operation_lock(operation->home);
	if (observer->is_linked)
		unlink_observer(operation, observer);
	while (operation->calling == observer &&
	       !pthread_equal(operation->caller, pthread_self()))
		(void)pthread_cond_wait(
		    &operation->home->quiet, &operation->home->lock);
	operation_unlock(operation->home);
}

/* The only writer of the state. */
static void
enter(struct operation *operation, enum operation_state state)
{
	CHECK(moves[operation->state] & TO(state));
	operation->state = state;
	operation->moves_count++;
}

void
operation_start(struct operation *operation)
{
	struct operation_home *home = operation->home;

	enter(operation, OPERATION_RUNNING);
	operation->started_ms = home->now_ms(home->context);
	operation->started_s = home->wall_s(home->context);
}

void
operation_commit(struct operation *operation)
{
	enter(operation, OPERATION_COMMITTING);
}

void
operation_end(struct operation *operation, struct operation_result *result)
{
	struct operation_home *home = operation->home;

	CHECK(result->status >= 100);
	CHECK(operation_state_is_final(result->outcome));
	operation_result_done(&operation->result);
	operation->result = *result;
	operation->ended_ms = home->now_ms(home->context);
	operation->ended_s = home->wall_s(home->context);
	enter(operation, result->outcome);
}

static void
call_observer(struct operation *operation, struct operation_observer *observer)
{
	void (*call)(struct operation_observer *) = observer->changed;

	observer->is_due = false;
	if (operation_state_is_final(operation->state)) {
		call = observer->done;
		unlink_observer(operation, observer);
	}
	if (call == NULL)
		return;
	operation->calling = observer;
	operation->caller = pthread_self();
	operation_unlock(operation->home);
	call(observer);
	operation_lock(operation->home);
	operation->calling = NULL; /* the observer may be gone */
	(void)pthread_cond_broadcast(&operation->home->quiet);
}

/* Those that come meanwhile are not due: they saw the new state. */
void
operation_tell(struct operation *operation)
{
	struct operation_observer *observer;

	CHECK(operation->calling == NULL);
	for (observer = operation->observers; observer != NULL;
	     observer = observer->next)
		observer->is_due = true;
	for (;;) {
		observer = operation->observers;
		while (observer != NULL && !observer->is_due)
			observer = observer->next;
		if (observer == NULL)
			return;
		call_observer(operation, observer);
	}
}
