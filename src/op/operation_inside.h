/*
 * operation_inside.h - what an operation is made of, for the files of src/op
 * only: everybody else reads operation.h.
 *
 * One mutex, that of the home, guards all that changes.  A function marked
 * "locked" is called with it, and has it again when it returns; where it says
 * "lets go", it unlocks in between, and the caller looks again.
 */
#ifndef OPERATION_INSIDE_H
#define OPERATION_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "op/fair.h"
#include "op/op_index.h"
#include "op/operation.h"

struct registry;

enum { OPERATION_MAGIC = 0x6f706572 };

/* What all operations of a registry share. */
struct operation_home {
	pthread_mutex_t lock;
	pthread_cond_t quiet; /* a callback returned, a claim was granted */
	int64_t (*now_ms)(void *context);
	int64_t (*wall_s)(void *context);
	void *context;
	_Atomic size_t count; /* operations that exist */
};

/* How far a queued operation has come; runner.c. */
enum operation_phase {
	PHASE_ASKING,      /* claim_ask() has not returned */
	PHASE_CLAIMING,    /* the claim waits */
	PHASE_WITHDRAWING, /* claim_withdraw() has not returned */
	PHASE_TOO_LATE,    /* ... and it was granted meanwhile */
	PHASE_READY,       /* it waits for a thread */
	PHASE_TAKEN,       /* a thread has it, or it has ended */
};

struct operation {
	unsigned magic;
	_Atomic size_t reference_count;
	struct operation_home *home;
	struct registry *registry;

	/* Never change. */
	char id[OPERATION_ID_SIZE + 1];
	struct arena texts;
	struct str owner;
	struct str method;
	struct str source;
	struct str destination;
	struct str fingerprint;
	struct str payload;
	struct str key;
	struct progress *progress;
	bool has_work; /* false: it was taken from a journal */
	_Atomic uint64_t hearer;

	/* Of the one who runs it. */
	struct operation_work work;
	struct claim claim;

	/* All below: locked. */
	enum operation_state state;
	enum operation_phase phase;
	bool is_interrupted;
	uint64_t moves_count;
	struct operation_result result;
	int64_t started_ms;
	int64_t ended_ms;
	int64_t created_s;
	int64_t started_s;
	int64_t ended_s;

	struct operation_observer *observers;
	size_t observer_count;
	struct operation_observer *calling; /* whose callback runs now ... */
	pthread_t caller;                   /* ... on this thread */

	/* The registry's. */
	struct fair_item fair;
	struct op_entry by_id;
	struct op_entry by_fingerprint;
	struct op_entry by_key;
	struct operation *previous; /* in the list of the live, or the kept */
	struct operation *next;
	size_t kept_size;
};

/*
 * Takes the work, also when it fails.  random is OPERATION_ID_SIZE / 2 octets.
 * ERR_LIMIT: OPERATION_SPEC_SIZE_MAX.  ERR_MEMORY.
 */
enum err operation_new(struct operation_home *home,
    const struct operation_spec *spec, const struct operation_work *work,
    const unsigned char *random, struct operation **out_operation) MUST_CHECK;

/* Lets work->free() be called, now, if it was not. */
void operation_work_free(struct operation *operation);

void operation_result_init(
    struct operation_result *result, enum operation_state outcome);
void operation_result_done(struct operation_result *result);

/* An answer that did not fit must not be sent in part: empties it. */
void operation_result_seal(struct operation_result *result);

/* The three moves of a life.  Locked. */
void operation_start(struct operation *operation);
void operation_commit(struct operation *operation);
void operation_end(
    struct operation *operation, struct operation_result *result); /* taken */

/* Calls the observers after a move.  Locked; lets go. */
void operation_tell(struct operation *operation);

/* Locked. */
bool operation_observe_locked(
    struct operation *operation, struct operation_observer *observer);
void operation_look_locked(
    const struct operation *operation, struct operation_snapshot *out_snapshot);

void operation_lock(struct operation_home *home);
void operation_unlock(struct operation_home *home);

#endif
