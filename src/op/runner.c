/*
 * runner.c - see runner.h.
 *
 * claim_ask(), claim_withdraw() and claim_release() call granted(), which
 * locks: so they are called unlocked, and the phase says that they are under
 * way.  Who moves the phase to PHASE_TAKEN, ends the operation.
 */
#include "op/runner.h"

#include <signal.h>
#include <time.h>

#include "op/recover.h"
#include "op/registry_inside.h"

/* Not locked.  The claim, if it is still there, goes before the news. */
static void
finish(struct registry *registry, struct operation *operation,
    struct operation_result *result)
{
	struct operation *evicted;

	operation_result_seal(result);
	if (operation->claim.is_granted)
		claim_release(registry->options.claims, &operation->claim);
	operation_work_free(operation);
	progress_trim(operation->progress, OPERATION_FAILURES_KEPT);
	recover_note(registry, operation, result->outcome, result);

	operation_lock(&registry->home);
	operation_end(operation, result);
	evicted = registry_keep(registry, operation);
	operation_tell(operation);
	if (registry->live.count == 0)
		(void)pthread_cond_broadcast(&registry->idle);
	operation_unlock(&registry->home);
	registry_forget(registry, evicted);
}

/* Ends what was never run.  Locked; lets go. */
static void
refuse(struct registry *registry, struct operation *operation)
{
	struct operation_work *work = &operation->work;
	struct operation_result result;

	operation_unlock(&registry->home);
	operation_result_init(&result, OPERATION_CANCELLED);
	result.status = OPERATION_STATUS_CANCELLED;
	if (work->refuse != NULL)
		work->refuse(work->context, &result);
	result.outcome = OPERATION_CANCELLED;
	finish(registry, operation, &result);
	operation_lock(&registry->home);
}

/* Inside progress_commit(), on the thread of run(). */
static void
committing(void *context)
{
	struct operation *operation = context;
	struct operation_home *home = operation->home;

	recover_note(
	    operation->registry, operation, OPERATION_COMMITTING, NULL);
	operation_lock(home);
	operation_commit(operation);
	operation_tell(operation);
	operation_unlock(home);
}

/* Locked; lets go. */
static void
run(struct registry *registry, struct operation *operation)
{
	struct operation_work *work = &operation->work;
	struct operation_result result;

	operation_start(operation);
	operation_tell(operation);
	operation_unlock(&registry->home);
	progress_on_commit(operation->progress, committing, operation);
	operation_result_init(&result, OPERATION_FAILED);
	work->run(work->context, operation, &result);
	finish(registry, operation, &result);
	operation_lock(&registry->home);
}

static struct operation *
take(struct registry *registry)
{
	struct fair_item *item = fair_take(&registry->fair);
	struct operation *operation;

	if (item == NULL)
		return NULL;
	operation = item->thing;
	CHECK(operation->magic == OPERATION_MAGIC);
	CHECK(operation->phase == PHASE_READY);
	operation->phase = PHASE_TAKEN;
	return operation_ref(operation);
}

static void *
work_on(void *context)
{
	struct registry *registry = context;

	operation_lock(&registry->home);
	while (!registry->is_quitting) {
		struct operation *operation = take(registry);

		if (operation == NULL) {
			(void)pthread_cond_wait(
			    &registry->ready, &registry->home.lock);
			continue;
		}
		if (progress_is_cancelled(operation->progress))
			refuse(registry, operation);
		else
			run(registry, operation);
		operation_unref(operation);
	}
	operation_unlock(&registry->home);
	return NULL;
}

static void
join(struct registry *registry)
{
	operation_lock(&registry->home);
	registry->is_quitting = true;
	(void)pthread_cond_broadcast(&registry->ready);
	operation_unlock(&registry->home);
	while (registry->thread_count > 0)
		(void)pthread_join(
		    registry->threads[--registry->thread_count], NULL);
}

enum err
runner_start(struct registry *registry)
{
	sigset_t all;
	sigset_t before;
	int failed = 0;

	/* Signals are for the loops. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (failed == 0 &&
	       registry->thread_count < registry->options.thread_count) {
		failed =
		    pthread_create(&registry->threads[registry->thread_count],
		        NULL, work_on, registry);
		if (failed == 0)
			registry->thread_count++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed == 0)
		return ERR_NONE;
	join(registry);
	return ERR_SYSTEM;
}

static void
granted(struct claim *claim)
{
	struct operation *operation = claim->context;
	struct registry *registry = operation->registry;

	operation_lock(&registry->home);
	CHECK(operation->magic == OPERATION_MAGIC);
	CHECK(operation->phase < PHASE_READY);
	if (operation->phase == PHASE_WITHDRAWING) {
		/* If it ran now, it could be over before claim_withdraw()
		 * looks at the claim. */
		operation->phase = PHASE_TOO_LATE;
		(void)pthread_cond_broadcast(&registry->home.quiet);
	} else {
		operation->phase = PHASE_READY;
		fair_ready(&registry->fair, &operation->fair);
		(void)pthread_cond_signal(&registry->ready);
	}
	operation_unlock(&registry->home);
}

/* Ends a queued one that was cancelled, if it is ours to do.  Locked; lets
 * go. */
static void
drop(struct registry *registry, struct operation *operation)
{
	if (operation->phase == PHASE_CLAIMING) {
		bool is_withdrawn;

		operation->phase = PHASE_WITHDRAWING;
		operation_unlock(&registry->home);
		is_withdrawn =
		    claim_withdraw(registry->options.claims, &operation->claim);
		operation_lock(&registry->home);
		/* Else it was granted, and is about to be told so. */
		while (!is_withdrawn && operation->phase == PHASE_WITHDRAWING)
			(void)pthread_cond_wait(
			    &registry->home.quiet, &registry->home.lock);
		operation->phase = PHASE_TAKEN;
		refuse(registry, operation);
		return;
	}
	if (operation->phase == PHASE_READY) {
		fair_withdraw(&registry->fair, &operation->fair);
		operation->phase = PHASE_TAKEN;
		refuse(registry, operation);
	}
}

void
runner_ask(struct registry *registry, struct operation *operation)
{
	operation->claim.granted = granted;
	operation->claim.context = operation;
	claim_ask(registry->options.claims, &operation->claim);

	operation_lock(&registry->home);
	if (operation->phase == PHASE_ASKING)
		operation->phase = PHASE_CLAIMING;
	if (progress_is_cancelled(operation->progress))
		drop(registry, operation); /* cancelled meanwhile */
	operation_unlock(&registry->home);
}

void
runner_cancel(struct registry *registry, struct operation *operation)
{
	operation_lock(&registry->home);
	progress_cancel(operation->progress);
	drop(registry, operation);
	operation_unlock(&registry->home);
}

void
runner_abandon(struct registry *registry, struct operation *operation)
{
	operation_lock(&registry->home);
	if (operation->observer_count == 0) {
		progress_cancel(operation->progress);
		drop(registry, operation);
	}
	operation_unlock(&registry->home);
}

/* So that none of them starts any more, before the first is dropped. */
static void
cancel_all(struct registry *registry, enum registry_stop how)
{
	struct operation *operation;

	for (operation = registry->live.first; operation != NULL;
	     operation = operation->next)
		if (operation->state == OPERATION_QUEUED ||
		    how == REGISTRY_STOP_CANCEL)
			progress_cancel(operation->progress);
}

/* One that drop() can end.  The others are on their way to an end. */
static struct operation *
find_waiting(const struct registry *registry)
{
	struct operation *operation = registry->live.first;

	while (operation != NULL && operation->phase != PHASE_CLAIMING &&
	       operation->phase != PHASE_READY)
		operation = operation->next;
	return operation;
}

/* Locked; lets go. */
static void
close_up(struct registry *registry, enum registry_stop how)
{
	struct operation *operation;

	registry->is_stopping = true;
	cancel_all(registry, how);
	for (operation = find_waiting(registry); operation != NULL;
	     operation = find_waiting(registry)) {
		(void)operation_ref(operation);
		drop(registry, operation);
		operation_unlock(&registry->home);
		operation_unref(operation);
		operation_lock(&registry->home);
	}
}

void
runner_drain(struct registry *registry, const struct timespec *until)
{
	int failed = 0;

	operation_lock(&registry->home);
	CHECK(!registry->is_quitting);
	close_up(registry, REGISTRY_STOP_WAIT);
	while (registry->live.count > 0 && failed == 0)
		failed = pthread_cond_clockwait(&registry->idle,
		    &registry->home.lock, CLOCK_MONOTONIC, until);
	operation_unlock(&registry->home);
}

void
runner_stop(struct registry *registry, enum registry_stop how)
{
	operation_lock(&registry->home);
	CHECK(!registry->is_quitting);
	close_up(registry, how);
	while (registry->live.count > 0)
		(void)pthread_cond_wait(&registry->idle, &registry->home.lock);
	operation_unlock(&registry->home);
	join(registry);
}
