/*
 * op_rig.h - a registry in a test, with a clock that the test turns, and work
 * that stops where the test wants it.
 */
#ifndef OP_RIG_H
#define OP_RIG_H

#include <semaphore.h>
#include <stdatomic.h>

#include "op/journal.h"
#include "op/registry.h"

struct rig {
	_Atomic int64_t now_ms;
	_Atomic int64_t wall_s;
	struct claim_table *claims;
	struct registry_options options; /* change them before rig_start() */
	struct registry *registry;
};

/* Work that says it runs, and waits for leave to end. */
struct job {
	sem_t running;
	sem_t leave;
	bool waits; /* for leave */
	bool is_until_cancelled;
	bool commits;
	bool is_refused_with_status;
	int status;
	const char *body;
	enum operation_state outcome;
	atomic_int run_count;
	atomic_int refuse_count;
	atomic_int free_count;
	atomic_bool saw_cancel;
};

struct watcher {
	struct operation_observer observer;
	sem_t done;
	atomic_int done_count;
	atomic_int changed_count;
};

void rig_init(struct rig *rig);
void rig_start(struct rig *rig);
void rig_done(struct rig *rig); /* stops with REGISTRY_STOP_WAIT */

void job_init(struct job *job);
void job_done(struct job *job);
struct operation_work job_work(struct job *job);

void watcher_init(struct watcher *watcher);
void watcher_done(struct watcher *watcher);
void watcher_wait(struct watcher *watcher); /* for done() */

/* "owner METHOD /source fingerprint", with an exclusive claim of the tree. */
struct operation_spec spec_of(
    const char *owner, const char *source, const char *fingerprint);

/* Submits; the test fails if it is not taken so. */
struct operation *rig_submit(struct rig *rig, const struct operation_spec *spec,
    struct job *job, struct watcher *watcher, enum registry_how want);

struct operation_snapshot look(struct operation *operation);

#endif
